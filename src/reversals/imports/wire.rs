//! What the doors of imports take and give.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::super::door::{Asked, Options};
use super::super::formats;
use super::super::model::{LineCode, Mode, Outcome, Purpose, Status, Warning};
use super::super::rows::{Batch, LineRow};
use super::super::wire::Counts;
use super::store::Import;
use crate::actions::model::Channel;
use crate::actions::wire::NewItem;
use crate::http::reply::Streams;
use crate::kernel::id::{ActionId, ApiKeyId, CompanyId, EventTypeId, ImportId, UserId};
use crate::kernel::money::Currency;
use crate::kernel::time::Instant;

/// Options of an import that comes as a file.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ImportOptions {
    /// What becomes of the import if lines are faulty; `best_effort` if absent. Files only.
    #[param(inline, nullable = false)]
    pub mode: Option<Mode>,
    /// The event type of lines that name none: its id, or your own code. Files only.
    #[param(max_length = 64, min_length = 1, nullable = false)]
    pub event_type_id: Option<String>,
    /// Run a file that was run before. Files only.
    #[param(nullable = false)]
    pub force: Option<bool>,
    /// What the file is called. Files only.
    #[param(max_length = 255, min_length = 1, nullable = false)]
    pub file_name: Option<String>,
}

impl Asked for ImportOptions {
    const PURPOSE: Purpose = Purpose::Actions;

    fn options(self) -> Options {
        let Self { mode, event_type_id, force, file_name } = self;
        Options { mode, event_type: event_type_id, force, file_name, ..Options::default() }
    }
}

/// An import that comes as JSON. Faults of the envelope are problems; faults inside an action are that
/// line's result.
#[derive(Debug, ToSchema)]
#[schema(as = NewActionImport, example = json!({
    "event_type_id": "SALE",
    "actions": [{
        "order_id": "A-1001", "occurred_at": "2026-03-09T10:42:38Z", "amount": "129.90",
        "partner_company_id": "co_01k5h2v7xnf8rtq3m9bcw4ze6a"
    }]
}))]
pub struct NewImport {
    /// What becomes of the import if lines are faulty.
    #[schema(default = "best_effort", nullable = false)]
    pub mode: Option<Mode>,
    /// The event type of actions that name none: its id, or your own code.
    #[schema(max_length = 64, nullable = false)]
    pub event_type_id: Option<String>,
    /// Has a meaning for files only: run one that was run before.
    #[schema(nullable = false)]
    pub force: Option<bool>,
    /// What is to be tracked, in order.
    #[schema(min_items = 1)]
    pub actions: Vec<NewOrder>,
}

/// One order to be tracked: as for `POST /v1/actions`, but that its program has a word for what is left
/// out. One of `items` and `amount` is there.
#[derive(Debug, ToSchema)]
#[schema(as = ImportedAction)]
pub struct NewOrder {
    /// The event type: its id, or your own code.
    #[schema(max_length = 64)]
    pub event_type_id: Option<String>,
    /// Your order number. Within the event type's dedup window it counts once.
    #[schema(min_length = 1, max_length = 64)]
    pub order_id: String,
    /// When the customer acted: RFC 3339, or `2026-03-09 10:00` in the program's zone.
    #[schema(max_length = 40, example = "2026-03-09T10:42:38Z")]
    pub occurred_at: String,
    /// What the amounts are counted in: the program's currency, also if absent.
    pub currency: Option<Currency>,
    /// The partner who is credited; or else `code`. Where both are there, this one is.
    pub partner_company_id: Option<CompanyId>,
    /// The coupon code the order carried: where no partner is named, whoever had it then is credited.
    #[schema(min_length = 1, max_length = 64)]
    pub code: Option<String>,
    /// New or returning, in your words; not for the partner.
    #[schema(min_length = 1, max_length = 64)]
    pub customer_status: Option<String>,
    /// The partner's own labels.
    pub sub_ids: Option<BTreeMap<String, String>>,
    /// A note of your own; not for the partner.
    #[schema(min_length = 1, max_length = 2000)]
    pub note: Option<String>,
    /// What was bought.
    #[schema(min_items = 1, max_items = 500)]
    pub items: Option<Vec<NewItem>>,
    /// What the order is worth, if that is all that is known.
    #[schema(max_length = 40, example = "129.90")]
    pub amount: Option<String>,
}

/// A file in a form, and its options, in any order but for `charset`. A part that is empty is not
/// given.
#[derive(Debug, ToSchema)]
#[schema(as = ActionImportForm, example = json!({
    "file": "order_id,occurred_at,amount,partner_company_id\nA-1001,2026-03-09 10:42,129.90,co_01k5h2v7xnf8rtq3m9bcw4ze6a\n",
    "event_type_id": "SALE"
}))]
pub struct ImportForm {
    /// The file: CSV, TSV or JSON lines, packed with gzip or not, or a body of JSON. Its content type
    /// says which, or else its name.
    #[schema(format = "binary")]
    pub file: String,
    /// What becomes of the import if lines are faulty.
    #[schema(default = "best_effort", nullable = false)]
    pub mode: Option<Mode>,
    /// The event type of lines that name none: its id, or your own code.
    #[schema(max_length = 64, nullable = false)]
    pub event_type_id: Option<String>,
    /// Run a file that was run before.
    #[schema(nullable = false)]
    pub force: Option<bool>,
    /// What the file is called; its own name if absent.
    #[schema(max_length = 255, nullable = false)]
    pub file_name: Option<String>,
    /// What the file's text is encoded in, if neither its content type nor a byte order mark says so;
    /// before the file.
    #[schema(max_length = 64, nullable = false, example = "windows-1252")]
    pub charset: Option<String>,
}

/// An import of actions. Of its counts, `applied` are tracked, `unchanged` were tracked before.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ActionImport)]
pub struct ImportView {
    /// Its id.
    pub id: ImportId,
    /// Where it stands.
    pub status: Status,
    /// What becomes of it if lines are faulty.
    pub mode: Mode,
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
    /// Why it was rejected as a whole, for machines.
    #[schema(required)]
    pub code: Option<String>,
    /// Why it was rejected as a whole, for people.
    #[schema(required)]
    pub detail: Option<String>,
    /// Where in the input; a file's header is 1.
    #[schema(required)]
    pub fault_line: Option<i32>,
    /// The earlier import whose file this one repeats.
    #[schema(required)]
    pub duplicate_of: Option<ImportId>,
    /// The user who submitted it.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// The API key that submitted it.
    #[schema(required)]
    pub api_key_id: Option<ApiKeyId>,
    /// Counts its changes from 1.
    pub version: i64,
    /// When its last byte was stored.
    pub received_at: Instant,
    /// When work on it began.
    #[schema(required)]
    pub started_at: Option<Instant>,
    /// When it ended.
    #[schema(required)]
    pub completed_at: Option<Instant>,
}

/// How far an import is.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ActionImportProgress)]
pub struct ImportProgressView {
    /// The import.
    pub id: ImportId,
    /// Where it stands.
    pub status: Status,
    /// How many lines came to what.
    pub counts: Counts,
    /// Counts its changes from 1.
    pub version: i64,
}

/// What became of one line.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ActionImportLine)]
pub struct ImportLineView {
    /// The number of its record: in files the header is 1, in JSON lines count from 1.
    pub line: i32,
    /// What became of it: `applied` is tracked.
    pub outcome: Outcome,
    /// Why it was rejected, for machines.
    #[schema(required)]
    pub code: Option<LineCode>,
    /// Why it was rejected, or which line it is equal to, for people.
    #[schema(required)]
    pub message: Option<String>,
    /// What is worth knowing: `duplicate_order` of an order that was tracked before.
    pub warnings: Vec<Warning>,
    /// The action: of an order that was tracked before, the one that was there; null if rejected, and in
    /// a dry run of what was not there.
    #[schema(required)]
    pub action_id: Option<ActionId>,
    /// The line as it was received.
    #[schema(example = json!({ "order_id": "A-1001", "occurred_at": "2026-03-09 10:42", "amount": "129.90" }))]
    pub input: Map<String, Value>,
}

impl Streams for ImportProgressView {
    const EXAMPLE: &'static str = "\
id: 7
event: progress
data: {\"id\":\"imp_01k5h2v7xnf8rtq3m9bcw4ze6a\",\"status\":\"processing\",\
\"counts\":{\"total\":40000,\"applied\":19980,\"unchanged\":0,\"duplicate\":0,\"rejected\":20},\
\"version\":7}

";
}

impl From<&Batch> for ImportProgressView {
    fn from(batch: &Batch) -> Self {
        let (status, version) = (batch.status, batch.version);
        Self { id: Import::id(batch), status, counts: Counts::of(batch), version }
    }
}

impl From<Batch> for ImportView {
    fn from(batch: Batch) -> Self {
        Self {
            id: Import::id(&batch),
            status: batch.status,
            mode: batch.mode,
            channel: batch.channel,
            event_type_id: batch.event_type_id,
            counts: Counts::of(&batch),
            file_name: batch.file_name,
            size_bytes: batch.size_bytes,
            code: batch.code,
            detail: batch.detail,
            fault_line: batch.fault_line,
            duplicate_of: batch.duplicate_of.map(|id| ImportId::from_uuid(id.uuid())),
            user_id: batch.user_id,
            api_key_id: batch.api_key_id,
            version: batch.version,
            received_at: batch.received_at,
            started_at: batch.started_at,
            completed_at: batch.completed_at,
        }
    }
}

impl ImportLineView {
    /// A line with its record.
    pub fn of(batch: &Batch, row: LineRow, record: &[u8]) -> Self {
        Self {
            line: row.line,
            outcome: row.outcome,
            code: row.code,
            message: row.detail,
            warnings: row.warnings.map(|warnings| warnings.0).unwrap_or_default(),
            action_id: row.action_id,
            input: formats::fields(&batch.layout.0, record),
        }
    }
}
