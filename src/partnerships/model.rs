//! Rows and words of partnerships.

use diesel::prelude::*;

use crate::db::schema::partnerships;
use crate::kernel::id::{CompanyId, PartnershipId};
use crate::kernel::time::Instant;

crate::words! {
    /// How far two companies have come.
    pub enum Status as PartnershipStatus {
        Offered = "offered",
        Active = "active",
        Declined = "declined",
        Withdrawn = "withdrawn",
        Expired = "expired",
        Ended = "ended",
    }
}

impl Status {
    /// Whether it is an offer, or what came of one goes on.
    pub fn is_live(self) -> bool {
        match self {
            Self::Offered | Self::Active => true,
            Self::Declined | Self::Withdrawn | Self::Expired | Self::Ended => false,
        }
    }
}

/// Two companies, and where they stand with each other.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = partnerships, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Partnership {
    /// Its id.
    pub id: PartnershipId,
    /// The side that brings customers.
    pub partner_company_id: CompanyId,
    /// The side they are brought to.
    pub client_company_id: CompanyId,
    /// Which of the two spoke first.
    pub offered_by_company_id: CompanyId,
    /// Where they stand.
    pub status: Status,
    /// What came with the offer.
    pub message: String,
    /// What came with a refusal.
    pub comment: Option<String>,
    /// Why it ended.
    pub end_reason: Option<String>,
    /// Who ended it.
    pub ended_by_company_id: Option<CompanyId>,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was offered.
    pub created_at: Instant,
    /// When the other side answered.
    pub answered_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// When it last changed.
    pub updated_at: Instant,
    /// From when on the offer can no longer be answered.
    pub expires_at: Option<Instant>,
    /// What both sides say of it.
    pub description: Option<String>,
    /// How many changes of it wait for an answer.
    pub open_changes: i64,
}

impl Partnership {
    /// The side that did not make the offer.
    pub fn invited_company(&self) -> CompanyId {
        if self.offered_by_company_id == self.partner_company_id {
            self.client_company_id
        } else {
            self.partner_company_id
        }
    }

    /// Whether `company` is one of the two.
    pub fn is_side(&self, company: CompanyId) -> bool {
        company == self.partner_company_id || company == self.client_company_id
    }

    /// Whether it is an offer that nobody has answered in time.
    pub fn is_overdue(&self, now: Instant) -> bool {
        self.status == Status::Offered && self.expires_at.is_some_and(|until| until <= now)
    }

    /// The side that is not `company`.
    pub fn other_side(&self, company: CompanyId) -> CompanyId {
        if company == self.partner_company_id {
            self.client_company_id
        } else {
            self.partner_company_id
        }
    }
}
