//! The ends of an inquiry, from the decision to the record.

use serde_json::Value;

use super::apply::{Way, apply};
use super::model::{Applied, Claim, DecidedBy, Inquiry, Kind};
use super::rules::{self, Ender, Said};
use super::store;
use crate::db::Db;
use crate::error::{Error, Fault, Result};
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::events::store as events;
use crate::kernel::id::CompanyId;
use crate::kernel::time::Instant;

/// The brand says yes, to all of it or to a part; what it says yes to is done.
pub fn accept(
    db: &mut Db,
    before: &Inquiry,
    part: Option<Claim>,
    said: Said,
    (doer, now): (Doer, Instant),
) -> Result<Inquiry> {
    let by = Ender::Brand(doer);
    rules::may_end(before, by, now)?;
    let claim = part.as_ref().unwrap_or(&before.claim.0);
    if before.kind == Kind::Incorrect && *claim == Claim::Unsaid {
        let message = "the inquiry names no figures; say what the action is worth";
        return Err(Error::invalid(Fault::at("/amount", "missing_field", message)));
    }
    let way = Way { doer, note: said.note.clone(), now };
    let outcome = apply(db, before, claim, &way)?;
    let after = rules::accepted(before, by, said, outcome, now)?;
    end(db, EventKind::InquiryAccepted, before, &after, doer)?;
    Ok(after)
}

/// The brand says no.
pub fn decline(
    db: &mut Db,
    before: &Inquiry,
    said: Said,
    doer: Doer,
    now: Instant,
) -> Result<Inquiry> {
    let after = rules::declined(before, Ender::Brand(doer), said, None, now)?;
    end(db, EventKind::InquiryDeclined, before, &after, doer)?;
    Ok(after)
}

/// The partner takes it back.
pub fn withdraw(db: &mut Db, before: &Inquiry, doer: Doer, now: Instant) -> Result<Inquiry> {
    let after = rules::withdrawn(before, now)?;
    end(db, EventKind::InquiryWithdrawn, before, &after, doer)?;
    Ok(after)
}

/// Silence says yes, and that is done.
pub fn accept_by_silence(db: &mut Db, before: &Inquiry, now: Instant) -> Result<Inquiry> {
    rules::may_end(before, Ender::Silence, now)?;
    let way = Way { doer: Doer::SYSTEM, note: None, now };
    let outcome = apply(db, before, &before.claim.0, &way)?;
    let after = rules::accepted(before, Ender::Silence, Said::default(), outcome, now)?;
    end(db, EventKind::InquiryAccepted, before, &after, Doer::SYSTEM)?;
    Ok(after)
}

/// Silence says no; `code` tells why it could not say yes, where it should have.
pub fn decline_by_silence(
    db: &mut Db,
    before: &Inquiry,
    code: Option<String>,
    now: Instant,
) -> Result<Inquiry> {
    let after = rules::declined(before, Ender::Silence, Said::default(), code, now)?;
    end(db, EventKind::InquiryDeclined, before, &after, Doer::SYSTEM)?;
    Ok(after)
}

fn end(db: &mut Db, kind: EventKind, before: &Inquiry, after: &Inquiry, doer: Doer) -> Result<()> {
    store::advance(db, before, after)?;
    let text = |id: Option<String>| Value::from(id);
    let event = event(kind, after, doer)
        .changed("status", before.status.as_str(), after.status.as_str())
        .changed("decided_by", Value::Null, after.decided_by.map(DecidedBy::as_str))
        .changed("applied", Value::Null, after.applied.map(Applied::as_str))
        .changed(
            "action_id",
            text(before.action_id.map(|id| id.to_string())),
            text(after.action_id.map(|id| id.to_string())),
        )
        .changed("adjustment_id", Value::Null, text(after.adjustment_id.map(|id| id.to_string())));
    events::record(db, event)
}

/// An event of an inquiry, in the company that did it, for both sides to know.
pub fn event(kind: EventKind, inquiry: &Inquiry, doer: Doer) -> Event {
    let (own, other): (CompanyId, CompanyId) = match inquiry.decided_by {
        Some(DecidedBy::Brand | DecidedBy::Silence) => {
            (inquiry.company_id, inquiry.partner_company_id)
        }
        None => (inquiry.partner_company_id, inquiry.company_id),
    };
    let at = inquiry.decided_at.unwrap_or(inquiry.opened_at);
    let event = Event::new(kind, any(inquiry.id), own, at).by(doer).shared_with(other);
    event.sequence(inquiry.version)
}
