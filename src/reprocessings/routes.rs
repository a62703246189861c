//! URLs of reprocessings.

use actix_web::{get, post};
use futures_util::StreamExt;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{Mode, Reprocessing, Status};
use super::policy::{ExportReprocessings, ReadReprocessings, Reprocess};
use super::results::{self, Stand};
use super::rules::may_apply;
use super::store;
use super::wire::{
    NewReprocessing, ReprocessingCommand, ReprocessingView, ResultView, ResultsFilter,
};
use crate::access::{Actor, Guarded, Signed};
use crate::db::{Db, Find, dialect};
use crate::error::{Error, Fault, Result};
use crate::http::json::Json;
use crate::http::query::{Listing, Query};
use crate::http::reply::{Accepted, Found, Listed, Streamed};
use crate::kernel::id::ReprocessingId;
use crate::kernel::reach::Limit;
use crate::kernel::time::Instant;
use crate::programs::store as programs;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(start_reprocessing)
        .service(list_reprocessings)
        .service(get_reprocessing)
        .service(list_reprocessing_results)
        .service(get_reprocessing_results)
        .service(cancel_reprocessing);
}

/// Run attribution again over the actions of a program and a period.
///
/// An action that was credited by a coupon code is credited to whoever had the code when the customer
/// acted, as codes and their histories are now; and every action earns under the contract of its
/// partner that was in force then, as contracts are now. What that changes is reattributed, as single
/// actions are. First look at a dry run; to apply it, send the same with `dry_run_id`, within 24 hours
/// of its end.
///
/// Refuses with `dry_run_not_completed`, `dry_run_differs`, `dry_run_too_old`.
#[utoipa::path(tag = "Reprocessings")]
#[post("/reprocessings")]
async fn start_reprocessing(
    signed: Signed<Reprocess>,
    Json(body): Json<NewReprocessing>,
) -> Result<Accepted<ReprocessingView>> {
    let clock = signed.clock().clone();
    signed
        .write(move |db, actor| {
            let now = dialect::now(db, &clock)?;
            let (row, dry_run) = asked(db, actor, &body, now)?;
            if let Some(dry_run) = dry_run {
                may_apply(&row, &dry_run, now)?;
            }
            store::start(db, &row, actor.doer)?;
            let location = format!("/v1/reprocessings/{}", row.id);
            Ok(Accepted::at(location, row.version, false, row.into()))
        })
        .await
}

/// What a body asks for and the dry run it names, or everything that is wrong with the body.
fn asked(
    db: &mut Db,
    actor: &Actor,
    body: &NewReprocessing,
    now: Instant,
) -> Result<(Reprocessing, Option<Reprocessing>)> {
    let mut faults = body.faults();
    let reach = &actor.reach;
    if programs::look_for_own(db, reach, body.program_id)?.is_none() {
        let message = "your company has no such program";
        faults.push(Fault::at("/program_id", "unknown_program", message));
    }
    match (body.event_type_id, &reach.event_types) {
        (None, Limit::Only(_)) => {
            let message = "a key that is limited to event types names one of them";
            faults.push(Fault::at("/event_type_id", "missing_field", message));
        }
        (None, Limit::All) => {}
        (Some(id), _) => {
            let found = programs::find_event_type(db, reach, id)?;
            if found.is_none_or(|found| found.program_id != body.program_id) {
                let message = "the program has no such event type";
                faults.push(Fault::at("/event_type_id", "unknown_event_type", message));
            }
        }
    }
    let dry_run = match (body.mode, body.dry_run_id) {
        (Mode::Apply, Some(id)) => {
            let found = Reprocessing::look_for(db, id, reach)?;
            if found.is_none() {
                let message = "your company has no such reprocessing";
                faults.push(Fault::at("/dry_run_id", "unknown_dry_run", message));
            }
            found
        }
        (Mode::Apply, None) | (Mode::DryRun, _) => None,
    };
    if faults.is_empty() {
        Ok((row(actor, body, now), dry_run))
    } else {
        Err(Error::Invalid(faults))
    }
}

fn row(actor: &Actor, body: &NewReprocessing, now: Instant) -> Reprocessing {
    Reprocessing {
        id: ReprocessingId::new(),
        company_id: actor.reach.company,
        program_id: body.program_id,
        event_type_id: body.event_type_id,
        partner_company_id: body.partner_company_id,
        occurred_after: body.occurred_after,
        occurred_before: body.occurred_before,
        mode: body.mode,
        dry_run_id: body.dry_run_id,
        user_id: actor.doer.user_id,
        api_key_id: actor.doer.api_key_id,
        delegate_user_id: actor.doer.delegate_user_id,
        status: Status::Received,
        code: None,
        detail: None,
        total: None,
        reattributed: 0,
        unchanged: 0,
        skipped: 0,
        rejected: 0,
        done_at: None,
        done_id: None,
        version: 1,
        created_at: now,
        started_at: None,
        completed_at: None,
    }
}

/// List reprocessings, newest first, dry runs too.
///
/// An API key that is limited to programs or event types sees those that look at nothing beyond.
#[utoipa::path(tag = "Reprocessings", params(Listing))]
#[get("/reprocessings")]
async fn list_reprocessings(
    signed: Signed<ReadReprocessings>,
    Query(listing): Query<Listing>,
) -> Result<Listed<ReprocessingView>> {
    let (after, limit) = (listing.after()?, listing.limit());
    signed
        .read(move |db, actor| {
            let page = store::page(db, &actor.reach, after, limit)?;
            Ok(Listed::of(page.map(ReprocessingView::from)))
        })
        .await
}

/// Show a reprocessing: how far it is, and how many actions came to what.
///
/// `counts` grow while the work goes on, and `total` is null until it is completed. One that is
/// `completed` or `cancelled` changes no more.
#[utoipa::path(tag = "Reprocessings")]
#[get("/reprocessings/{id}")]
async fn get_reprocessing(
    guarded: Guarded<Reprocessing, ReadReprocessings>,
) -> Result<Found<ReprocessingView>> {
    guarded.read(|_, row| Ok(Found::version(row.version, row.into()))).await
}

/// List what became of the actions of a reprocessing, all or of one outcome.
///
/// An action is listed once something became of it: while the work goes on there are more and more.
#[utoipa::path(tag = "Reprocessings", params(ResultsFilter, Listing))]
#[get("/reprocessings/{id}/results")]
async fn list_reprocessing_results(
    guarded: Guarded<Reprocessing, ReadReprocessings>,
    Query(filter): Query<ResultsFilter>,
    Query(listing): Query<Listing>,
) -> Result<Listed<ResultView>> {
    let (after, limit) = (listing.after()?, listing.limit());
    guarded
        .read(move |db, row| {
            let page = store::results(db, row.id, filter.outcome, after, limit)?;
            Ok(Listed::of(page.map(ResultView::from)))
        })
        .await
}

/// Download what became of the actions of a reprocessing as CSV.
///
/// One row for each action that is done, in the order of their ids.
#[utoipa::path(tag = "Reprocessings")]
#[get("/reprocessings/{id}/results.csv")]
async fn get_reprocessing_results(
    guarded: Guarded<Reprocessing, ExportReprocessings>,
) -> Result<Streamed> {
    let bytes = guarded.pages(Stand::Header, results::stretch).await?;
    Ok(Streamed::new("text/csv; charset=utf-8", "results.csv".into(), bytes.boxed_local()))
}

/// Cancel a reprocessing that has not ended.
///
/// What was reattributed stays so, and nothing more will be. Actions that were not done have no result.
///
/// Refuses with `reprocessing_over`.
#[utoipa::path(tag = "Reprocessings")]
#[post("/reprocessings/{id}/cancel")]
async fn cancel_reprocessing(
    guarded: Guarded<Reprocessing, Reprocess>,
    Json(body): Json<ReprocessingCommand>,
) -> Result<Found<ReprocessingView>> {
    let ReprocessingCommand {} = body;
    let (clock, doer) = (guarded.clock().clone(), guarded.actor.doer);
    guarded
        .write(move |db, row| {
            let now = dialect::now(db, &clock)?;
            let row = store::cancel(db, row.id, doer, now)?;
            Ok(Found::version(row.version, row.into()))
        })
        .await
}
