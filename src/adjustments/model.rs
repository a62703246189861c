//! Rows and words of adjustments.

use diesel::prelude::*;

use super::rules::Correction;
use crate::actions::model::{Channel, Item, ItemChange, State};
use crate::actions::reasons::Reason;
use crate::db::schema::{adjustment_proposals, adjustments};
use crate::events::model::Doer;
use crate::kernel::document::Document;
use crate::kernel::id::{ActionId, AdjustmentId, ApiKeyId, CompanyId, ReversalId, UserId};
use crate::kernel::time::Instant;

crate::words! {
    /// Which way an adjustment goes.
    pub enum Kind as AdjustmentKind {
        /// The partner gives back.
        Clawback = "clawback",
        /// The partner gets more.
        MakeGood = "make_good",
    }
}

/// One correction of a locked action, and what is left after it. Nothing of it is ever changed or
/// deleted.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = adjustments, treat_none_as_default_value = false)]
pub struct Adjustment {
    /// Its id.
    pub id: AdjustmentId,
    /// The action.
    pub action_id: ActionId,
    /// Counts the adjustments of the action from 1.
    pub sequence: i64,
    /// The brand.
    pub company_id: CompanyId,
    /// The partner.
    pub partner_company_id: CompanyId,
    /// Which way it goes.
    pub kind: Kind,
    /// Whether anything is left of the sale: approved or reversed.
    pub state: State,
    /// The sale that is left.
    pub sale_minor: i64,
    /// Change of the sale.
    pub sale_delta_minor: i64,
    /// The payout that is left.
    pub payout_minor: i64,
    /// Change of the payout: what the partner gives back, below zero, or gets.
    pub payout_delta_minor: i64,
    /// What is left of the items.
    pub items: Document<Vec<Item>>,
    /// Items that count differently.
    pub changes: Document<Vec<ItemChange>>,
    /// Why.
    pub reason: Reason,
    /// The brand's own words; not for partners.
    pub note: Option<String>,
    /// The door it came through.
    pub channel: Channel,
    /// The user who made it.
    pub user_id: Option<UserId>,
    /// The key that made it.
    pub api_key_id: Option<ApiKeyId>,
    /// The user of another company who made it on the brand's behalf.
    pub delegate_user_id: Option<UserId>,
    /// The batch it came in.
    pub reversal_id: Option<ReversalId>,
    /// The line of that batch.
    pub line: Option<i32>,
    /// When.
    pub at: Instant,
    /// The second person, if it took one.
    pub approved_by_user_id: Option<UserId>,
}

crate::words! {
    /// How far an adjustment has come.
    pub enum Status as AdjustmentStatus {
        /// It waits for a second person, and has no effect.
        Proposed = "proposed",
        /// It counts.
        Made = "made",
        /// A second person said no; it never had an effect.
        Declined = "declined",
    }
}

/// An adjustment that takes a second person. Once that one has approved it, it is an [`Adjustment`]
/// of the same id.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = adjustment_proposals, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Proposal {
    /// Its id.
    pub id: AdjustmentId,
    /// The action.
    pub action_id: ActionId,
    /// The brand.
    pub company_id: CompanyId,
    /// The partner.
    pub partner_company_id: CompanyId,
    /// How far it has come.
    pub status: Status,
    /// Which way it goes.
    pub kind: Kind,
    /// What is to be corrected.
    pub correction: Document<Correction>,
    /// The sale that would be left.
    pub sale_minor: i64,
    /// Change of the sale.
    pub sale_delta_minor: i64,
    /// The payout that would be left.
    pub payout_minor: i64,
    /// Change of the payout.
    pub payout_delta_minor: i64,
    /// Items that would count differently.
    pub changes: Document<Vec<ItemChange>>,
    /// Why.
    pub reason: Reason,
    /// The brand's own words; not for partners.
    pub note: Option<String>,
    /// The user who proposed it.
    pub user_id: Option<UserId>,
    /// The key that proposed it.
    pub api_key_id: Option<ApiKeyId>,
    /// The user of another company who proposed it on the brand's behalf.
    pub delegate_user_id: Option<UserId>,
    /// Who made the key that proposed it.
    pub maker_user_id: Option<UserId>,
    /// When it was proposed.
    pub at: Instant,
    /// Who approved or declined it.
    pub decided_by_user_id: Option<UserId>,
    /// When.
    pub decided_at: Option<Instant>,
    /// Why it was declined.
    pub decline_reason: Option<String>,
    /// Counts its changes from 1.
    pub version: i64,
}

impl Proposal {
    /// Who proposed it.
    pub fn doer(&self) -> Doer {
        Doer {
            user_id: self.user_id,
            api_key_id: self.api_key_id,
            delegate_user_id: self.delegate_user_id,
            ..Doer::SYSTEM
        }
    }
}

/// An adjustment wherever it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Either {
    /// It counts.
    Made(Adjustment),
    /// It does not, or not yet.
    Proposed(Proposal),
}

impl Either {
    /// Its id.
    pub fn id(&self) -> AdjustmentId {
        match self {
            Self::Made(adjustment) => adjustment.id,
            Self::Proposed(proposal) => proposal.id,
        }
    }

    /// The action.
    pub fn action_id(&self) -> ActionId {
        match self {
            Self::Made(adjustment) => adjustment.action_id,
            Self::Proposed(proposal) => proposal.action_id,
        }
    }

    /// The brand.
    pub fn company_id(&self) -> CompanyId {
        match self {
            Self::Made(adjustment) => adjustment.company_id,
            Self::Proposed(proposal) => proposal.company_id,
        }
    }

    /// The partner.
    pub fn partner_company_id(&self) -> CompanyId {
        match self {
            Self::Made(adjustment) => adjustment.partner_company_id,
            Self::Proposed(proposal) => proposal.partner_company_id,
        }
    }
}
