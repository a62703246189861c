//! Which types of events an endpoint asks for, as the wire and the database have it.

use std::borrow::Cow;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::events::rules;

/// `*`, `action.*` or `action.reversed`: only what there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pattern(rules::Pattern);

/// What the wire accepts, as a regular expression.
const FORM: &str = r"^(\*|[a-z][a-z_]*\.(\*|[a-z][a-z_]*))$";

impl Pattern {
    /// Whether an event of this type is meant.
    pub fn covers(&self, kind: &str) -> bool {
        self.0.matches(kind)
    }
}

impl FromStr for Pattern {
    type Err = rules::UnknownType;

    fn from_str(text: &str) -> Result<Self, rules::UnknownType> {
        rules::Pattern::parse(text).map(Self)
    }
}

impl utoipa::PartialSchema for Pattern {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
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
