//! By how much a locked action may still be corrected: pure, for single calls and batches alike.
//!
//! | asked                        | becomes   | the payout that is left                 |
//! |------------------------------|-----------|-----------------------------------------|
//! | less of the sale is left     | clawback  | what the terms pay for the rest         |
//! | more of the sale is left     | make-good | what the terms pay for it               |
//! | a lower payout, by an amount | clawback  | that much less                          |
//! | a higher payout              | make-good | that much more                          |
//!
//! The action itself stays as it locked. Adjustments build on each other: each begins with what the
//! one before has left, so that two returns of 60 % do not both pass. A clawback never makes the
//! payout more and a make-good never less, whatever was corrected by an amount before. What is left
//! is never below zero, nor above what was tracked, or locked where that was more.
//!
//! Clawing back takes the contract's word, and its days; making good takes neither.

use crate::actions::model::Action;
use crate::actions::rules::{Change, Decision, Setting, corrected};
use crate::contracts::model::AfterLock;
use crate::contracts::rules::days_later;
use crate::kernel::money::Money;
use crate::kernel::time::Instant;

use super::model::{Adjustment, Kind};

#[cfg(test)]
mod tests;

/// What somebody wants corrected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Correction {
    /// What was sold; the payout follows by the terms.
    Sale(Change),
    /// The payout alone, by so many minor units.
    Payout(i64),
}

impl Correction {
    /// What it makes different of the items, if it does.
    pub fn change(&self) -> Option<&Change> {
        match self {
            Self::Sale(change) => Some(change),
            Self::Payout(_) => None,
        }
    }
}

/// A correction that may be made: what was left before it, and what is left after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjusted {
    /// Which way it goes.
    pub kind: Kind,
    /// The action with what was left before.
    pub before: Action,
    /// The action with what is left after.
    pub after: Action,
}

/// Why an action is not corrected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It can still be changed itself.
    #[error("the action is not locked; until {locks_at} it is changed itself")]
    NotLocked {
        /// When it locks.
        locks_at: Instant,
    },
    /// The contract does not let the brand claw back.
    #[error("the contract's terms forbid clawbacks")]
    ClawbackForbidden,
    /// The contract let the brand claw back, until then.
    #[error("it could be clawed back until {until}")]
    ClawbackOver {
        /// Since when it cannot.
        until: Instant,
    },
    /// More was asked for than the action was worth.
    #[error("a payout of {left} is left, and it can be from zero to {most}")]
    ExceedsDue {
        /// The payout that is left.
        left: Money,
        /// The most there can be.
        most: Money,
    },
    /// Everything is already as asked.
    #[error("nothing would be different")]
    NothingToAdjust,
    /// The items say no.
    #[error(transparent)]
    Items(#[from] crate::actions::rules::Refusal),
}

impl Refusal {
    /// The codes of this feature's own refusals.
    pub const CODES: &'static [&'static str] = &[
        "action_not_locked",
        "clawback_forbidden",
        "clawback_over",
        "exceeds_due",
        "nothing_to_adjust",
    ];

    /// The stable code of this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotLocked { .. } => "action_not_locked",
            Self::ClawbackForbidden => "clawback_forbidden",
            Self::ClawbackOver { .. } => "clawback_over",
            Self::ExceedsDue { .. } => "exceeds_due",
            Self::NothingToAdjust => "nothing_to_adjust",
            Self::Items(refusal) => refusal.code(),
        }
    }
}

impl From<Refusal> for crate::error::Error {
    fn from(refusal: Refusal) -> Self {
        Self::refused(refusal.code(), refusal.to_string())
    }
}

/// Decides about one correction of an action that has been adjusted before, or not.
pub fn adjust(
    action: &Action,
    last: Option<&Adjustment>,
    correction: &Correction,
    setting: &Setting<'_>,
) -> Result<Adjusted, Refusal> {
    let locks_at = action.locks_at;
    let locked_at = action.locked_at.ok_or(Refusal::NotLocked { locks_at })?;
    let before = standing(action, last);
    let after = match correction {
        Correction::Sale(change) => match corrected(&before, change, setting)? {
            Decision::Changed(after) => after,
            Decision::Unchanged => return Err(Refusal::NothingToAdjust),
        },
        Correction::Payout(0) => return Err(Refusal::NothingToAdjust),
        Correction::Payout(delta) => paid(action, &before, *delta)?,
    };
    let lowers = (after.sale_minor, after.payout_minor) < (before.sale_minor, before.payout_minor);
    let (kind, payout_minor) = match lowers {
        true => (Kind::Clawback, after.payout_minor.min(before.payout_minor)),
        false => (Kind::MakeGood, after.payout_minor.max(before.payout_minor)),
    };
    let after = Action { payout_minor, ..after };
    match kind {
        Kind::Clawback => may_claw_back(locked_at, setting)?,
        Kind::MakeGood if after.payout_minor > action.most_payout() => {
            return Err(exceeds(action, &before));
        }
        Kind::MakeGood => {}
    }
    Ok(Adjusted { kind, before, after })
}

/// The action with what its adjustments have left of it. Its version counts them too, so that what is
/// taken back last is what was taken last.
pub fn standing(action: &Action, last: Option<&Adjustment>) -> Action {
    let Some(last) = last else { return action.clone() };
    Action {
        state: last.state,
        sale_minor: last.sale_minor,
        payout_minor: last.payout_minor,
        items: last.items.clone(),
        version: action.version.saturating_add(last.sequence),
        ..action.clone()
    }
}

/// The payout alone is another one.
fn paid(action: &Action, before: &Action, delta: i64) -> Result<Action, Refusal> {
    let payout = before.payout_minor.checked_add(delta);
    match payout.filter(|payout| (0..=action.most_payout()).contains(payout)) {
        Some(payout_minor) => Ok(Action { payout_minor, ..before.clone() }),
        None => Err(exceeds(action, before)),
    }
}

fn exceeds(action: &Action, before: &Action) -> Refusal {
    let money = |minor| Money::of(minor, action.currency);
    Refusal::ExceedsDue { left: money(before.payout_minor), most: money(action.most_payout()) }
}

/// Whether an action can be adjusted this way, as far as its lock and its terms decide.
pub fn open_to(kind: Kind, action: &Action, setting: &Setting<'_>) -> Result<(), Refusal> {
    let not_locked = Refusal::NotLocked { locks_at: action.locks_at };
    let locked_at = action.locked_at.ok_or(not_locked)?;
    match kind {
        Kind::Clawback => may_claw_back(locked_at, setting),
        Kind::MakeGood => Ok(()),
    }
}

/// Whether the terms let the brand claw back, and still do.
fn may_claw_back(locked_at: Instant, setting: &Setting<'_>) -> Result<(), Refusal> {
    match setting.terms.after_lock {
        AfterLock::Forbid => Err(Refusal::ClawbackForbidden),
        AfterLock::Clawback => {
            let until = days_later(setting.terms.clawback_days, locked_at);
            if setting.at < until { Ok(()) } else { Err(Refusal::ClawbackOver { until }) }
        }
    }
}
