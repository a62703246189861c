//! Rows and words of wishes for a new password.

use diesel::prelude::*;

use crate::db::schema::password_resets;
use crate::kernel::id::{PasswordResetId, UserId};
use crate::kernel::time::Instant;

/// The page on which a new password is chosen, or another one that takes the token of a letter.
pub use crate::mail::links::PageLink as ResetLink;

/// A wish for a new password.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = password_resets, treat_none_as_default_value = false)]
pub struct PasswordReset {
    /// Its id.
    pub id: PasswordResetId,
    /// The address, in lower case, whether anybody has it or not.
    pub email: String,
    /// When it was asked for.
    pub created_at: Instant,
    /// When it was answered, by a letter or by silence.
    pub answered_at: Option<Instant>,
    /// Who has the address.
    pub user_id: Option<UserId>,
    /// SHA-256 of the token, as long as it was not used and no other one was made.
    pub hash: Option<Vec<u8>>,
    /// Until when the token counts.
    pub expires_at: Option<Instant>,
}
