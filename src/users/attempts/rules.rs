//! Who has to wait, and for how long.

use jiff::SignedDuration;

use super::model::{Count, Counts};
use crate::error::{Error, Result};
use crate::kernel::time::Instant;

/// From which failure on somebody waits, and for how long at most.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    first: i32,
    longest: SignedDuration,
}

/// Of one account from one address.
pub const PAIR: Limit = Limit { first: 10, longest: SignedDuration::from_mins(5) };
/// Of one account from anywhere.
pub const ACCOUNT: Limit = Limit { first: 50, longest: SignedDuration::from_mins(1) };
/// Of any accounts from one address.
pub const PLACE: Limit = Limit { first: 100, longest: SignedDuration::from_mins(1) };

/// After how long without a failure the earlier ones are forgotten.
const MEMORY: SignedDuration = SignedDuration::from_hours(1);
/// For how long somebody is known to sign in from where they did.
pub const FAMILIAR: SignedDuration = SignedDuration::from_hours(24 * 30);
/// How long counts are kept that nobody is familiar by.
pub const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// Whether an attempt is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// It is.
    Open,
    /// It is, because the person is known here; but whoever is refused hears what others do.
    Ajar(Instant),
    /// Not before.
    Shut(Instant),
}

impl Limit {
    /// How long to wait after so many failures.
    fn wait(self, failures: i32) -> SignedDuration {
        let Ok(beyond) = u32::try_from(failures.saturating_sub(self.first)) else {
            return SignedDuration::ZERO;
        };
        SignedDuration::from_secs(1_i64 << beyond.min(20)).min(self.longest)
    }
}

/// Nothing was counted yet.
pub fn none(mark: Vec<u8>, now: Instant) -> Count {
    Count { mark, failures: 0, blocked_until: now, counted_at: now, familiar_until: None }
}

/// One more failure.
pub fn failed(count: &Count, limit: Limit, now: Instant) -> Count {
    let forgotten = count.counted_at.plus(MEMORY) <= now;
    let before = if forgotten { 0 } else { count.failures };
    let failures = before.saturating_add(1);
    let blocked_until = now.plus(limit.wait(failures));
    Count { failures, blocked_until, counted_at: now, ..count.clone() }
}

/// Somebody signed in.
pub fn forgiven(count: &Count, now: Instant) -> Count {
    Count { failures: 0, blocked_until: now, counted_at: now, ..count.clone() }
}

/// Whether an attempt is looked at, by what was counted before.
pub fn door(counts: &Counts, now: Instant) -> Door {
    let Counts { pair, account, place } = counts;
    let others = account.blocked_until.max(place.blocked_until);
    let familiar = pair.familiar_until.is_some_and(|until| now < until);
    if pair.blocked_until > now {
        Door::Shut(pair.blocked_until)
    } else if others <= now {
        Door::Open
    } else if familiar {
        Door::Ajar(others)
    } else {
        Door::Shut(others)
    }
}

/// Refuses whoever has to wait.
pub fn admit(counts: &Counts, now: Instant) -> Result<()> {
    match door(counts, now) {
        Door::Shut(until) => Err(wait(until, now)),
        Door::Open | Door::Ajar(_) => Ok(()),
    }
}

/// What is said to whoever has to wait.
pub fn wait(until: Instant, now: Instant) -> Error {
    let seconds = until.micros().saturating_sub(now.micros()).saturating_add(999_999) / 1_000_000;
    Error::Wait {
        code: "too_many_attempts",
        detail: "this was tried too often; wait as long as Retry-After says",
        seconds: seconds.max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> Instant {
        Instant::from_micros(second * 1_000_000)
    }

    fn counts() -> Counts {
        let none = |mark: u8| none(vec![mark], at(0));
        Counts { pair: none(1), account: none(2), place: none(3) }
    }

    /// The waits after so many failures, one after the other, each as soon as it may be.
    fn waits(limit: Limit, many: usize) -> Vec<i64> {
        let (mut count, mut now) = (none(vec![1], at(0)), at(0));
        let mut step = || {
            count = failed(&count, limit, now);
            let waited = count.blocked_until.micros() - now.micros();
            now = count.blocked_until;
            waited / 1_000_000
        };
        (0..many).map(|_| step()).collect()
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let found = waits(PAIR, 21);
        assert_eq!(found[..9], [0; 9]);
        assert_eq!(found[9..], [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        assert_eq!(waits(ACCOUNT, 57)[48..], [0, 1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(waits(PLACE, 107)[98..], [0, 1, 2, 4, 8, 16, 32, 60, 60]);
    }

    #[test]
    fn an_hour_without_a_failure_forgets_them() {
        let many = Count { failures: 30, ..none(vec![1], at(0)) };
        assert_eq!(failed(&many, PAIR, at(3_599)).failures, 31);
        assert_eq!(failed(&many, PAIR, at(3_600)).failures, 1);
        assert_eq!(forgiven(&many, at(5)).failures, 0);
    }

    #[test]
    fn strangers_elsewhere_keep_nobody_out_who_is_known_here() {
        let known = |counts: &Counts| {
            let pair = Count { familiar_until: Some(at(100)), ..counts.pair.clone() };
            Counts { pair, ..counts.clone() }
        };
        let until = |count: &Count| Count { blocked_until: at(60), ..count.clone() };
        assert_eq!(door(&counts(), at(1)), Door::Open);
        let stormed = Counts { account: until(&counts().account), ..counts() };
        let crowded = Counts { place: until(&counts().place), ..counts() };
        for others in [stormed, crowded] {
            assert_eq!(door(&others, at(1)), Door::Shut(at(60)));
            assert_eq!(door(&others, at(60)), Door::Open);
            assert_eq!(door(&known(&others), at(1)), Door::Ajar(at(60)));
        }
        let own = Counts { pair: until(&counts().pair), ..counts() };
        assert_eq!(door(&known(&own), at(1)), Door::Shut(at(60)), "for one's own failures");
        let stormed = Counts { account: until(&counts().account), ..counts() };
        let long_ago = Count { familiar_until: Some(at(1)), ..counts().pair };
        let long_ago = Counts { pair: long_ago, ..stormed };
        assert_eq!(door(&long_ago, at(1)), Door::Shut(at(60)), "known no longer");
    }

    #[test]
    fn who_has_to_wait_is_told_whole_seconds_and_never_none() {
        for (micros, expected) in [(1, 1), (1_000_000, 1), (1_000_001, 2), (300_000_000, 300)] {
            let Error::Wait { seconds, .. } = wait(Instant::from_micros(micros), at(0)) else {
                panic!("something else")
            };
            assert_eq!(seconds, expected);
        }
    }

    proptest! {
        /// However it is tried, and however often: nobody waits longer than the longest.
        #[test]
        fn no_number_of_failures_makes_a_wait_longer(failures: i32, second in 0_i64..1_000_000) {
            for limit in [PAIR, ACCOUNT, PLACE] {
                let count = Count { failures, ..none(vec![1], at(second)) };
                let after = failed(&count, limit, at(second));
                prop_assert!(after.blocked_until <= at(second).plus(limit.longest));
                prop_assert!(after.blocked_until >= at(second));
            }
        }
    }
}
