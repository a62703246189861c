//! URLs of partnerships, but for the one that ends them, which is with contracts.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::change::{self, Brought, OfferSpan, Told};
use super::contacts::rules::{self as contact_rules, Chosen};
use super::contacts::store as contacts;
use super::grants::model::{GrantKind, GrantLevel};
use super::grants::store as grants;
use super::grants::wire::NewGrant;
use super::invitations::desk::Desk;
use super::invitations::sending::{self, Offer};
use super::invitations::wire::PartnershipInvitationView;
use super::model::Partnership;
use super::named::{self, Named};
use super::policy::{
    AnswerPartnership, GiveGrant, HidePartnership as Hides, OfferPartnership, ReadPartnership,
    WithdrawPartnership as Withdraw,
};
use super::rules::Refusal;
use super::store::list::Filter;
use super::tiles::model::Reader;
use super::tiles::store as tiles;
use super::wire::{
    AcceptPartnership, DeclinePartnership, HidePartnership, NewPartnership, PartnershipFilter,
    PartnershipView, Sides, Whom, WithdrawPartnership,
};
use super::{rules, store};
use crate::access::{Actor, Guarded, Signed};
use crate::companies::store as companies;
use crate::db::Db;
use crate::error::{Error, Fault, Result};
use crate::events::audit::{self, Deed};
use crate::events::kinds::EventKind;
use crate::events::model::any;
use crate::http::either::Either;
use crate::http::json::Json;
use crate::http::posted::Posted;
use crate::http::query::{Query, after, limit};
use crate::http::reply::{Created, Found, Listed};
use crate::kernel::id::{CompanyId, PartnershipId, PersonId};
use crate::kernel::reach::Limit;
use crate::kernel::time::Instant;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(offer_partnership)
        .service(list_partnerships)
        .service(get_partnership)
        .service(accept_partnership)
        .service(decline_partnership)
        .service(withdraw_partnership)
        .service(hide_partnership);
}

/// Offer a partnership to another company, or to whoever has an address.
///
/// The other side accepts or declines; until then the offer can be withdrawn. From `expires_at` on it
/// can no longer be answered, and has `expired`. `contacts` are people of your company whom the other
/// side may turn to: it takes all or some of them. `grants` are what your company would let the other
/// one do, from its yes on; to offer some takes the role admin, and so does the yes. Two companies have
/// at most one offered or active partnership in each direction.
///
/// With `email` instead of a company, a letter goes there, and the answer is a partnership invitation: `202`.
/// The link in the letter can be used once, within fourteen days if the server is not set up otherwise, by
/// somebody who is signed in with that address, or has registered with it: the company that this person
/// chooses is offered the partnership. The answer and the letter are the same whether somebody has an account
/// with the address or not. The message is not in the letter. Up to 50 such offers are made a day, three to
/// one address, and in each direction one waits at a time; of all companies together, ten letters a day go to
/// one address, and what is more is left out without a word.
///
/// Refuses with `partnership_exists`, `partnership_already_invited`, `too_many_partnership_invitations`.
#[utoipa::path(tag = "Partnerships")]
#[post("/partnerships")]
async fn offer_partnership(
    signed: Signed<OfferPartnership>,
    Json(body): Json<NewPartnership>,
    span: OfferSpan,
    desk: Desk,
) -> Result<Either<Created<PartnershipView>, Posted<PartnershipInvitationView>>> {
    let asked = Asked::read(body, signed.actor.reach.company)?;
    let now = signed.now;
    match asked.whom.clone() {
        Whom::Company(sides) => {
            let until = now.plus(span.0);
            let work = move |db: &mut Db, actor: &Actor| {
                let brought = asked.brought(db, actor, Some(sides))?;
                let offered = asked.offer(db, actor, (sides, &brought), (now, until))?;
                let location = format!("/v1/partnerships/{}", offered.id);
                Ok(Created::at(location, view(db, actor.reach.company, offered)?))
            };
            signed.write(work).await.map(Either::One)
        }
        Whom::Address(to) => {
            let work = move |db: &mut Db, actor: &Actor| {
                let brought = asked.brought(db, actor, None)?;
                let (to, message) = (to.clone(), asked.message.clone());
                let offer = Offer { to, message, brought };
                let waiting = sending::invite(db, actor, &offer, &desk, now)?;
                let location = format!("/v1/partnership-invitations/{}", waiting.id);
                let version = waiting.version;
                Ok(Posted::at(location, version, PartnershipInvitationView::at(waiting, now)))
            };
            signed.write(work).await.map(Either::Other)
        }
    }
}

/// An offer as it is asked for, as far as that can be judged without looking anything up.
struct Asked {
    whom: Whom,
    message: String,
    people: Vec<Named>,
    grants: Vec<(GrantKind, Option<GrantLevel>)>,
}

impl Asked {
    fn read(body: NewPartnership, own: CompanyId) -> Result<Self> {
        let whom = body.whom(own)?;
        let people = named::placed("/contacts", body.contacts.unwrap_or_default());
        let twice = named::twice(&people);
        if !twice.is_empty() {
            return Err(Error::Invalid(twice));
        }
        let grants = NewGrant::read(&body.grants.unwrap_or_default())?;
        Ok(Self { whom, message: body.message, people, grants })
    }

    /// What the offer brings along, if the actor may give that; or all that is wrong with whom it names.
    fn brought(&self, db: &mut Db, actor: &Actor, sides: Option<Sides>) -> Result<Brought> {
        if !self.grants.is_empty() {
            actor.may::<GiveGrant>()?;
        }
        let people = fit(db, actor.reach.company, sides, &self.people)?;
        Ok(Brought { people, grants: self.grants.clone() })
    }

    fn offer(
        &self,
        db: &mut Db,
        actor: &Actor,
        (sides, brought): (Sides, &Brought),
        at: (Instant, Instant),
    ) -> Result<Partnership> {
        let (own, pair) = (actor.reach.company, (sides.partner, sides.client));
        if let Some(live) = store::live_of(db, pair)? {
            change::expire(db, &live, at.0)?;
        }
        let offered = rules::offer(PartnershipId::new(), pair, own, self.message.clone(), at);
        change::offer(db, &offered, brought, actor.doer)?;
        Ok(offered)
    }
}

/// Whom an offer names; or all that is wrong with it.
fn fit(
    db: &mut Db,
    own: CompanyId,
    sides: Option<Sides>,
    people: &[Named],
) -> Result<Vec<PersonId>> {
    let mut faults = Vec::new();
    if let Some((field, other)) = sides.map(|sides| sides.named)
        && !companies::is_known(db, other)?
    {
        let message = "there is no such company that takes part";
        faults.push(Fault::at(field, "unknown_company", message));
    }
    match named::found(db, own, people)? {
        Ok(found) if faults.is_empty() => Ok(found.iter().map(|person| person.id).collect()),
        found => {
            faults.extend(found.err().unwrap_or_default());
            Err(Error::Invalid(faults))
        }
    }
}

/// List your company's partnerships, newest first.
///
/// Those it offered and those it was offered, whatever became of them, but for those that your side has
/// hidden: `hidden=true` lists these. Each has a `tile`: contacts by state, active contracts, open
/// changes, whose turn it is, and whether you have marked it. `status` takes several values with commas
/// between them. A page that `q` narrows may be short, or empty, and have a next one all the same.
#[utoipa::path(tag = "Partnerships", params(PartnershipFilter))]
#[get("/partnerships")]
async fn list_partnerships(
    signed: Signed<ReadPartnership>,
    Query(filter): Query<PartnershipFilter>,
) -> Result<Listed<PartnershipView>> {
    let (place, most) = (after(filter.cursor.as_deref())?, limit(filter.limit));
    let meant = filter.meant();
    let page = signed
        .read(move |db, actor| {
            let reader = Reader { company: actor.reach.company, user: actor.doer.user_id };
            let with = match &actor.reach.others {
                Limit::All => None,
                Limit::Only(ids) => Some(ids.clone()),
            };
            let meant = Filter { with, ..meant.clone() };
            let page = store::list::page(db, reader, &meant, place, most)?;
            let others = page.rows.iter().map(|row| row.other_side(reader.company)).collect();
            let names = companies::names(db, others)?;
            let beside = tiles::beside(db, reader, &page.rows)?;
            Ok(page.map(|row| {
                let name = names.get(&row.other_side(reader.company)).cloned();
                let beside = beside.get(&row.id).copied().unwrap_or_default();
                PartnershipView::listed(reader.company, row, name.unwrap_or_default(), beside)
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
    guarded.read(move |db, row| found(db, reader, row)).await
}

/// Accept a partnership that was offered to your company.
///
/// From then on the two see each other's cards, and may agree on contracts in either direction.
/// `contacts` are those of the offered people whom your company takes: all of them if absent. They are
/// `assigned`, and the others `removed`. Where the offer has grants, they count from now on, and it takes
/// the role admin to accept it. Whoever comes too late is told what was decided, by whom and when.
///
/// Refuses with `partnership_already_answered`, `company_not_active`.
#[utoipa::path(tag = "Partnerships")]
#[post("/partnerships/{id}/accept")]
async fn accept_partnership(
    guarded: Guarded<Partnership, AnswerPartnership>,
    Json(body): Json<AcceptPartnership>,
) -> Result<Found<PartnershipView>> {
    let (now, actor) = (guarded.now, guarded.actor.clone());
    let people = named::placed("/contacts", body.contacts.clone().unwrap_or_default());
    let twice = named::twice(&people);
    if !twice.is_empty() {
        return Err(Error::Invalid(twice));
    }
    guarded
        .write(move |db, offered| {
            let (own, doer) = (actor.reach.company, actor.doer);
            if !grants::of(db, offered.id)?.is_empty() {
                actor.may::<GiveGrant>()?;
            }
            let after = rules::accept(&offered, body.comment.clone(), now)
                .map_err(|refusal| too_late(refusal, &offered, now))?;
            if !companies::is_known(db, offered.offered_by_company_id)? {
                return Err(Refusal::NotTakingPart.into());
            }
            let chosen = chosen(db, &offered, body.contacts.clone())?;
            let told = Told { kind: EventKind::PartnershipAccepted, own, doer };
            let answered = change::answer(db, &offered, after, told, &chosen)?;
            found(db, own, answered)
        })
        .await
}

/// Whom of those who are offered one takes; or the fault of each who is not offered.
fn chosen(db: &mut Db, offered: &Partnership, people: Option<Vec<PersonId>>) -> Result<Chosen> {
    let Some(people) = people else { return Ok(Chosen::All) };
    let there = contacts::offered(db, offered.id)?;
    let strangers = contact_rules::strangers(&there, &people).into_iter();
    let faults: Vec<Fault> =
        strangers.map(|place| named::unknown(&format!("/contacts/{place}"))).collect();
    if faults.is_empty() { Ok(Chosen::Only(people)) } else { Err(Error::Invalid(faults)) }
}

/// A refusal, with what was decided before.
fn too_late(refusal: Refusal, row: &Partnership, now: Instant) -> Error {
    Error::from(refusal).decided(rules::decision(row, now))
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
            let after = rules::decline(&offered, body.comment.clone(), now)
                .map_err(|refusal| too_late(refusal, &offered, now))?;
            let told = Told { kind: EventKind::PartnershipDeclined, own, doer };
            let answered = change::answer(db, &offered, after, told, &Chosen::Nobody)?;
            found(db, own, answered)
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
            let after = rules::withdraw(&offered, now)
                .map_err(|refusal| too_late(refusal, &offered, now))?;
            let told = Told { kind: EventKind::PartnershipWithdrawn, own, doer };
            let answered = change::answer(db, &offered, after, told, &Chosen::Nobody)?;
            found(db, own, answered)
        })
        .await
}

/// Put a partnership that is over out of your company's list, or back into it.
///
/// It is read as before, and listed with `hidden=true`. The other side learns nothing of it.
///
/// Refuses with `partnership_not_over`.
#[utoipa::path(tag = "Partnerships")]
#[post("/partnerships/{id}/hide")]
async fn hide_partnership(
    guarded: Guarded<Partnership, Hides>,
    Json(body): Json<HidePartnership>,
) -> Result<Found<PartnershipView>> {
    let (now, doer, own) = (guarded.now, guarded.actor.doer, guarded.actor.reach.company);
    let hidden = body.hidden.unwrap_or(true);
    guarded
        .write(move |db, over| {
            rules::hide(&over)?;
            if store::hide(db, (own, over.id), hidden, now)? {
                let kind = if hidden { "partnership.hidden" } else { "partnership.shown" };
                audit::write(db, Deed::new(kind, any(over.id), (own, doer), now))?;
            }
            found(db, own, over)
        })
        .await
}

/// A partnership and its version, as a side sees it.
pub fn found(db: &mut Db, reader: CompanyId, row: Partnership) -> Result<Found<PartnershipView>> {
    Ok(Found::version(row.version, view(db, reader, row)?))
}

/// A partnership as a side sees it.
pub fn view(db: &mut Db, reader: CompanyId, row: Partnership) -> Result<PartnershipView> {
    let other = row.other_side(reader);
    let name = companies::names(db, vec![other])?.remove(&other).unwrap_or_default();
    Ok(PartnershipView::to(reader, row, name))
}
