//! Rows and words of changes.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::db::schema::partnership_changes;
use crate::kernel::document::Document;
use crate::kernel::id::{ChangeId, CompanyId, OperationId, PartnershipId, PersonId};
use crate::kernel::time::Instant;
use crate::partnerships::grants::model::{GrantKind, GrantLevel};
use crate::partnerships::model::Partnership;

crate::words! {
    /// How far a change has come.
    pub enum Status as PartnershipChangeStatus {
        /// Its own side alone knows of it.
        Draft = "draft",
        Proposed = "proposed",
        Accepted = "accepted",
        Declined = "declined",
        Withdrawn = "withdrawn",
        Cancelled = "cancelled",
    }
}

crate::words! {
    /// What one operation of a change does.
    pub enum Op as PartnershipChangeOp {
        OfferContact = "offer_contact",
        ReleaseContact = "release_contact",
        SetGrant = "set_grant",
        RevokeGrant = "revoke_grant",
        SetDescription = "set_description",
    }
}

impl Op {
    /// Whether it opens something to a company, or closes it.
    pub fn is_about_grants(self) -> bool {
        match self {
            Self::SetGrant | Self::RevokeGrant => true,
            Self::OfferContact | Self::ReleaseContact | Self::SetDescription => false,
        }
    }
}

crate::words! {
    /// What became of one operation.
    pub enum OpState as PartnershipChangeOpState {
        Draft = "draft",
        Proposed = "proposed",
        Accepted = "accepted",
        Declined = "declined",
        /// It no longer fits: what it was about has changed meanwhile.
        Stale = "stale",
        Withdrawn = "withdrawn",
        Cancelled = "cancelled",
    }
}

/// What is granted, as an operation meets it: nothing, or how far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// Where the kind has levels.
    pub level: Option<GrantLevel>,
}

/// A grant that an operation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfGrant {
    /// What it opens.
    pub kind: GrantKind,
    /// The company whose data it opens.
    pub by: CompanyId,
    /// How far it is to go, where it is to be set.
    pub level: Option<GrantLevel>,
    /// What was granted when the operation was proposed.
    pub over: Option<Extent>,
}

/// One thing that is to be different.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// Its id.
    pub id: OperationId,
    /// What it does.
    pub op: Op,
    /// To whom, if to somebody.
    pub person_id: Option<PersonId>,
    /// The description it sets; none takes it off.
    pub description: Option<String>,
    /// The description it was proposed over.
    pub over: Option<String>,
    /// The grant it is about, if it is about one.
    #[serde(default)]
    pub grant: Option<OfGrant>,
    /// What became of it.
    pub state: OpState,
}

/// What one side proposes.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset, Identifiable)]
#[diesel(
    table_name = partnership_changes, treat_none_as_null = true,
    treat_none_as_default_value = false
)]
pub struct Change {
    /// Its id.
    pub id: ChangeId,
    /// Of which partnership.
    pub partnership_id: PartnershipId,
    /// Which side.
    pub proposed_by_company_id: CompanyId,
    /// How far it has come.
    pub status: Status,
    /// Why.
    pub reason: String,
    /// What is to be different.
    pub operations: Document<Vec<Operation>>,
    /// What came with the answer.
    pub comment: Option<String>,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was proposed.
    pub created_at: Instant,
    /// When it was answered, withdrawn or cancelled.
    pub decided_at: Option<Instant>,
    /// When it last changed.
    pub updated_at: Instant,
    /// The change of the other side that it is proposed instead of.
    pub counters_change_id: Option<ChangeId>,
    /// The change that the other side proposes instead of it.
    pub countered_by_change_id: Option<ChangeId>,
}

impl Change {
    /// Whether it is what the other side of this one has not proposed yet: then it is not there.
    pub fn is_draft_of_other(&self, company: CompanyId) -> bool {
        self.status == Status::Draft && self.proposed_by_company_id != company
    }
}

/// A change and the partnership it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The change.
    pub change: Change,
    /// The partnership.
    pub on: Partnership,
}
