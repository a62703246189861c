//! URLs of changes.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::change::{self, Answer, Said};
use super::model::{Change, Proposal};
use super::proposing::{self, By};
use super::rules::{Refusing, strangers, takes_grants};
use super::wire::{
    AcceptChange, ChangeView, ChangesFilter, Counter, DeclineChange, NewChange, Sides, Wish,
    WithdrawChange, no_reason, read,
};
use super::{drafts, store};
use crate::access::Guarded;
use crate::error::{Error, Fault, Result};
use crate::events::kinds::EventKind;
use crate::http::json::Json;
use crate::http::query::{Listing, Query};
use crate::http::reply::{Created, Found, Listed};
use crate::kernel::id::ChangeId;
use crate::partnerships::change::Told;
use crate::partnerships::model::Partnership;
use crate::partnerships::policy::{AnswerChange, GiveGrant, ProposeChange, ReadPartnership};

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

/// Propose to change what two companies have agreed upon: contacts, grants, or the description.
///
/// Nothing takes effect before the other side accepts. Whoever is offered as a contact is `offered` until
/// then, whoever is to be released `release_proposed`, and the partnership is `modified`. Each side has
/// one open change at a time. What is about grants takes the role admin.
///
/// With `draft` it waits, seen by your own side alone, until `POST /v1/changes/{id}/propose`; each side
/// has one draft beside its open change.
///
/// Refuses with `partnership_not_active`, `change_open`, `draft_exists`, `company_not_active`.
#[utoipa::path(tag = "Partnerships")]
#[post("/partnerships/{id}/changes")]
async fn propose_partnership_change(
    guarded: Guarded<Partnership, ProposeChange>,
    Json(body): Json<NewChange>,
) -> Result<Created<ChangeView>> {
    let (now, actor) = (guarded.now, guarded.actor.clone());
    guarded
        .write(move |db, partnership| {
            let on = change::held(db, &partnership)?;
            let sides = proposing::sides(&on, actor.reach.company);
            let wishes = wished(&body, sides)?;
            let by = By { actor: &actor, now };
            let wish = (body.reason.clone().unwrap_or_default(), wishes.as_slice());
            let change = if body.is_draft() {
                let change = proposing::draft(db, &on, wish, by)?;
                drafts::note(db, "partnership_change.drafted", &change, (&actor, now))?;
                change
            } else {
                proposing::propose(db, &on, wish, None, by)?
            };
            Ok(Created::at(format!("/v1/changes/{}", change.id), change.into()))
        })
        .await
}

/// What a body wishes for; or all that is wrong with it.
fn wished(body: &NewChange, sides: Sides) -> Result<Vec<Wish>> {
    let silent = body.reason.is_none() && !body.is_draft();
    match read("/operations", &body.operations, sides) {
        Ok(_) if silent => Err(Error::invalid(no_reason())),
        Err(Error::Invalid(mut faults)) if silent => {
            faults.push(no_reason());
            Err(Error::Invalid(faults))
        }
        read => read,
    }
}

/// List the changes of a partnership, newest first.
///
/// Those of both sides, whatever became of them, and your own side's draft. `status=proposed` are those
/// that wait for an answer.
#[utoipa::path(tag = "Partnerships", params(ChangesFilter, Listing))]
#[get("/partnerships/{id}/changes")]
async fn list_partnership_changes(
    guarded: Guarded<Partnership, ReadPartnership>,
    Query(filter): Query<ChangesFilter>,
    Query(listing): Query<Listing>,
) -> Result<Listed<ChangeView>> {
    let (before, limit) = (listing.after()?, listing.limit());
    let reader = guarded.actor.reach.company;
    guarded
        .read(move |db, partnership| {
            let statuses = filter.status.as_deref();
            let page = store::page(db, (partnership.id, reader), statuses, before, limit)?;
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
/// longer be accepted: where there is one, name those that you accept. To accept what is about grants
/// takes the role admin. Whoever comes too late is told what was decided, by whom and when.
///
/// Refuses with `change_already_answered`, `change_stale`, `company_not_active`.
#[utoipa::path(tag = "Partnerships")]
#[post("/changes/{id}/accept")]
async fn accept_partnership_change(
    guarded: Guarded<Proposal, AnswerChange>,
    Json(body): Json<AcceptChange>,
) -> Result<Found<ChangeView>> {
    let (now, actor, forget) = (guarded.now, guarded.actor.clone(), guarded.forgetter());
    let answer = Answer::Accept(body.operations.clone());
    let done = guarded
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
            let (own, doer) = (actor.reach.company, actor.doer);
            if takes_grants(&proposal.change, body.operations.as_deref()) {
                actor.may::<GiveGrant>()?;
            }
            proposing::takes_part(db, &proposal.on, own)?;
            let told = Told { kind: EventKind::PartnershipChangeAccepted, own, doer };
            let said = Said { comment: body.comment.clone(), countered_by: None };
            let (change, _) = change::answer(db, &proposal, (&answer, said), told, now)?;
            Ok(found(change))
        })
        .await;
    // With a grant that is revoked, one of the two may be suspended no longer.
    forget();
    done
}

/// Decline a change that the other side proposes, and perhaps propose another one instead.
///
/// Everything stays as it was. The other side may read the comment, and propose another one. With
/// `counter` your company proposes another one at the same moment: both or neither. Each of the two
/// changes names the other one.
///
/// Refuses with `change_already_answered`, `change_open`, `company_not_active`.
#[utoipa::path(tag = "Partnerships")]
#[post("/changes/{id}/decline")]
async fn decline_partnership_change(
    guarded: Guarded<Proposal, AnswerChange>,
    Json(body): Json<DeclineChange>,
) -> Result<Found<ChangeView>> {
    let (now, actor) = (guarded.now, guarded.actor.clone());
    guarded
        .write(move |db, proposal| {
            let own = actor.reach.company;
            let sides = proposing::sides(&proposal.on, own);
            let counter = |one: &Counter| {
                let wishes = read("/counter/operations", &one.operations, sides)?;
                Ok::<_, Error>((ChangeId::new(), one.reason.clone(), wishes))
            };
            let counter = body.counter.as_ref().map(counter).transpose()?;
            let told = Told { kind: EventKind::PartnershipChangeDeclined, own, doer: actor.doer };
            let said = Said {
                comment: Some(body.comment.clone()),
                countered_by: counter.as_ref().map(|(id, _, _)| *id),
            };
            let no = Answer::Refuse(Refusing::Decline);
            let (declined, on) = change::answer(db, &proposal, (&no, said), told, now)?;
            if let Some((id, reason, wishes)) = counter {
                let (by, linked) = (By { actor: &actor, now }, Some((id, declined.id)));
                proposing::propose(db, &on, (reason, &wishes), linked, by)?;
            }
            Ok(found(declined))
        })
        .await
}

/// Take back a change that your company proposes, before it is answered.
///
/// Everything stays as it was, and your company may propose another one.
///
/// Refuses with `change_already_answered`, `change_is_draft`.
#[utoipa::path(tag = "Partnerships")]
#[post("/changes/{id}/withdraw")]
async fn withdraw_partnership_change(
    guarded: Guarded<Proposal, ProposeChange>,
    Json(body): Json<WithdrawChange>,
) -> Result<Found<ChangeView>> {
    let WithdrawChange {} = body;
    let (now, doer, own) = (guarded.now, guarded.actor.doer, guarded.actor.reach.company);
    guarded
        .write(move |db, proposal| {
            let told = Told { kind: EventKind::PartnershipChangeWithdrawn, own, doer };
            let back = Answer::Refuse(Refusing::Withdraw);
            let said = (&back, Said::default());
            let (change, _) = change::answer(db, &proposal, said, told, now)?;
            Ok(found(change))
        })
        .await
}

fn found(change: Change) -> Found<ChangeView> {
    Found::version(change.version, change.into())
}
