//! Rows of wishes for another address.

use diesel::prelude::*;

use crate::db::schema::email_changes;
use crate::kernel::id::{EmailChangeId, UserId};
use crate::kernel::time::Instant;

/// A wish for another address.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = email_changes, treat_none_as_default_value = false)]
pub struct EmailChange {
    /// Its id.
    pub id: EmailChangeId,
    /// Whose.
    pub user_id: UserId,
    /// The address, in lower case.
    pub email: String,
    /// When it was asked for.
    pub created_at: Instant,
    /// SHA-256 of the token, as long as that counts.
    pub hash: Option<Vec<u8>>,
    /// Until when it counts.
    pub expires_at: Instant,
}
