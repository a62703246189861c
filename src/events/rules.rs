//! Which events are meant, and how long they are kept.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;

use super::kinds::{EventKind, ObjectKind};
use crate::kernel::time::Instant;

/// Which types are meant: all (`*`), all of one kind of thing (`action.*`), or one
/// (`action.reversed`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pattern {
    /// Every type, also those that are still to come.
    All,
    /// Every type of one kind of thing, likewise.
    Of(ObjectKind),
    /// One.
    One(EventKind),
}

/// No type is meant by this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no type {text}; accepted: {}", accepted(.text))]
pub struct UnknownType {
    text: String,
}

/// What could have been meant: the types of the thing, if there is such a thing.
fn accepted(text: &str) -> String {
    let object = text.split('.').next().and_then(ObjectKind::parse);
    let patterns: Vec<Pattern> = match object {
        Some(object) => {
            std::iter::once(Pattern::Of(object)).chain(object.kinds().map(Pattern::One)).collect()
        }
        None => {
            let of = ObjectKind::ALL.iter().copied().map(Pattern::Of);
            std::iter::once(Pattern::All).chain(of).collect()
        }
    };
    patterns.iter().map(Pattern::to_string).collect::<Vec<_>>().join(", ")
}

impl Pattern {
    /// Reads one.
    pub fn parse(text: &str) -> Result<Self, UnknownType> {
        let of = |text: &str| text.strip_suffix(".*").and_then(ObjectKind::parse).map(Self::Of);
        let found = match text {
            "*" => Some(Self::All),
            _ => of(text).or_else(|| EventKind::parse(text).map(Self::One)),
        };
        found.ok_or_else(|| UnknownType { text: text.chars().take(100).collect() })
    }

    /// Whether a type is meant.
    pub fn matches(&self, kind: &str) -> bool {
        match self {
            Self::All => true,
            Self::Of(object) => kind.split('.').next() == Some(object.as_str()),
            Self::One(one) => kind == one.as_str(),
        }
    }

    /// The types that are meant, of those there are.
    pub fn kinds(self) -> impl Iterator<Item = EventKind> {
        EventKind::ALL.iter().copied().filter(move |kind| self.matches(kind.as_str()))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::Of(object) => write!(f, "{object}.*"),
            Self::One(kind) => f.write_str(kind.as_str()),
        }
    }
}

impl FromStr for Pattern {
    type Err = UnknownType;

    fn from_str(text: &str) -> Result<Self, UnknownType> {
        Self::parse(text)
    }
}

impl serde::Serialize for Pattern {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Pattern {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

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

    #[test]
    fn a_pattern_is_everything_a_kind_of_thing_or_a_type() {
        let cases = [
            ("*", vec!["action.reversed", "reversal.completed", "later.made"], vec![]),
            ("action.*", vec!["action.reversed", "action.later"], vec!["action_import.started"]),
            ("action.reversed", vec!["action.reversed"], vec!["action.restored", "action"]),
        ];
        for (text, meant, others) in cases {
            let pattern = Pattern::parse(text).expect(text);
            assert_eq!(pattern.to_string(), text);
            assert!(meant.iter().all(|kind| pattern.matches(kind)), "{text}");
            assert!(!others.iter().any(|kind| pattern.matches(kind)), "{text}");
        }
        assert_eq!(Pattern::All.kinds().count(), EventKind::ALL.len());
        assert_eq!(Pattern::Of(ObjectKind::Program).kinds().count(), 2);
    }

    #[test]
    fn what_is_no_pattern_is_told_with_what_could_have_been_meant() {
        for bad in ["", "action", "action.", "action.gone", "Action.*", "*.reversed", "act*", ".*"]
        {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
        let told = |text| Pattern::parse(text).expect_err(text).to_string();
        let program = "program.*, program.created, program.updated";
        assert_eq!(
            told("program.made"),
            format!("there is no type program.made; accepted: {program}")
        );
        assert!(
            told("shop.made").contains("accepted: *, company.*, user.*, api_key.*"),
            "{}",
            told("x")
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_a_pattern_panic(text: String) {
            let _ = Pattern::parse(&text).map_err(|no| no.to_string());
        }

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
