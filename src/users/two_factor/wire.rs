//! What the doors to a second factor take and give.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use crate::kernel::time::Instant;

/// The own password, once more.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "password": "correct horse battery" }))]
pub struct EnrolSecondFactor {
    /// The password.
    #[schema(max_length = 200)]
    pub password: String,
}

/// A code of the app that was just set up.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "code": "123456" }))]
pub struct ConfirmSecondFactor {
    /// The six digits that it shows now.
    #[schema(pattern = "^[0-9]{6}$")]
    pub code: String,
}

/// The own password, and a code or a recovery code.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "one_code"))]
#[schema(example = json!({ "password": "correct horse battery", "code": "123456" }))]
pub struct ProveSecondFactor {
    /// The password.
    #[schema(max_length = 200)]
    pub password: String,
    /// The six digits that the app shows now.
    #[schema(pattern = "^[0-9]{6}$")]
    pub code: Option<String>,
    /// One of the recovery codes instead; it counts once.
    #[schema(max_length = 40)]
    pub recovery_code: Option<String>,
}

/// What is to be set up in an app.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SecondFactorSecret)]
pub struct SecretView {
    /// To be typed in: base32.
    #[schema(example = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")]
    pub secret: String,
    /// To be shown as a picture (a QR code) that the app reads.
    #[schema(
        example = "otpauth://totp/Entente:ada%40acme.example?secret=GEZDGNBVGY3TQOJQ&issuer=Entente&algorithm=SHA1&digits=6&period=30"
    )]
    pub otpauth_uri: String,
}

/// Codes for whoever loses the app. They are shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecoveryCodes)]
pub struct RecoveryCodesView {
    /// Ten of them, each good once.
    #[schema(example = json!(["4f7k-9x2m-0c8t-w3rb"]))]
    pub recovery_codes: Vec<String>,
}

/// Whether somebody has a second factor.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SecondFactor)]
pub struct SecondFactorView {
    /// Whether signing in takes a code.
    pub enabled: bool,
    /// Since when.
    #[schema(required)]
    pub enabled_at: Option<Instant>,
    /// How many recovery codes were not used yet.
    pub recovery_codes_left: i64,
    /// Whether the company that you are signed in to asks for it.
    pub required: bool,
}

/// One of the two, and only one.
fn one_code(body: &ProveSecondFactor) -> Result<(), ValidationError> {
    match (&body.code, &body.recovery_code) {
        (Some(_), None) | (None, Some(_)) => Ok(()),
        (Some(_), Some(_)) | (None, None) => Err(one_of_codes()),
    }
}

/// What is said to whoever shows both, or neither where one is needed.
pub fn one_of_codes() -> ValidationError {
    let message = "give code or recovery_code, and only one of them";
    ValidationError::new("one_of_fields").with_message(Cow::Borrowed(message))
}
