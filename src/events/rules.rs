//! How long events are kept.

use jiff::SignedDuration;

use crate::kernel::time::Instant;

/// How long events are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeping {
    /// Younger ones are kept.
    pub young: Instant,
    /// Older ones are not, whoever has not been told of them.
    pub stale: Instant,
}

/// An event at the beginning of the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Oldest {
    /// When it happened.
    pub at: Instant,
    /// Whether every follower was told.
    pub told: bool,
}

impl Keeping {
    /// Kept for so many days, and for whoever was not told twice as long.
    pub fn days(days: u16, now: Instant) -> Self {
        let days = SignedDuration::from_hours(i64::from(days) * 24);
        let young = now.minus(days);
        Self { young, stale: young.minus(days) }
    }

    /// How many of the oldest events, in the order of the feed, nobody needs any more. It ends at the
    /// first that is needed, so that the feed has no holes: what happened long ago and was written
    /// down yesterday is still to be read.
    pub fn over(&self, oldest: &[Oldest]) -> usize {
        let over = |one: &&Oldest| one.at < self.young && (one.told || one.at < self.stale);
        oldest.iter().take_while(over).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_forgotten_is_old_told_or_stale_and_a_beginning(
            feed in prop::collection::vec((0_i64..40, any::<bool>()), 0..30),
        ) {
            let day = |day: i64| Instant::from_micros(day * 86_400_000_000);
            let keeping = Keeping::days(10, day(40));
            let feed: Vec<Oldest> =
                feed.into_iter().map(|(at, told)| Oldest { at: day(at), told }).collect();
            let over = keeping.over(&feed);
            for one in &feed[..over] {
                prop_assert!(one.at < day(30) && (one.told || one.at < day(20)));
            }
            if let Some(first) = feed.get(over) {
                prop_assert!(first.at >= day(30) || (!first.told && first.at >= day(20)));
            }
        }
    }
}
