//! Rows and words of second factors.

use diesel::prelude::*;

use crate::db::schema::second_factors;
use crate::kernel::id::UserId;
use crate::kernel::time::Instant;

/// What generates a person's codes.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = second_factors, treat_none_as_default_value = false)]
pub struct SecondFactor {
    /// Whose.
    pub user_id: UserId,
    /// Sealed.
    pub secret: Vec<u8>,
    /// When it was made.
    pub created_at: Instant,
    /// Since when it counts.
    pub confirmed_at: Option<Instant>,
    /// The step of the last code that was taken.
    pub last_step: i64,
}

/// What a person shows beside the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// Nothing.
    Nothing,
    /// A code, and by which factor it was read.
    Code {
        /// The secret, as it was sealed then.
        sealed: Vec<u8>,
        /// The step that it is of, if of any that counts.
        step: Option<i64>,
    },
    /// The mark of a recovery code.
    Recovery(Vec<u8>),
}

/// What is to be said of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The person has no second factor.
    NotAsked,
    /// It counts.
    Good,
    /// It counts, and there are so many recovery codes left.
    GoodByRecovery(i64),
    /// There is none.
    Missing,
    /// It does not count.
    Wrong,
}
