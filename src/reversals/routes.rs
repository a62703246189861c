//! URLs of batches.

use std::time::Duration;

use actix_web::http::header::HeaderMap;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, get, post};
use futures_util::StreamExt;
use serde::Serialize;
use tokio::time::Instant as Deadline;
use utoipa_actix_web::service_config::ServiceConfig;

use super::door::{Door, Stored};
use super::model::Purpose;
use super::policy::{CancelReversal, ExportReversals, ReadReversals, SubmitReversal};
use super::receiving::receive;
use super::results::{self, File, Place};
use super::rows::Batch;
use super::store::{self, Whose};
use super::watch::{Patience, Seats, progress};
use super::wire::{
    FileOptions, LineListing, LineView, NewReversal, OnBehalf, ProgressView, ReversalForm,
    ReversalListing, ReversalView,
};
use super::worker::Bells;
use super::{behalf, conclude, parts};
use crate::access::{Allows, Guarded, Signed, Verb, Watched};
use crate::db::{Db, Find, dialect};
use crate::error::{Answered, Error, Result};
use crate::http::query::{self, Query};
use crate::http::reply::{Accepted, EventStream, Found, Listed, Streamed};
use crate::kernel::id::{CompanyId, NotAnId, ReversalId};

/// The longest a client may ask to wait, in seconds.
const LONGEST_WAIT: u64 = 30;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(submit_reversal)
        .service(list_reversals)
        .service(get_reversal)
        .service(cancel_reversal)
        .service(watch_reversal)
        .service(list_reversal_lines)
        .service(get_reversal_results)
        .service(get_reversal_rejected);
}

/// Submit a batch of reversals.
///
/// Send JSON, or a file and its options as query parameters: CSV with a header (`,`, `;` or tab),
/// or JSON lines, each an object such as those in `lines` of a JSON body. Any of them may be packed, with
/// `Content-Encoding: gzip`. Or send a form, with the file as its part `file` and options as its other
/// parts. A file is UTF-8, UTF-16 with a byte order mark, or the `charset` of its
/// content type.
/// Column names of impact.com, AWIN and CJ are understood. The batch is taken once its last byte is
/// stored: that moment, `received_at`, decides whether it was in time for locks. Every line gets a
/// result. The same file again within 30 days is not run again, unless `force` says so. A batch beyond
/// the `reversal_guard` of a program stops as `needs_confirmation` before anything is applied. With
/// `company_id` it is submitted on behalf of a brand that lets your company do so by `submit_reversals`:
/// such a batch only lowers, and where the brand's program pays your company it reaches what it pays for.
#[utoipa::path(
    tag = "Reversals",
    params(FileOptions),
    request_body(content(
        (NewReversal = "application/json"),
        (String = "text/csv", example = "order_id,operation,reason\nORD-1001,reverse,ITEM_RETURNED\n"),
        (String = "text/tab-separated-values"),
        (
            String = "application/x-ndjson",
            example = "{\"order_id\":\"ORD-1001\",\"operation\":\"reverse\",\"reason\":\"ITEM_RETURNED\"}\n"
        ),
        (String = "application/jsonl"),
        (String = "application/gzip"),
        (ReversalForm = "multipart/form-data"),
    ))
)]
#[post("/reversals")]
async fn submit_reversal(
    signed: Signed<SubmitReversal>,
    door: Door,
    request: HttpRequest,
    Query(options): Query<FileOptions>,
) -> Result<Accepted<ReversalView>> {
    let (bells, wait) = (door.bells.clone(), preferred_wait(request.headers()));
    behalf::permit(&signed, options.company_id).await?;
    let (stored, idempotency) = door.take_in(&signed, options).await?;
    take(&signed.identified(idempotency), stored, &bells, wait).await
}

/// How a batch is shown, and where.
pub(super) trait Shown: Serialize {
    /// As somebody of a company sees it.
    fn to(reader: CompanyId, batch: Batch) -> Self;

    /// The URL of a batch.
    fn location(batch: &Batch) -> String;
}

impl Shown for ReversalView {
    fn to(reader: CompanyId, batch: Batch) -> Self {
        Self::to(reader, batch)
    }

    fn location(batch: &Batch) -> String {
        format!("/v1/reversals/{}", batch.id)
    }
}

/// Makes a stored body a batch and answers for it; for a request that was answered before, by the
/// batch that it made.
pub(super) async fn take<V: Verb, View: Shown>(
    signed: &Signed<V>,
    stored: Stored,
    bells: &Bells,
    wait: Option<Duration>,
) -> Result<Accepted<View>> {
    let clock = signed.clock().clone();
    match signed.write(move |db, actor| receive(db, &clock, actor, &stored)).await {
        Ok(receipt) => {
            bells.submitted.notify_one();
            answer(signed, receipt.0, bells, wait).await
        }
        Err(Error::Replayed(answered)) => answer_again(signed, &answered, bells, wait).await,
        Err(error) => Err(error),
    }
}

/// Answers a request that was answered before, by its batch as it is now.
pub(super) async fn answer_again<V: Verb, View: Shown>(
    signed: &Signed<V>,
    answered: &Answered,
    bells: &Bells,
    wait: Option<Duration>,
) -> Result<Accepted<View>> {
    let batch = look_again(signed, answered.body.parse()).await?;
    let accepted: Accepted<View> = answer(signed, batch, bells, wait).await?;
    Ok(accepted.replayed())
}

async fn answer<V: Verb, View: Shown>(
    signed: &Signed<V>,
    batch: Batch,
    bells: &Bells,
    wait: Option<Duration>,
) -> Result<Accepted<View>> {
    let batch = await_end(signed, batch, bells, wait).await?;
    let location = View::location(&batch);
    let (version, over) = (batch.version, batch.is_over());
    let view = View::to(signed.actor.reach.company, batch);
    let accepted = Accepted::at(location, version, over, view);
    Ok(accepted.waited(wait.is_some() && over))
}

/// The batch of a submission that was answered before, as it is now.
async fn look_again<V: Verb>(
    signed: &Signed<V>,
    id: std::result::Result<ReversalId, NotAnId>,
) -> Result<Batch> {
    let (id, company) = (id.map_err(Error::internal)?, signed.actor.reach.company);
    signed.read(move |db, _| store::find(db, company, id)).await
}

/// The batch once it has ended or waits to be confirmed, or as it stands when the time is up.
async fn await_end<V: Verb>(
    signed: &Signed<V>,
    mut batch: Batch,
    bells: &Bells,
    wait: Option<Duration>,
) -> Result<Batch> {
    let deadline = Deadline::now() + wait.unwrap_or_default();
    loop {
        let stopping = bells.stopping.is_cancelled();
        if batch.rests() || stopping || Deadline::now() >= deadline {
            return Ok(batch);
        }
        // Listen first and look then: a bell between the two is heard.
        let rung = bells.ended.notified();
        batch = match look_again(signed, Ok(batch.id)).await {
            Ok(newer) => newer,
            // It was taken, and its sender must not be told to send it again.
            Err(error) => {
                log::warn!(batch:% = batch.id, error:?; "a batch is not looked at again");
                batch
            }
        };
        if batch.rests() {
            return Ok(batch);
        }
        // Another server may do the work, whose bells are not heard here.
        let look_again = deadline.min(Deadline::now() + Duration::from_millis(500));
        tokio::select! {
            () = rung => {}
            () = bells.stopping.cancelled() => {}
            () = tokio::time::sleep_until(look_again) => {}
        }
    }
}

/// The seconds of `Prefer: wait=N`.
pub(super) fn preferred_wait(headers: &HeaderMap) -> Option<Duration> {
    let preferences = headers.get_all("Prefer").filter_map(|value| value.to_str().ok());
    let wait = preferences
        .flat_map(|value| value.split([',', ';']))
        .filter_map(|preference| preference.split_once('='))
        .find_map(|(name, value)| name.trim().eq_ignore_ascii_case("wait").then_some(value))?;
    let seconds: u64 = wait.trim().trim_matches('"').parse().ok()?;
    Some(Duration::from_secs(seconds.min(LONGEST_WAIT)))
}

/// List batches, newest first.
///
/// Those of your company, whoever has submitted them, dry runs and rejected ones too. An API key that is
/// limited to programs or event types sees the batches it has submitted itself. With `company_id` of
/// another company it is those that yours has submitted on that one's behalf.
#[utoipa::path(tag = "Reversals", params(ReversalListing, OnBehalf))]
#[get("/reversals")]
async fn list_reversals(
    signed: Signed<ReadReversals>,
    Query(listing): Query<ReversalListing>,
    Query(brand): Query<OnBehalf>,
) -> Result<Listed<ReversalView>> {
    let (before, limit) = (query::after(listing.cursor.as_deref())?, query::limit(listing.limit));
    signed
        .read(move |db, actor| {
            let own = actor.reach.company;
            let submitter = actor.doer.api_key_id.filter(|_| !actor.reach.is_whole());
            let whose = match brand.company_id.filter(|brand| *brand != own) {
                None => Whose::Of(own, Purpose::Reversals),
                Some(brand) => Whose::SubmittedFor(own, brand),
            };
            let page = store::page(db, whose, (submitter, listing.status), before, limit)?;
            Ok(Listed::of(page.map(|batch| ReversalView::to(own, batch))))
        })
        .await
}

/// Show a batch: how far it is, and how many lines came to what.
///
/// `counts` grow while the work goes on, and `total` is null until the input was read to its end. A
/// batch that is `completed`, `rejected` or `cancelled` changes no more; one that is `needs_confirmation`
/// waits for `POST /v1/reversals/{id}/confirm`, and `confirmation` says why.
#[utoipa::path(tag = "Reversals")]
#[get("/reversals/{id}")]
async fn get_reversal(guarded: Guarded<Batch, ReadReversals>) -> Result<Found<ReversalView>> {
    let reader = guarded.actor.reach.company;
    let view = move |batch| ReversalView::to(reader, batch);
    guarded.read(move |_, batch| Ok(Found::version(batch.version, view(batch)))).await
}

/// Cancel a batch that has not ended.
///
/// What was applied stays, and nothing more will be. Lines that were not done have no outcome: they
/// are not listed, and stand as `not_done` in `results.csv`. The same file may be sent again. Who has
/// submitted it on a brand's behalf may do so as long as the brand lets it.
///
/// Refuses with `reversal_over`.
#[utoipa::path(tag = "Reversals")]
#[post("/reversals/{id}/cancel")]
async fn cancel_reversal(
    guarded: Guarded<Batch, CancelReversal>,
    bells: Bells,
) -> Result<Found<ReversalView>> {
    let (clock, actor) = (guarded.clock().clone(), guarded.actor.clone());
    let cancelled = guarded
        .write(move |db, batch| {
            behalf::still(db, &actor, &batch)?;
            let now = dialect::now(db, &clock)?;
            let batch = conclude::cancel(db, batch.id, actor.doer_in(batch.company_id), now)?;
            let reader = actor.reach.company;
            Ok(Found::version(batch.version, ReversalView::to(reader, batch)))
        })
        .await?;
    bells.ended.notify_waiters();
    Ok(cancelled)
}

/// Watch a batch: server-sent events of its progress.
///
/// The first event is the state as it is. While the batch waits or is worked off, each change is an
/// event `progress`; the last one is `completed`, `rejected`, `cancelled` or `needs_confirmation`, and the
/// stream ends: once the batch is confirmed, connect anew. The `data` of every event is a `ReversalProgress`, its `id` the batch's version. A comment every 15
/// seconds keeps the line open. The stream also ends when the server stops and when the credential
/// no longer counts: connect anew then. A company may have 50 streams open at a server.
#[utoipa::path(tag = "Reversals")]
#[get("/reversals/{id}/events")]
async fn watch_reversal(
    watched: Watched<Batch, ReadReversals>,
    bells: Bells,
    seats: Seats,
) -> Result<EventStream<ProgressView>> {
    watched.look().await?;
    let seat = seats.take(watched.caller().await?.reach.company)?;
    Ok(EventStream::of(progress::<ProgressView, _>(
        async move || watched.look().await,
        bells,
        Patience::default(),
        seat,
    )))
}

/// List the lines of a batch in their order, all or of one outcome.
///
/// A line is listed once something became of it: while the work goes on there are more and more.
#[utoipa::path(tag = "Reversals", params(LineListing))]
#[get("/reversals/{id}/lines")]
async fn list_reversal_lines(
    guarded: Guarded<Batch, ReadReversals>,
    Query(listing): Query<LineListing>,
) -> Result<Listed<LineView>> {
    let after: Option<i32> = query::after(listing.cursor.as_deref())?;
    let limit = query::limit(listing.limit);
    guarded
        .read(move |db, batch| {
            let page = store::lines(db, batch.id, listing.outcome, after.unwrap_or(0), limit)?;
            let entries = store::entries(db, &batch, &page.rows)?;
            let beside = store::adjusted(db, &batch, &page.rows)?;
            let places: Vec<_> =
                page.rows.iter().map(|row| (row.byte_offset, row.byte_length)).collect();
            let mut records = parts::records(db, batch.id, &places)?.into_iter();
            Ok(Listed::of(page.map(|row| {
                let same = |entry: &&store::Entry| {
                    Some(entry.action_id) == row.action_id && Some(entry.version) == row.version
                };
                let adjusted = row.adjustment_id.and_then(|id| beside.get(&id));
                let entry = adjusted.or_else(|| entries.iter().find(same));
                LineView::of(&batch, row, &records.next().unwrap_or_default(), entry)
            })))
        })
        .await
}

/// Download what became of every line, in the order of the input, as CSV.
///
/// Each row begins with `line,outcome,code,message,warnings,matched_action_id,adjustment_id`; the
/// cells of the input follow. Of a cancelled batch, lines that were not done have the outcome `not_done`.
#[utoipa::path(tag = "Reversals")]
#[get("/reversals/{id}/results.csv")]
async fn get_reversal_results(guarded: Guarded<Batch, ExportReversals>) -> Result<Streamed> {
    download(guarded, File::Results, "results.csv").await
}

/// Download the rejected lines as CSV, in the input's own layout, ready to be corrected and sent again.
///
/// The columns `error_code` and `error_message` are added at the end; they are ignored when the file
/// comes back.
#[utoipa::path(tag = "Reversals")]
#[get("/reversals/{id}/rejected.csv")]
async fn get_reversal_rejected(guarded: Guarded<Batch, ExportReversals>) -> Result<Streamed> {
    download(guarded, File::Rejected, "rejected.csv").await
}

pub(super) async fn download<R, V>(
    guarded: Guarded<R, V>,
    file: File,
    name: &str,
) -> Result<Streamed>
where
    R: Find + Allows<V> + AsRef<Batch> + Clone + Sync,
    V: Verb,
{
    let step = move |db: &mut Db, row: &R, place: Place| {
        let made = results::stretch(db, row.as_ref(), file, place)?;
        Ok(made.map(|(text, place)| (Bytes::from(text), place)))
    };
    let bytes = guarded.pages(Place::Header, step).await?;
    let name = name.to_string();
    Ok(Streamed::new("text/csv; charset=utf-8", name, bytes.boxed_local()))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn a_client_waits_as_long_as_it_says_and_half_a_minute_at_most() {
        for (prefer, seconds) in [
            (&["wait=5"][..], Some(5)),
            (&["respond-async, Wait = \"10\""], Some(10)),
            (&["return=minimal; foo=bar", "wait=0"], Some(0)),
            (&["wait=30"], Some(30)),
            (&["wait=31"], Some(30)),
            (&["wait=18446744073709551615"], Some(30)),
            (&["wait=18446744073709551616"], None),
            (&["wait=-1"], None),
            (&["wait=1.5"], None),
            (&["wait=soon"], None),
            (&["wait="], None),
            (&["wait"], None),
            (&["waiting=5"], None),
            (&[], None),
        ] {
            let values = prefer.iter().map(|value| HeaderValue::from_static(value));
            let name = HeaderName::from_static("prefer");
            let headers: HeaderMap = values.map(|value| (name.clone(), value)).collect();
            let wanted = seconds.map(Duration::from_secs);
            assert_eq!(preferred_wait(&headers), wanted, "{prefer:?}");
        }
    }
}
