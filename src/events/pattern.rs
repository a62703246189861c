//! Which types of events are meant.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaFormat, Type};

use super::kinds::{EventKind, ObjectKind};

/// The format of a text that is one: only what there is.
pub const FORMAT: &str = "event-type-pattern";

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
        let text = <Cow<'de, str>>::deserialize(from)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// What the document says of it; the types themselves are a format of their own.
const FORM: &str = r"^(\*|[a-z][a-z_]*\.(\*|[a-z][a-z_]*))$";

impl utoipa::PartialSchema for Pattern {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::Custom(FORMAT.into())))
            .pattern(Some(FORM))
            .max_length(Some(100))
            .examples(["action.*"])
            .into()
    }
}

impl utoipa::ToSchema for Pattern {
    fn name() -> Cow<'static, str> {
        "EventTypePattern".into()
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
            told("shop.made").contains("accepted: *, company.*, user.*, invitation.*"),
            "{}",
            told("x")
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_reading_a_pattern_panic(text: String) {
            let _ = Pattern::parse(&text).map_err(|no| no.to_string());
        }
    }
}
