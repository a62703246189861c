//! URLs of partnerships, but for the one that ends them, which is with contracts.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{Partnership, Status};
use super::policy::{
    AnswerPartnership, OfferPartnership, ReadPartnership, WithdrawPartnership as Withdraw,
};
use super::wire::{
    AcceptPartnership, DeclinePartnership, NewPartnership, PartnershipFilter, PartnershipView,
    Sides, WithdrawPartnership,
};
use super::{rules, store};
use crate::access::{Guarded, Signed};
use crate::companies::store as companies;
use crate::db::Db;
use crate::error::{Error, Fault, Result};
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::events::store as events;
use crate::http::json::Json;
use crate::http::query::{Query, after, limit};
use crate::http::reply::{Created, Found, Listed};
use crate::kernel::id::{CompanyId, PartnershipId};
use crate::kernel::time::Instant;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(offer_partnership)
        .service(list_partnerships)
        .service(get_partnership)
        .service(accept_partnership)
        .service(decline_partnership)
        .service(withdraw_partnership);
}

/// Offer a partnership to another company.
///
/// The other side accepts or declines; until then the offer can be withdrawn. Two companies have at
/// most one offered or active partnership in each direction.
///
/// Refuses with `partnership_exists`.
#[utoipa::path(tag = "Partnerships")]
#[post("/partnerships")]
async fn offer_partnership(
    signed: Signed<OfferPartnership>,
    Json(body): Json<NewPartnership>,
) -> Result<Created<PartnershipView>> {
    let now = signed.now;
    let sides = body.sides(signed.actor.reach.company)?;
    signed
        .write(move |db, actor| {
            let (field, other) = sides.named;
            if !companies::is_known(db, other)? {
                let message = "there is no such company that takes part";
                return Err(Error::invalid(Fault::at(field, "unknown_company", message)));
            }
            let own = actor.reach.company;
            let offered = offered(sides, own, body.message.clone(), now);
            store::insert(db, &offered)?;
            let event = Event::new(EventKind::PartnershipOffered, any(offered.id), own, now);
            events::record(db, event.by(actor.doer).shared_with(other))?;
            let location = format!("/v1/partnerships/{}", offered.id);
            Ok(Created::at(location, view(db, own, offered)?))
        })
        .await
}

fn offered(sides: Sides, own: CompanyId, message: String, now: Instant) -> Partnership {
    Partnership {
        id: PartnershipId::new(),
        partner_company_id: sides.partner,
        client_company_id: sides.client,
        offered_by_company_id: own,
        status: Status::Offered,
        message,
        comment: None,
        end_reason: None,
        ended_by_company_id: None,
        version: 1,
        created_at: now,
        answered_at: None,
        ended_at: None,
        updated_at: now,
    }
}

/// List your company's partnerships, newest first.
///
/// Those it offered and those it was offered, whatever became of them. `status` narrows the list, and
/// takes several values with commas between them.
#[utoipa::path(tag = "Partnerships", params(PartnershipFilter))]
#[get("/partnerships")]
async fn list_partnerships(
    signed: Signed<ReadPartnership>,
    Query(filter): Query<PartnershipFilter>,
) -> Result<Listed<PartnershipView>> {
    let place = after(filter.cursor.as_deref())?;
    let page = signed
        .read(move |db, actor| {
            let (reach, statuses) = (&actor.reach, filter.status.as_deref());
            let page = store::page(db, reach, statuses, place, limit(filter.limit))?;
            let others = page.rows.iter().map(|row| row.other_side(reach.company)).collect();
            let names = companies::names(db, others)?;
            Ok(page.map(|row| {
                let name = names.get(&row.other_side(reach.company)).cloned();
                PartnershipView::to(reach.company, row, name.unwrap_or_default())
            }))
        })
        .await?;
    Ok(Listed::of(page))
}

/// Show a partnership of your company.
///
/// Both sides see the same, and each as `my_role` which side it is.
#[utoipa::path(tag = "Partnerships")]
#[get("/partnerships/{id}")]
async fn get_partnership(
    guarded: Guarded<Partnership, ReadPartnership>,
) -> Result<Found<PartnershipView>> {
    let reader = guarded.actor.reach.company;
    guarded.read(move |db, row| Ok(Found::version(row.version, view(db, reader, row)?))).await
}

/// Accept a partnership that was offered to your company.
///
/// From then on the two see each other's cards, and may agree on contracts in either direction.
///
/// Refuses with `partnership_already_answered`, `company_not_active`.
#[utoipa::path(tag = "Partnerships")]
#[post("/partnerships/{id}/accept")]
async fn accept_partnership(
    guarded: Guarded<Partnership, AnswerPartnership>,
    Json(body): Json<AcceptPartnership>,
) -> Result<Found<PartnershipView>> {
    let (now, doer, own) = (guarded.now, guarded.actor.doer, guarded.actor.reach.company);
    guarded
        .write(move |db, offered| {
            let after = rules::accept(&offered, body.comment.clone(), now)?;
            if !companies::is_known(db, offered.offered_by_company_id)? {
                return Err(rules::Refusal::NotTakingPart.into());
            }
            advanced(db, &offered, after, Told { kind: EventKind::PartnershipAccepted, own, doer })
        })
        .await
}

/// Decline a partnership that was offered to your company.
///
/// The other side may read the comment, and may offer another one later.
///
/// Refuses with `partnership_already_answered`.
#[utoipa::path(tag = "Partnerships")]
#[post("/partnerships/{id}/decline")]
async fn decline_partnership(
    guarded: Guarded<Partnership, AnswerPartnership>,
    Json(body): Json<DeclinePartnership>,
) -> Result<Found<PartnershipView>> {
    let (now, doer, own) = (guarded.now, guarded.actor.doer, guarded.actor.reach.company);
    guarded
        .write(move |db, offered| {
            let after = rules::decline(&offered, body.comment.clone(), now)?;
            advanced(db, &offered, after, Told { kind: EventKind::PartnershipDeclined, own, doer })
        })
        .await
}

/// Take back a partnership your company has offered, before it is answered.
///
/// Nothing came of it: either side may offer another one.
///
/// Refuses with `partnership_already_answered`.
#[utoipa::path(tag = "Partnerships")]
#[post("/partnerships/{id}/withdraw")]
async fn withdraw_partnership(
    guarded: Guarded<Partnership, Withdraw>,
    Json(body): Json<WithdrawPartnership>,
) -> Result<Found<PartnershipView>> {
    let WithdrawPartnership {} = body;
    let (now, doer, own) = (guarded.now, guarded.actor.doer, guarded.actor.reach.company);
    guarded
        .write(move |db, offered| {
            let after = rules::withdraw(&offered, now)?;
            advanced(db, &offered, after, Told { kind: EventKind::PartnershipWithdrawn, own, doer })
        })
        .await
}

/// What the record says of a change, and of whom.
pub struct Told {
    /// Such as that it was accepted.
    pub kind: EventKind,
    /// The company that did it.
    pub own: CompanyId,
    /// Who in it.
    pub doer: Doer,
}

/// Stores the next state, writes it down for both sides, and shows it to the side that acted.
pub fn advanced(
    db: &mut Db,
    before: &Partnership,
    after: Partnership,
    told: Told,
) -> Result<Found<PartnershipView>> {
    let after = store::advance(db, before, after)?;
    let event = Event::new(told.kind, any(after.id), told.own, after.updated_at)
        .by(told.doer)
        .shared_with(after.other_side(told.own))
        .sequence(after.version)
        .changed("status", before.status.as_str(), after.status.as_str());
    events::record(db, event)?;
    Ok(Found::version(after.version, view(db, told.own, after)?))
}

fn view(db: &mut Db, reader: CompanyId, row: Partnership) -> Result<PartnershipView> {
    let other = row.other_side(reader);
    let name = companies::names(db, vec![other])?.remove(&other).unwrap_or_default();
    Ok(PartnershipView::to(reader, row, name))
}
