//! Rows and words of reprocessings.

use diesel::prelude::*;

use crate::db::schema::{reprocessing_results, reprocessings};
use crate::events::model::Doer;
use crate::kernel::id::{
    ActionId, ApiKeyId, CompanyId, EventTypeId, ProgramId, ReprocessingId, UserId,
};
use crate::kernel::money::Currency;
use crate::kernel::time::Instant;

crate::words! {
    /// Whether anything changes.
    pub enum Mode as ReprocessingMode { DryRun = "dry_run", Apply = "apply" }
}

crate::words! {
    /// Where a reprocessing stands.
    pub enum Status as ReprocessingStatus {
        Received = "received",
        Processing = "processing",
        Completed = "completed",
        Cancelled = "cancelled",
    }
}

crate::words! {
    /// What became of an action.
    pub enum Outcome as ReprocessingOutcome {
        Reattributed = "reattributed",
        Unchanged = "unchanged",
        Skipped = "skipped",
        Rejected = "rejected",
    }
}

/// Attribution run again, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, Identifiable)]
#[diesel(table_name = reprocessings, treat_none_as_default_value = false)]
pub struct Reprocessing {
    /// Its id.
    pub id: ReprocessingId,
    /// The brand.
    pub company_id: CompanyId,
    /// Of this program.
    pub program_id: ProgramId,
    /// Of this event type only.
    pub event_type_id: Option<EventTypeId>,
    /// Credited to this partner only.
    pub partner_company_id: Option<CompanyId>,
    /// Occurred at this moment or later.
    pub occurred_after: Instant,
    /// Occurred before this moment.
    pub occurred_before: Instant,
    /// Whether anything changes.
    pub mode: Mode,
    /// The dry run that was looked at first.
    pub dry_run_id: Option<ReprocessingId>,
    /// The user who started it.
    pub user_id: Option<UserId>,
    /// The key that did.
    pub api_key_id: Option<ApiKeyId>,
    /// The user of another company who did on the brand's behalf.
    pub delegate_user_id: Option<UserId>,
    /// Where it stands.
    pub status: Status,
    /// Why it ended early, for machines.
    pub code: Option<String>,
    /// Why it ended early, for people.
    pub detail: Option<String>,
    /// How many actions there were; unknown until it is completed.
    pub total: Option<i64>,
    /// Actions of another partner, or of other terms.
    pub reattributed: i64,
    /// Actions that are as they were.
    pub unchanged: i64,
    /// Actions that are closed.
    pub skipped: i64,
    /// Actions that cannot be credited as they ought to be.
    pub rejected: i64,
    /// When the last action that is done occurred.
    pub done_at: Option<Instant>,
    /// Which that was.
    pub done_id: Option<ActionId>,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was started.
    pub created_at: Instant,
    /// When a worker first took it.
    pub started_at: Option<Instant>,
    /// When it ended.
    pub completed_at: Option<Instant>,
}

impl Reprocessing {
    /// Who started it.
    pub fn doer(&self) -> Doer {
        Doer {
            user_id: self.user_id,
            api_key_id: self.api_key_id,
            delegate_user_id: self.delegate_user_id,
            ..Doer::SYSTEM
        }
    }

    /// The place of the last action that is done.
    pub fn done(&self) -> Option<(Instant, ActionId)> {
        self.done_at.zip(self.done_id)
    }
}

/// What became of one action.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = reprocessing_results, treat_none_as_default_value = false)]
pub struct ResultRow {
    /// The reprocessing.
    pub reprocessing_id: ReprocessingId,
    /// The action.
    pub action_id: ActionId,
    /// Its order number.
    pub order_id: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it was skipped or rejected.
    pub code: Option<String>,
    /// Who was credited before.
    pub from_partner_company_id: CompanyId,
    /// Who is credited after.
    pub to_partner_company_id: CompanyId,
    /// What its payout is counted in.
    pub currency: Currency,
    /// The payout before.
    pub payout_before_minor: i64,
    /// The payout after.
    pub payout_after_minor: i64,
}
