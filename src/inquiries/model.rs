//! Rows and words of inquiries.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::actions::rules::{Bought, Change};
use crate::db::schema::inquiries;
use crate::kernel::document::Document;
use crate::kernel::id::{
    ActionId, AdjustmentId, ApiKeyId, CompanyId, EventTypeId, InquiryId, ProgramId, TermsId, UserId,
};
use crate::kernel::money::Currency;
use crate::kernel::time::Instant;

crate::words! {
    /// What is disputed.
    pub enum Kind as InquiryKind {
        /// An order that was never tracked for the partner.
        Untracked = "untracked",
        /// The figures of an action.
        Incorrect = "incorrect",
        /// A reversal, of an action or of some of its items.
        Declined = "declined",
    }
}

crate::words! {
    /// How far an inquiry has come.
    pub enum Status as InquiryStatus {
        Open = "open",
        Accepted = "accepted",
        Declined = "declined",
        Withdrawn = "withdrawn",
    }
}

crate::words! {
    /// Who said yes or no.
    pub enum DecidedBy as InquiryDecidedBy {
        Brand = "brand",
        Silence = "silence",
    }
}

crate::words! {
    /// What came of an accepted inquiry.
    pub enum Applied as InquiryApplied {
        /// The order was tracked.
        Tracked = "tracked",
        /// The action was changed.
        Changed = "changed",
        /// The locked action was made good beside it.
        Adjusted = "adjusted",
        /// An adjustment was proposed: above the program's limit it takes a second person, whose answer
        /// makes `adjusted` or `nothing` of it.
        Proposed = "proposed",
        /// Everything was as asked already, or nothing was asked, or a second person has declined what
        /// was proposed.
        Nothing = "nothing",
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// No figures: what was reversed shall count, or the brand shall look.
    Unsaid,
    /// What was bought.
    Order(Vec<Bought>),
    /// What shall be different about the action.
    Sale(Change),
}

/// One inquiry.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = inquiries, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Inquiry {
    /// Its id.
    pub id: InquiryId,
    /// The brand, who answers.
    pub company_id: CompanyId,
    /// The partner, who asks.
    pub partner_company_id: CompanyId,
    /// The program.
    pub program_id: ProgramId,
    /// The event type.
    pub event_type_id: EventTypeId,
    /// The terms that say how long the brand has and what its silence means.
    pub terms_id: TermsId,
    /// What is disputed.
    pub kind: Kind,
    /// The action; of an untracked order the one that came of it.
    pub action_id: Option<ActionId>,
    /// The action of another partner that has the order; for the brand alone.
    pub existing_action_id: Option<ActionId>,
    /// The order.
    pub order_id: String,
    /// When the customer acted.
    pub occurred_at: Instant,
    /// What amounts are counted in.
    pub currency: Currency,
    /// What is asked for.
    pub claim: Document<Claim>,
    /// The partner's words, for both sides.
    pub message: String,
    /// Whether the action could still change when this was opened. Then its lock waits.
    pub in_time: bool,
    /// How far it has come.
    pub status: Status,
    /// Until when the brand may answer.
    pub answer_by: Instant,
    /// Who said yes or no.
    pub decided_by: Option<DecidedBy>,
    /// The brand's words, for both sides.
    pub answer: Option<String>,
    /// The brand's own note; not for the partner.
    pub note: Option<String>,
    /// What came of it.
    pub applied: Option<Applied>,
    /// The action's version after it.
    pub action_version: Option<i64>,
    /// The adjustment that was made, or proposed.
    pub adjustment_id: Option<AdjustmentId>,
    /// Why silence could not accept; not for the partner.
    pub code: Option<String>,
    /// The user who opened it.
    pub user_id: Option<UserId>,
    /// The key that opened it.
    pub api_key_id: Option<ApiKeyId>,
    /// The user of another company who opened it on the partner's behalf.
    pub delegate_user_id: Option<UserId>,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was opened.
    pub opened_at: Instant,
    /// When it was decided or withdrawn.
    pub decided_at: Option<Instant>,
}
