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
//! Clawing back takes the contract's word, and its days; making good takes neither. But a make-good
//! beyond the program's limit takes a second person, and until that one approves has no effect:
//!
//! | from     | by      | to       | who                                |
//! |----------|---------|----------|------------------------------------|
//! | –        | adjust  | proposed | whoever may adjust                 |
//! | proposed | approve | made     | a manager who did not propose it   |
//! | proposed | decline | declined | any manager, its proposer too      |

use serde::{Deserialize, Serialize};

use crate::actions::model::Action;
use crate::actions::rules::{Change, Decision, Setting, corrected};
use crate::contracts::model::AfterLock;
use crate::contracts::rules::days_later;
use crate::events::model::Doer;
use crate::kernel::id::UserId;
use crate::kernel::money::{Currency, Money};
use crate::kernel::time::Instant;

use super::model::{Adjustment, Either, Kind, Proposal, Status};

#[cfg(test)]
mod tests;

/// What somebody wants corrected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Correction {
    /// What was sold; the payout follows by the terms.
    Sale(Change),
    /// What was sold, some of which came back: no item can be more than it was.
    Return(Change),
    /// The payout alone, by so many minor units.
    Payout(i64),
}

impl Correction {
    /// What it makes different of the items, if it does.
    pub fn change(&self) -> Option<&Change> {
        match self {
            Self::Sale(change) | Self::Return(change) => Some(change),
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
    /// It counts already, or was declined.
    #[error("the adjustment is {0}; it can no longer be answered")]
    Answered(Status),
    /// Whoever approves must be another one.
    #[error("the adjustment is your own; a second person approves it")]
    OwnProposal,
    /// What was adjusted in the meantime makes it another one.
    #[error("it would change the payout by {now}, and {then} was proposed; decline it")]
    ProposalOutdated {
        /// By how much it was to change the payout.
        then: Money,
        /// By how much it would now.
        now: Money,
    },
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
        "adjustment_answered",
        "own_proposal",
        "proposal_outdated",
    ];

    /// The stable code of this refusal.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotLocked { .. } => "action_not_locked",
            Self::ClawbackForbidden => "clawback_forbidden",
            Self::ClawbackOver { .. } => "clawback_over",
            Self::ExceedsDue { .. } => "exceeds_due",
            Self::NothingToAdjust => "nothing_to_adjust",
            Self::Answered(_) => "adjustment_answered",
            Self::OwnProposal => "own_proposal",
            Self::ProposalOutdated { .. } => "proposal_outdated",
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
        Correction::Sale(change) => sold(&before, change, true, setting)?,
        Correction::Return(change) => sold(&before, change, false, setting)?,
        Correction::Payout(0) => return Err(Refusal::NothingToAdjust),
        Correction::Payout(delta) => paid(action, &before, *delta)?,
    };
    let (kind, payout_minor) = match lowers(correction, &before, &after) {
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

/// Whether somebody gives back by it. A return does, even where what came back was worth nothing.
fn lowers(correction: &Correction, before: &Action, after: &Action) -> bool {
    match correction {
        Correction::Return(_) => true,
        Correction::Sale(_) | Correction::Payout(_) => {
            (after.sale_minor, after.payout_minor) < (before.sale_minor, before.payout_minor)
        }
    }
}

/// Something else was sold.
fn sold(
    before: &Action,
    change: &Change,
    may_increase: bool,
    setting: &Setting<'_>,
) -> Result<Action, Refusal> {
    match corrected(before, change, may_increase, setting)? {
        Decision::Changed(after) => Ok(after),
        Decision::Unchanged => Err(Refusal::NothingToAdjust),
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

/// Whether an adjustment takes a second person, by its program's limit. What is counted in another
/// currency than the limit is beyond any.
pub fn takes_two(adjustment: &Adjustment, currency: Currency, limit: Option<Money>) -> bool {
    match (adjustment.kind, limit) {
        (Kind::Clawback, _) | (Kind::MakeGood, None) => false,
        (Kind::MakeGood, Some(limit)) => {
            let beyond = currency != limit.currency || adjustment.payout_delta_minor > limit.minor;
            adjustment.payout_delta_minor > 0 && beyond
        }
    }
}

/// The proposal, if it can still be answered.
pub fn open(adjustment: Either) -> Result<Proposal, Refusal> {
    match adjustment {
        Either::Made(_) => Err(Refusal::Answered(Status::Made)),
        Either::Proposed(proposal) => match proposal.status {
            Status::Proposed => Ok(proposal),
            Status::Made | Status::Declined => Err(Refusal::Answered(proposal.status)),
        },
    }
}

/// The user who approves a proposal, who must not have had a hand in it: neither as user nor as
/// delegate, nor by a key of his.
pub fn second(proposal: &Proposal, doer: Doer) -> Result<UserId, Refusal> {
    let makers = [proposal.user_id, proposal.delegate_user_id, proposal.maker_user_id];
    let own = |one: &UserId| makers.contains(&Some(*one));
    let mut hands = [doer.user_id, doer.delegate_user_id].into_iter().flatten();
    match (doer.user_id, hands.any(|one| own(&one))) {
        (Some(user), false) => Ok(user),
        (Some(_), true) | (None, _) => Err(Refusal::OwnProposal),
    }
}

/// The proposal as it becomes an adjustment now, if that is what was proposed.
pub fn approved(
    proposal: &Proposal,
    adjustment: &Adjustment,
    currency: Currency,
) -> Result<Proposal, Refusal> {
    let money = |minor| Money::of(minor, currency);
    let said = (proposal.kind, proposal.sale_delta_minor, proposal.payout_delta_minor);
    if said != (adjustment.kind, adjustment.sale_delta_minor, adjustment.payout_delta_minor) {
        let (then, now) = (proposal.payout_delta_minor, adjustment.payout_delta_minor);
        return Err(Refusal::ProposalOutdated { then: money(then), now: money(now) });
    }
    let (by, at) = (adjustment.approved_by_user_id, adjustment.at);
    Ok(decided(proposal, Status::Made, by, at))
}

/// The proposal as it is declined.
pub fn declined(proposal: &Proposal, doer: Doer, reason: String, now: Instant) -> Proposal {
    let decline_reason = Some(reason);
    Proposal { decline_reason, ..decided(proposal, Status::Declined, doer.user_id, now) }
}

fn decided(proposal: &Proposal, status: Status, by: Option<UserId>, at: Instant) -> Proposal {
    Proposal {
        status,
        decided_by_user_id: by,
        decided_at: Some(at),
        version: proposal.version.saturating_add(1),
        ..proposal.clone()
    }
}
