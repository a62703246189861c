//! What the doors to a new password take.

use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

/// Whose password is not known any more.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "email": "ada@acme.example" }))]
pub struct AskForReset {
    /// The address to sign in with.
    #[schema(format = "email", max_length = 254)]
    pub email: String,
}

/// A token of a letter, and the password from now on.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "token": "entp_...", "password": "correct horse battery" }))]
pub struct NewPassword {
    /// The one in the newest letter.
    #[schema(max_length = 200)]
    pub token: String,
    /// At least twelve characters.
    #[schema(min_length = 12, max_length = 200)]
    pub password: String,
}
