//! What lines do beside an action that has locked, where its terms let the brand claw back: pure.
//!
//! | line                              | becomes                                           |
//! |-----------------------------------|---------------------------------------------------|
//! | reverse                           | a clawback of all that is left                    |
//! | modify, or items, to less         | a clawback of the difference                      |
//! | the same to more than is left     | `exceeds_remaining`                               |
//! | approve, restore, reset           | `action_locked`: what has locked is made good     |
//! | an increase, said to be one       | `action_locked`, likewise                         |
//!
//! Each line meets what the adjustment before it has left. By how much, whether still, and whether at
//! all, the rule of adjustments says; this is only how the words of lines are put to it.

use super::command;
use super::line::LineFault;
use super::model::LineCode;
use super::rules::rises;
use crate::actions::model::{Action, State, Verb};
use crate::actions::reasons::Reason;
use crate::actions::rules::{
    Change, Command, ItemOperation, Modify, Refusal, Setting, Step, Target, Why,
};
use crate::adjustments::entry::kept;
use crate::adjustments::model::{Adjustment, Kind};
use crate::adjustments::rules::{Adjusted, Correction, Refusal as NotAdjusted, adjust, standing};
use crate::kernel::id::UpdateId;

/// An action that has locked, and the last adjustment beside it.
#[derive(Debug, Clone)]
pub struct Beside<'a> {
    action: &'a Action,
    last: Option<Adjustment>,
}

impl<'a> Beside<'a> {
    /// As it stands before the first line.
    pub fn new(action: &'a Action, last: Option<Adjustment>) -> Self {
        Self { action, last }
    }

    /// What is left of the action.
    pub fn left(&self) -> Action {
        standing(self.action, self.last.as_ref())
    }

    /// What is left of `left` after a command; nothing if nothing would be different.
    pub fn decide(
        &self,
        left: &Action,
        command: &Command,
        setting: &Setting<'_>,
    ) -> Result<Option<Action>, LineFault> {
        let refused = |refusal: Refusal| command::fault_of(&refusal);
        let Some(correction) = correction(left, command).map_err(refused)? else {
            return Ok(None);
        };
        match adjust(self.action, self.last.as_ref(), &correction, setting) {
            Ok(Adjusted { after, .. }) if rises(left, &after) => Err(refused(locked(left))),
            Ok(Adjusted { after, .. }) => Ok(Some(after)),
            Err(NotAdjusted::NothingToAdjust) => Ok(None),
            Err(refusal) => Err(fault_of(&refusal, left)),
        }
    }

    /// Keeps what was decided as the next adjustment, and gives it.
    pub fn enter(&mut self, left: &Action, after: Action, id: UpdateId, why: &Why) -> Adjustment {
        let adjusted = Adjusted { kind: Kind::Clawback, before: left.clone(), after };
        // Reverse and modify never come without one.
        let reason = why.reason.unwrap_or(Reason::Other);
        let adjustment = kept(id, self.last.as_ref(), &adjusted, (reason, why), None);
        self.last = Some(adjustment.clone());
        adjustment
    }
}

/// What a command asks to be corrected; nothing if nothing is left that it could be about.
fn correction(left: &Action, command: &Command) -> Result<Option<Correction>, Refusal> {
    match command {
        Command::Approve
        | Command::Restore
        | Command::Reset
        | Command::Hold { .. }
        | Command::Release
        | Command::Lock { .. }
        | Command::Clear { .. }
        | Command::Reattribute(_) => Err(locked(left)),
        Command::Reverse { .. } => Ok(match left.state {
            State::Reversed => None,
            State::Pending | State::Approved => Some(Correction::Return(everything(left))),
        }),
        Command::Modify(Modify { reason, .. }) if !reason.applies_to_modify() => {
            Err(Refusal::ReasonNotAllowed { reason: *reason, verb: Verb::Modify })
        }
        Command::Modify(Modify { change, .. }) if restores(change) => Err(locked(left)),
        Command::Modify(Modify { reason, allow_increase, change }) => {
            let means_more = *allow_increase && reason.may_increase();
            let change = change.clone();
            Ok(Some(if means_more { Correction::Sale(change) } else { Correction::Return(change) }))
        }
    }
}

/// All that is left comes back.
fn everything(left: &Action) -> Change {
    let step = |id| ItemOperation { target: Target::Id(id), step: Step::Reverse, reason: None };
    Change::Items(left.items.0.iter().map(|item| step(item.id)).collect())
}

/// Whether a change brings an item back.
fn restores(change: &Change) -> bool {
    match change {
        Change::Amount(_) | Change::AmountDelta(_) => false,
        Change::Items(steps) => steps.iter().any(|step| step.step == Step::Restore),
    }
}

fn locked(action: &Action) -> Refusal {
    Refusal::ActionLocked { locks_at: action.locks_at }
}

/// A refusal of the rule of adjustments, as the code of a line.
fn fault_of(refusal: &NotAdjusted, left: &Action) -> LineFault {
    let code = match refusal {
        NotAdjusted::Items(refusal) => return command::fault_of(refusal),
        NotAdjusted::ClawbackForbidden => LineCode::ActionLocked,
        NotAdjusted::ClawbackOver { .. } => LineCode::ClawbackOver,
        // More than there can be is more than there was.
        NotAdjusted::ExceedsDue { .. } => return command::fault_of(&locked(left)),
        // Only what has locked comes here, what would not differ is no fault, and nobody is asked.
        NotAdjusted::NotLocked { .. }
        | NotAdjusted::NothingToAdjust
        | NotAdjusted::Answered(_)
        | NotAdjusted::OwnProposal
        | NotAdjusted::ProposalOutdated { .. } => LineCode::InternalError,
    };
    LineFault::new(code, refusal.to_string())
}
