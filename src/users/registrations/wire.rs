//! What the doors of a registration take.

use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

/// Who did not get the letter.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "email": "ada@acme.example" }))]
pub struct ResendRegistration {
    /// The address that was registered with.
    #[schema(format = "email", max_length = 254)]
    pub email: String,
}

/// A token of a letter, and the password that was registered with.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "token": "entn_...", "password": "correct horse battery" }))]
pub struct ConfirmRegistration {
    /// The one in the letter.
    #[schema(max_length = 200)]
    pub token: String,
    /// The password that was registered with.
    #[schema(max_length = 200)]
    pub password: String,
}
