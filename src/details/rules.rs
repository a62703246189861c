//! What may be done to an action now: asked of the rules that would decide about it.
//!
//! Each choice is put to the rules as a command that has nothing else against it: it changes no
//! amount, and names what is there. What they refuse it for is the action's state, or the time.

use super::model::Choice;
use crate::actions::model::{Action, Item, State};
use crate::actions::reasons::Reason;
use crate::actions::rules::{
    Change, Command, Credit, ItemOperation, Modify, Setting, Step, Target, decide,
};
use crate::adjustments::model::Kind;
use crate::adjustments::rules::open_to;

#[cfg(test)]
mod tests;

/// Why a caller may not, whatever the action's state; nothing where he may.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Withheld {
    /// Deciding about it.
    pub changing: Option<&'static str>,
    /// Crediting it to another partner.
    pub crediting: Option<&'static str>,
    /// Correcting what has locked.
    pub adjusting: Option<&'static str>,
}

/// Whether one thing may be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// What.
    pub choice: Choice,
    /// Why not, if not.
    pub code: Option<&'static str>,
    /// The only reasons it can be done for now, if not every one.
    pub reasons: Option<Vec<Reason>>,
}

/// Everything that may be done to an action, or not, for a caller.
pub fn allowed(action: &Action, setting: &Setting<'_>, withheld: Withheld) -> Vec<Allowed> {
    Choice::ALL.iter().map(|choice| one(*choice, action, setting, withheld)).collect()
}

fn one(choice: Choice, action: &Action, setting: &Setting<'_>, withheld: Withheld) -> Allowed {
    let withheld = match choice {
        Choice::Clawback | Choice::MakeGood => withheld.adjusting,
        Choice::Reattribute => withheld.crediting,
        Choice::Approve
        | Choice::Modify
        | Choice::RestoreItem
        | Choice::Reverse
        | Choice::Restore
        | Choice::Reset
        | Choice::Hold
        | Choice::Release => withheld.changing,
    };
    let none = |code| Allowed { choice, code, reasons: None };
    if withheld.is_some() {
        return none(withheld);
    }
    let refused = |command: Command| decide(action, &command, setting).err().map(|no| no.code());
    match choice {
        Choice::Approve => none(refused(Command::Approve)),
        Choice::Modify => none(refused(modify(Change::AmountDelta(0)))),
        Choice::RestoreItem => none(refused(modify(restoring(action)))),
        Choice::Reverse => reversing(action, setting),
        Choice::Restore => none(refused(Command::Restore)),
        Choice::Reset => none(refused(Command::Reset)),
        Choice::Hold => none(refused(Command::Hold { reason: String::new() })),
        Choice::Release => none(refused(Command::Release)),
        Choice::Reattribute => none(refused(crediting(action, setting))),
        Choice::Clawback => {
            none(open_to(Kind::Clawback, action, setting).err().map(|no| no.code()))
        }
        Choice::MakeGood => {
            none(open_to(Kind::MakeGood, action, setting).err().map(|no| no.code()))
        }
    }
}

/// For which reasons an action can be reversed: for every one, for some, or for none.
fn reversing(action: &Action, setting: &Setting<'_>) -> Allowed {
    let asked = |reason| decide(action, &Command::Reverse { reason }, setting);
    let refused = |reason| asked(reason).err().map(|no| no.code());
    let told: Vec<(Reason, Option<&'static str>)> =
        Reason::ALL.iter().map(|reason| (*reason, refused(*reason))).collect();
    let open = told.iter().filter(|(_, code)| code.is_none());
    let reasons: Vec<Reason> = open.map(|(reason, _)| *reason).collect();
    let code = told.iter().find_map(|(_, code)| *code).filter(|_| reasons.is_empty());
    let some = !reasons.is_empty() && reasons.len() < Reason::ALL.len();
    Allowed { choice: Choice::Reverse, code, reasons: some.then_some(reasons) }
}

/// A modification with nothing against its reason.
fn modify(change: Change) -> Command {
    Command::Modify(Modify { reason: Reason::OrderUpdate, allow_increase: false, change })
}

/// Credits the partner who is credited already.
fn crediting(action: &Action, setting: &Setting<'_>) -> Command {
    Command::Reattribute(Box::new(Credit {
        partner_company_id: action.partner_company_id,
        contract_id: action.contract_id,
        terms_id: action.terms_id,
        terms: setting.terms.clone(),
        attributed_by: action.attributed_by,
    }))
}

/// Restores an item that is reversed; where none is, the first one, which then is refused for that.
fn restoring(action: &Action) -> Change {
    let items = &action.items.0;
    let reversed = |item: &&Item| action.state == State::Reversed || item.reversed_in.is_some();
    let item = items.iter().find(reversed).or(items.first());
    let operation = |item: &Item| ItemOperation {
        target: Target::Id(item.id),
        step: Step::Restore,
        reason: None,
    };
    Change::Items(item.map(operation).into_iter().collect())
}
