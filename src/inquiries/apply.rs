//! Does what was accepted, the way everything else is done.

use super::model::{Applied, Claim, Inquiry, Kind};
use super::rules::{Outcome, Refusal, Remedy, as_of, reason, remedy};
use super::store;
use crate::actions::change::{Asked, carry_out_as_of};
use crate::actions::intake::{self, Intake, duplicate};
use crate::actions::model::Action;
use crate::actions::rules::{Change, Command, Modify};
use crate::actions::wire::{NewAction, NewItem};
use crate::adjustments::make::{self, make};
use crate::adjustments::rules::{Correction, Refusal as NotAdjusted, standing};
use crate::adjustments::store as adjustments;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::events::model::Doer;
use crate::kernel::id::{ActionId, AdjustmentId};
use crate::kernel::money::Money;
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;

/// How something is applied: by whom, with which note of the brand, and when.
#[derive(Debug, Clone)]
pub struct Way {
    /// By whom.
    pub doer: Doer,
    /// The brand's own words.
    pub note: Option<String>,
    /// When.
    pub now: Instant,
}

/// Applies a claim, which is the inquiry's own or the part of it that was accepted.
pub fn apply(db: &mut Db, inquiry: &Inquiry, claim: &Claim, way: &Way) -> Result<Outcome> {
    match (inquiry.kind, inquiry.action_id) {
        (Kind::Incorrect | Kind::Declined, Some(action)) => {
            correct(db, inquiry, action, claim, way)
        }
        (Kind::Untracked, _) | (Kind::Incorrect | Kind::Declined, None) => {
            track(db, inquiry, claim, way)
        }
    }
}

/// Tracks the order for the partner. If it is there by now, and the partner's, that is as asked.
fn track(db: &mut Db, inquiry: &Inquiry, claim: &Claim, way: &Way) -> Result<Outcome> {
    let reach = Reach::whole(inquiry.company_id);
    let order = order(inquiry, claim, way.note.clone());
    let (applied, action) = match Intake::new(&reach, way.doer, way.now).track(db, &order)? {
        intake::Outcome::Tracked(action) => (Applied::Tracked, action),
        intake::Outcome::Duplicate(action)
            if action.partner_company_id == inquiry.partner_company_id =>
        {
            (Applied::Nothing, action)
        }
        intake::Outcome::Duplicate(action) => return Err(duplicate(&action)),
    };
    Ok(outcome(applied, &action, None))
}

/// The order as the brand would have reported it.
fn order(inquiry: &Inquiry, claim: &Claim, note: Option<String>) -> NewAction {
    let bought = match claim {
        Claim::Order(bought) => bought.as_slice(),
        Claim::Unsaid | Claim::Sale(_) => &[],
    };
    let items = bought.iter().map(|item| NewItem {
        sku: item.sku.clone(),
        name: item.name.clone(),
        category: item.category.clone(),
        quantity: item.quantity,
        amount: Money::of(item.amount_minor, inquiry.currency).amount(),
    });
    NewAction {
        event_type_id: inquiry.event_type_id,
        order_id: inquiry.order_id.clone(),
        occurred_at: inquiry.occurred_at,
        currency: inquiry.currency,
        partner_company_id: inquiry.partner_company_id,
        customer_status: None,
        sub_ids: None,
        note,
        items: Some(items.collect()),
        amount: None,
    }
}

/// Changes the action, or makes it good beside it if it has locked.
fn correct(
    db: &mut Db,
    inquiry: &Inquiry,
    action: ActionId,
    claim: &Claim,
    way: &Way,
) -> Result<Outcome> {
    let action = store::hold_action(db, action)?;
    if action.partner_company_id != inquiry.partner_company_id {
        return Err(Refusal::NotCredited.into());
    }
    let last = adjustments::last(db, action.id)?;
    let remedy = remedy(inquiry.kind, claim, &standing(&action, last.as_ref()));
    match (remedy, action.locked_at) {
        (Remedy::Nothing, _) => Ok(outcome(Applied::Nothing, &action, None)),
        (Remedy::Restore(change) | Remedy::Change(change), Some(_)) => {
            adjust(db, inquiry, &action, change, way)
        }
        (Remedy::Restore(_), None) => change(db, inquiry, action, Command::Restore, way),
        (Remedy::Change(asked), None) => {
            let modify =
                Modify { reason: reason(inquiry.kind), allow_increase: true, change: asked };
            change(db, inquiry, action, Command::Modify(modify), way)
        }
    }
}

/// Changes what has not locked, as of the moment of the inquiry.
fn change(
    db: &mut Db,
    inquiry: &Inquiry,
    action: Action,
    command: Command,
    way: &Way,
) -> Result<Outcome> {
    let (at, version) = (as_of(inquiry, &action), action.version);
    let reason = matches!(command, Command::Modify(_)).then(|| reason(inquiry.kind));
    let asked = Asked { command, reason, note: way.note.clone() };
    let after = carry_out_as_of(db, action, &asked, way.doer, (at, way.now))?;
    let changed = after.version != version;
    Ok(outcome(if changed { Applied::Changed } else { Applied::Nothing }, &after, None))
}

/// Makes good beside what has locked.
fn adjust(
    db: &mut Db,
    inquiry: &Inquiry,
    action: &Action,
    change: Change,
    way: &Way,
) -> Result<Outcome> {
    let asked = make::Asked {
        correction: Correction::Sale(change),
        reason: reason(inquiry.kind),
        note: way.note.clone(),
    };
    match make(db, action, &asked, way.doer, way.now) {
        Ok(made) => Ok(outcome(Applied::Adjusted, action, Some(made.id()))),
        Err(Error::Refused(refused)) if refused.code == NotAdjusted::NothingToAdjust.code() => {
            Ok(outcome(Applied::Nothing, action, None))
        }
        Err(other) => Err(other),
    }
}

fn outcome(applied: Applied, action: &Action, adjustment_id: Option<AdjustmentId>) -> Outcome {
    Outcome {
        applied,
        action_id: Some(action.id),
        action_version: Some(action.version),
        adjustment_id,
    }
}
