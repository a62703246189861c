//! What is kept of an adjustment that may be made, and what the world is told of it: the same of one
//! that was asked for by itself, and of a line of a batch.

use serde_json::Value;

use super::model::{Adjustment, Kind, Proposal, Status};
use super::rules::{Adjusted, Correction};
use crate::actions::reasons::Reason;
use crate::actions::rules::{Change, Why, entry, item_by_item};
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::kernel::document::Document;
use crate::kernel::id::{ActionId, AdjustmentId, UpdateId, UserId};
use crate::kernel::money::{Currency, Money};

/// What is kept: the same figures as a change of the action would have in its ledger. It comes after
/// `last`, and has the number of `id`; `change` is what was asked, where items may have reasons of
/// their own.
pub fn kept(
    id: UpdateId,
    last: Option<&Adjustment>,
    adjusted: &Adjusted,
    (reason, why): (Reason, &Why),
    change: Option<&Change>,
) -> Adjustment {
    let Adjusted { kind, before, after } = adjusted;
    let told = item_by_item(entry(id, Some(before), after, why), before, change);
    Adjustment {
        id: AdjustmentId::from_uuid(id.uuid()),
        action_id: after.id,
        sequence: last.map_or(1, |last| last.sequence.saturating_add(1)),
        company_id: after.company_id,
        partner_company_id: after.partner_company_id,
        kind: *kind,
        state: after.state,
        sale_minor: told.sale_minor,
        sale_delta_minor: told.sale_delta_minor,
        payout_minor: told.payout_minor,
        payout_delta_minor: told.payout_delta_minor,
        items: after.items.clone(),
        changes: told.items.unwrap_or_else(|| Document(Vec::new())),
        reason,
        note: told.note,
        channel: told.channel,
        user_id: told.user_id,
        api_key_id: told.api_key_id,
        delegate_user_id: told.delegate_user_id,
        reversal_id: told.reversal_id,
        line: told.line,
        at: told.at,
        approved_by_user_id: None,
    }
}

/// What is kept of one that takes a second person. `maker` has made the key that asked for it.
pub fn proposal(adjustment: Adjustment, correction: Correction, maker: Option<UserId>) -> Proposal {
    Proposal {
        id: adjustment.id,
        action_id: adjustment.action_id,
        company_id: adjustment.company_id,
        partner_company_id: adjustment.partner_company_id,
        status: Status::Proposed,
        kind: adjustment.kind,
        correction: Document(correction),
        sale_minor: adjustment.sale_minor,
        sale_delta_minor: adjustment.sale_delta_minor,
        payout_minor: adjustment.payout_minor,
        payout_delta_minor: adjustment.payout_delta_minor,
        changes: adjustment.changes,
        reason: adjustment.reason,
        note: adjustment.note,
        user_id: adjustment.user_id,
        api_key_id: adjustment.api_key_id,
        delegate_user_id: adjustment.delegate_user_id,
        maker_user_id: maker,
        at: adjustment.at,
        decided_by_user_id: None,
        decided_at: None,
        decline_reason: None,
        version: 1,
    }
}

/// What both sides are told.
pub fn event(adjustment: &Adjustment, currency: Currency) -> Event {
    let doer = Doer {
        user_id: adjustment.user_id,
        api_key_id: adjustment.api_key_id,
        delegate_user_id: adjustment.delegate_user_id,
        ..Doer::SYSTEM
    };
    let event = Event::new(
        EventKind::AdjustmentCreated,
        any(adjustment.id),
        adjustment.company_id,
        adjustment.at,
    );
    Figures {
        action: adjustment.action_id,
        kind: adjustment.kind,
        sale: (adjustment.sale_minor, adjustment.sale_delta_minor),
        payout: (adjustment.payout_minor, adjustment.payout_delta_minor),
        reason: adjustment.reason,
    }
    .told(event.by(doer).shared_with(adjustment.partner_company_id), currency)
}

/// What the brand alone is told of a proposal.
pub fn asked_event(proposal: &Proposal, currency: Currency) -> Event {
    let doer = proposal.doer();
    let event = Event::new(
        EventKind::AdjustmentProposed,
        any(proposal.id),
        proposal.company_id,
        proposal.at,
    );
    Figures {
        action: proposal.action_id,
        kind: proposal.kind,
        sale: (proposal.sale_minor, proposal.sale_delta_minor),
        payout: (proposal.payout_minor, proposal.payout_delta_minor),
        reason: proposal.reason,
    }
    .told(event.by(doer), currency)
}

/// What is said of any: sale and payout with their changes.
struct Figures {
    action: ActionId,
    kind: Kind,
    sale: (i64, i64),
    payout: (i64, i64),
    reason: Reason,
}

impl Figures {
    fn told(&self, event: Event, currency: Currency) -> Event {
        let money = |minor| Money::of(minor, currency).amount();
        let both = |(after, delta): (i64, i64)| (money(after.saturating_sub(delta)), money(after));
        let ((sale_before, sale), (payout_before, payout)) = (both(self.sale), both(self.payout));
        event
            .changed("action_id", Value::Null, self.action.to_string())
            .changed("kind", Value::Null, self.kind.as_str())
            .changed("sale_amount", sale_before, sale)
            .changed("payout", payout_before, payout)
            .changed("reason", Value::Null, self.reason.as_str())
    }
}
