//! What the doors to another address take.

use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

/// The address to sign in with from now on, and the password.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "email": "ada@lovelace.example", "password": "correct horse battery"
}))]
pub struct ChangeEmail {
    /// The new address; the present one, to confirm it.
    #[schema(format = "email", max_length = 254)]
    pub email: String,
    /// The password.
    #[schema(max_length = 200)]
    pub password: String,
}

/// A token of a letter.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "token": "entm_..." }))]
pub struct ConfirmEmail {
    /// The one in the newest letter.
    #[schema(max_length = 200)]
    pub token: String,
}
