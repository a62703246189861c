//! Lets inquiries in: looks up what one names, and whether it may still be asked about.

use super::answering::event;
use super::model::{Claim, Inquiry, Kind, Status};
use super::rules::{self, Refusal};
use super::store;
use super::wire::{NewInquiry, occurred};
use crate::access::Actor;
use crate::actions::intake::{duplicate, repeats_within};
use crate::actions::model::Action;
use crate::actions::store as actions;
use crate::actions::wire::NewAction;
use crate::adjustments::rules::standing;
use crate::adjustments::store as adjustments;
use crate::contracts::model::Version;
use crate::contracts::store as contracts;
use crate::db::{Db, Find};
use crate::error::{Error, Fault, Place, Result};
use crate::events::kinds::EventKind;
use crate::events::store as events;
use crate::kernel::document::Document;
use crate::kernel::id::{ActionId, CompanyId, EventTypeId, InquiryId, ProgramId};
use crate::kernel::money::Currency;
use crate::kernel::time::Instant;
use crate::programs::model::{EventType, Program};
use crate::programs::store as programs;

/// Opens an inquiry of the caller's company, and tells both sides.
pub fn open(db: &mut Db, actor: &Actor, new: &NewInquiry, now: Instant) -> Result<Inquiry> {
    let inquiry = match new.kind {
        Kind::Untracked => untracked(db, actor, new, now)?,
        Kind::Incorrect | Kind::Declined => of_action(db, actor, new, now)?,
    };
    if let Some(open) = store::look_for_open(db, &inquiry)? {
        return Err(Refusal::Open(open).into());
    }
    store::insert(db, &inquiry)?;
    let action = inquiry.action_id.map(|id| id.to_string());
    let told = event(EventKind::InquiryOpened, &inquiry, actor.doer)
        .changed("status", serde_json::Value::Null, inquiry.status.as_str())
        .changed("kind", serde_json::Value::Null, inquiry.kind.as_str())
        .changed("order_id", serde_json::Value::Null, inquiry.order_id.as_str())
        .changed("action_id", serde_json::Value::Null, action)
        .changed("answer_by", serde_json::Value::Null, inquiry.answer_by.to_string());
    events::record(db, told)?;
    Ok(inquiry)
}

/// What an untracked order names, as far as the partner may know.
struct Named {
    program: Program,
    event_type: EventType,
    terms: Version,
}

fn untracked(db: &mut Db, actor: &Actor, new: &NewInquiry, now: Instant) -> Result<Inquiry> {
    let partner = actor.reach.company;
    let mut faults = new.faults();
    faults.extend(new.occurred_at.and_then(|at| occurred(at, now)));
    let named = look_up(db, actor, new, &mut faults)?;
    let order = new.order(partner);
    let read = order.as_ref().map(|order| order.read(now));
    let report = match read {
        Some(Ok(report)) => Some(report),
        Some(Err(found)) => {
            // When it occurred has been judged already, and more strictly.
            let occurred = Place::Pointer("/occurred_at".into());
            faults.extend(found.into_iter().filter(|fault| fault.place != occurred));
            None
        }
        None => None,
    };
    let (Some(named), Some(order), Some(report), true) = (named, order, report, faults.is_empty())
    else {
        return Err(Error::Invalid(faults));
    };
    let order = NewAction { order_id: report.order_id, ..order };
    let existing = existing(db, &named, &order, partner)?;
    let about = About {
        company_id: named.program.company_id,
        program_id: named.program.id,
        event_type_id: named.event_type.id,
        action_id: None,
        existing_action_id: existing,
        order_id: order.order_id,
        occurred_at: order.occurred_at,
        currency: order.currency,
        in_time: true,
    };
    Ok(begun(actor, new, about, (Claim::Order(report.items), &named.terms), now))
}

/// Finds program, event type and terms. What the partner has nothing to do with is as unknown as
/// what does not exist.
fn look_up(
    db: &mut Db,
    actor: &Actor,
    new: &NewInquiry,
    faults: &mut Vec<Fault>,
) -> Result<Option<Named>> {
    let Some(id) = new.program_id else { return Ok(None) };
    let Some(program) = store::look_for_program(db, &actor.reach, id)? else {
        let message = "you have no contract in such a program";
        faults.push(Fault::at("/program_id", "unknown_program", message));
        return Ok(None);
    };
    if new.currency.is_some_and(|currency| currency != program.currency) {
        let message = format!("the program counts in {}", program.currency);
        faults.push(Fault::at("/currency", "currency_mismatch", message));
    }
    let (Some(id), Some(occurred_at)) = (new.event_type_id, new.occurred_at) else {
        return Ok(None);
    };
    let event_type = store::look_for_event_type(db, &actor.reach, program.id, id)?;
    if event_type.is_none() {
        let message = "the program has no such event type";
        faults.push(Fault::at("/event_type_id", "unknown_event_type", message));
    }
    let found = contracts::terms_in_force(db, program.id, actor.reach.company, occurred_at)?;
    if found.is_none() {
        let message = "no contract of yours was in force then";
        faults.push(Fault::at("/occurred_at", "no_contract", message));
    }
    let (Some(event_type), Some((_, terms))) = (event_type, found) else { return Ok(None) };
    if terms.terms.0.rate(event_type.id).is_none() {
        let message = "the terms pay nothing for this event type";
        faults.push(Fault::at("/event_type_id", "no_contract", message));
    }
    Ok(Some(Named { program, event_type, terms }))
}

/// The action of another partner that has the order. One of the partner's own is told.
fn existing(
    db: &mut Db,
    named: &Named,
    order: &NewAction,
    partner: CompanyId,
) -> Result<Option<ActionId>> {
    let kind = (named.program.company_id, named.event_type.id);
    let window = repeats_within(&named.event_type, order.occurred_at);
    match actions::look_for_order(db, kind, &order.order_id, window)? {
        Some(action) if action.partner_company_id == partner => Err(duplicate(&action)),
        other => Ok(other.map(|action| action.id)),
    }
}

fn of_action(db: &mut Db, actor: &Actor, new: &NewInquiry, now: Instant) -> Result<Inquiry> {
    let mut faults = new.faults();
    let Some(action) = credited(db, actor, new, &mut faults)? else {
        return Err(Error::Invalid(faults));
    };
    let claim = new.sale(action.currency, &mut faults).filter(|_| faults.is_empty());
    let Some(claim) = claim else { return Err(Error::Invalid(faults)) };
    let action = store::hold_action(db, action.id)?;
    // It may have changed hands since it was found.
    if action.partner_company_id != actor.reach.company {
        return Err(Error::Stale);
    }
    let in_time = may_inquire(db, &action, now)?;
    let last = adjustments::last(db, action.id)?;
    rules::is_disputable(new.kind, &standing(&action, last.as_ref()))?;
    let terms = contracts::terms(db, action.terms_id)?;
    let about = About {
        company_id: action.company_id,
        program_id: action.program_id,
        event_type_id: action.event_type_id,
        action_id: Some(action.id),
        existing_action_id: None,
        order_id: action.order_id,
        occurred_at: action.occurred_at,
        currency: action.currency,
        in_time,
    };
    Ok(begun(actor, new, about, (claim, &terms), now))
}

/// The action that is meant, if it is credited to the caller's company.
fn credited(
    db: &mut Db,
    actor: &Actor,
    new: &NewInquiry,
    faults: &mut Vec<Fault>,
) -> Result<Option<Action>> {
    let Some(id) = new.action_id else { return Ok(None) };
    let found = Action::look_for(db, id, &actor.reach)?;
    let found = found.filter(|action| action.partner_company_id == actor.reach.company);
    if found.is_none() {
        let message = "no such action is credited to your company";
        faults.push(Fault::at("/action_id", "unknown_action", message));
    }
    Ok(found)
}

/// Whether the action can still be asked about, and whether it can still change. The lock job may
/// have looked up to a moment that this server's clock has not reached.
fn may_inquire(db: &mut Db, action: &Action, now: Instant) -> Result<bool> {
    let at = actions::grounds(db, action)?.at(now).at;
    let zone = programs::zone_of(db, action.program_id)?;
    let eve = rules::last_day(&zone, rules::lock_of(action));
    let fell = store::fell_since(db, action, eve)?;
    Ok(rules::may_inquire(action, fell, at)?)
}

/// What an inquiry is about.
struct About {
    company_id: CompanyId,
    program_id: ProgramId,
    event_type_id: EventTypeId,
    action_id: Option<ActionId>,
    existing_action_id: Option<ActionId>,
    order_id: String,
    occurred_at: Instant,
    currency: Currency,
    in_time: bool,
}

/// A new inquiry: open, in version 1.
fn begun(
    actor: &Actor,
    new: &NewInquiry,
    about: About,
    (claim, terms): (Claim, &Version),
    now: Instant,
) -> Inquiry {
    Inquiry {
        id: InquiryId::new(),
        company_id: about.company_id,
        partner_company_id: actor.reach.company,
        program_id: about.program_id,
        event_type_id: about.event_type_id,
        terms_id: terms.id,
        kind: new.kind,
        action_id: about.action_id,
        existing_action_id: about.existing_action_id,
        order_id: about.order_id,
        occurred_at: about.occurred_at,
        currency: about.currency,
        claim: Document(claim),
        message: new.message.clone(),
        in_time: about.in_time,
        status: Status::Open,
        answer_by: rules::answer_by(&terms.terms.0, now),
        decided_by: None,
        answer: None,
        note: None,
        applied: None,
        action_version: None,
        adjustment_id: None,
        code: None,
        user_id: actor.doer.user_id,
        api_key_id: actor.doer.api_key_id,
        delegate_user_id: actor.doer.delegate_user_id,
        version: 1,
        opened_at: now,
        decided_at: None,
    }
}
