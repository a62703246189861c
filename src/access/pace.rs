//! How fast is too fast: a bucket that holds a minute's worth and fills evenly.
//!
//! It is kept as one number, the moment at which the bucket would be full again (the generic cell rate
//! algorithm): so a meter is eight bytes, needs no lock, and a bucket that nobody draws from costs
//! nothing. The clock is told, as everywhere.

use std::sync::atomic::{AtomicI64, Ordering};

use crate::kernel::time::Instant;

/// A minute in nanoseconds.
const MINUTE: i64 = 60_000_000_000;
/// A second in nanoseconds.
const SECOND: i64 = 1_000_000_000;

/// So many a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    quota: u32,
    /// Nanoseconds in which one more comes in.
    every: i64,
}

/// How full a bucket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// How many may be drawn at once.
    pub requests: i64,
    /// Seconds until it is full, if nobody draws from it.
    pub full_in: i64,
}

/// Somebody's bucket: when it is full.
#[derive(Debug, Default)]
pub struct Meter(AtomicI64);

impl Pace {
    /// So many a minute; none if there is no limit.
    pub fn per_minute(quota: u32) -> Option<Self> {
        let every = MINUTE.checked_div(i64::from(quota))?;
        Some(Self { quota, every })
    }

    /// How many a minute.
    pub fn quota(self) -> u32 {
        self.quota
    }

    /// When a bucket that is full at `full` will be if one is drawn now; `Err` if there is none, with when
    /// it would be.
    fn draw(self, full: i64, now: i64) -> Result<i64, i64> {
        let next = self.begun(full, now).saturating_add(self.every);
        if next.saturating_sub(now) <= MINUTE { Ok(next) } else { Err(next) }
    }

    /// When a bucket is full, seen from now. One that is full only after a minute was seen by a clock that
    /// has been put back since.
    fn begun(self, full: i64, now: i64) -> i64 {
        if full.saturating_sub(now) > MINUTE { now } else { full.max(now) }
    }

    fn left(self, full: i64, now: i64) -> Left {
        let missing = self.begun(full, now).saturating_sub(now);
        let requests = MINUTE.saturating_sub(missing).checked_div(self.every).unwrap_or_default();
        Left { requests, full_in: ceiling(missing) }
    }
}

impl Meter {
    /// Draws one; `Err` if there is none, with the seconds after which there is.
    pub fn draw(&self, pace: Pace, now: Instant) -> Result<(), i64> {
        let now = nanos(now);
        let drawn = |full| pace.draw(full, now).ok();
        let drawn = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, drawn);
        drawn.map(drop).map_err(|full| match pace.draw(full, now) {
            // Somebody has just put one back.
            Ok(_) => 1,
            Err(next) => ceiling(next.saturating_sub(now).saturating_sub(MINUTE)),
        })
    }

    /// Puts one back that was drawn for nothing.
    pub fn put_back(&self, pace: Pace) {
        self.0.fetch_sub(pace.every, Ordering::Relaxed);
    }

    /// How full it is.
    pub fn left(&self, pace: Pace, now: Instant) -> Left {
        pace.left(self.0.load(Ordering::Relaxed), nanos(now))
    }
}

fn nanos(at: Instant) -> i64 {
    at.micros().saturating_mul(1_000)
}

/// Whole seconds, rounded up.
fn ceiling(nanos: i64) -> i64 {
    nanos.saturating_add(SECOND - 1).div_euclid(SECOND)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    fn noon() -> Instant {
        Instant::from_micros(1_800_000_000_000_000)
    }

    fn after(seconds: i64) -> Instant {
        noon().plus(SignedDuration::from_secs(seconds))
    }

    #[test]
    fn a_bucket_is_emptied_fills_evenly_and_holds_a_minutes_worth() {
        let (pace, meter) = (Pace::per_minute(60).unwrap(), Meter::default());
        assert_eq!(meter.left(pace, noon()), Left { requests: 60, full_in: 0 });
        for drawn in 1..=60 {
            assert_eq!(meter.draw(pace, noon()), Ok(()));
            let left = Left { requests: 60 - drawn, full_in: drawn };
            assert_eq!(meter.left(pace, noon()), left);
        }
        assert_eq!(meter.draw(pace, noon()), Err(1));
        assert_eq!(meter.draw(pace, after(1)), Ok(()));
        assert_eq!(meter.draw(pace, after(1)), Err(1));
        meter.put_back(pace);
        assert_eq!(meter.draw(pace, after(1)), Ok(()));
        assert_eq!(meter.left(pace, after(600)), Left { requests: 60, full_in: 0 });
    }

    #[test]
    fn a_slow_pace_says_how_long_to_wait() {
        let (pace, meter) = (Pace::per_minute(2).unwrap(), Meter::default());
        assert_eq!([meter.draw(pace, noon()), meter.draw(pace, noon())], [Ok(()), Ok(())]);
        assert_eq!(meter.draw(pace, noon()), Err(30));
        assert_eq!(meter.draw(pace, after(29)), Err(1));
        assert_eq!(meter.draw(pace, after(30)), Ok(()));
        assert_eq!(Pace::per_minute(0), None);
    }

    #[test]
    fn a_clock_that_is_put_back_locks_nobody_out() {
        let (pace, meter) = (Pace::per_minute(2).unwrap(), Meter::default());
        assert_eq!(meter.draw(pace, after(86_400)), Ok(()));
        assert_eq!([meter.draw(pace, noon()), meter.draw(pace, noon())], [Ok(()), Ok(())]);
        assert_eq!(meter.draw(pace, noon()), Err(30));
    }

    proptest! {
        /// In any span nobody gets more than a full bucket and what came in since; whoever waits as long
        /// as he is told gets one.
        #[test]
        fn nobody_is_let_through_faster_and_nobody_waits_for_nothing(
            quota in 1_u32..5_000, pauses in prop::collection::vec(0_i64..3_000_000, 1..300),
        ) {
            let (pace, meter) = (Pace::per_minute(quota).unwrap(), Meter::default());
            let (mut now, mut let_through) = (noon(), 0_i64);
            for pause in pauses {
                now = now.plus(SignedDuration::from_micros(pause));
                match meter.draw(pace, now) {
                    Ok(()) => let_through += 1,
                    Err(wait) => {
                        prop_assert!((1..=60).contains(&wait));
                        let then = now.plus(SignedDuration::from_secs(wait));
                        let copy = Meter(AtomicI64::new(meter.0.load(Ordering::Relaxed)));
                        prop_assert_eq!(copy.draw(pace, then), Ok(()));
                    }
                }
                let came_in = now.since(noon()).as_micros() * i128::from(quota) / 60_000_000;
                prop_assert!(i128::from(let_through) <= i128::from(quota) + came_in + 1);
                let left = meter.left(pace, now);
                prop_assert!((0..=i64::from(quota)).contains(&left.requests) && left.full_in <= 60);
            }
        }
    }
}
