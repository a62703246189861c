//! What the lines of a batch do to one action, one after the other: pure, and the same for a real
//! run and a dry one.
//!
//! Each line meets the action as the line before left it. Absolute values replace each other, the
//! later wins; relative ones add up. A line equal to an earlier one in all but its note is a
//! duplicate, a reference that was used is used up, and nobody does more than he may.

use std::borrow::Cow;
use std::collections::HashMap;

use super::beside::Beside;
use super::command;
use super::formats::FileFault;
use super::line::{Figures, ItemChange, Line, LineFault};
use super::model::{FileCode, LineCode, Mode, Operation, Outcome, Warning};
use super::references::Reference;
use super::rows::{Authority, Claim, whole_action};
use crate::actions::model::{Action, Channel, State, Update};
use crate::actions::reasons::Reason;
use crate::actions::rules::{Command, Decision, Setting, Why, decide, entry};
use crate::adjustments::model::Adjustment;
use crate::events::model::Doer;
use crate::kernel::id::{AdjustmentId, CompanyId, ItemId, ReversalId, UpdateId};

/// A line and its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbered {
    /// The number of its record.
    pub number: i32,
    /// What it says.
    pub line: Line,
}

/// What all lines of a batch have in common.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// The batch.
    pub reversal: ReversalId,
    /// The brand that submitted it, or for which it was submitted.
    pub company: CompanyId,
    /// What the submitter may do.
    pub authority: &'a Authority,
    /// Who submitted it.
    pub doer: Doer,
    /// The door it came through.
    pub channel: Channel,
}

/// The most lines of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MostLines {
    /// Of any: where each of them lies is kept in memory while the batch is worked off.
    pub at_all: u32,
    /// Of one that is done all or nothing, in one transaction.
    pub at_once: u32,
}

/// What is wrong with a batch that has more lines than one may have.
pub fn too_many_lines(mode: Mode, lines: usize, most: MostLines) -> Option<FileFault> {
    let (which, most) = match mode {
        Mode::AllOrNothing if most.at_once < most.at_all => {
            ("a batch that is done all or nothing", most.at_once)
        }
        Mode::AllOrNothing | Mode::BestEffort | Mode::DryRun => ("a batch", most.at_all),
    };
    let fits = u32::try_from(lines).is_ok_and(|lines| lines <= most);
    let detail = || format!("{which} has at most {most} lines");
    (!fits).then(|| FileFault::new(FileCode::TooManyLines, detail(), None))
}

/// References used up so far, with the digest of what was asked for under them.
pub type Claims = HashMap<(String, ItemId), Vec<u8>>;

/// What became of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Which line.
    pub number: i32,
    /// What it asked for, if it could be read.
    pub operation: Option<Operation>,
    /// What became of it.
    pub outcome: Outcome,
    /// What was wrong with it.
    pub code: Option<LineCode>,
    /// The same for people, or which line it repeats.
    pub detail: Option<String>,
    /// The version it gave the action.
    pub version: Option<i64>,
    /// What it became beside an action that had locked.
    pub adjustment: Option<AdjustmentId>,
    /// What is worth knowing.
    pub warnings: Vec<Warning>,
}

/// What the lines of one action come to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Folded {
    /// The action after them; absent if nothing changed.
    pub after: Option<Action>,
    /// The entries for its ledger, one for each applied line.
    pub entries: Vec<Update>,
    /// Instead of them, if it had locked: what was adjusted beside it.
    pub adjustments: Vec<Adjustment>,
    /// The references that were used up.
    pub claims: Vec<Claim>,
    /// One verdict for each line, in the same order.
    pub verdicts: Vec<Verdict>,
}

/// Why an action is not the submitter's to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hidden {
    /// For the submitter it does not exist.
    Unknown,
    /// It can be seen, from the other side: the company is paid for it.
    OtherSide,
}

impl Hidden {
    /// Whether an action is hidden from a run, and how.
    pub fn of(action: &Action, run: Run<'_>) -> Option<Self> {
        if action.company_id == run.company {
            return Some(Self::Unknown).filter(|_| !run.authority.admits(action));
        }
        // Who submits for another company learns nothing of what pays that one.
        let own = run.authority.grantee.is_none();
        let paid = own && action.partner_company_id == run.company;
        Some(if paid { Self::OtherSide } else { Self::Unknown })
    }

    /// What becomes of lines about such an action.
    pub fn folded(self, lines: &[Numbered]) -> Folded {
        let verdicts = lines.iter().map(|Numbered { number, line }| {
            let fault = match self {
                Self::Unknown => not_found(line),
                Self::OtherSide => {
                    let detail = "the action is another company's, which pays yours for it";
                    LineFault::new(LineCode::Forbidden, detail)
                }
            };
            rejected(*number, Some(line.operation), fault)
        });
        let verdicts = verdicts.collect();
        Folded { verdicts, ..Folded::default() }
    }
}

/// Does the lines of one action, in order; it must not be [`Hidden`]. `id` makes the ids of ledger
/// entries.
pub fn fold(
    action: &Action,
    lines: &[Numbered],
    run: Run<'_>,
    setting: Setting<'_>,
    (claimed, id): (Claims, &mut dyn FnMut() -> UpdateId),
) -> Folded {
    let fold = Fold::new(action.clone(), None, (run, setting), claimed).through(lines, id);
    let changed = fold.current.version != action.version;
    Folded { after: changed.then_some(fold.current), ..fold.folded }
}

/// The same beside an action that has locked: it stays as it is.
pub fn fold_beside(
    beside: Beside<'_>,
    lines: &[Numbered],
    run: Run<'_>,
    setting: Setting<'_>,
    (claimed, id): (Claims, &mut dyn FnMut() -> UpdateId),
) -> Folded {
    let left = beside.left();
    Fold::new(left, Some(beside), (run, setting), claimed).through(lines, id).folded
}

/// The verdict on a line with a fault.
pub fn rejected(number: i32, operation: Option<Operation>, fault: LineFault) -> Verdict {
    let (code, detail) = (Some(fault.code), Some(fault.detail));
    Verdict { code, detail, ..Verdict::plain(number, operation, Outcome::Rejected) }
}

impl Verdict {
    /// Nothing but what became of a line.
    pub fn plain(number: i32, operation: Option<Operation>, outcome: Outcome) -> Self {
        let (code, detail, version, adjustment) = (None, None, None, None);
        let warnings = Vec::new();
        Self { number, operation, outcome, code, detail, version, adjustment, warnings }
    }
}

struct Fold<'a> {
    run: Run<'a>,
    setting: Setting<'a>,
    /// The action as the lines so far have left it.
    current: Action,
    /// What is adjusted, if it has locked.
    beside: Option<Beside<'a>>,
    claimed: Claims,
    /// Lines since the last change, and the one that made it, without their notes; and the number of
    /// the first that said so.
    seen: HashMap<Line, i32>,
    /// The same of all lines that have a return's own id: they stay that return, whatever changes.
    returns: HashMap<Line, i32>,
    /// The verdict on the last applied line that set an absolute value, for each target.
    absolute: HashMap<ItemId, usize>,
    folded: Folded,
}

impl<'a> Fold<'a> {
    fn new(
        current: Action,
        beside: Option<Beside<'a>>,
        (run, setting): (Run<'a>, Setting<'a>),
        claimed: Claims,
    ) -> Self {
        Self {
            run,
            setting,
            current,
            beside,
            claimed,
            seen: HashMap::new(),
            returns: HashMap::new(),
            absolute: HashMap::new(),
            folded: Folded::default(),
        }
    }

    /// Goes through all lines.
    fn through(mut self, lines: &[Numbered], id: &mut dyn FnMut() -> UpdateId) -> Self {
        for numbered in lines {
            let verdict = match self.take(numbered, id) {
                Ok(verdict) => verdict,
                Err(fault) => rejected(numbered.number, Some(numbered.line.operation), fault),
            };
            if lines.len() > 1 {
                self.remember(numbered, verdict.outcome);
            }
            self.folded.verdicts.push(verdict);
        }
        self
    }

    fn take(
        &mut self,
        numbered: &Numbered,
        id: &mut dyn FnMut() -> UpdateId,
    ) -> Result<Verdict, LineFault> {
        let line = &numbered.line;
        if let Some(first) = self.repeated_by(line) {
            let verdict = self.leaves(numbered, Outcome::DuplicateOfLine, vec![]);
            return Ok(Verdict { detail: Some(format!("equal to line {first}")), ..verdict });
        }
        let item = command::item_id(&self.current, line.item.as_ref());
        // An item that is named and not found is refused below, as what it is.
        let found = line.item.is_none() || item.is_some();
        let target = item.unwrap_or_else(whole_action);
        let reference = Reference::of(line, target).filter(|_| found);
        if self.is_used_up(reference.as_ref())? {
            return Ok(self.leaves(numbered, Outcome::Unchanged, vec![]));
        }
        if found && line.reverses_by_zero_amount() && self.was_tracked_at_zero(item) {
            return Ok(self.leaves(numbered, Outcome::Unchanged, vec![Warning::TrackedAtZero]));
        }
        let rest = self.without_nothings(line);
        let mut warnings = match rest.items.len() < line.items.len() {
            true if rest.items.is_empty() => {
                let warnings = vec![Warning::TrackedAtZero];
                return Ok(self.leaves(numbered, Outcome::Unchanged, warnings));
            }
            true => vec![Warning::TrackedAtZero],
            false => vec![],
        };
        let (command, reason) = command::of(&self.current, &rest)?;
        let Some(after) = self.decide(&command)? else {
            return Ok(self.leaves(numbered, Outcome::Unchanged, warnings));
        };
        self.may(&command, &after)?;
        let version = Some(after.version).filter(|_| self.beside.is_none());
        let adjustment = self.enter(numbered, (&command, reason), after, id());
        warnings.extend(adjustment.map(|_| Warning::ClawedBack));
        self.claim(reference);
        self.overtake(line, target);
        Ok(Verdict { version, adjustment, ..self.leaves(numbered, Outcome::Applied, warnings) })
    }

    /// The action after a command, or what is left of it; nothing if nothing is different.
    fn decide(&self, command: &Command) -> Result<Option<Action>, LineFault> {
        if let Some(beside) = &self.beside {
            return beside.decide(&self.current, command, &self.setting);
        }
        match decide(&self.current, command, &self.setting) {
            Ok(Decision::Changed(after)) => Ok(Some(after)),
            Ok(Decision::Unchanged) => Ok(None),
            Err(refusal) => Err(command::fault_of(&refusal)),
        }
    }

    /// The line without those of several items that an amount of 0 leaves alone.
    fn without_nothings<'l>(&self, line: &'l Line) -> Cow<'l, Line> {
        let is_nothing = |change: &ItemChange| {
            let item = command::item_id(&self.current, Some(&change.item));
            change.reverses_by_zero_amount()
                && item.is_some_and(|item| self.was_tracked_at_zero(Some(item)))
        };
        if !line.items.iter().any(is_nothing) {
            return Cow::Borrowed(line);
        }
        let mut rest = line.clone();
        rest.items.retain(|change| !is_nothing(change));
        Cow::Owned(rest)
    }

    /// A verdict that leaves the action as it is.
    fn leaves(&self, numbered: &Numbered, outcome: Outcome, warnings: Vec<Warning>) -> Verdict {
        let (number, operation) = (numbered.number, Some(numbered.line.operation));
        Verdict { warnings, ..Verdict::plain(number, operation, outcome) }
    }

    /// Whether the same was done under this reference before; an error if something else was.
    fn is_used_up(&self, reference: Option<&Reference>) -> Result<bool, LineFault> {
        let known = reference.and_then(|reference| {
            self.claimed.get(&reference.key).map(|digest| (reference, digest))
        });
        match known {
            None => Ok(false),
            Some((reference, digest)) if *digest == reference.digest => Ok(true),
            Some((reference, _)) => {
                let detail = format!("{} was applied before with other values", reference.key.0);
                Err(LineFault::new(LineCode::ExternalRefConflict, detail))
            }
        }
    }

    /// The number of the line that this one repeats: an equal one, and nothing has changed since.
    fn repeated_by(&self, line: &Line) -> Option<i32> {
        let known = if line.external_ref.is_some() { &self.returns } else { &self.seen };
        if known.is_empty() || line.is_repeatable() {
            return None;
        }
        known.get(&Line { note: None, ..line.clone() }).copied()
    }

    /// Keeps a line for those that may repeat it. What was rejected is not repeated but corrected, and
    /// after a change the same words mean something else.
    fn remember(&mut self, Numbered { number, line }: &Numbered, outcome: Outcome) {
        match outcome {
            Outcome::Rejected | Outcome::DuplicateOfLine => return,
            Outcome::Applied => self.seen.clear(),
            Outcome::Unchanged => {}
        }
        let known = if line.external_ref.is_some() { &mut self.returns } else { &mut self.seen };
        known.insert(Line { note: None, ..line.clone() }, *number);
    }

    fn was_tracked_at_zero(&self, item: Option<ItemId>) -> bool {
        match item {
            None => self.current.tracked_sale_minor == 0,
            Some(id) => self
                .current
                .items
                .0
                .iter()
                .any(|item| item.id == id && item.tracked_amount_minor == 0),
        }
    }

    /// Whether the submitter may do this: anybody may lower, not everybody may raise, nor claw back.
    fn may(&self, command: &Command, after: &Action) -> Result<(), LineFault> {
        if self.beside.is_some() && !self.run.authority.may_claw_back {
            let detail = "it has locked: clawing back needs the scope adjustments:write, or the \
                          role manager";
            return Err(LineFault::new(LineCode::Forbidden, detail));
        }
        let raises = match command {
            Command::Approve | Command::Restore | Command::Reset => true,
            Command::Reverse { .. } => false,
            Command::Modify(_) => rises(&self.current, after),
            Command::Hold { .. }
            | Command::Release
            | Command::Lock { .. }
            | Command::Clear { .. }
            | Command::Reattribute(_) => true,
        };
        if raises && !self.run.authority.may_raise {
            let detail = "approve, restore, reset and increases need the scope actions:write";
            return Err(LineFault::new(LineCode::Forbidden, detail));
        }
        Ok(())
    }

    /// Writes the change into the ledger, or beside it, and goes on from there.
    fn enter(
        &mut self,
        numbered: &Numbered,
        (command, reason): (&Command, Option<Reason>),
        after: Action,
        id: UpdateId,
    ) -> Option<AdjustmentId> {
        let why = Why {
            verb: command.verb(),
            reason,
            note: numbered.line.note.clone(),
            channel: self.run.channel,
            doer: self.run.doer,
            reversal: Some((self.run.reversal, numbered.number)),
            at: self.setting.now,
        };
        if let Some(beside) = &mut self.beside {
            let adjustment = beside.enter(&self.current, after, id, &why);
            self.current = beside.left();
            let adjustment_id = adjustment.id;
            self.folded.adjustments.push(adjustment);
            return Some(adjustment_id);
        }
        self.folded.entries.push(entry(id, Some(&self.current), &after, &why));
        if after.state == State::Reversed {
            self.setting.reversed_for = reason;
        }
        self.current = after;
        None
    }

    fn claim(&mut self, reference: Option<Reference>) {
        let Some(Reference { key, digest }) = reference else { return };
        self.folded.claims.push(Claim {
            company_id: self.run.company,
            external_ref: key.0.clone(),
            action_id: self.current.id,
            item_id: key.1,
            digest: digest.clone(),
            claimed_at: self.setting.now,
        });
        self.claimed.insert(key, digest);
    }

    /// Marks the earlier line whose absolute value this one has replaced.
    fn overtake(&mut self, line: &Line, target: ItemId) {
        let item = |change: &ItemChange| {
            let item = command::item_id(&self.current, Some(&change.item));
            item.filter(|_| is_absolute(change.operation, &change.figures))
        };
        let mut targets: Vec<ItemId> = line.items.iter().filter_map(item).collect();
        if line.items.is_empty() && is_absolute(line.operation, &line.figures) {
            targets.push(target);
        }
        for target in targets {
            let overtaken = self.absolute.insert(target, self.folded.verdicts.len());
            let verdict = overtaken.and_then(|place| self.folded.verdicts.get_mut(place));
            let verdict = verdict.filter(|it| !it.warnings.contains(&Warning::Superseded));
            if let Some(verdict) = verdict {
                verdict.warnings.push(Warning::Superseded);
            }
        }
    }
}

/// Whether an operation sets a value, and does not merely change it.
fn is_absolute(operation: Operation, figures: &Figures) -> bool {
    match operation {
        Operation::Modify => figures.amount.is_some() || figures.quantity.is_some(),
        Operation::Reverse => true,
        Operation::Approve | Operation::Restore | Operation::Reset => false,
    }
}

/// What a line gets whose action does not exist, or is not for the submitter to see.
pub fn not_found(line: &Line) -> LineFault {
    let detail = match &line.target {
        super::line::TargetOf::Action(id) => format!("no action {id}"),
        super::line::TargetOf::Order { order_id, .. } => {
            let digits = order_id.bytes().all(|byte| byte.is_ascii_digit());
            // It happens so often that whoever looks for the order should think of it first.
            let hint = match digits && !order_id.starts_with('0') {
                true => "; a spreadsheet drops the zeros that a number begins with",
                false => "",
            };
            format!("no action of order {order_id}{hint}")
        }
    };
    LineFault::new(LineCode::ActionNotFound, detail)
}

/// Whether anything is worth more after than before.
pub fn rises(before: &Action, after: &Action) -> bool {
    let comes_back = before.state == State::Reversed && after.state != State::Reversed;
    comes_back
        || after.sale_minor > before.sale_minor
        || after.payout_minor > before.payout_minor
        || after.items.0.iter().zip(&before.items.0).any(|(after, before)| {
            after.quantity > before.quantity
                || after.amount_minor > before.amount_minor
                || (before.reversed_in.is_some() && after.reversed_in.is_none())
        })
}

#[cfg(test)]
mod tests;
