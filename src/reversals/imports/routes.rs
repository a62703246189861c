//! URLs of imports.

use actix_web::{HttpRequest, get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::super::door::Door;
use super::super::model::Purpose;
use super::super::results::File;
use super::super::routes::{Shown, download, preferred_wait, take};
use super::super::rows::Batch;
use super::super::store::{self as batches, Whose};
use super::super::watch::{Patience, Seats, progress};
use super::super::wire::{LineListing, ReversalListing};
use super::super::worker::Bells;
use super::super::{conclude, parts};
use super::policy::{CancelImport, ExportImports, ReadImports, SubmitImport};
use super::store::Import;
use super::wire::{
    ImportForm, ImportLineView, ImportOptions, ImportProgressView, ImportView, NewImport,
};
use crate::access::{Guarded, Signed, Watched};
use crate::db::dialect;
use crate::error::Result;
use crate::http::query::{self, Query};
use crate::http::reply::{Accepted, EventStream, Found, Listed, Streamed};
use crate::kernel::id::{CompanyId, ReversalId};

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(submit_action_import)
        .service(list_action_imports)
        .service(get_action_import)
        .service(cancel_action_import)
        .service(watch_action_import)
        .service(list_action_import_lines)
        .service(get_action_import_results)
        .service(get_action_import_rejected);
}

/// Track orders in bulk.
///
/// Send JSON, or a file and its options as query parameters: CSV with a header (`,`, `;` or tab),
/// or JSON lines, each an object such as those in `actions` of a JSON body. Any of them may be packed,
/// with `Content-Encoding: gzip`. Or send a form, with the file as its part `file` and options as its
/// other parts. The import is taken once its last byte is stored, and lives like a batch of reversals.
/// Each line is tracked as `POST /v1/actions` would track it, under the same rules. An order that was
/// tracked before, in this import or earlier, is `unchanged` with the warning `duplicate_order`, and its
/// line names the action. The same file again within 30 days is not run again, unless `force` says so.
#[utoipa::path(
    tag = "Action imports",
    params(ImportOptions),
    request_body(content(
        (NewImport = "application/json"),
        (
            String = "text/csv",
            example = "order_id,occurred_at,amount,partner_company_id\nA-1001,2026-03-09 10:42,129.90,co_01k5h2v7xnf8rtq3m9bcw4ze6a\n"
        ),
        (String = "text/tab-separated-values"),
        (
            String = "application/x-ndjson",
            example = "{\"order_id\":\"A-1001\",\"occurred_at\":\"2026-03-09T10:42:38Z\",\"amount\":\"129.90\",\"partner_company_id\":\"co_01k5h2v7xnf8rtq3m9bcw4ze6a\"}\n"
        ),
        (String = "application/jsonl"),
        (String = "application/gzip"),
        (ImportForm = "multipart/form-data"),
    ))
)]
#[post("/action-imports")]
async fn submit_action_import(
    signed: Signed<SubmitImport>,
    door: Door,
    request: HttpRequest,
    Query(options): Query<ImportOptions>,
) -> Result<Accepted<ImportView>> {
    let (bells, wait) = (door.bells.clone(), preferred_wait(request.headers()));
    let (stored, idempotency) = door.take_in(&signed, options).await?;
    take(&signed.identified(idempotency), stored, &bells, wait).await
}

impl Shown for ImportView {
    fn to(_: CompanyId, batch: Batch) -> Self {
        Self::from(batch)
    }

    fn location(batch: &Batch) -> String {
        format!("/v1/action-imports/{}", Import::id(batch))
    }
}

/// List imports, newest first.
///
/// Those of your company, dry runs and rejected ones too. An API key that is limited to programs or
/// event types sees the imports it has submitted itself.
#[utoipa::path(tag = "Action imports", params(ReversalListing))]
#[get("/action-imports")]
async fn list_action_imports(
    signed: Signed<ReadImports>,
    Query(listing): Query<ReversalListing>,
) -> Result<Listed<ImportView>> {
    let before: Option<ReversalId> = query::after(listing.cursor.as_deref())?;
    let limit = query::limit(listing.limit);
    signed
        .read(move |db, actor| {
            let submitter = actor.doer.api_key_id.filter(|_| !actor.reach.is_whole());
            let whose = Whose::Of(actor.reach.company, Purpose::Actions);
            let page = batches::page(db, whose, (submitter, listing.status), before, limit)?;
            Ok(Listed::of(page.map(Into::into)))
        })
        .await
}

/// Show an import: how far it is, and how many lines came to what.
///
/// `counts` grow while the work goes on, and `total` is null until the input was read to its end. An
/// import that is `completed`, `rejected` or `cancelled` changes no more.
#[utoipa::path(tag = "Action imports")]
#[get("/action-imports/{id}")]
async fn get_action_import(guarded: Guarded<Import, ReadImports>) -> Result<Found<ImportView>> {
    guarded.read(|_, Import(batch)| Ok(Found::version(batch.version, batch.into()))).await
}

/// Cancel an import that has not ended.
///
/// What was tracked stays, and nothing more will be. Lines that were not done have no outcome: they
/// are not listed, and stand as `not_done` in `results.csv`. The same file may be sent again: orders that
/// were tracked are `unchanged` then.
///
/// Refuses with `import_over`.
#[utoipa::path(tag = "Action imports")]
#[post("/action-imports/{id}/cancel")]
async fn cancel_action_import(
    guarded: Guarded<Import, CancelImport>,
    bells: Bells,
) -> Result<Found<ImportView>> {
    let (clock, doer) = (guarded.clock().clone(), guarded.actor.doer);
    let cancelled = guarded
        .write(move |db, Import(batch)| {
            let now = dialect::now(db, &clock)?;
            let batch = conclude::cancel(db, batch.id, doer, now)?;
            Ok(Found::version(batch.version, batch.into()))
        })
        .await?;
    bells.ended.notify_waiters();
    Ok(cancelled)
}

/// Watch an import: server-sent events of its progress.
///
/// The first event is the state as it is. While the import waits or is worked off, each change is an
/// event `progress`; the last one is `completed`, `rejected` or `cancelled`, and the stream ends. The
/// `data` of every event is an `ActionImportProgress`, its `id` the import's version. A comment every 15
/// seconds keeps the line open. The stream also ends when the server stops and when the credential
/// no longer counts: connect anew then. A company may have 50 streams open at a server, those of
/// reversals among them.
#[utoipa::path(tag = "Action imports")]
#[get("/action-imports/{id}/events")]
async fn watch_action_import(
    watched: Watched<Import, ReadImports>,
    bells: Bells,
    seats: Seats,
) -> Result<EventStream<ImportProgressView>> {
    let seat = seats.take(watched.look().await?.0.company_id)?;
    let look = async move || watched.look().await.map(|Import(batch)| batch);
    let told = progress::<ImportProgressView, _>(look, bells, Patience::default(), seat);
    Ok(EventStream::of(told))
}

/// List the lines of an import in their order, all or of one outcome.
///
/// A line is listed once something became of it: while the work goes on there are more and more.
#[utoipa::path(tag = "Action imports", params(LineListing))]
#[get("/action-imports/{id}/lines")]
async fn list_action_import_lines(
    guarded: Guarded<Import, ReadImports>,
    Query(listing): Query<LineListing>,
) -> Result<Listed<ImportLineView>> {
    let after: Option<i32> = query::after(listing.cursor.as_deref())?;
    let limit = query::limit(listing.limit);
    guarded
        .read(move |db, Import(batch)| {
            let page = batches::lines(db, batch.id, listing.outcome, after.unwrap_or(0), limit)?;
            let places: Vec<_> =
                page.rows.iter().map(|row| (row.byte_offset, row.byte_length)).collect();
            let mut records = parts::records(db, batch.id, &places)?.into_iter();
            Ok(Listed::of(
                page.map(|row| {
                    ImportLineView::of(&batch, row, &records.next().unwrap_or_default())
                }),
            ))
        })
        .await
}

/// Download what became of every line, in the order of the input, as CSV.
///
/// Each row begins with `line,outcome,code,message,warnings,matched_action_id`; the cells of the
/// input follow. Of a cancelled import, lines that were not done have the outcome `not_done`.
#[utoipa::path(tag = "Action imports")]
#[get("/action-imports/{id}/results.csv")]
async fn get_action_import_results(guarded: Guarded<Import, ExportImports>) -> Result<Streamed> {
    download(guarded, File::Results, "results.csv").await
}

/// Download the rejected lines as CSV, in the input's own layout, ready to be corrected and sent again.
///
/// The columns `error_code` and `error_message` are added at the end; they are ignored when the file
/// comes back. Lines of JSON become rows of a table, with lists and objects as JSON in their cells.
#[utoipa::path(tag = "Action imports")]
#[get("/action-imports/{id}/rejected.csv")]
async fn get_action_import_rejected(guarded: Guarded<Import, ExportImports>) -> Result<Streamed> {
    download(guarded, File::Rejected, "rejected.csv").await
}
