//! What the door to another password takes.

use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

/// The password so far, and the one from now on.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "current": "an older horse battery", "new": "correct horse battery"
}))]
pub struct ChangePassword {
    /// The one so far.
    #[schema(max_length = 200)]
    pub current: String,
    /// At least twelve characters.
    #[schema(min_length = 12, max_length = 200)]
    pub new: String,
}
