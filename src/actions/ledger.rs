//! The ledger of an action: every change is an entry, and the action is the sum of its entries.

use super::command::{Change, Target};
use super::items::{Counted, counted, is_reversed};
use super::model::{Action, Channel, Item, ItemChange, Update, Verb};
use super::reasons::Reason;
use crate::events::model::Doer;
use crate::kernel::document::Document;
use crate::kernel::id::{ItemId, ReversalId, UpdateId};
use crate::kernel::time::Instant;

/// What an entry tells besides the figures: who, why, and through which door.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// What was done.
    pub verb: Verb,
    /// For which reason.
    pub reason: Option<Reason>,
    /// The brand's own words; not for partners.
    pub note: Option<String>,
    /// The door it came through.
    pub channel: Channel,
    /// Who did it.
    pub doer: Doer,
    /// The batch it came in, and the line of it.
    pub reversal: Option<(ReversalId, i32)>,
    /// When.
    pub at: Instant,
}

/// The entry for one change: what is after it, and by how much that differs from before.
///
/// The first entry, of tracking, has nothing before it. A hold's reason is the words it was held
/// with: releasing takes them off the action, and the ledger keeps them.
pub fn entry(id: UpdateId, before: Option<&Action>, after: &Action, why: &Why) -> Update {
    let (sale, payout) = before.map_or((0, 0), |before| (before.sale_minor, before.payout_minor));
    let items = item_changes(before, after);
    let held_for = after.hold_reason.as_ref().filter(|_| why.verb == Verb::Hold);
    Update {
        id,
        action_id: after.id,
        version: after.version,
        company_id: after.company_id,
        partner_company_id: after.partner_company_id,
        terms_id: after.terms_id,
        command: why.verb,
        state_before: before.map(|before| before.state),
        state: after.state,
        sale_minor: after.sale_minor,
        sale_delta_minor: difference(after.sale_minor, sale),
        payout_minor: after.payout_minor,
        payout_delta_minor: difference(after.payout_minor, payout),
        items: Some(items).filter(|items| !items.is_empty()).map(Document),
        reason: why.reason.map(|reason| reason.to_string()).or_else(|| held_for.cloned()),
        note: why.note.clone(),
        channel: why.channel,
        user_id: why.doer.user_id,
        api_key_id: why.doer.api_key_id,
        delegate_user_id: why.doer.delegate_user_id,
        reversal_id: why.reversal.map(|(reversal, _)| reversal),
        line: why.reversal.map(|(_, line)| line),
        at: why.at,
    }
}

/// The same entry, which tells of each item for which reason it changed, where a step gave one of its
/// own. Of several steps on an item the last one counts.
pub fn item_by_item(mut entry: Update, before: &Action, change: Option<&Change>) -> Update {
    let Some(Change::Items(operations)) = change else { return entry };
    let names = |target: &Target, item: &Item| match target {
        Target::Id(id) => *id == item.id,
        Target::Sku(sku) => item.sku.as_ref() == Some(sku),
    };
    let reason_for = |id: ItemId| {
        let item = before.items.0.iter().find(|item| item.id == id)?;
        let last = operations.iter().rev().find(|one| names(&one.target, item))?;
        last.reason
    };
    for change in entry.items.iter_mut().flat_map(|changes| changes.0.iter_mut()) {
        let own = reason_for(change.id);
        change.reason = own.filter(|own| entry.reason.as_deref() != Some(own.as_str()));
    }
    entry
}

/// The items that count differently now. Items never come or go, nor change places.
fn item_changes(before: Option<&Action>, after: &Action) -> Vec<ItemChange> {
    let nothing = Counted { quantity: 0, amount_minor: 0 };
    let mut earlier = before
        .into_iter()
        .flat_map(|before| before.items.0.iter().map(|item| counted(before.state, item)));
    let changes = after.items.0.iter().map(|item| {
        let (then, now) = (earlier.next().unwrap_or(nothing), counted(after.state, item));
        ItemChange {
            id: item.id,
            quantity: now.quantity,
            quantity_delta: difference(now.quantity, then.quantity),
            amount_minor: now.amount_minor,
            amount_delta_minor: difference(now.amount_minor, then.amount_minor),
            reversed: is_reversed(after.state, item),
            reason: None,
        }
    });
    changes.filter(|change| change.quantity_delta != 0 || change.amount_delta_minor != 0).collect()
}

/// The rules keep every value at zero or above, so the difference of two always fits.
fn difference(after: i64, before: i64) -> i64 {
    after.saturating_sub(before)
}
