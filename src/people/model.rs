//! Rows of people.

use diesel::prelude::*;

use crate::db::schema::people;
use crate::kernel::id::{CompanyId, PersonId, UserId};
use crate::kernel::time::Instant;

/// Somebody of a company.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = people, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Person {
    /// The person's id.
    pub id: PersonId,
    /// The company.
    pub company_id: CompanyId,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// The e-mail address.
    pub email: String,
    /// What the person is in the company.
    pub title: Option<String>,
    /// The phone number, in its one spelling.
    pub phone: Option<String>,
    /// The user of the company that the person is.
    pub user_id: Option<UserId>,
    /// What a search looks at.
    pub folded: String,
    /// Since when the person is no longer there.
    pub left_at: Option<Instant>,
    /// Counts the person's changes from 1: also those of the teams.
    pub version: i64,
    /// When the person was entered.
    pub created_at: Instant,
    /// When that last changed.
    pub updated_at: Instant,
}

impl Person {
    /// Whether the person is still there.
    pub fn is_active(&self) -> bool {
        self.left_at.is_none()
    }
}
