//! URLs of codes.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{ReferralCode, Whole};
use super::policy::{EditCodes, ReadCodes};
use super::rules::{self, Changed};
use super::spelling::{self, Spelling};
use super::store;
use super::wire::{
    AssignReferralCode, NewReferralCode, ReferralCodeCommand, ReferralCodeView, ReferralCodesFilter,
};
use crate::access::{Actor, Guarded, Signed};
use crate::companies::model::Company;
use crate::contracts::store as contracts;
use crate::db::{Db, Find};
use crate::error::{Error, Fault, Result};
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::events::store as events;
use crate::http::json::Json;
use crate::http::query::{Listing, Query};
use crate::http::reply::{Created, Found, Listed};
use crate::kernel::id::{CompanyId, ProgramId, ReferralCodeId};
use crate::kernel::page::Page;
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;
use crate::programs::store as programs;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(create_referral_code)
        .service(list_referral_codes)
        .service(get_referral_code)
        .service(assign_referral_code)
        .service(deactivate_referral_code)
        .service(activate_referral_code);
}

/// Give a coupon code of one of your programs to a partner.
///
/// Whoever has a code when an order is placed is credited for it. Codes of a program are told apart
/// by more than case and look: `SAVE10`, `save10` and `SAVE1O` are one. The text of a code that was
/// deactivated rests for 180 days.
///
/// Refuses with `referral_code_taken`, `referral_code_resting`.
#[utoipa::path(tag = "Referral codes")]
#[post("/referral-codes")]
async fn create_referral_code(
    signed: Signed<EditCodes>,
    Json(body): Json<NewReferralCode>,
) -> Result<Created<ReferralCodeView>> {
    let now = signed.now;
    signed
        .write(move |db, actor| {
            let code = new_code(db, actor, &body, now)?;
            rules::may_have(&store::alike(db, code.program_id, &code.skeleton)?, now)?;
            let first = rules::first(&code, actor.doer);
            store::insert(db, &code, &first)?;
            let partner = code.partner_company_id;
            let event =
                Event::new(EventKind::ReferralCodeCreated, any(code.id), code.company_id, now)
                    .by(actor.doer)
                    .shared_with(partner)
                    .changed("code", (), code.code.clone())
                    .changed("partner_company_id", (), partner.to_string());
            events::record(db, event)?;
            let location = format!("/v1/referral-codes/{}", code.id);
            let whole = Whole { code, changes: vec![first] };
            Ok(Created::at(location, ReferralCodeView::to(actor.reach.company, whole)))
        })
        .await
}

/// The code a body asks for, or everything that is wrong with the body.
fn new_code(
    db: &mut Db,
    actor: &Actor,
    body: &NewReferralCode,
    now: Instant,
) -> Result<ReferralCode> {
    let mut faults = Vec::new();
    let spelling = spelling::read(&body.code)
        .map_err(|unfit| faults.push(Fault::at("/code", unfit.code(), unfit.to_string())))
        .ok();
    let valid_from = body.valid_from.unwrap_or(now);
    if body.valid_until.is_some_and(|until| until <= valid_from) {
        faults.push(Fault::at("/valid_until", "out_of_range", "it ends before it begins"));
    }
    let program = programs::look_for_own(db, &actor.reach, body.program_id)?;
    match &program {
        Some(program) => {
            faults.extend(no_partner(db, &actor.reach, program.id, body.partner_company_id)?);
        }
        None => {
            let message = "your company has no such program";
            faults.push(Fault::at("/program_id", "unknown_program", message));
        }
    }
    let (Some(program), Some(spelling), true) = (program, spelling, faults.is_empty()) else {
        return Err(Error::Invalid(faults));
    };
    let Spelling { code, folded, skeleton } = spelling;
    Ok(ReferralCode {
        id: ReferralCodeId::new(),
        company_id: actor.reach.company,
        program_id: program.id,
        partner_company_id: body.partner_company_id,
        code,
        folded,
        skeleton,
        active: true,
        valid_from,
        valid_until: body.valid_until,
        freed_at: None,
        version: 1,
        created_at: now,
        updated_at: now,
    })
}

/// Why a company cannot have a code of a program. One that one has nothing to do with is as unknown
/// as one that does not exist.
fn no_partner(
    db: &mut Db,
    reach: &Reach,
    program: ProgramId,
    partner: CompanyId,
) -> Result<Option<Fault>> {
    if contracts::has_active(db, program, partner)? {
        return Ok(None);
    }
    let known = partner != reach.company && Company::look_for(db, partner, reach)?.is_some();
    let (code, message) = match known {
        true => ("no_contract", "this partner has no active contract in the program"),
        false => ("unknown_partner", "this is no partner of your company"),
    };
    Ok(Some(Fault::at("/partner_company_id", code, message)))
}

/// List coupon codes, newest first: those of your programs, and those your company has as a partner.
///
/// Each with who had it when. `code` finds a code however it is written.
#[utoipa::path(tag = "Referral codes", params(ReferralCodesFilter, Listing))]
#[get("/referral-codes")]
async fn list_referral_codes(
    signed: Signed<ReadCodes>,
    Query(filter): Query<ReferralCodesFilter>,
    Query(listing): Query<Listing>,
) -> Result<Listed<ReferralCodeView>> {
    let (after, limit, filter) = (listing.after()?, listing.limit(), filter.into());
    signed
        .read(move |db, actor| {
            let page = store::page(db, &actor.reach, &filter, after, limit)?;
            let rows = store::whole(db, page.rows)?.into_iter();
            let rows = rows.map(|whole| ReferralCodeView::to(actor.reach.company, whole)).collect();
            Ok(Listed::of(Page { rows, next: page.next }))
        })
        .await
}

/// Show a coupon code, and who had it when.
///
/// A partner sees a code as long as it has it, and of its history only itself.
#[utoipa::path(tag = "Referral codes")]
#[get("/referral-codes/{id}")]
async fn get_referral_code(
    guarded: Guarded<ReferralCode, ReadCodes>,
) -> Result<Found<ReferralCodeView>> {
    let reader = guarded.actor.reach.company;
    guarded.read(move |db, code| Ok(found(reader, store::one_whole(db, code)?))).await
}

/// Give a coupon code to another partner, from a moment on.
///
/// Orders of that moment and later ones are credited to the new owner, those before it to whoever had
/// the code then. What is tracked already stays as it is: a reprocessing credits it anew. Whoever has
/// the code from then on already keeps it, and nothing changes.
///
/// Refuses with `too_many_changes`.
#[utoipa::path(tag = "Referral codes")]
#[post("/referral-codes/{id}/assign")]
async fn assign_referral_code(
    guarded: Guarded<ReferralCode, EditCodes>,
    Json(body): Json<AssignReferralCode>,
) -> Result<Found<ReferralCodeView>> {
    let (now, actor) = (guarded.now, guarded.actor.clone());
    guarded
        .write(move |db, code| {
            let (partner, from) = (body.partner_company_id, body.from.unwrap_or(now));
            let mut faults: Vec<Fault> =
                no_partner(db, &actor.reach, code.program_id, partner)?.into_iter().collect();
            if from > now {
                faults.push(Fault::at("/from", "out_of_range", "this lies in the future"));
            }
            if !faults.is_empty() {
                return Err(Error::Invalid(faults));
            }
            let whole = store::one_whole(db, code)?;
            let changed = rules::assign(&whole, partner, from, (actor.doer, now))?;
            carry_out(db, &actor, whole, changed, assigned)
        })
        .await
}

/// Deactivate a coupon code: orders from now on are credited to nobody by it.
///
/// Orders from before, and those reported late, still are. Its text rests for 180 days; it may be
/// activated again meanwhile. Deactivating twice changes nothing.
///
/// Refuses with `too_many_changes`.
#[utoipa::path(tag = "Referral codes")]
#[post("/referral-codes/{id}/deactivate")]
async fn deactivate_referral_code(
    guarded: Guarded<ReferralCode, EditCodes>,
    Json(body): Json<ReferralCodeCommand>,
) -> Result<Found<ReferralCodeView>> {
    let ReferralCodeCommand {} = body;
    let (now, actor) = (guarded.now, guarded.actor.clone());
    guarded
        .write(move |db, code| {
            let whole = store::one_whole(db, code)?;
            let changed = rules::deactivate(&whole, (actor.doer, now))?;
            carry_out(db, &actor, whole, changed, |before, changed, doer| {
                vec![switched(EventKind::ReferralCodeDeactivated, before, &changed.0, doer)]
            })
        })
        .await
}

/// Activate a coupon code that was deactivated: orders from now on are credited by it again.
///
/// Orders from between are not. Activating twice changes nothing.
///
/// Refuses with `referral_code_taken`, `referral_code_resting`, `too_many_changes`.
#[utoipa::path(tag = "Referral codes")]
#[post("/referral-codes/{id}/activate")]
async fn activate_referral_code(
    guarded: Guarded<ReferralCode, EditCodes>,
    Json(body): Json<ReferralCodeCommand>,
) -> Result<Found<ReferralCodeView>> {
    let ReferralCodeCommand {} = body;
    let (now, actor) = (guarded.now, guarded.actor.clone());
    guarded
        .write(move |db, code| {
            let alike = store::alike(db, code.program_id, &code.skeleton)?;
            let whole = store::one_whole(db, code)?;
            let changed = rules::activate(&whole, &alike, (actor.doer, now))?;
            carry_out(db, &actor, whole, changed, |before, changed, doer| {
                vec![switched(EventKind::ReferralCodeActivated, before, &changed.0, doer)]
            })
        })
        .await
}

/// What the world is told of a change: of the code before it, what it made of it, and who did it.
type Told = fn(&Whole, &Changed, Doer) -> Vec<Event>;

/// Stores what a command made of a code, tells of it, and shows the code.
fn carry_out(
    db: &mut Db,
    actor: &Actor,
    whole: Whole,
    changed: Option<Changed>,
    told: Told,
) -> Result<Found<ReferralCodeView>> {
    let Some(changed) = changed else { return Ok(found(actor.reach.company, whole)) };
    store::advance(db, &whole.code, &changed)?;
    for event in told(&whole, &changed, actor.doer) {
        events::record(db, event)?;
    }
    let (code, change) = changed;
    let changes = whole.changes.into_iter().chain([change]).collect();
    Ok(found(actor.reach.company, Whole { code, changes }))
}

/// Each partner is told its own part, and not who the others are: whoever loses some of its time, in the
/// past or to come, and whoever gets it.
fn assigned(whole: &Whole, (after, change): &Changed, doer: Doer) -> Vec<Event> {
    let (partner, field) = (after.partner_company_id, "partner_company_id");
    let event = |kind: EventKind, partner: CompanyId| event(kind, after, doer).shared_with(partner);
    let before = whole.code.version.saturating_add(1);
    let losers = (before..).zip(rules::losers(whole, partner, change.since));
    // Made in the order in which they are told: their ids have it, too.
    let mut told: Vec<Event> = losers
        .map(|(turn, one)| {
            let withdrawn = event(EventKind::ReferralCodeWithdrawn, one).sequence(turn);
            withdrawn.changed(field, one.to_string(), ())
        })
        .collect();
    let assigned = event(EventKind::ReferralCodeAssigned, partner);
    told.push(match whole.code.partner_company_id == partner {
        true => assigned,
        false => assigned.changed(field, (), partner.to_string()),
    });
    told
}

fn switched(
    kind: EventKind,
    Whole { code: before, .. }: &Whole,
    after: &ReferralCode,
    doer: Doer,
) -> Event {
    let event = event(kind, after, doer).shared_with(after.partner_company_id);
    event.changed("active", before.active, after.active)
}

fn event(kind: EventKind, after: &ReferralCode, doer: Doer) -> Event {
    let event = Event::new(kind, any(after.id), after.company_id, after.updated_at);
    event.by(doer).sequence(after.version)
}

fn found(reader: CompanyId, whole: Whole) -> Found<ReferralCodeView> {
    Found::version(whole.code.version, ReferralCodeView::to(reader, whole))
}
