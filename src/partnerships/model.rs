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

crate::words! {
    /// Which of the two sides a company is.
    pub enum Role as PartnershipRole { Partner = "partner", Client = "client" }
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
    /// How much waits for an answer of the partner: an offer, or a change.
    pub partner_answers: i64,
    /// How much waits for an answer of the client.
    pub client_answers: i64,
    /// Whether the partner shows the client who manages it.
    pub partner_team_visible: bool,
    /// Whether the client shows that to the partner.
    pub client_team_visible: bool,
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

    /// Which side a company is.
    pub fn role_of(&self, company: CompanyId) -> Role {
        if company == self.partner_company_id { Role::Partner } else { Role::Client }
    }

    /// The side that is not `company`.
    pub fn other_side(&self, company: CompanyId) -> CompanyId {
        if company == self.partner_company_id {
            self.client_company_id
        } else {
            self.partner_company_id
        }
    }

    /// How much waits for an answer of one side.
    pub fn answers_of(&self, company: CompanyId) -> i64 {
        if company == self.partner_company_id { self.partner_answers } else { self.client_answers }
    }

    /// Whether a side shows the other one who manages it.
    pub fn team_is_visible(&self, company: CompanyId) -> bool {
        if company == self.partner_company_id {
            self.partner_team_visible
        } else {
            self.client_team_visible
        }
    }
}

#[cfg(test)]
impl Partnership {
    /// One in a state, offered by its partner at the second 0 and until the second 10 of the time in
    /// which rules are tested, with a change of the partner's while it is active.
    pub fn standing(status: Status) -> Self {
        let (partner, client) = (CompanyId::new(), CompanyId::new());
        let second = |second: i64| Instant::from_micros(1_800_000_000_000_000 + second * 1_000_000);
        Self {
            id: PartnershipId::new(),
            partner_company_id: partner,
            client_company_id: client,
            offered_by_company_id: partner,
            status,
            message: "hello".into(),
            comment: None,
            end_reason: None,
            ended_by_company_id: None,
            version: 1,
            created_at: second(0),
            answered_at: None,
            ended_at: None,
            updated_at: second(0),
            expires_at: Some(second(10)),
            description: None,
            open_changes: i64::from(status == Status::Active),
            partner_answers: 0,
            client_answers: i64::from(status.is_live()),
            partner_team_visible: false,
            client_team_visible: false,
        }
    }
}
