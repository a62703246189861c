//! Rows and words of contacts.

use diesel::prelude::*;

use crate::db::schema::partnership_contacts;
use crate::kernel::id::{CompanyId, PartnershipId, PersonId};
use crate::kernel::time::Instant;

crate::words! {
    /// How far a contact has come.
    pub enum State as ContactState {
        Offered = "offered",
        Assigned = "assigned",
        ReleaseProposed = "release_proposed",
        Removed = "removed",
    }
}

crate::words! {
    /// What stands on a contact's band.
    pub enum Label as ContactLabel {
        /// In your own side's draft, which the other side does not see.
        ToBeAdded = "to_be_added",
        /// Likewise.
        ToBeReleased = "to_be_released",
        Offered = "offered",
        Assigned = "assigned",
        Released = "released",
    }
}

/// A person whom one side offers to the other.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = partnership_contacts, treat_none_as_default_value = false)]
pub struct Contact {
    /// On which partnership.
    pub partnership_id: PartnershipId,
    /// Who.
    pub person_id: PersonId,
    /// Whose person, and so who offered it.
    pub company_id: CompanyId,
    /// How far it has come.
    pub state: State,
    /// When the person was offered.
    pub offered_at: Instant,
    /// When that last changed.
    pub updated_at: Instant,
}
