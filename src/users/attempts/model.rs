//! Rows of what is counted.

use diesel::prelude::*;

use crate::db::schema::sign_in_counts;
use crate::kernel::time::Instant;

/// Failures under one mark.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset)]
#[diesel(table_name = sign_in_counts, primary_key(mark))]
#[diesel(treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Count {
    /// Of what.
    pub mark: Vec<u8>,
    /// How many.
    pub failures: i32,
    /// Not before.
    pub blocked_until: Instant,
    /// When it was last counted.
    pub counted_at: Instant,
    /// Until when the account's person is known to sign in from this address.
    pub familiar_until: Option<Instant>,
}

/// Under what an attempt is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks {
    /// The account and the address together.
    pub pair: Vec<u8>,
    /// The account, whether there is such a one or not.
    pub account: Vec<u8>,
    /// The address.
    pub place: Vec<u8>,
}

/// What was counted under the marks of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// Of the account and the address together.
    pub pair: Count,
    /// Of the account.
    pub account: Count,
    /// Of the address.
    pub place: Count,
}
