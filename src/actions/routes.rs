//! URLs of actions.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::change::{Asked, carry_out};
use super::credit;
use super::intake::{Intake, Outcome, duplicate};
use super::model::Action;
use super::policy::{ChangeAction, ReadActions, ReattributeAction as Reattributes, TrackActions};
use super::rules::Command;
use super::store;
use super::wire::{
    ActionView, HoldAction, ModifyAction, NewAction, NewActions, Nothing, ReattributeAction,
    ReverseAction, TrackStatus, Tracked, TrackedActions, UpdateView,
};
use crate::access::{Guarded, Signed};
use crate::error::{Error, Fault, Place, Result};
use crate::http::json::{Entries, Json};
use crate::http::query::{Listing, Query};
use crate::http::reply::{Created, Found, Listed};
use crate::kernel::id::CompanyId;
use crate::kernel::time::Instant;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(track_action)
        .service(track_actions)
        .service(list_action_updates)
        .service(approve_action)
        .service(reverse_action)
        .service(modify_action)
        .service(restore_action)
        .service(reset_action)
        .service(hold_action)
        .service(release_action)
        .service(reattribute_action);
}

/// Track a conversion.
///
/// It earns under the terms that were in force when it occurred, and keeps them. Name the partner, or
/// the coupon code the order carried: then whoever had it when the customer acted is credited. An order
/// that was tracked before is refused, and the answer names the action; it is tracked once more
/// where the event type has a dedup window and both occurred at least that far apart.
///
/// Refuses with `duplicate_order`.
#[utoipa::path(tag = "Actions")]
#[post("/actions")]
async fn track_action(
    signed: Signed<TrackActions>,
    Json(body): Json<NewAction>,
) -> Result<Created<ActionView>> {
    let now = signed.now;
    signed
        .write(move |db, actor| {
            let mut intake = Intake::new(&actor.reach, actor.doer, now);
            match intake.track(db, &body)? {
                Outcome::Tracked(action) => {
                    let location = format!("/v1/actions/{}", action.id);
                    let view = ActionView::to(actor.reach.company, action, now);
                    Ok(Created::at(location, view))
                }
                Outcome::Duplicate(action) => Err(duplicate(&action)),
            }
        })
        .await
}

/// Track up to 1,000 conversions, each for itself.
///
/// All that are good are tracked together; every one of the request has its result, in order.
#[utoipa::path(tag = "Actions", request_body = NewActions)]
#[post("/actions/batch")]
async fn track_actions(
    signed: Signed<TrackActions>,
    Entries(entries): Entries<NewActions>,
) -> Result<Found<TrackedActions>> {
    let now = signed.now;
    signed
        .write(move |db, actor| {
            let mut intake = Intake::new(&actor.reach, actor.doer, now);
            let mut data = Vec::with_capacity(entries.len());
            for (index, entry) in entries.iter().enumerate() {
                let outcome = match entry {
                    Ok(new) => intake.track(db, new).map_err(|error| within(index, error)),
                    Err(faults) => Err(Error::Invalid(faults.clone())),
                };
                let view = |action| Some(ActionView::to(actor.reach.company, action, now));
                data.push(result(index, outcome, view)?);
            }
            Ok(Found::of(TrackedActions { data }))
        })
        .await
}

/// Faults of one entry, at their places in the whole body.
fn within(index: usize, error: Error) -> Error {
    let Error::Invalid(mut faults) = error else { return error };
    for fault in &mut faults {
        if let Place::Pointer(pointer) = &mut fault.place {
            pointer.insert_str(0, &format!("/actions/{index}"));
        }
    }
    Error::Invalid(faults)
}

fn result(
    index: usize,
    outcome: Result<Outcome>,
    view: impl Fn(Action) -> Option<ActionView>,
) -> Result<Tracked> {
    let (status, action, code, faults): (_, _, _, Vec<Fault>) = match outcome {
        Ok(Outcome::Tracked(action)) => (TrackStatus::Tracked, view(action), None, Vec::new()),
        Ok(Outcome::Duplicate(action)) => {
            (TrackStatus::Duplicate, view(action), Some("duplicate_order"), Vec::new())
        }
        Err(Error::Invalid(faults)) => (TrackStatus::Rejected, None, Some("invalid"), faults),
        Err(other) => return Err(other),
    };
    Ok(Tracked { index, status, action, code, errors: faults.iter().map(Into::into).collect() })
}

/// List the ledger of an action, oldest first: every change, before and after.
///
/// The changes of the sale and of the payout add up to what they are. A partner reads the entries of
/// the time in which the action is credited to it.
#[utoipa::path(tag = "Actions", params(Listing))]
#[get("/actions/{id}/updates")]
async fn list_action_updates(
    guarded: Guarded<Action, ReadActions>,
    Query(listing): Query<Listing>,
) -> Result<Listed<UpdateView>> {
    let (after, limit, reach) = (listing.after()?, listing.limit(), guarded.actor.reach.clone());
    let reader = reach.company;
    guarded
        .read(move |db, action| {
            let page = store::updates(db, &action, &reach, after, limit)?;
            Ok(Listed::of(page.map(|entry| UpdateView::to(reader, action.currency, entry))))
        })
        .await
}

/// Approve an action: it is a sale. On a reversed one, the reversal was wrong.
///
/// A reversed action comes back as it was just before its reversal. Approving twice changes nothing.
///
/// Refuses with `action_locked`, `action_held`.
#[utoipa::path(tag = "Actions")]
#[post("/actions/{id}/approve")]
async fn approve_action(
    guarded: Guarded<Action, ChangeAction>,
    _nothing: Json<Nothing>,
) -> Result<Found<ActionView>> {
    command(guarded, |_| Ok(Asked::plainly(Command::Approve))).await
}

/// Reverse an action: it is worth nothing, for a reason.
///
/// Reversing it again for another reason changes the reason. What was held past its lock date can
/// still be reversed for fraud.
///
/// Refuses with `action_locked`, `action_held`.
#[utoipa::path(tag = "Actions")]
#[post("/actions/{id}/reverse")]
async fn reverse_action(
    guarded: Guarded<Action, ChangeAction>,
    Json(body): Json<ReverseAction>,
) -> Result<Found<ActionView>> {
    let asked = body.read()?;
    command(guarded, move |_| Ok(asked.clone())).await
}

/// Modify an action: it is worth something else, as a whole or item by item.
///
/// An approval is withdrawn, because it was given to another figure. Reversing the last item
/// reverses the action; restoring one brings it back. A value rises only with `allow_increase` and
/// the reason ORDER_UPDATE.
///
/// Refuses with `action_locked`, `action_held`, `action_reversed`, `not_reversed`,
/// `exceeds_remaining`, `item_not_found`, `sku_not_found`, `ambiguous_sku`, `out_of_range`.
#[utoipa::path(tag = "Actions")]
#[post("/actions/{id}/modify")]
async fn modify_action(
    guarded: Guarded<Action, ChangeAction>,
    Json(body): Json<ModifyAction>,
) -> Result<Found<ActionView>> {
    command(guarded, move |action| body.read(action.currency)).await
}

/// Restore a reversed action to the values just before its reversal.
///
/// Items that were reversed one by one before stay reversed. The action is pending again: an approval
/// from before must be given anew.
///
/// Refuses with `action_locked`, `action_held`, `not_reversed`.
#[utoipa::path(tag = "Actions")]
#[post("/actions/{id}/restore")]
async fn restore_action(
    guarded: Guarded<Action, ChangeAction>,
    _nothing: Json<Nothing>,
) -> Result<Found<ActionView>> {
    command(guarded, |_| Ok(Asked::plainly(Command::Restore))).await
}

/// Reset an action to what was first tracked.
///
/// Whatever was approved, modified, reversed or restored since then is undone; the ledger keeps it.
///
/// Refuses with `action_locked`, `action_held`.
#[utoipa::path(tag = "Actions")]
#[post("/actions/{id}/reset")]
async fn reset_action(
    guarded: Guarded<Action, ChangeAction>,
    _nothing: Json<Nothing>,
) -> Result<Found<ActionView>> {
    command(guarded, |_| Ok(Asked::plainly(Command::Reset))).await
}

/// Hold an action: it does not lock until it is released. Both sides read the reason.
///
/// A hold ends by itself after the days that the contract's terms say. Holding what is held
/// already changes nothing.
///
/// Refuses with `action_locked`.
#[utoipa::path(tag = "Actions")]
#[post("/actions/{id}/hold")]
async fn hold_action(
    guarded: Guarded<Action, ChangeAction>,
    Json(body): Json<HoldAction>,
) -> Result<Found<ActionView>> {
    let asked = body.read()?;
    command(guarded, move |_| Ok(asked.clone())).await
}

/// Release a held action; if its lock date has passed, it locks at once.
///
/// Releasing what is not held changes nothing.
///
/// Refuses with `action_locked`.
#[utoipa::path(tag = "Actions")]
#[post("/actions/{id}/release")]
async fn release_action(
    guarded: Guarded<Action, ChangeAction>,
    _nothing: Json<Nothing>,
) -> Result<Found<ActionView>> {
    command(guarded, |_| Ok(Asked::plainly(Command::Release))).await
}

/// Credit an action to another partner, for a reason.
///
/// It earns under the new partner's contract that was in force when it occurred, and is pending: what
/// is left of its items stays as it is, a reversal of the whole comes off, and its lock date stays.
/// The ledger has two entries, in which it falls to nothing for the one partner and begins for the
/// other; each reads its own, and neither learns who the other is. Naming the partner it is credited
/// to already changes nothing. Faults have the codes `unknown_partner` and `no_contract`.
///
/// Refuses with `action_locked`, `action_held`, `out_of_range`.
#[utoipa::path(tag = "Actions")]
#[post("/actions/{id}/reattribute")]
async fn reattribute_action(
    guarded: Guarded<Action, Reattributes>,
    Json(body): Json<ReattributeAction>,
) -> Result<Found<ActionView>> {
    let (now, actor, reason) = (guarded.now, guarded.actor.clone(), body.read()?);
    guarded
        .write(move |db, action| {
            let credit = credit::named(db, &actor.reach, &action, body.partner_company_id)?;
            let command = Command::Reattribute(Box::new(credit));
            let asked = Asked { command, reason: Some(reason), note: body.note.clone() };
            let action = carry_out(db, action, &asked, actor.doer, now)?;
            Ok(found(actor.reach.company, action, now))
        })
        .await
}

/// Carries out what a caller asks of an action.
async fn command(
    guarded: Guarded<Action, ChangeAction>,
    read: impl Fn(&Action) -> Result<Asked> + Send + Sync + 'static,
) -> Result<Found<ActionView>> {
    let (now, doer, reader) = (guarded.now, guarded.actor.doer, guarded.actor.reach.company);
    guarded
        .write(move |db, action| {
            let asked = read(&action)?;
            Ok(found(reader, carry_out(db, action, &asked, doer, now)?, now))
        })
        .await
}

fn found(reader: CompanyId, action: Action, now: Instant) -> Found<ActionView> {
    Found::version(action.version, ActionView::to(reader, action, now))
}
