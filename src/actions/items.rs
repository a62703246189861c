//! The arithmetic of items: what they count as, and what a modification makes of them.
//!
//! A reversal never erases: it is a mark on the item, or a lid over the whole action, and the
//! values stay underneath. So taking it back needs no memory.

use super::model::{Action, Item, State};
use super::reasons::Reason;
use super::rules::{Change, ItemOperation, Refusal, Step, Target};
use crate::contracts::model::Rate;
use crate::contracts::rules::{Sold, payouts};
use crate::kernel::money::{Currency, Money, largest_remainder};

/// What an item counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// How many.
    pub quantity: i64,
    /// Minor units for all of them together.
    pub amount_minor: i64,
}

/// What an action counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worth {
    /// Minor units of all items together.
    pub sale_minor: i64,
    /// Minor units the partner earns for them.
    pub payout_minor: i64,
}

/// Whether an item counts as nothing: by its own mark, or because the whole action is reversed.
pub fn is_reversed(state: State, item: &Item) -> bool {
    match state {
        State::Reversed => true,
        State::Pending | State::Approved => item.reversed_in.is_some(),
    }
}

/// What an item counts as while its action is in `state`.
pub fn counted(state: State, item: &Item) -> Counted {
    if is_reversed(state, item) {
        Counted { quantity: 0, amount_minor: 0 }
    } else {
        Counted { quantity: item.quantity, amount_minor: item.amount_minor }
    }
}

/// What all items together count as; `None` beyond 64 bits. No rate earns nothing.
pub fn worth(
    state: State,
    items: &[Item],
    rate: Option<Rate>,
    currency: Currency,
) -> Option<Worth> {
    let sold: Vec<Sold> = items
        .iter()
        .map(|item| {
            let Counted { quantity, amount_minor } = counted(state, item);
            Sold { quantity, amount_minor, reversed: is_reversed(state, item) }
        })
        .collect();
    let sale_minor = total(sold.iter().map(|item| item.amount_minor))?;
    let payout_minor = match rate {
        Some(rate) => total(payouts(rate, currency, &sold)?.into_iter())?,
        None => 0,
    };
    Some(Worth { sale_minor, payout_minor })
}

/// Whether two ways an action can stand count the same, item by item.
pub fn count_the_same(before: (State, &[Item]), after: (State, &[Item])) -> bool {
    let values = |(state, items): (State, &[Item])| -> Vec<Counted> {
        items.iter().map(|item| counted(state, item)).collect()
    };
    let nothing_left = |state: State| state == State::Reversed;
    nothing_left(before.0) == nothing_left(after.0) && values(before) == values(after)
}

/// Whether every item has been reversed for itself.
pub fn all_marked(items: &[Item]) -> bool {
    items.iter().all(|item| item.reversed_in.is_some())
}

/// Takes back the marks that were made last, together.
fn unmark_newest(items: &mut [Item]) {
    let newest = items.iter().filter_map(|item| item.reversed_in).max();
    for item in items.iter_mut().filter(|item| item.reversed_in == newest) {
        item.reversed_in = None;
    }
}

/// The items of an action once the reversal over it is taken off. If that came item by item, then
/// without the last of these steps.
pub fn without_reversal(action: &Action) -> Vec<Item> {
    let mut items = action.items.0.clone();
    if all_marked(&items) {
        unmark_newest(&mut items);
    }
    items
}

/// The items as they were tracked.
pub fn as_tracked(items: &[Item]) -> Vec<Item> {
    items
        .iter()
        .map(|item| Item {
            quantity: item.tracked_quantity,
            amount_minor: item.tracked_amount_minor,
            reversed_in: None,
            ..item.clone()
        })
        .collect()
}

/// Whether a change brings an item back, and so makes sense on a reversed action.
pub fn restores_one(change: &Change) -> bool {
    match change {
        Change::Amount(_) | Change::AmountDelta(_) => false,
        Change::Items(operations) => {
            operations.iter().any(|operation| operation.step == Step::Restore)
        }
    }
}

/// Whether what is changed for a reason of its own, or for that of the whole, may rise.
pub type MayRaise<'a> = &'a dyn Fn(Option<Reason>) -> bool;

/// The items after a change, which is version `version` of the action.
pub fn changed(
    action: &Action,
    change: &Change,
    may_raise: MayRaise<'_>,
    version: i64,
) -> Result<Vec<Item>, Refusal> {
    let sale = action.sale_minor;
    match change {
        Change::Amount(minor) => spread(action, *minor, may_raise(None)),
        Change::AmountDelta(minor) => match sale.checked_add(*minor) {
            Some(left) if left < 0 => Err(exceeds(action, &action.items.0)),
            Some(left) => spread(action, left, may_raise(None)),
            None => Err(Refusal::OutOfRange),
        },
        Change::Items(operations) => stepwise(action, operations, may_raise, version),
    }
}

/// Spreads an amount over the items that are left, in proportion to what they were worth.
fn spread(action: &Action, minor: i64, may_increase: bool) -> Result<Vec<Item>, Refusal> {
    if minor < 0 {
        return Err(Refusal::OutOfRange);
    }
    if minor > action.sale_minor && !may_increase {
        return Err(exceeds(action, &action.items.0));
    }
    let mut items = action.items.0.clone();
    let left = || action.items.0.iter().filter(|item| item.reversed_in.is_none());
    let weights: Vec<i64> = left().map(|item| item.amount_minor).collect();
    let parts = largest_remainder(minor, &weights);
    for (item, part) in items.iter_mut().filter(|item| item.reversed_in.is_none()).zip(parts) {
        item.amount_minor = part;
    }
    Ok(items)
}

/// Takes one step after the other, then looks whether more is left than was before.
fn stepwise(
    action: &Action,
    operations: &[ItemOperation],
    may_raise: MayRaise<'_>,
    version: i64,
) -> Result<Vec<Item>, Refusal> {
    let before = without_lid(action, version);
    let mut items = before.clone();
    let mut raisable = vec![false; items.len()];
    for ItemOperation { target, step, reason } in operations {
        let place = find(&items, target)?;
        if let (Some(item), Some(before)) = (items.get_mut(place), before.get(place)) {
            take(*step, item, before, version).map_err(|fault| fault.refusal(action, before))?;
        }
        if let Some(raisable) = raisable.get_mut(place) {
            *raisable |= may_raise(*reason);
        }
    }
    let grown = |item: &Item, before: &Item| {
        item.quantity > before.quantity || item.amount_minor > before.amount_minor
    };
    let mut all = items.iter().zip(&before).zip(raisable);
    match all.find(|((item, before), raisable)| grown(item, before) && !raisable) {
        Some(((_, before), _)) => Err(exceeds(action, std::slice::from_ref(before))),
        None => Ok(items),
    }
}

/// The items of an action; if it was reversed as a whole, each reversed for itself instead, so
/// that one of them can come back alone.
fn without_lid(action: &Action, version: i64) -> Vec<Item> {
    let mut items = action.items.0.clone();
    if action.state == State::Reversed {
        items.iter_mut().for_each(|item| {
            item.reversed_in.get_or_insert(version);
        });
    }
    items
}

/// Where the named item is.
fn find(items: &[Item], target: &Target) -> Result<usize, Refusal> {
    match target {
        Target::Id(id) => {
            items.iter().position(|item| item.id == *id).ok_or(Refusal::ItemNotFound(*id))
        }
        Target::Sku(sku) => {
            let mut places =
                (0_usize..).zip(items).filter(|(_, item)| item.sku.as_ref() == Some(sku));
            match (places.next(), places.next()) {
                (Some((place, _)), None) => Ok(place),
                (None, _) => Err(Refusal::SkuNotFound(sku.clone())),
                (Some(_), Some(_)) => Err(Refusal::AmbiguousSku(sku.clone())),
            }
        }
    }
}

/// Why a step cannot be taken.
enum Fault {
    /// More was asked for than is left of the item.
    Exceeds,
    /// The item is not reversed.
    NotReversed,
    /// Below zero, or beyond 64 bits.
    OutOfRange,
}

impl Fault {
    fn refusal(self, action: &Action, before: &Item) -> Refusal {
        match self {
            Self::Exceeds => exceeds(action, std::slice::from_ref(before)),
            Self::NotReversed => Refusal::NotReversed(format!("the item {}", before.id)),
            Self::OutOfRange => Refusal::OutOfRange,
        }
    }
}

/// Takes one step. A mark covers the item as it was before the command, so that restoring it
/// gives back exactly that; of a marked item nothing is left to change.
fn take(step: Step, item: &mut Item, before: &Item, version: i64) -> Result<(), Fault> {
    let marked = item.reversed_in.is_some();
    match step {
        Step::Reverse | Step::SetQuantity(0) if marked => {}
        Step::Reverse | Step::SetQuantity(0) => {
            item.quantity = before.quantity;
            item.amount_minor = before.amount_minor;
            item.reversed_in = Some(before.reversed_in.unwrap_or(version));
        }
        Step::Restore if marked => item.reversed_in = None,
        Step::Restore => return Err(Fault::NotReversed),
        Step::SetQuantity(value) | Step::SetAmount(value) if value < 0 => {
            return Err(Fault::OutOfRange);
        }
        Step::SetAmount(0) | Step::AdjustAmount(0) if marked => {}
        Step::SetQuantity(_) | Step::SetAmount(_) | Step::AdjustAmount(_) if marked => {
            return Err(Fault::Exceeds);
        }
        Step::SetQuantity(quantity) => {
            let amount = in_proportion(item.amount_minor, quantity, item.quantity);
            item.amount_minor = amount.ok_or(Fault::OutOfRange)?;
            item.quantity = quantity;
        }
        Step::SetAmount(minor) => item.amount_minor = minor,
        Step::AdjustAmount(minor) => match item.amount_minor.checked_add(minor) {
            Some(left) if left < 0 => return Err(Fault::Exceeds),
            Some(left) => item.amount_minor = left,
            None => return Err(Fault::OutOfRange),
        },
    }
    Ok(())
}

/// What `quantity` of `of` things are worth, if all are worth `minor`.
///
/// What is kept and what is given back share the amount by largest remainder, and what is given
/// back goes first: an exact half is the customer's.
fn in_proportion(minor: i64, quantity: i64, of: i64) -> Option<i64> {
    let (minor, quantity, of) = (i128::from(minor), i128::from(quantity), i128::from(of));
    let twice = minor.checked_mul(quantity)?.checked_mul(2)?;
    let kept = twice.checked_add(of)?.checked_sub(1)?.checked_div_euclid(of.checked_mul(2)?)?;
    i64::try_from(kept).ok()
}

/// The refusal that tells what is left of these items.
fn exceeds(action: &Action, items: &[Item]) -> Refusal {
    let left = || items.iter().map(|item| counted(action.state, item));
    let quantity = total(left().map(|item| item.quantity)).unwrap_or(i64::MAX);
    let minor = total(left().map(|item| item.amount_minor)).unwrap_or(i64::MAX);
    Refusal::ExceedsRemaining { quantity, amount: Money::of(minor, action.currency) }
}

/// The sum, unless it is beyond 64 bits.
fn total(mut values: impl Iterator<Item = i64>) -> Option<i64> {
    values.try_fold(0_i64, i64::checked_add)
}
