//! What the world is told about an entry of an action's ledger: the brand and its partner read it
//! alike, so nothing is in it that only the brand may know.

use serde_json::Value;

use super::model::{State, Update, Verb};
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::kernel::money::{Currency, Money};

/// The event for an entry.
pub fn event(entry: &Update, currency: Currency) -> Event {
    let doer = Doer {
        user_id: entry.user_id,
        api_key_id: entry.api_key_id,
        delegate_user_id: entry.delegate_user_id,
        ..Doer::SYSTEM
    };
    let event = Event::new(kind(entry), any(entry.action_id), entry.company_id, entry.at);
    let money = |minor: i64| Value::from(Money::of(minor, currency).amount());
    let figure = |event: Event, name: &str, after: i64, delta: i64| {
        let before = if entry.state_before.is_none() {
            Value::Null
        } else {
            money(after.saturating_sub(delta))
        };
        event.changed(name, before, money(after))
    };
    let state_before = entry.state_before.map(State::as_str);
    let event = event.by(doer).shared_with(entry.partner_company_id).sequence(entry.version);
    let event = event.changed("state", state_before, entry.state.as_str());
    let event = figure(event, "sale_amount", entry.sale_minor, entry.sale_delta_minor);
    let event = figure(event, "payout", entry.payout_minor, entry.payout_delta_minor);
    credited(entry, event).changed("reason", Value::Null, entry.reason.clone())
}

/// With a reattribution to another partner each of the two is told that it is no longer credited, or
/// is from now on: the event is shared with one of them, and names no other.
fn credited(entry: &Update, event: Event) -> Event {
    let (field, own) = ("partner_company_id", entry.partner_company_id.to_string());
    match (entry.command, entry.state_before, entry.state) {
        (Verb::Reattribute, None, _) => event.changed(field, Value::Null, own),
        (Verb::Reattribute, Some(_), State::Reversed) => event.changed(field, own, Value::Null),
        _ => event,
    }
}

/// Approving what was reversed is restoring it.
fn kind(entry: &Update) -> EventKind {
    match (entry.command, entry.state_before) {
        (Verb::Approve, Some(State::Reversed)) => EventKind::ActionRestored,
        (Verb::Track, _) => EventKind::ActionTracked,
        (Verb::Approve, _) => EventKind::ActionApproved,
        (Verb::Modify, _) => EventKind::ActionModified,
        (Verb::Reverse, _) => EventKind::ActionReversed,
        (Verb::Restore, _) => EventKind::ActionRestored,
        (Verb::Reset, _) => EventKind::ActionReset,
        (Verb::Hold, _) => EventKind::ActionHeld,
        (Verb::Release, _) => EventKind::ActionReleased,
        (Verb::Lock, _) => EventKind::ActionLocked,
        (Verb::Clear, _) => EventKind::ActionCleared,
        (Verb::Reattribute, _) => EventKind::ActionReattributed,
    }
}
