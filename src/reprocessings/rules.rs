//! What attribution says of an action now, and what becomes of it: pure.

use std::collections::HashMap;

use jiff::SignedDuration;

use super::model::{Mode, Outcome, Reprocessing, Status};
use crate::actions::model::{Action, AttributedBy, State};
use crate::actions::rules::{Command, Credit, Decision, Refusal as ActionRefusal, Setting};
use crate::actions::rules::{decide, is_closed};
use crate::codes::model::Whole;
use crate::codes::rules::credited;
use crate::kernel::id::{CompanyId, ReferralCodeId};
use crate::kernel::time::{Instant, Zone};

#[cfg(test)]
mod tests;

/// How long a dry run may be looked at before it is applied.
pub const FRESH: SignedDuration = SignedDuration::from_hours(24);

/// Why a reprocessing is not started, or not stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Its results are not all there.
    #[error("the dry run is {0}, not completed")]
    DryRunNotCompleted(Status),
    /// It was of other actions, or no dry run.
    #[error("the dry run is of another selection, or is none")]
    DryRunDiffers,
    /// Too much may have happened since.
    #[error("the dry run was completed at {0}, more than 24 hours ago")]
    DryRunTooOld(Instant),
    /// It has ended already.
    #[error("a reprocessing that is {0} cannot be cancelled")]
    Over(Status),
}

crate::refusal_codes!(Refusal {
    DryRunNotCompleted(..) => "dry_run_not_completed",
    DryRunDiffers => "dry_run_differs",
    DryRunTooOld(..) => "dry_run_too_old",
    Over(..) => "reprocessing_over",
});

/// Whether a reprocessing may be applied after this dry run: one of the same actions, completed, and
/// not too long ago.
pub fn may_apply(asked: &Reprocessing, dry: &Reprocessing, now: Instant) -> Result<(), Refusal> {
    let selection = |one: &Reprocessing| {
        let narrowed = (one.event_type_id, one.partner_company_id);
        (one.program_id, narrowed, one.occurred_after, one.occurred_before)
    };
    if dry.mode != Mode::DryRun || selection(asked) != selection(dry) {
        return Err(Refusal::DryRunDiffers);
    }
    match (dry.status, dry.completed_at) {
        (Status::Completed, Some(at)) if now <= at.plus(FRESH) => Ok(()),
        (Status::Completed, Some(at)) => Err(Refusal::DryRunTooOld(at)),
        (Status::Completed, None) => Err(Refusal::DryRunNotCompleted(dry.status)),
        (Status::Received | Status::Processing | Status::Cancelled, _) => {
            Err(Refusal::DryRunNotCompleted(dry.status))
        }
    }
}

/// Who ought to be credited: the partner that was named, or whoever had the code when the order was
/// placed, as that is known now.
pub fn attribute(
    action: &Action,
    codes: &HashMap<ReferralCodeId, Whole>,
) -> Option<(CompanyId, AttributedBy)> {
    match action.attributed_by {
        AttributedBy::Partner => Some((action.partner_company_id, AttributedBy::Partner)),
        AttributedBy::Code => {
            let whole = action.code_id.and_then(|id| codes.get(&id));
            let owner = whole.and_then(|whole| credited(whole, action.occurred_at));
            owner.map(|partner| (partner, AttributedBy::Code))
        }
    }
}

/// Why nobody can be credited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uncredited {
    /// The code was nobody's then.
    UnknownCode,
    /// Its owner had no contract then.
    NoContract,
}

impl Uncredited {
    /// The same code as tracking has for it.
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownCode => "unknown_code",
            Self::NoContract => "no_contract",
        }
    }
}

/// What becomes of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// In a word.
    pub outcome: Outcome,
    /// Why it was skipped or rejected.
    pub code: Option<&'static str>,
    /// The action as it is then, if it changes.
    pub after: Option<Action>,
}

/// When a decision is made, and where days begin.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// The program's zone.
    pub zone: &'a Zone,
    /// By which moment it is told whether an action is closed.
    pub at: Instant,
    /// The present.
    pub now: Instant,
}

/// Judges one action by the rule of single calls.
pub fn judge(action: &Action, credit: Result<Credit, Uncredited>, moment: Moment<'_>) -> Judged {
    let stays = |outcome, code| Judged { outcome, code, after: None };
    if is_closed(action, moment.at) {
        let locked = ActionRefusal::ActionLocked { locks_at: action.locks_at };
        return stays(Outcome::Skipped, Some(locked.code()));
    }
    let credit = match credit {
        Ok(credit) => credit,
        Err(why) => return stays(Outcome::Rejected, Some(why.code())),
    };
    // Other terms of the same partner take no reversal back: it earns nothing by any of them.
    let same_partner = credit.partner_company_id == action.partner_company_id;
    if same_partner && action.state == State::Reversed {
        return stays(Outcome::Unchanged, None);
    }
    let terms = credit.terms.clone();
    let Moment { zone, at, now } = moment;
    let setting = Setting { terms: &terms, zone, at, now, reversed_for: None };
    match decide(action, &Command::Reattribute(Box::new(credit)), &setting) {
        Ok(Decision::Changed(after)) => {
            Judged { outcome: Outcome::Reattributed, code: None, after: Some(after) }
        }
        Ok(Decision::Unchanged) => stays(Outcome::Unchanged, None),
        Err(refusal) => stays(Outcome::Rejected, Some(refusal.code())),
    }
}
