//! One adjustment, from the decision to the record.

use serde_json::Value;

use super::model::Adjustment;
use super::rules::{Adjusted, Correction, adjust};
use super::store;
use crate::actions::model::{Action, Channel, Verb};
use crate::actions::reasons::Reason;
use crate::actions::rules::{Why, entry, item_by_item};
use crate::actions::store::grounds;
use crate::db::Db;
use crate::error::Result;
use crate::events::model::{Doer, Event, any};
use crate::events::store as events;
use crate::kernel::document::Document;
use crate::kernel::id::{AdjustmentId, UpdateId};
use crate::kernel::money::Money;
use crate::kernel::time::Instant;

/// What a caller wants corrected, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What.
    pub correction: Correction,
    /// For which reason.
    pub reason: Reason,
    /// The brand's own words.
    pub note: Option<String>,
}

/// Makes one; gives it. The action stays as it is.
pub fn make(
    db: &mut Db,
    action: &Action,
    asked: &Asked,
    doer: Doer,
    now: Instant,
) -> Result<Adjustment> {
    let last = store::last(db, action.id)?;
    let grounds = grounds(db, action)?;
    let adjusted = adjust(action, last.as_ref(), &asked.correction, &grounds.at(now))?;
    let why = Why {
        verb: Verb::Modify,
        reason: Some(asked.reason),
        note: asked.note.clone(),
        channel: Channel::Api,
        doer,
        reversal: None,
        at: now,
    };
    let sequence = last.map_or(1, |last| last.sequence.saturating_add(1));
    let adjustment = adjustment(sequence, &adjusted, asked, &why);
    store::append(db, &adjustment)?;
    events::record(db, event(&adjustment, &adjusted))?;
    Ok(adjustment)
}

/// What is kept: the same figures as a change of the action would have in its ledger.
fn adjustment(sequence: i64, adjusted: &Adjusted, asked: &Asked, why: &Why) -> Adjustment {
    let Adjusted { kind, before, after } = adjusted;
    let told = entry(UpdateId::new(), Some(before), after, why);
    let told = item_by_item(told, before, asked.correction.change());
    Adjustment {
        id: AdjustmentId::new(),
        action_id: after.id,
        sequence,
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
        reason: asked.reason,
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

fn event(adjustment: &Adjustment, adjusted: &Adjusted) -> Event {
    let Adjusted { before, after, .. } = adjusted;
    let doer = Doer {
        user_id: adjustment.user_id,
        api_key_id: adjustment.api_key_id,
        delegate_user_id: adjustment.delegate_user_id,
    };
    let money = |minor| Money::of(minor, after.currency).amount();
    Event::new("adjustment.created", any(adjustment.id), adjustment.company_id, adjustment.at)
        .by(doer)
        .shared_with(adjustment.partner_company_id)
        .changed("action_id", Value::Null, after.id.to_string())
        .changed("kind", Value::Null, adjustment.kind.as_str())
        .changed("sale_amount", money(before.sale_minor), money(after.sale_minor))
        .changed("payout", money(before.payout_minor), money(after.payout_minor))
        .changed("reason", Value::Null, adjustment.reason.as_str())
}
