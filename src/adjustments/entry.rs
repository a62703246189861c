//! What is kept of an adjustment that may be made, and what the world is told of it: the same of one
//! that was asked for by itself, and of a line of a batch.

use serde_json::Value;

use super::model::Adjustment;
use super::rules::Adjusted;
use crate::actions::reasons::Reason;
use crate::actions::rules::{Why, entry};
use crate::events::model::{Doer, Event, any};
use crate::kernel::document::Document;
use crate::kernel::id::{AdjustmentId, UpdateId};
use crate::kernel::money::{Currency, Money};

/// What is kept: the same figures as a change of the action would have in its ledger. It comes after
/// `last`, and has the number of `id`.
pub fn kept(
    id: UpdateId,
    last: Option<&Adjustment>,
    adjusted: &Adjusted,
    (reason, why): (Reason, &Why),
) -> Adjustment {
    let Adjusted { kind, before, after } = adjusted;
    let told = entry(id, Some(before), after, why);
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
    }
}

/// What both sides are told.
pub fn event(adjustment: &Adjustment, currency: Currency) -> Event {
    let doer = Doer {
        user_id: adjustment.user_id,
        api_key_id: adjustment.api_key_id,
        delegate_user_id: adjustment.delegate_user_id,
    };
    let money = |minor| Money::of(minor, currency).amount();
    let before = |after: i64, delta: i64| money(after.saturating_sub(delta));
    let Adjustment { sale_minor: sale, sale_delta_minor: sale_delta, .. } = *adjustment;
    let Adjustment { payout_minor: payout, payout_delta_minor: payout_delta, .. } = *adjustment;
    Event::new("adjustment.created", any(adjustment.id), adjustment.company_id, adjustment.at)
        .by(doer)
        .shared_with(adjustment.partner_company_id)
        .changed("action_id", Value::Null, adjustment.action_id.to_string())
        .changed("kind", Value::Null, adjustment.kind.as_str())
        .changed("sale_amount", before(sale, sale_delta), money(sale))
        .changed("payout", before(payout, payout_delta), money(payout))
        .changed("reason", Value::Null, adjustment.reason.as_str())
}
