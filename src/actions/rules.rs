//! What may follow what: the whole life of an action, in one pure function.
//!
//! | from              | by                | to               | also                            |
//! |-------------------|-------------------|------------------|---------------------------------|
//! | –                 | track             | pending          |                                 |
//! | pending           | approve           | approved         | values may still change         |
//! | pending, approved | modify            | pending          | another figure needs a new yes  |
//! | pending, approved | modify to nothing | reversed         | its last item was reversed      |
//! | pending, approved | reverse           | reversed         | values 0, items kept underneath |
//! | reversed          | restore, approve  | pending          | as just before the reversal     |
//! | reversed          | modify: restore   | pending          | only the items that are named   |
//! | any               | reset             | pending          | as it was first tracked         |
//! | any               | hold, release     | same             | what is held does not lock      |
//! | any               | reattribute       | pending          | another partner, other terms    |
//! | pending, approved | lock              | approved, locked | payout clears by the contract   |
//! | reversed          | lock              | reversed, locked | final                           |
//! | locked            | clear             | same             | the payout is due               |
//!
//! From `locks_at` on an action is closed to all but its lock. A held one is not: past `locks_at`
//! it may be released, or reversed for fraud, until its hold ends by itself. Once locked, nothing
//! changes it but that it clears.
//!
//! A command that changes no value changes nothing at all: no version, no entry, and an approval
//! stays. The single calls, the batches and the lock job all decide here.

use super::items;
use super::model::{Action, FinanceStatus, Item, State, Verb};
use super::reasons::Reason;
use super::reattribution::reattributed;
use crate::contracts::model::{LockRule, Terms};
use crate::contracts::rules::{clears_at, days_later, locks_at, next_midnight};
use crate::kernel::document::Document;
use crate::kernel::id::ItemId;
use crate::kernel::money::Money;
use crate::kernel::time::{Instant, Zone};

pub use super::command::{Change, Command, Credit, ItemOperation, Modify, Step, Target};
pub use super::ledger::{Why, entry, item_by_item};
pub use super::reattribution::entries;
pub use super::tracking::{Attribution, Bought, Seen, Tracking, occurrence, tracked};

#[cfg(test)]
pub mod tests;

/// All a decision depends on besides the action and the command.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The terms pinned on the action.
    pub terms: &'a Terms,
    /// The program's zone.
    pub zone: &'a Zone,
    /// Whether the command is in time: now for a call, `received_at` for a line of a batch.
    pub at: Instant,
    /// What `updated_at` becomes.
    pub now: Instant,
    /// For which reason the action was last reversed, by its ledger; reversing it for another one
    /// is a change. Where it is not known, it is not.
    pub reversed_for: Option<Reason>,
}

/// What a command comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "almost every decision is a change, and moves on")]
pub enum Decision {
    /// The action as it is from now on, its version already counted up.
    Changed(Action),
    /// Everything is already as asked.
    Unchanged,
}

/// Why an action stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is locked, or its lock date has passed.
    #[error("the action locked at {locks_at}")]
    ActionLocked {
        /// From when nothing changes it.
        locks_at: Instant,
    },
    /// Only its hold keeps it open.
    #[error("the action is held past {locks_at}: release it, or reverse it for fraud")]
    ActionHeld {
        /// When it would have locked.
        locks_at: Instant,
    },
    /// The lock job came early.
    #[error("the action locks at {locks_at}, not before")]
    LockNotDue {
        /// When it locks.
        locks_at: Instant,
    },
    /// The job came before the payout is due.
    #[error("the payout is not due yet")]
    ClearNotDue,
    /// Nothing is left to modify.
    #[error("the action is reversed; restore it first")]
    ActionReversed,
    /// Nothing is there to restore.
    #[error("{0} is not reversed")]
    NotReversed(String),
    /// More was asked for than is left.
    #[error("more than remains: {quantity} left, worth {amount}")]
    ExceedsRemaining {
        /// How many are left.
        quantity: i64,
        /// What they are worth.
        amount: Money,
    },
    /// The reason exists, for another verb.
    #[error("{reason} is no reason to {verb}")]
    ReasonNotAllowed {
        /// The reason given.
        reason: Reason,
        /// What it was given for.
        verb: Verb,
    },
    /// No item has this article number.
    #[error("no item has the SKU {0}")]
    SkuNotFound(String),
    /// Several items have this article number.
    #[error("several items have the SKU {0}; name one by its id")]
    AmbiguousSku(String),
    /// No item has this id.
    #[error("the action has no item {0}")]
    ItemNotFound(ItemId),
    /// There is nothing to track.
    #[error("an action has at least one item")]
    NoItems,
    /// A value below zero, or beyond 64 bits.
    #[error("a quantity or an amount is out of range")]
    OutOfRange,
}

crate::refusal_codes!(Refusal {
    ActionLocked { .. } => "action_locked",
    ActionHeld { .. } => "action_held",
    LockNotDue { .. } => "lock_not_due",
    ClearNotDue => "clear_not_due",
    ActionReversed => "action_reversed",
    NotReversed(..) => "not_reversed",
    ExceedsRemaining { .. } => "exceeds_remaining",
    ReasonNotAllowed { .. } => "reason_not_allowed",
    SkuNotFound(..) => "sku_not_found",
    AmbiguousSku(..) => "ambiguous_sku",
    ItemNotFound(..) => "item_not_found",
    NoItems => "no_items",
    OutOfRange => "out_of_range",
});

/// Decides about one command: the table above, row by row.
pub fn decide(
    action: &Action,
    command: &Command,
    setting: &Setting<'_>,
) -> Result<Decision, Refusal> {
    use Command::*;
    use State::*;
    in_time(action, command, setting.at)?;
    match (action.state, command) {
        (Pending, Approve) => turned(action, Approved, action.items.0.clone(), setting),
        (Approved, Approve) => Ok(Decision::Unchanged),
        (Reversed, Approve | Restore) => restored(action, setting),
        (Pending | Approved, Restore) => Err(Refusal::NotReversed("the action".into())),
        (Pending | Approved, Reverse { .. }) => {
            turned(action, Reversed, action.items.0.clone(), setting)
        }
        (Reversed, Reverse { reason }) => reversed_again(action, *reason, setting),
        (Pending | Approved | Reversed, Modify(modify)) => modified(action, modify, setting),
        (Pending | Approved | Reversed, Reset) => reset(action, setting),
        (Pending | Approved | Reversed, Hold { reason }) => held(action, reason, setting),
        (Pending | Approved | Reversed, Release) => released(action, setting),
        (Pending | Approved, Lock { at }) => locked(action, Approved, *at, setting),
        (Reversed, Lock { at }) => locked(action, Reversed, *at, setting),
        (Pending | Approved | Reversed, Clear { .. }) => cleared(action, setting),
        (Pending | Approved | Reversed, Reattribute(credit)) => {
            reattributed(action, credit, setting)
        }
    }
}

/// Whether an action takes no more commands at a moment; its lock may not be recorded yet.
pub fn is_closed(action: &Action, at: Instant) -> bool {
    action.locked_at.is_some() || (at >= action.locks_at && !is_held(action, at))
}

/// Whether a hold keeps an action open at a moment; its end may not be recorded yet.
fn is_held(action: &Action, at: Instant) -> bool {
    action.held && action.held_until.is_none_or(|until| at < until)
}

/// How far the payout is, as far as the action alone can tell: what lies in a payout or has been
/// paid, the payouts know.
pub fn finance_status(action: &Action, now: Instant) -> FinanceStatus {
    payout_status(action.held, action.cleared_at, now)
}

/// The same, by what it depends on.
pub fn payout_status(held: bool, cleared_at: Option<Instant>, now: Instant) -> FinanceStatus {
    let cleared = cleared_at.is_some_and(|cleared_at| cleared_at <= now);
    match (held, cleared) {
        (true, _) => FinanceStatus::Held,
        (false, true) => FinanceStatus::Due,
        (false, false) => FinanceStatus::Pending,
    }
}

/// Lets a command through only in its time.
fn in_time(action: &Action, command: &Command, at: Instant) -> Result<(), Refusal> {
    use Command::*;
    let locks_at = action.locks_at;
    let overdue = at >= locks_at;
    match command {
        Lock { at } => match (action.locked_at, action.held) {
            (Some(_), _) => Ok(()),
            (None, true) => Err(Refusal::ActionHeld { locks_at }),
            (None, false) if *at < locks_at => Err(Refusal::LockNotDue { locks_at }),
            (None, false) => Ok(()),
        },
        Clear { at } => match action.cleared_at {
            Some(cleared_at) if cleared_at <= *at => Ok(()),
            Some(_) | None => Err(Refusal::ClearNotDue),
        },
        // Whoever ends a hold, and be it the hold itself, makes way for the lock.
        Release if action.held && action.locked_at.is_none() => Ok(()),
        Approve
        | Modify(_)
        | Reverse { .. }
        | Restore
        | Reset
        | Hold { .. }
        | Release
        | Reattribute(_)
            if is_closed(action, at) =>
        {
            Err(Refusal::ActionLocked { locks_at })
        }
        Hold { .. } | Release => Ok(()),
        Reverse { reason } if reason.is_fraud() => Ok(()),
        Approve | Modify(_) | Reverse { .. } | Restore | Reset | Reattribute(_) if overdue => {
            Err(Refusal::ActionHeld { locks_at })
        }
        Approve | Modify(_) | Reverse { .. } | Restore | Reset | Reattribute(_) => Ok(()),
    }
}

/// Other values, if they are other values. Approval is withdrawn: it was given to the old ones.
fn modified(action: &Action, modify: &Modify, setting: &Setting<'_>) -> Result<Decision, Refusal> {
    let Modify { reason, allow_increase, change } = modify;
    let mut reasons = std::iter::once(*reason).chain(change.reasons());
    if let Some(reason) = reasons.find(|reason| !reason.applies_to_modify()) {
        return Err(Refusal::ReasonNotAllowed { reason, verb: Verb::Modify });
    }
    let may_raise = |own: Option<Reason>| *allow_increase && own.unwrap_or(*reason).may_increase();
    recounted(action, change, &may_raise, State::Pending, setting)
}

/// What a locked action would count as with other items. It stays as it is: the difference is an
/// entry of its own beside it, which may raise values for any reason, if it may at all.
pub fn corrected(
    action: &Action,
    change: &Change,
    may_increase: bool,
    setting: &Setting<'_>,
) -> Result<Decision, Refusal> {
    recounted(action, change, &|_| may_increase, State::Approved, setting)
}

/// Other items, if they count differently. Where one is left the action is in the state `open`.
fn recounted(
    action: &Action,
    change: &Change,
    may_raise: items::MayRaise<'_>,
    open: State,
    setting: &Setting<'_>,
) -> Result<Decision, Refusal> {
    if action.state == State::Reversed && !items::restores_one(change) {
        return Err(Refusal::ActionReversed);
    }
    let after = items::changed(action, change, may_raise, next_version(action)?)?;
    let state = if items::all_marked(&after) { State::Reversed } else { open };
    if items::count_the_same((action.state, &action.items.0), (state, &after)) {
        return Ok(Decision::Unchanged);
    }
    turned(action, state, after, setting)
}

/// Back to the values just before the reversal. If it came item by item, then to those before the
/// last of these steps.
fn restored(action: &Action, setting: &Setting<'_>) -> Result<Decision, Refusal> {
    turned(action, State::Pending, items::without_reversal(action), setting)
}

/// Values stay at nothing; only the reason may be another.
fn reversed_again(
    action: &Action,
    reason: Reason,
    setting: &Setting<'_>,
) -> Result<Decision, Refusal> {
    match setting.reversed_for {
        Some(known) if known != reason => Ok(Decision::Changed(stamped(action, setting)?)),
        Some(_) | None => Ok(Decision::Unchanged),
    }
}

/// Back to what was tracked.
fn reset(action: &Action, setting: &Setting<'_>) -> Result<Decision, Refusal> {
    let after = items::as_tracked(&action.items.0);
    if items::count_the_same((action.state, &action.items.0), (State::Pending, &after)) {
        return Ok(Decision::Unchanged);
    }
    turned(action, State::Pending, after, setting)
}

/// Keeps an action from locking.
fn held(action: &Action, reason: &str, setting: &Setting<'_>) -> Result<Decision, Refusal> {
    if action.held {
        return Ok(Decision::Unchanged);
    }
    let (hold_reason, ends) =
        (Some(reason.to_owned()), days_later(setting.terms.hold_days, setting.now));
    let stamped = stamped(action, setting)?;
    Ok(Decision::Changed(Action { held: true, hold_reason, held_until: Some(ends), ..stamped }))
}

/// Lets an action lock again; at once, if its date has passed.
fn released(action: &Action, setting: &Setting<'_>) -> Result<Decision, Refusal> {
    if !action.held {
        return Ok(Decision::Unchanged);
    }
    let stamped = stamped(action, setting)?;
    Ok(Decision::Changed(Action { held: false, hold_reason: None, held_until: None, ..stamped }))
}

/// Makes it final. The job may come twice.
fn locked(
    action: &Action,
    state: State,
    at: Instant,
    setting: &Setting<'_>,
) -> Result<Decision, Refusal> {
    if action.locked_at.is_some() {
        return Ok(Decision::Unchanged);
    }
    let cleared_at = Some(clears_at(setting.terms.clearing, setting.zone, at));
    let stamped = stamped(action, setting)?;
    Ok(Decision::Changed(Action { state, locked_at: Some(at), cleared_at, ..stamped }))
}

/// Lets the ledger say that the payout is due. The job may come twice.
fn cleared(action: &Action, setting: &Setting<'_>) -> Result<Decision, Refusal> {
    if action.cleared {
        return Ok(Decision::Unchanged);
    }
    Ok(Decision::Changed(Action { cleared: true, ..stamped(action, setting)? }))
}

/// The action in another state or with other items, and all that follows from it.
fn turned(
    action: &Action,
    state: State,
    items: Vec<Item>,
    setting: &Setting<'_>,
) -> Result<Decision, Refusal> {
    let rate = setting.terms.rate(action.event_type_id);
    let worth = items::worth(state, &items, rate, action.currency).ok_or(Refusal::OutOfRange)?;
    Ok(Decision::Changed(Action {
        state,
        sale_minor: worth.sale_minor,
        payout_minor: worth.payout_minor,
        items: Document(items),
        locks_at: locks_then(action, state, setting),
        ..stamped(action, setting)?
    }))
}

/// When it locks in that state. Only the open-ended rule moves a date: a decision brings it to the
/// next midnight, and taking the decision back takes it to the hard stop again.
fn locks_then(action: &Action, state: State, setting: &Setting<'_>) -> Instant {
    let rule = setting.terms.lock;
    match (rule, state) {
        (LockRule::After { .. }, State::Pending | State::Approved | State::Reversed) => {
            action.locks_at
        }
        (LockRule::OpenEnded, State::Pending) => {
            locks_at(rule, setting.zone, action.occurred_at, action.created_at)
        }
        (LockRule::OpenEnded, State::Approved | State::Reversed) => {
            next_midnight(setting.zone, setting.at).min(action.locks_at)
        }
    }
}

/// The same action, one version later.
pub(super) fn stamped(action: &Action, setting: &Setting<'_>) -> Result<Action, Refusal> {
    let version = next_version(action)?;
    Ok(Action { version, updated_at: setting.now, ..action.clone() })
}

fn next_version(action: &Action) -> Result<i64, Refusal> {
    action.version.checked_add(1).ok_or(Refusal::OutOfRange)
}
