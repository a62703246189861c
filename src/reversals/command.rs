//! What a line asks of the action it is about, in the words of the action's own rules.

use super::formats::clip;
use super::line::{Figures, ItemChange, ItemTarget, Line, LineFault};
use super::model::{LineCode, Operation};
use crate::actions::model::{Action, Verb};
use crate::actions::reasons::{self, Reason};
use crate::actions::rules::{Change, Command, ItemOperation, Modify, Refusal, Step, Target};
use crate::kernel::id::ItemId;
use crate::kernel::money::Money;

/// The command a line stands for, and its reason.
pub fn of(action: &Action, line: &Line) -> Result<(Command, Option<Reason>), LineFault> {
    let counted_in = line.currency.unwrap_or(action.currency);
    if counted_in != action.currency {
        let detail = format!("the action is counted in {}, not {counted_in}", action.currency);
        return Err(LineFault::new(LineCode::CurrencyMismatch, detail));
    }
    if !line.items.is_empty() {
        return several(action, line);
    }
    match line.operation {
        Operation::Reverse => reverse(line),
        Operation::Modify => modify(action, line),
        Operation::Restore => restore(line),
        Operation::Approve => whole(line, Command::Approve),
        Operation::Reset => whole(line, Command::Reset),
    }
}

fn reverse(line: &Line) -> Result<(Command, Option<Reason>), LineFault> {
    let reason = reason(line, Verb::Reverse)?;
    let command = match &line.item {
        None => Command::Reverse { reason },
        Some(item) => steps(reason, line, target(item), vec![Step::Reverse]),
    };
    Ok((command, Some(reason)))
}

fn modify(action: &Action, line: &Line) -> Result<(Command, Option<Reason>), LineFault> {
    let reason = reason(line, Verb::Modify)?;
    let figures = &line.figures;
    let (amount, delta) = amounts(action, figures)?;
    let whole = |change| {
        let allow_increase = line.allow_increase.unwrap_or(false);
        Command::Modify(Modify { reason, allow_increase, change })
    };
    let command = match (&line.item, figures.quantity, amount, delta) {
        (None, None, Some(amount), None) => whole(Change::Amount(amount)),
        (None, None, None, Some(delta)) => whole(Change::AmountDelta(delta)),
        (item, quantity, amount, delta) => {
            let target =
                item.as_ref().map_or_else(|| only_item(action), |item| Ok(target(item)))?;
            steps(reason, line, target, set(quantity, amount, delta))
        }
    };
    Ok((command, Some(reason)))
}

/// The amount that shall be, and the change that shall be made.
fn amounts(action: &Action, figures: &Figures) -> Result<(Option<i64>, Option<i64>), LineFault> {
    let amount = figures.amount.as_ref().map(|text| minor(action, text)).transpose()?;
    let delta = figures.amount_delta.as_ref().map(|text| minor(action, text)).transpose()?;
    Ok((amount, delta))
}

fn set(quantity: Option<i64>, amount: Option<i64>, delta: Option<i64>) -> Vec<Step> {
    let wanted = [
        quantity.map(Step::SetQuantity),
        amount.map(Step::SetAmount),
        delta.map(Step::AdjustAmount),
    ];
    wanted.into_iter().flatten().collect()
}

/// Several items are changed by one modification, whatever is to happen to each of them.
fn several(action: &Action, line: &Line) -> Result<(Command, Option<Reason>), LineFault> {
    let given = line.reason.as_deref().and_then(reasons::find);
    let reason = match line.operation {
        Operation::Restore => given.unwrap_or(Reason::OrderUpdate),
        Operation::Reverse => reason(line, Verb::Reverse)?,
        Operation::Modify => reason(line, Verb::Modify)?,
        Operation::Approve | Operation::Reset => return whole(line, Command::Approve),
    };
    let mut operations = Vec::new();
    for ItemChange { item, operation, figures } in &line.items {
        let wanted = match operation {
            Operation::Reverse => vec![Step::Reverse],
            Operation::Restore => vec![Step::Restore],
            Operation::Modify | Operation::Approve | Operation::Reset => {
                let (amount, delta) = amounts(action, figures)?;
                set(figures.quantity, amount, delta)
            }
        };
        let step = |step| ItemOperation { target: target(item), step, reason: None };
        operations.extend(wanted.into_iter().map(step));
    }
    let allow_increase = line.allow_increase.unwrap_or(false);
    let change = Change::Items(operations);
    Ok((Command::Modify(Modify { reason, allow_increase, change }), Some(reason)))
}

/// An item is restored by a modification, which must have a reason; the line's, or that the order
/// was put right.
fn restore(line: &Line) -> Result<(Command, Option<Reason>), LineFault> {
    let given = line.reason.as_deref().and_then(reasons::find);
    Ok(match &line.item {
        None => (Command::Restore, given),
        Some(item) => {
            let reason = given.unwrap_or(Reason::OrderUpdate);
            (steps(reason, line, target(item), vec![Step::Restore]), Some(reason))
        }
    })
}

/// What can be done to a whole action only.
fn whole(line: &Line, command: Command) -> Result<(Command, Option<Reason>), LineFault> {
    if line.item.is_some() || !line.items.is_empty() {
        let detail = format!("{} is for the whole action, not for an item", line.operation);
        return Err(LineFault::new(LineCode::ConflictingFields, detail));
    }
    Ok((command, line.reason.as_deref().and_then(reasons::find)))
}

fn steps(reason: Reason, line: &Line, target: Target, steps: Vec<Step>) -> Command {
    let operations = steps
        .into_iter()
        .map(|step| ItemOperation { target: target.clone(), step, reason: None })
        .collect();
    let allow_increase = line.allow_increase.unwrap_or(false);
    Command::Modify(Modify { reason, allow_increase, change: Change::Items(operations) })
}

fn reason(line: &Line, verb: Verb) -> Result<Reason, LineFault> {
    let Some(text) = line.reason.as_deref() else {
        return Err(LineFault::new(LineCode::MissingField, format!("to {verb} takes a reason")));
    };
    let reason = reasons::find(text).ok_or_else(|| {
        let accepted = reasons::accepted(verb).join(", ");
        let detail = format!("`{}` is no reason; accepted: {accepted}", clip(text));
        LineFault::new(LineCode::UnknownReason, detail)
    })?;
    let explained = line.note.as_ref().is_some_and(|note| !note.trim().is_empty());
    if reason.needs_note() && !explained {
        let detail = format!("the reason {reason} needs a note");
        return Err(LineFault::new(LineCode::MissingField, detail));
    }
    Ok(reason)
}

fn minor(action: &Action, text: &str) -> Result<i64, LineFault> {
    Money::parse(text, action.currency).map(|money| money.minor).map_err(|fault| {
        let code = match fault {
            crate::kernel::money::BadAmount::NotANumber => LineCode::BadNumber,
            crate::kernel::money::BadAmount::TooPrecise { .. } => LineCode::TooPrecise,
            crate::kernel::money::BadAmount::TooLarge => LineCode::OutOfRange,
        };
        LineFault::new(code, fault.to_string())
    })
}

fn target(item: &ItemTarget) -> Target {
    match item {
        ItemTarget::Id(id) => Target::Id(*id),
        ItemTarget::Sku(sku) => Target::Sku(sku.clone()),
    }
}

fn only_item(action: &Action) -> Result<Target, LineFault> {
    match action.items.0.as_slice() {
        [only] => Ok(Target::Id(only.id)),
        _ => {
            let detail = "the action has several items: name one by its sku or item_id";
            Err(LineFault::new(LineCode::MissingField, detail))
        }
    }
}

/// The item that is named, if that is exactly one that exists.
pub fn item_id(action: &Action, named: Option<&ItemTarget>) -> Option<ItemId> {
    let mut named = action.items.0.iter().filter(|item| match named {
        Some(ItemTarget::Id(id)) => item.id == *id,
        Some(ItemTarget::Sku(sku)) => item.sku.as_ref() == Some(sku),
        None => false,
    });
    named.next().map(|item| item.id).filter(|_| named.next().is_none())
}

/// A refusal of the action's rules, as the code of a line.
pub fn fault_of(refusal: &Refusal) -> LineFault {
    use Refusal::*;
    let code = match refusal {
        ActionLocked { .. } | ActionHeld { .. } => LineCode::ActionLocked,
        ActionReversed => LineCode::ActionReversed,
        NotReversed(_) => LineCode::NotReversed,
        ExceedsRemaining { .. } => LineCode::ExceedsRemaining,
        ReasonNotAllowed { .. } => LineCode::ReasonNotAllowed,
        SkuNotFound(_) => LineCode::SkuNotFound,
        AmbiguousSku(_) => LineCode::AmbiguousSku,
        ItemNotFound(_) => LineCode::ItemNotFound,
        OutOfRange => LineCode::OutOfRange,
        // Only the lock job and tracking are refused so.
        LockNotDue { .. } | ClearNotDue | NoItems => LineCode::InternalError,
    };
    LineFault::new(code, refusal.to_string())
}
