//! What the doors of reprocessings take and give.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{Mode, Outcome, Reprocessing, ResultRow, Status};
use crate::error::Fault;
use crate::kernel::id::{
    ActionId, ApiKeyId, CompanyId, EventTypeId, ProgramId, ReprocessingId, UserId,
};
use crate::kernel::money::Money;
use crate::kernel::time::Instant;

/// Which actions attribution is to be run over again. First a dry run; then, to apply it, the same with
/// the dry run's id.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "program_id": "prg_01k5h2v7xnf8rtq3m9bcw4ze6a",
    "occurred_after": "2026-03-01T00:00:00Z", "occurred_before": "2026-04-01T00:00:00Z",
    "mode": "dry_run"
}))]
pub struct NewReprocessing {
    /// Of this program of yours.
    pub program_id: ProgramId,
    /// Of this event type only.
    pub event_type_id: Option<EventTypeId>,
    /// Credited to this partner only, before.
    pub partner_company_id: Option<CompanyId>,
    /// Occurred at this moment or later.
    pub occurred_after: Instant,
    /// Occurred before this moment.
    pub occurred_before: Instant,
    /// Whether anything changes.
    pub mode: Mode,
    /// To apply: a dry run of the same actions, completed within the last 24 hours.
    pub dry_run_id: Option<ReprocessingId>,
}

impl NewReprocessing {
    /// What is wrong with it, as far as it alone tells.
    pub fn faults(&self) -> Vec<Fault> {
        let backwards = self.occurred_before <= self.occurred_after;
        let backwards = backwards
            .then(|| Fault::at("/occurred_before", "out_of_range", "it ends before it begins"));
        let dry_run = match (self.mode, self.dry_run_id) {
            (Mode::Apply, None) => {
                let message = "to apply takes the id of a dry run";
                Some(Fault::at("/dry_run_id", "missing_field", message))
            }
            (Mode::DryRun, Some(_)) => {
                let message = "a dry run takes no other one";
                Some(Fault::at("/dry_run_id", "conflicting_fields", message))
            }
            (Mode::Apply, Some(_)) | (Mode::DryRun, None) => None,
        };
        backwards.into_iter().chain(dry_run).collect()
    }
}

/// No arguments.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReprocessingCommand {}

/// How many actions came to what.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReprocessingCounts {
    /// All of them; null until it is completed.
    #[schema(required)]
    pub total: Option<i64>,
    /// Credited to another partner, or under other terms.
    pub reattributed: i64,
    /// As they were.
    pub unchanged: i64,
    /// Closed, and as they were.
    pub skipped: i64,
    /// Not to be credited as they ought to be, and as they were.
    pub rejected: i64,
}

/// Attribution run again.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Reprocessing)]
pub struct ReprocessingView {
    /// Its id.
    pub id: ReprocessingId,
    /// Of this program.
    pub program_id: ProgramId,
    /// Of this event type only.
    #[schema(required)]
    pub event_type_id: Option<EventTypeId>,
    /// Credited to this partner only, before.
    #[schema(required)]
    pub partner_company_id: Option<CompanyId>,
    /// Occurred at this moment or later.
    pub occurred_after: Instant,
    /// Occurred before this moment.
    pub occurred_before: Instant,
    /// Whether anything changes.
    pub mode: Mode,
    /// The dry run that was looked at first.
    #[schema(required)]
    pub dry_run_id: Option<ReprocessingId>,
    /// Where it stands.
    pub status: Status,
    /// Why it ended early by itself, for machines: `forbidden`, `internal_error`.
    #[schema(required)]
    pub code: Option<String>,
    /// Why it ended early by itself, for people.
    #[schema(required)]
    pub detail: Option<String>,
    /// How many actions came to what so far.
    pub counts: ReprocessingCounts,
    /// The user who started it.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// The API key that did.
    #[schema(required)]
    pub api_key_id: Option<ApiKeyId>,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was started.
    pub created_at: Instant,
    /// When work on it began.
    #[schema(required)]
    pub started_at: Option<Instant>,
    /// When it ended.
    #[schema(required)]
    pub completed_at: Option<Instant>,
}

impl From<Reprocessing> for ReprocessingView {
    fn from(row: Reprocessing) -> Self {
        Self {
            id: row.id,
            program_id: row.program_id,
            event_type_id: row.event_type_id,
            partner_company_id: row.partner_company_id,
            occurred_after: row.occurred_after,
            occurred_before: row.occurred_before,
            mode: row.mode,
            dry_run_id: row.dry_run_id,
            status: row.status,
            code: row.code,
            detail: row.detail,
            counts: ReprocessingCounts {
                total: row.total,
                reattributed: row.reattributed,
                unchanged: row.unchanged,
                skipped: row.skipped,
                rejected: row.rejected,
            },
            user_id: row.user_id,
            api_key_id: row.api_key_id,
            version: row.version,
            created_at: row.created_at,
            started_at: row.started_at,
            completed_at: row.completed_at,
        }
    }
}

/// What became of one action.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ReprocessingResult)]
pub struct ResultView {
    /// The action.
    pub action_id: ActionId,
    /// The brand's order number.
    pub order_id: String,
    /// What became of it; of a dry run, what would have.
    pub outcome: Outcome,
    /// Why it was skipped or rejected.
    #[schema(required, example = "action_locked")]
    pub code: Option<String>,
    /// Who was credited before.
    pub from_partner_company_id: CompanyId,
    /// Who is credited after.
    pub to_partner_company_id: CompanyId,
    /// The payout before.
    pub payout_before: Money,
    /// The payout after.
    pub payout_after: Money,
}

impl From<ResultRow> for ResultView {
    fn from(row: ResultRow) -> Self {
        Self {
            action_id: row.action_id,
            order_id: row.order_id,
            outcome: row.outcome,
            code: row.code,
            from_partner_company_id: row.from_partner_company_id,
            to_partner_company_id: row.to_partner_company_id,
            payout_before: Money::of(row.payout_before_minor, row.currency),
            payout_after: Money::of(row.payout_after_minor, row.currency),
        }
    }
}

/// Which results.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ResultsFilter {
    /// Those of this outcome only.
    #[param(nullable = false, inline)]
    pub outcome: Option<Outcome>,
}
