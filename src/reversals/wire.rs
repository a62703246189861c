//! What the doors of batches take and give.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::door::{Asked, Options};
use super::formats;
use super::guard::rules::OVER_GUARD;
use super::guard::wire::ConfirmationView;
use super::model::{LineCode, Mode, OnAmbiguous, Operation, Outcome, Purpose, Status, Warning};
use super::rows::{Batch, LineRow};
use super::store::Entry;
use crate::actions::model::{Channel, State};
use crate::http::reply::Streams;
use crate::kernel::id::{
    ActionId, AdjustmentId, ApiKeyId, CompanyId, EventTypeId, ItemId, ReversalId, UserId,
};
use crate::kernel::money::{Currency, Money};
use crate::kernel::time::Instant;
use crate::kernel::wire::MoneyView;

/// Options of a batch that comes as a file.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FileOptions {
    /// What becomes of the batch if lines are faulty; `best_effort` if absent. Files only.
    #[param(inline, nullable = false)]
    pub mode: Option<Mode>,
    /// What an order id means that several actions have; `reject` if absent. Files only.
    #[param(inline, nullable = false)]
    pub on_ambiguous: Option<OnAmbiguous>,
    /// The event type of lines that name none: its id, or the brand's code. Files only.
    #[param(max_length = 64, min_length = 1, nullable = false)]
    pub event_type_id: Option<String>,
    /// Run a file that was run before. Files only.
    #[param(nullable = false)]
    pub force: Option<bool>,
    /// What the file is called. Files only.
    #[param(max_length = 255, min_length = 1, nullable = false)]
    pub file_name: Option<String>,
    /// The brand on whose behalf you submit it, which lets your company do so; your own company if
    /// absent. Also for JSON.
    #[param(nullable = false)]
    pub company_id: Option<CompanyId>,
}

impl Asked for FileOptions {
    const PURPOSE: Purpose = Purpose::Reversals;

    fn options(self) -> Options {
        let Self { mode, on_ambiguous, event_type_id, force, file_name, company_id } = self;
        let (event_type, brand) = (event_type_id, company_id);
        Options { mode, on_ambiguous, event_type, force, file_name, brand }
    }
}

/// A file in a form, and its options, in any order but for `charset`. A part that is empty is not
/// given.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "file": "order_id,operation,reason\nORD-1001,reverse,ITEM_RETURNED\n",
    "event_type_id": "SALE",
    "mode": "best_effort"
}))]
pub struct ReversalForm {
    /// The file: CSV, TSV or JSON lines, packed with gzip or not, or a body of JSON. Its content type
    /// says which, or else its name.
    #[schema(format = "binary")]
    pub file: String,
    /// What becomes of the batch if lines are faulty.
    #[schema(default = "best_effort", nullable = false)]
    pub mode: Option<Mode>,
    /// What an order id means that several actions have.
    #[schema(default = "reject", nullable = false)]
    pub on_ambiguous: Option<OnAmbiguous>,
    /// The event type of lines that name none: its id, or the brand's code.
    #[schema(max_length = 64, nullable = false)]
    pub event_type_id: Option<String>,
    /// Run a file that was run before.
    #[schema(nullable = false)]
    pub force: Option<bool>,
    /// What the file is called; its own name if absent.
    #[schema(max_length = 255, nullable = false)]
    pub file_name: Option<String>,
    /// The brand on whose behalf you submit it, which lets your company do so; your own company if
    /// absent.
    #[schema(nullable = false)]
    pub company_id: Option<CompanyId>,
    /// What the file's text is encoded in, if neither its content type nor a byte order mark says so;
    /// before the file.
    #[schema(max_length = 64, nullable = false, example = "windows-1252")]
    pub charset: Option<String>,
}

/// A batch that comes as JSON. Faults of the envelope are problems; faults inside a line are that
/// line's result.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "event_type_id": "evt_01k5h2v7xnf8rtq3m9bcw4ze6a",
    "lines": [
        { "order_id": "ORD-1001", "operation": "reverse", "reason": "ITEM_RETURNED" },
        { "order_id": "ORD-1002", "operation": "modify", "reason": "ORDER_UPDATE", "amount": "80.00", "currency": "EUR" }
    ]
}))]
pub struct NewReversal {
    /// What becomes of the batch if lines are faulty.
    #[schema(default = "best_effort", nullable = false)]
    pub mode: Option<Mode>,
    /// What an order id means that several actions have.
    #[schema(default = "reject", nullable = false)]
    pub on_ambiguous: Option<OnAmbiguous>,
    /// The event type of lines that name none: its id, or the brand's code.
    #[schema(max_length = 64, nullable = false)]
    pub event_type_id: Option<String>,
    /// Has a meaning for files only: run one that was run before.
    #[schema(nullable = false)]
    pub force: Option<bool>,
    /// What is to be done, in order.
    #[schema(min_items = 1)]
    pub lines: Vec<NewLine>,
}

/// One line: which action, and what is to happen to it.
#[derive(Debug, ToSchema)]
pub struct NewLine {
    /// The action; or else `order_id`.
    pub action_id: Option<ActionId>,
    /// The event type of the order: its id, or the brand's code.
    #[schema(max_length = 64)]
    pub event_type_id: Option<String>,
    /// The brand's order number; or else `action_id`.
    #[schema(max_length = 64)]
    pub order_id: Option<String>,
    /// Only the item with this article number.
    #[schema(max_length = 128)]
    pub sku: Option<String>,
    /// Only this item.
    pub item_id: Option<ItemId>,
    /// What is to happen.
    pub operation: Operation,
    /// Why; needed for `reverse` and `modify`.
    #[schema(max_length = 64, example = "ITEM_RETURNED")]
    pub reason: Option<String>,
    /// What the amount shall be.
    #[schema(max_length = 32, example = "80.00")]
    pub amount: Option<String>,
    /// By how much the amount shall change.
    #[schema(max_length = 32, example = "-20.00")]
    pub amount_delta: Option<String>,
    /// What the quantity shall be.
    #[schema(minimum = 0)]
    pub quantity: Option<i64>,
    /// What amounts are counted in; must be the action's.
    pub currency: Option<Currency>,
    /// The return's own id: applied once per action and item.
    #[schema(max_length = 100)]
    pub external_ref: Option<String>,
    /// The brand's own words.
    #[schema(max_length = 1000)]
    pub note: Option<String>,
    /// Whether figures may rise, with the reason `ORDER_UPDATE`.
    pub allow_increase: Option<bool>,
}

/// How many lines came to what. What is missing to the total is still to be done, or, of a cancelled
/// batch, never done.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Counts {
    /// All of them; null until the batch was read once.
    #[schema(required)]
    pub total: Option<i32>,
    /// Done.
    pub applied: i32,
    /// Changed nothing, because everything was already so.
    pub unchanged: i32,
    /// Equal to an earlier line.
    pub duplicate: i32,
    /// Could not be done.
    pub rejected: i32,
}

/// A batch of reversals.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Reversal)]
pub struct ReversalView {
    /// Its id.
    pub id: ReversalId,
    /// Where it stands.
    pub status: Status,
    /// What becomes of it if lines are faulty.
    pub mode: Mode,
    /// What an order id means that several actions have.
    pub on_ambiguous: OnAmbiguous,
    /// The door it came through.
    pub channel: Channel,
    /// The event type of lines that name none.
    #[schema(required)]
    pub event_type_id: Option<EventTypeId>,
    /// What the file was called.
    #[schema(required)]
    pub file_name: Option<String>,
    /// How many bytes came, unpacked.
    pub size_bytes: i64,
    /// How many lines came to what.
    pub counts: Counts,
    /// Why it was rejected as a whole, or has to be confirmed (`over_guard`), or was cancelled because
    /// nobody did (`not_confirmed`), for machines.
    #[schema(required)]
    pub code: Option<String>,
    /// The same for people.
    #[schema(required)]
    pub detail: Option<String>,
    /// Why it has or had to be confirmed; null if it is within the guards of all programs.
    #[schema(required)]
    pub confirmation: Option<ConfirmationView>,
    /// Where in the input; a file's header is 1.
    #[schema(required)]
    pub fault_line: Option<i32>,
    /// The earlier batch whose file this one repeats.
    #[schema(required)]
    pub duplicate_of: Option<ReversalId>,
    /// The brand whose actions it is about.
    pub company_id: CompanyId,
    /// The company that submitted it: the brand, or one that the brand lets do so.
    pub submitted_by_company_id: CompanyId,
    /// The user who submitted it; null for one of another company than the brand.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// The user of another company who submitted it on the brand's behalf.
    #[schema(required)]
    pub delegate_user_id: Option<UserId>,
    /// The API key that submitted it, of the company that did.
    #[schema(required)]
    pub api_key_id: Option<ApiKeyId>,
    /// Counts its changes from 1.
    pub version: i64,
    /// When its last byte was stored: decides whether it was in time for locks.
    pub received_at: Instant,
    /// When work on it began.
    #[schema(required)]
    pub started_at: Option<Instant>,
    /// When it ended.
    #[schema(required)]
    pub completed_at: Option<Instant>,
}

/// How far a batch is.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ReversalProgress)]
pub struct ProgressView {
    /// The batch.
    pub id: ReversalId,
    /// Where it stands.
    pub status: Status,
    /// How many lines came to what.
    pub counts: Counts,
    /// Counts its changes from 1.
    pub version: i64,
}

/// An action before or after a line.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Figures {
    /// Where it stands.
    pub state: State,
    /// The sale.
    pub sale_amount: MoneyView,
    /// The payout.
    pub payout: MoneyView,
}

/// What became of one line.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ReversalLine)]
pub struct LineView {
    /// The number of its record: in files the header is 1, in JSON lines count from 1.
    pub line: i32,
    /// What became of it.
    pub outcome: Outcome,
    /// Why it was rejected, for machines.
    #[schema(required)]
    pub code: Option<LineCode>,
    /// Why it was rejected, or which line it is equal to, for people.
    #[schema(required)]
    pub message: Option<String>,
    /// What is worth knowing.
    pub warnings: Vec<Warning>,
    /// The action it is about.
    #[schema(required)]
    pub action_id: Option<ActionId>,
    /// The adjustment it became, beside an action that had locked.
    #[schema(required)]
    pub adjustment_id: Option<AdjustmentId>,
    /// What it asked for.
    #[schema(required)]
    pub operation: Option<Operation>,
    /// The line as it was received.
    #[schema(example = json!({ "order_id": "ORD-1001", "operation": "reverse", "reason": "ITEM_RETURNED" }))]
    pub input: Map<String, Value>,
    /// The action before it, or what was left of it; null if the line changed nothing.
    #[schema(required)]
    pub before: Option<Figures>,
    /// The action after it, or what is left of it; null if the line changed nothing.
    #[schema(required)]
    pub after: Option<Figures>,
}

/// Which lines of a batch.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LineListing {
    /// Only lines of this outcome.
    #[param(inline, nullable = false)]
    pub outcome: Option<Outcome>,
    /// The most entries of the page; 50 if absent.
    #[param(minimum = 1, maximum = 200, nullable = false)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before; the first page if absent.
    #[param(max_length = 500, nullable = false)]
    pub cursor: Option<String>,
}

/// Which batches.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReversalListing {
    /// Only batches that stand here.
    #[param(inline, nullable = false)]
    pub status: Option<Status>,
    /// The most entries of the page; 50 if absent.
    #[param(minimum = 1, maximum = 200, nullable = false)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before; the first page if absent.
    #[param(max_length = 500, nullable = false)]
    pub cursor: Option<String>,
}

/// Of which company.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OnBehalf {
    /// Only what your company has submitted on this brand's behalf.
    #[param(nullable = false)]
    pub company_id: Option<CompanyId>,
}

impl Counts {
    /// Of a batch, as far as it is.
    pub fn of(batch: &Batch) -> Self {
        Self {
            total: batch.total,
            applied: batch.applied,
            unchanged: batch.unchanged,
            duplicate: batch.duplicate,
            rejected: batch.rejected,
        }
    }
}

impl Streams for ProgressView {
    const EXAMPLE: &'static str = "\
id: 7
event: progress
data: {\"id\":\"rev_01k5h2v7xnf8rtq3m9bcw4ze6a\",\"status\":\"processing\",\
\"counts\":{\"total\":40000,\"applied\":19980,\"unchanged\":0,\"duplicate\":0,\"rejected\":20},\
\"version\":7}

";
}

impl From<&Batch> for ProgressView {
    fn from(batch: &Batch) -> Self {
        let (id, status, version) = (batch.id, batch.status, batch.version);
        Self { id, status, counts: Counts::of(batch), version }
    }
}

impl ReversalView {
    /// A batch as one of the two companies sees it: what is open in its programs is the brand's own.
    pub fn to(reader: CompanyId, batch: Batch) -> Self {
        let mut view = Self::of(batch);
        if view.company_id != reader {
            if let Some(confirmation) = &mut view.confirmation {
                confirmation.programs.clear();
                confirmation.confirmed_by_user_id = None;
            }
            if view.code.as_deref() == Some(OVER_GUARD) {
                view.detail = Some("somebody of the brand has to confirm it".into());
            }
        }
        view
    }

    fn of(batch: Batch) -> Self {
        let counts = Counts::of(&batch);
        let confirmation = ConfirmationView::of(&batch);
        Self {
            confirmation,
            company_id: batch.company_id,
            submitted_by_company_id: batch.submitter(),
            delegate_user_id: batch.authority.0.delegate_user_id,
            id: batch.id,
            status: batch.status,
            mode: batch.mode,
            on_ambiguous: batch.on_ambiguous,
            channel: batch.channel,
            event_type_id: batch.event_type_id,
            file_name: batch.file_name,
            size_bytes: batch.size_bytes,
            counts,
            code: batch.code,
            detail: batch.detail,
            fault_line: batch.fault_line,
            duplicate_of: batch.duplicate_of,
            user_id: batch.user_id,
            api_key_id: batch.api_key_id,
            version: batch.version,
            received_at: batch.received_at,
            started_at: batch.started_at,
            completed_at: batch.completed_at,
        }
    }
}

impl LineView {
    /// A line with its record and, if it changed its action, the ledger's entry.
    pub fn of(batch: &Batch, row: LineRow, record: &[u8], entry: Option<&Entry>) -> Self {
        Self {
            line: row.line,
            outcome: row.outcome,
            code: row.code,
            message: row.detail,
            warnings: row.warnings.map(|warnings| warnings.0).unwrap_or_default(),
            action_id: row.action_id,
            adjustment_id: row.adjustment_id,
            operation: row.operation,
            input: formats::fields(&batch.layout.0, record),
            before: entry.and_then(Figures::before),
            after: entry.map(Figures::after),
        }
    }
}

impl Figures {
    fn before(entry: &Entry) -> Option<Self> {
        let money = |after: i64, delta: i64| {
            MoneyView::from(Money::of(after.saturating_sub(delta), entry.currency))
        };
        Some(Self {
            state: entry.state_before?,
            sale_amount: money(entry.sale_minor, entry.sale_delta_minor),
            payout: money(entry.payout_minor, entry.payout_delta_minor),
        })
    }

    fn after(entry: &Entry) -> Self {
        Self {
            state: entry.state,
            sale_amount: Money::of(entry.sale_minor, entry.currency).into(),
            payout: Money::of(entry.payout_minor, entry.currency).into(),
        }
    }
}
