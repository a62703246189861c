//! Rows of management teams.

use diesel::prelude::*;

use crate::db::schema::partnership_managers;
use crate::kernel::id::{CompanyId, PartnershipId, PersonId};
use crate::kernel::time::Instant;

/// A person on the team of one side.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = partnership_managers, treat_none_as_default_value = false)]
pub struct Manager {
    /// Of which partnership.
    pub partnership_id: PartnershipId,
    /// Of which side.
    pub company_id: CompanyId,
    /// Who.
    pub person_id: PersonId,
    /// Since when.
    pub added_at: Instant,
}
