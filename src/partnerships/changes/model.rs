//! Rows and words of changes.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::db::schema::partnership_changes;
use crate::kernel::document::Document;
use crate::kernel::id::{ChangeId, CompanyId, OperationId, PartnershipId, PersonId};
use crate::kernel::time::Instant;
use crate::partnerships::model::Partnership;

crate::words! {
    /// How far a change has come.
    pub enum Status as PartnershipChangeStatus {
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
        SetDescription = "set_description",
    }
}

crate::words! {
    /// What became of one operation.
    pub enum OpState as PartnershipChangeOpState {
        Proposed = "proposed",
        Accepted = "accepted",
        Declined = "declined",
        /// It no longer fits: what it was about has changed meanwhile.
        Stale = "stale",
        Withdrawn = "withdrawn",
        Cancelled = "cancelled",
    }
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
}

/// A change and the partnership it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The change.
    pub change: Change,
    /// The partnership.
    pub on: Partnership,
}
