//! URLs of changes.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::change::{self, Answer};
use super::model::{Change, Op, OpState, Operation, Proposal, Status};
use super::rules::{Refusing, Unfit, strangers};
use super::store;
use super::wire::{
    AcceptChange, ChangeView, ChangesFilter, DeclineChange, NewChange, Wish, WithdrawChange,
};
use crate::access::{Allows, Guarded, Verb};
use crate::companies::store as companies;
use crate::db::Db;
use crate::error::{Error, Fault, Result};
use crate::events::kinds::EventKind;
use crate::http::json::Json;
use crate::http::query::{Listing, Query};
use crate::http::reply::{Created, Found, Listed};
use crate::kernel::document::Document;
use crate::kernel::id::{ChangeId, CompanyId, OperationId, PersonId};
use crate::kernel::time::Instant;
use crate::partnerships::change::Told;
use crate::partnerships::contacts::model::{Contact, State};
use crate::partnerships::model::{Partnership, Status as Standing};
use crate::partnerships::named::{self, Named};
use crate::partnerships::policy::{AnswerChange, ProposeChange, ReadPartnership};
use crate::partnerships::rules::Refusal;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(propose_partnership_change)
        .service(list_partnership_changes)
        .service(get_partnership_change)
        .service(accept_partnership_change)
        .service(decline_partnership_change)
        .service(withdraw_partnership_change);
}

/// Propose to change what two companies have agreed upon: contacts, or the description.
///
/// Nothing takes effect before the other side accepts. Whoever is offered as a contact is `offered` until
/// then, whoever is to be released `release_proposed`, and the partnership is `modified`. Each side has
/// one open change at a time.
///
/// Refuses with `partnership_not_active`, `change_open`, `company_not_active`.
#[utoipa::path(tag = "Partnerships")]
#[post("/partnerships/{id}/changes")]
async fn propose_partnership_change(
    guarded: Guarded<Partnership, ProposeChange>,
    Json(body): Json<NewChange>,
) -> Result<Created<ChangeView>> {
    let (now, doer, own) = (guarded.now, guarded.actor.doer, guarded.actor.reach.company);
    let wishes = body.read()?;
    guarded
        .write(move |db, partnership| {
            let on = change::held(db, &partnership)?;
            if on.status != Standing::Active {
                return Err(Refusal::NotActive(on.status).into());
            }
            takes_part(db, &on, own)?;
            let moved = moved(db, &on, own, (&wishes, now))?;
            let change = proposed(&on, own, (body.reason.clone(), &wishes), now);
            let told = Told { kind: EventKind::PartnershipChangeProposed, own, doer };
            change::propose(db, &on, &change, &moved, told)?;
            Ok(Created::at(format!("/v1/changes/{}", change.id), change.into()))
        })
        .await
}

/// Nobody agrees on anything new with a company that takes no part.
fn takes_part(db: &mut Db, on: &Partnership, own: CompanyId) -> Result<()> {
    match companies::is_known(db, on.other_side(own))? {
        true => Ok(()),
        false => Err(Refusal::NotTakingPart.into()),
    }
}

/// The contacts as they are while a change is open; or the fault of each that does not fit.
fn moved(
    db: &mut Db,
    on: &Partnership,
    own: CompanyId,
    (wishes, now): (&[Wish], Instant),
) -> Result<Vec<Contact>> {
    let people: Vec<PersonId> = wishes.iter().filter_map(|wish| wish.person_id).collect();
    let ground = change::ground_of(db, on, &people)?;
    let of = |wish: &Wish| Some((format!("{}/person_id", wish.place), wish.person_id?));
    let offered = wishes.iter().filter(|wish| wish.op == Op::OfferContact);
    let offered: Vec<Named> = offered.filter_map(of).collect();
    let mut faults = named::found(db, own, &offered)?.err().unwrap_or_default();
    let mut moved = Vec::new();
    for wish in wishes {
        let Some((place, person)) = of(wish) else { continue };
        match ground.takes(wish.op, Some(person)) {
            Err(Unfit::Contact) => {
                let message = "this person is a contact already, or offered as one";
                faults.push(Fault::at(place, "already_contact", message));
            }
            Err(Unfit::NoContact) => faults.push(named::unknown(&place)),
            Ok(()) => {
                let there = ground.contacts.iter().find(|one| one.person_id == person);
                moved.push(next(on, there, (own, person, wish.op), now));
            }
        }
    }
    if faults.is_empty() { Ok(moved) } else { Err(Error::Invalid(faults)) }
}

/// A contact that is offered, or about to be released.
fn next(
    on: &Partnership,
    there: Option<&Contact>,
    (own, person, op): (CompanyId, PersonId, Op),
    now: Instant,
) -> Contact {
    match (op, there) {
        (Op::ReleaseContact, Some(there)) => {
            Contact { state: State::ReleaseProposed, updated_at: now, ..there.clone() }
        }
        _ => Contact {
            partnership_id: on.id,
            person_id: person,
            company_id: own,
            state: State::Offered,
            offered_at: now,
            updated_at: now,
        },
    }
}

fn proposed(
    on: &Partnership,
    own: CompanyId,
    (reason, wishes): (String, &[Wish]),
    now: Instant,
) -> Change {
    let operation = |wish: &Wish| Operation {
        id: OperationId::new(),
        op: wish.op,
        person_id: wish.person_id,
        description: wish.description.clone(),
        over: on.description.clone().filter(|_| wish.op == Op::SetDescription),
        state: OpState::Proposed,
    };
    Change {
        id: ChangeId::new(),
        partnership_id: on.id,
        proposed_by_company_id: own,
        status: Status::Proposed,
        reason,
        operations: Document(wishes.iter().map(operation).collect()),
        comment: None,
        version: 1,
        created_at: now,
        decided_at: None,
        updated_at: now,
    }
}

/// List the changes of a partnership, newest first.
///
/// Those of both sides, whatever became of them. `status=proposed` are those that wait for an answer.
#[utoipa::path(tag = "Partnerships", params(ChangesFilter, Listing))]
#[get("/partnerships/{id}/changes")]
async fn list_partnership_changes(
    guarded: Guarded<Partnership, ReadPartnership>,
    Query(filter): Query<ChangesFilter>,
    Query(listing): Query<Listing>,
) -> Result<Listed<ChangeView>> {
    let (before, limit) = (listing.after()?, listing.limit());
    guarded
        .read(move |db, partnership| {
            let statuses = filter.status.as_deref();
            let page = store::page(db, partnership.id, statuses, before, limit)?;
            Ok(Listed::of(page.map(ChangeView::from)))
        })
        .await
}

/// Show a change of a partnership.
///
/// Both sides see what is proposed, what became of each operation, and what was said.
#[utoipa::path(tag = "Partnerships")]
#[get("/changes/{id}")]
async fn get_partnership_change(
    guarded: Guarded<Proposal, ReadPartnership>,
) -> Result<Found<ChangeView>> {
    guarded.read(|_, proposal| Ok(found(proposal.change))).await
}

/// Accept a change that the other side proposes, or some operations of it.
///
/// What is accepted takes effect at once, and the rest is declined. An operation that is `stale` can no
/// longer be accepted: where there is one, name those that you accept.
///
/// Refuses with `change_already_answered`, `change_stale`, `company_not_active`.
#[utoipa::path(tag = "Partnerships")]
#[post("/changes/{id}/accept")]
async fn accept_partnership_change(
    guarded: Guarded<Proposal, AnswerChange>,
    Json(body): Json<AcceptChange>,
) -> Result<Found<ChangeView>> {
    let (now, doer, own) = (guarded.now, guarded.actor.doer, guarded.actor.reach.company);
    let answer = Answer::Accept(body.operations.clone());
    guarded
        .write(move |db, proposal| {
            let chosen = body.operations.as_deref().unwrap_or_default();
            let strangers = strangers(&proposal.change, chosen).into_iter();
            let fault = |place: usize| {
                let place = format!("/operations/{place}");
                Fault::at(place, "unknown_operation", "this change has no such operation")
            };
            let faults: Vec<Fault> = strangers.map(fault).collect();
            if !faults.is_empty() {
                return Err(Error::Invalid(faults));
            }
            takes_part(db, &proposal.on, own)?;
            let told = Told { kind: EventKind::PartnershipChangeAccepted, own, doer };
            let said = (&answer, body.comment.clone());
            change::answer(db, &proposal, said, told, now).map(found)
        })
        .await
}

/// Decline a change that the other side proposes.
///
/// Everything stays as it was. The other side may read the comment, and propose another one.
///
/// Refuses with `change_already_answered`.
#[utoipa::path(tag = "Partnerships")]
#[post("/changes/{id}/decline")]
async fn decline_partnership_change(
    guarded: Guarded<Proposal, AnswerChange>,
    Json(body): Json<DeclineChange>,
) -> Result<Found<ChangeView>> {
    let said = (Refusing::Decline, Some(body.comment));
    refuse(guarded, said, EventKind::PartnershipChangeDeclined).await
}

/// Take back a change that your company proposes, before it is answered.
///
/// Everything stays as it was, and your company may propose another one.
///
/// Refuses with `change_already_answered`.
#[utoipa::path(tag = "Partnerships")]
#[post("/changes/{id}/withdraw")]
async fn withdraw_partnership_change(
    guarded: Guarded<Proposal, ProposeChange>,
    Json(body): Json<WithdrawChange>,
) -> Result<Found<ChangeView>> {
    let WithdrawChange {} = body;
    refuse(guarded, (Refusing::Withdraw, None), EventKind::PartnershipChangeWithdrawn).await
}

async fn refuse<V: Verb>(
    guarded: Guarded<Proposal, V>,
    (how, comment): (Refusing, Option<String>),
    kind: EventKind,
) -> Result<Found<ChangeView>>
where
    Proposal: Allows<V>,
{
    let (now, doer, own) = (guarded.now, guarded.actor.doer, guarded.actor.reach.company);
    let answer = Answer::Refuse(how);
    guarded
        .write(move |db, proposal| {
            let said = (&answer, comment.clone());
            change::answer(db, &proposal, said, Told { kind, own, doer }, now).map(found)
        })
        .await
}

fn found(change: Change) -> Found<ChangeView> {
    Found::version(change.version, change.into())
}
