//! Another partner for an action, or other terms for the same one: what it counts as then, and how
//! its ledger tells it.
//!
//! What is left of the items stays as it is, with its marks; a reversal of the whole comes off, as a
//! restore takes it off. The lock date stays where it is, and what was tracked is worth from now on
//! what it would have been worth under the new terms.
//!
//! Where the partner changes, the ledger has two entries: with the first everything falls to nothing
//! for the one, with the second it begins for the other. So each reads its own side, neither learns
//! the other's name, and the changes still add up.

use super::items;
use super::ledger::{Why, entry};
use super::model::{Action, State, Update};
use super::rules::{Credit, Decision, Refusal, Setting, stamped};
use crate::kernel::document::Document;
use crate::kernel::id::UpdateId;

/// Credits somebody else, unless everything is as asked already.
pub fn reattributed(
    action: &Action,
    credit: &Credit,
    setting: &Setting<'_>,
) -> Result<Decision, Refusal> {
    let same_partner = action.partner_company_id == credit.partner_company_id;
    if same_partner && action.terms_id == credit.terms_id {
        return Ok(Decision::Unchanged);
    }
    let rate = credit.terms.rate(action.event_type_id);
    let worth = |items: &[_]| {
        items::worth(State::Pending, items, rate, action.currency).ok_or(Refusal::OutOfRange)
    };
    let left = items::without_reversal(action);
    let (now, tracked) = (worth(&left)?, worth(&items::as_tracked(&left))?);
    let after = stamped(action, setting)?;
    // One entry ends the old partner's side, the other begins the new one's.
    let entries = if same_partner { 0 } else { 1 };
    let first = action.first_partner_company_id.unwrap_or(action.partner_company_id);
    Ok(Decision::Changed(Action {
        partner_company_id: credit.partner_company_id,
        contract_id: credit.contract_id,
        terms_id: credit.terms_id,
        attributed_by: credit.attributed_by,
        first_partner_company_id: Some(first).filter(|first| *first != credit.partner_company_id),
        state: State::Pending,
        sale_minor: now.sale_minor,
        payout_minor: now.payout_minor,
        tracked_payout_minor: tracked.payout_minor,
        items: Document(left),
        version: after.version.checked_add(entries).ok_or(Refusal::OutOfRange)?,
        ..after
    }))
}

/// The entries for a change: one, or where another partner is credited one for each of the two.
pub fn entries(
    mut id: impl FnMut() -> UpdateId,
    before: &Action,
    after: &Action,
    why: &Why,
) -> Vec<Update> {
    if before.partner_company_id == after.partner_company_id {
        return vec![entry(id(), Some(before), after, why)];
    }
    let nothing = Action {
        state: State::Reversed,
        sale_minor: 0,
        payout_minor: 0,
        version: before.version.saturating_add(1),
        ..before.clone()
    };
    vec![entry(id(), Some(before), &nothing, why), entry(id(), None, after, why)]
}
