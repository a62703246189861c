//! URLs of programs and event types.

use std::sync::Arc;

use actix_web::{get, patch, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{EventType, Program};
use super::policy::{EditProgram, ReadProgram, SetMakeGoodLimit, SetReversalGuard};
use super::store;
use super::wire::{
    EventTypeView, NewEventType, NewProgram, PatchEventType, PatchProgram, ProgramView,
};
use crate::access::{Guarded, Signed};
use crate::error::{Error, Fault, Result};
use crate::events::kinds::EventKind;
use crate::events::model::{Event, any};
use crate::events::store as events;
use crate::http::json::Json;
use crate::http::query::{Listing, Query};
use crate::http::reply::{Created, Found, Listed};
use crate::kernel::id::EventTypeId;
use crate::kernel::reach::{Limit, Reach};

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(create_program)
        .service(list_programs)
        .service(get_program)
        .service(update_program)
        .service(create_event_type)
        .service(list_event_types)
        .service(get_event_type)
        .service(update_event_type);
}

/// Make a program.
///
/// The currency is for ever. An API key that is limited to some programs makes no others.
#[utoipa::path(tag = "Programs")]
#[post("/programs")]
async fn create_program(
    signed: Signed<EditProgram>,
    Json(body): Json<NewProgram>,
) -> Result<Created<ProgramView>> {
    let now = signed.now;
    signed
        .write(move |db, actor| {
            unlimited(actor.reach.is_whole(), "programs")?;
            let program = body.clone().made(actor.reach.company, now);
            store::insert(db, &program)?;
            let event =
                Event::new(EventKind::ProgramCreated, any(program.id), program.company_id, now);
            events::record(db, event.by(actor.doer))?;
            let location = format!("/v1/programs/{}", program.id);
            Ok(Created::at(location, ProgramView::to(actor.reach.company, program)))
        })
        .await
}

/// List your company's programs and those it has a proposed or active contract in, newest first.
///
/// An API key that is limited to programs or event types sees those within its limits.
#[utoipa::path(tag = "Programs", params(Listing))]
#[get("/programs")]
async fn list_programs(
    signed: Signed<ReadProgram>,
    Query(listing): Query<Listing>,
) -> Result<Listed<ProgramView>> {
    let (after, limit, reader) = (listing.after()?, listing.limit(), signed.actor.reach.company);
    let page = signed.read(move |db, actor| store::page(db, &actor.reach, after, limit)).await?;
    Ok(Listed::of(page.map(|program| ProgramView::to(reader, program))))
}

/// Show a program.
///
/// Its brand sees it, and so does a partner with a proposed or active contract in it.
#[utoipa::path(tag = "Programs")]
#[get("/programs/{id}")]
async fn get_program(guarded: Guarded<Program, ReadProgram>) -> Result<Found<ProgramView>> {
    let reader = guarded.actor.reach.company;
    guarded
        .read(move |_, program| {
            Ok(Found::version(program.version, ProgramView::to(reader, program)))
        })
        .await
}

/// Edit a program.
///
/// The name, the time zone, how much one person alone may make good, and from what size on a batch of
/// reversals waits until somebody confirms it. Another time zone moves the midnights at which actions
/// lock that are tracked from then on; what is tracked already keeps its dates. `make_good_limit` and
/// `reversal_guard` take the role admin, and a person: who is limited by them does not lift them.
#[utoipa::path(tag = "Programs")]
#[patch("/programs/{id}")]
async fn update_program(
    guarded: Guarded<Program, EditProgram>,
    Json(body): Json<PatchProgram>,
) -> Result<Found<ProgramView>> {
    let (now, doer, actor) = (guarded.now, guarded.actor.doer, Arc::clone(&guarded.actor));
    guarded
        .write(move |db, program| {
            if body.make_good_limit.is_some() {
                actor.may::<SetMakeGoodLimit>()?;
            }
            if body.reversal_guard.is_some() {
                actor.may::<SetReversalGuard>()?;
            }
            let after = store::advance(db, &program, body.clone().apply(program.clone(), now)?)?;
            let limit = |of: &Program| of.make_good_limit().map(|limit| limit.amount());
            let guard = |of: &Program| serde_json::json!(of.reversal_guard());
            let event = Event::new(EventKind::ProgramUpdated, any(after.id), after.company_id, now)
                .by(doer)
                .sequence(after.version)
                .changed("make_good_limit", limit(&program), limit(&after))
                .changed("reversal_guard", guard(&program), guard(&after))
                .changed("name", program.name, after.name.clone())
                .changed("time_zone", program.time_zone.as_str(), after.time_zone.as_str());
            events::record(db, event)?;
            Ok(Found::version(after.version, ProgramView::to(actor.reach.company, after)))
        })
        .await
}

/// Make an event type in a program.
///
/// An API key that is limited to some event types makes no others.
///
/// Refuses with `code_taken`.
#[utoipa::path(tag = "Programs")]
#[post("/programs/{id}/event-types")]
async fn create_event_type(
    guarded: Guarded<Program, EditProgram>,
    Json(body): Json<NewEventType>,
) -> Result<Created<EventTypeView>> {
    let (now, actor) = (guarded.now, guarded.actor.clone());
    if body.code.parse::<EventTypeId>().is_ok() {
        let message = "a code must not look like an id";
        return Err(Error::invalid(Fault::at("/code", "bad_format", message)));
    }
    guarded
        .write(move |db, program| {
            unlimited(actor.reach.event_types == Limit::All, "event types")?;
            let made = body.clone().made(&program, now);
            store::insert_event_type(db, &made)?;
            let event = Event::new(EventKind::EventTypeCreated, any(made.id), made.company_id, now);
            events::record(db, event.by(actor.doer))?;
            let location = format!("/v1/event-types/{}", made.id);
            Ok(Created::at(location, made.into()))
        })
        .await
}

/// List the event types of a program, oldest first.
///
/// Whoever sees the program sees its event types. An API key that is limited to some of them sees those.
#[utoipa::path(tag = "Programs", params(Listing))]
#[get("/programs/{id}/event-types")]
async fn list_event_types(
    guarded: Guarded<Program, ReadProgram>,
    Query(listing): Query<Listing>,
) -> Result<Listed<EventTypeView>> {
    let (after, limit) = (listing.after()?, listing.limit());
    let reach: Reach = guarded.actor.reach.clone();
    let page = guarded
        .read(move |db, program| store::page_event_types(db, &reach, program.id, after, limit))
        .await?;
    Ok(Listed::of(page.map(Into::into)))
}

/// Show an event type.
///
/// Its `code` can stand for its id in files of reversals.
#[utoipa::path(tag = "Programs")]
#[get("/event-types/{id}")]
async fn get_event_type(guarded: Guarded<EventType, ReadProgram>) -> Result<Found<EventTypeView>> {
    guarded.read(|_, found| Ok(Found::version(found.version, found.into()))).await
}

/// Edit an event type. Its code and kind are for ever.
///
/// The name, and `dedup_days`: how many days apart the same order must be to be tracked again. Null
/// means that an order counts once for ever. What is tracked already stays.
#[utoipa::path(tag = "Programs")]
#[patch("/event-types/{id}")]
async fn update_event_type(
    guarded: Guarded<EventType, EditProgram>,
    Json(body): Json<PatchEventType>,
) -> Result<Found<EventTypeView>> {
    let (now, doer) = (guarded.now, guarded.actor.doer);
    guarded
        .write(move |db, before| {
            let after = body.clone().apply(before.clone(), now);
            let after = store::advance_event_type(db, &before, after)?;
            let event =
                Event::new(EventKind::EventTypeUpdated, any(after.id), after.company_id, now)
                    .by(doer)
                    .sequence(after.version)
                    .changed("name", before.name, after.name.clone())
                    .changed("dedup_days", before.dedup_days, after.dedup_days);
            events::record(db, event)?;
            Ok(Found::version(after.version, after.into()))
        })
        .await
}

/// Refuses a limited key what it could not even see afterwards.
fn unlimited(is_unlimited: bool, what: &str) -> Result<()> {
    if is_unlimited {
        return Ok(());
    }
    let detail = format!("a key that is limited to some {what} makes no others");
    Err(Error::Forbidden { code: "forbidden", detail })
}
