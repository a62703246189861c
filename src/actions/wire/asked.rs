//! Commands as callers write them.

use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::reported::text_at;
use crate::actions::change::Asked;
use crate::actions::model::Verb;
use crate::actions::reasons::{self, Reason};
use crate::actions::rules::{Change, Command, ItemOperation, Modify, Step, Target};
use crate::error::{Error, Fault, Result};
use crate::kernel::id::{CompanyId, ItemId};
use crate::kernel::money::{Currency, Money};

/// No arguments.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(as = NoArguments)]
pub struct Nothing {}

/// Why an action is worth nothing.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "ITEM_RETURNED" }))]
pub struct ReverseAction {
    /// A reason code that applies to reversing.
    #[schema(min_length = 1, max_length = 64, example = "ITEM_RETURNED")]
    pub reason: String,
    /// Your own words; not for the partner. The reason OTHER needs them.
    #[schema(min_length = 1, max_length = 2000)]
    pub note: Option<String>,
}

/// What an action is worth instead. One of `amount`, `amount_delta` and `operations` is there.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "reason": "ITEM_RETURNED",
    "operations": [{ "op": "set_quantity", "sku": "SHOE-42", "quantity": 1 }]
}))]
pub struct ModifyAction {
    /// A reason code that applies to modifying.
    #[schema(min_length = 1, max_length = 64, example = "ITEM_RETURNED")]
    pub reason: String,
    /// Your own words; not for the partner. The reason OTHER needs them.
    #[schema(min_length = 1, max_length = 2000)]
    pub note: Option<String>,
    /// Whether a value may rise; only an order that was changed (ORDER_UPDATE) can.
    #[schema(nullable = false)]
    pub allow_increase: Option<bool>,
    /// What all that remains is worth together.
    #[schema(max_length = 40, example = "64.95")]
    pub amount: Option<String>,
    /// By how much all that remains is worth more, or less.
    #[schema(max_length = 40, example = "-10.00")]
    pub amount_delta: Option<String>,
    /// Steps on single items, one after the other.
    #[schema(min_items = 1, max_items = 500)]
    pub operations: Option<Vec<Operation>>,
}

crate::words! {
    /// A step on one item.
    pub enum OperationKind {
        SetQuantity = "set_quantity",
        SetAmount = "set_amount",
        AdjustAmount = "adjust_amount",
        ReverseItem = "reverse_item",
        RestoreItem = "restore_item",
    }
}

/// A step on one item, named by `item_id`, or by `sku` if only one item has it.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(as = ItemOperation)]
pub struct Operation {
    /// What to do.
    pub op: OperationKind,
    /// The item's id.
    pub item_id: Option<ItemId>,
    /// The item's article number.
    #[schema(min_length = 1, max_length = 128)]
    pub sku: Option<String>,
    /// How many are left; for `set_quantity`.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub quantity: Option<i64>,
    /// What is left is worth; for `set_amount`.
    #[schema(max_length = 40, example = "64.95")]
    pub amount: Option<String>,
    /// By how much it is worth more, or less; for `adjust_amount`.
    #[schema(max_length = 40, example = "-10.00")]
    pub amount_delta: Option<String>,
    /// A reason code of its own that applies to modifying; that of the whole if absent.
    #[schema(min_length = 1, max_length = 64, example = "ITEM_RETURNED")]
    pub reason: Option<String>,
}

/// Why an action is not to lock yet.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "We look into a complaint." }))]
pub struct HoldAction {
    /// In words, for both sides to read.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Who is to be credited instead, and why.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "partner_company_id": "co_01k5h2v7xnf8rtq3m9bcw4ze6a", "reason": "CREDITED_DIFFERENT_MP"
}))]
pub struct ReattributeAction {
    /// The partner who earned it: one with a contract that was in force when it occurred.
    pub partner_company_id: CompanyId,
    /// A reason code that applies to reattributing.
    #[schema(min_length = 1, max_length = 64, example = "CREDITED_DIFFERENT_MP")]
    pub reason: String,
    /// Your own words; not for the partners. The reason OTHER needs them.
    #[schema(min_length = 1, max_length = 2000)]
    pub note: Option<String>,
}

impl ReattributeAction {
    /// For which reason.
    pub fn read(&self) -> Result<Reason> {
        let mut faults = Vec::new();
        let note = self.note.as_ref();
        let reason = reason_of(Verb::Reattribute, &self.reason, note, &mut faults);
        reason.filter(|_| faults.is_empty()).ok_or(Error::Invalid(faults))
    }
}

impl HoldAction {
    /// What it asks for.
    pub fn read(&self) -> Result<Asked> {
        let reason = self.reason.trim().to_owned();
        let empty = reason.is_empty();
        let empty = empty.then(|| Fault::at("/reason", "too_short", "at least 1 character"));
        let faults: Vec<Fault> =
            text_at("/reason", Some(&self.reason)).into_iter().chain(empty).collect();
        if faults.is_empty() {
            Ok(Asked::plainly(Command::Hold { reason }))
        } else {
            Err(Error::Invalid(faults))
        }
    }
}

impl ReverseAction {
    /// What it asks for.
    pub fn read(&self) -> Result<Asked> {
        let mut faults = Vec::new();
        let reason = reason_of(Verb::Reverse, &self.reason, self.note.as_ref(), &mut faults);
        match reason.filter(|_| faults.is_empty()) {
            Some(reason) => Ok(Asked {
                command: Command::Reverse { reason },
                reason: Some(reason),
                note: self.note.clone(),
            }),
            None => Err(Error::Invalid(faults)),
        }
    }
}

impl ModifyAction {
    /// What it asks for, of an action that is counted in `currency`.
    pub fn read(&self, currency: Currency) -> Result<Asked> {
        let mut faults = Vec::new();
        let reason = reason_of(Verb::Modify, &self.reason, self.note.as_ref(), &mut faults);
        let change = self.change(currency, &mut faults);
        match reason.zip(change).filter(|_| faults.is_empty()) {
            Some((reason, change)) => {
                let allow_increase = self.allow_increase.unwrap_or(false);
                let command = Command::Modify(Modify { reason, allow_increase, change });
                Ok(Asked { command, reason: Some(reason), note: self.note.clone() })
            }
            None => Err(Error::Invalid(faults)),
        }
    }

    fn change(&self, currency: Currency, faults: &mut Vec<Fault>) -> Option<Change> {
        match (&self.amount, &self.amount_delta, &self.operations) {
            (Some(text), None, None) => {
                amount("/amount", text, currency, faults).map(Change::Amount)
            }
            (None, Some(text), None) => {
                signed("/amount_delta", text, currency, faults).map(Change::AmountDelta)
            }
            (None, None, Some(operations)) => {
                steps(operations, currency, self.note.as_ref(), faults)
            }
            (None, None, None) => {
                let message = "amount, amount_delta or operations is required";
                faults.push(Fault::at("/amount", "missing_field", message));
                None
            }
            _ => {
                let message = "one of amount, amount_delta and operations";
                faults.push(Fault::at("", "conflicting_fields", message));
                None
            }
        }
    }
}

/// Steps on single items.
pub fn steps(
    operations: &[Operation],
    currency: Currency,
    note: Option<&String>,
    faults: &mut Vec<Fault>,
) -> Option<Change> {
    let mut read = |(place, one): (usize, &Operation)| {
        let at = format!("/operations/{place}");
        let read = one.read(&at, currency, faults);
        let reason = one.reason(&at, note, faults);
        Some(ItemOperation { reason, ..read? })
    };
    let steps: Vec<Option<ItemOperation>> = (0_usize..).zip(operations).map(&mut read).collect();
    steps.into_iter().collect::<Option<_>>().map(Change::Items)
}

impl Operation {
    fn read(&self, at: &str, currency: Currency, faults: &mut Vec<Fault>) -> Option<ItemOperation> {
        let target = self.target(at, faults);
        let step = self.step(at, currency, faults);
        Some(ItemOperation { target: target?, step: step?, reason: None })
    }

    /// The reason of its own; the faults tell if it is none.
    fn reason(&self, at: &str, note: Option<&String>, faults: &mut Vec<Fault>) -> Option<Reason> {
        let text = self.reason.as_ref()?;
        reason_at(&format!("{at}/reason"), Verb::Modify, text, note, faults)
    }

    fn target(&self, at: &str, faults: &mut Vec<Fault>) -> Option<Target> {
        match (self.item_id, &self.sku) {
            (Some(id), None) => Some(Target::Id(id)),
            (None, Some(sku)) => Some(Target::Sku(sku.clone())),
            (None, None) => {
                let message = "item_id or sku is required";
                faults.push(Fault::at(format!("{at}/item_id"), "missing_field", message));
                None
            }
            (Some(_), Some(_)) => {
                let message = "item_id names the item already";
                faults.push(Fault::at(format!("{at}/sku"), "conflicting_fields", message));
                None
            }
        }
    }

    fn step(&self, at: &str, currency: Currency, faults: &mut Vec<Fault>) -> Option<Step> {
        let needed = match self.op {
            OperationKind::SetQuantity => "quantity",
            OperationKind::SetAmount => "amount",
            OperationKind::AdjustAmount => "amount_delta",
            OperationKind::ReverseItem | OperationKind::RestoreItem => "",
        };
        let given = [
            ("quantity", self.quantity.is_some()),
            ("amount", self.amount.is_some()),
            ("amount_delta", self.amount_delta.is_some()),
        ];
        for (name, given) in given {
            let (code, message) = match (name == needed, given) {
                (true, false) => ("missing_field", format!("{} takes {name}", self.op)),
                (false, true) => ("conflicting_fields", format!("{} takes no {name}", self.op)),
                (true, true) | (false, false) => continue,
            };
            faults.push(Fault::at(format!("{at}/{name}"), code, message));
        }
        match self.op {
            OperationKind::SetQuantity => self.quantity.map(Step::SetQuantity),
            OperationKind::SetAmount => {
                let text = self.amount.as_ref()?;
                amount(&format!("{at}/amount"), text, currency, faults).map(Step::SetAmount)
            }
            OperationKind::AdjustAmount => {
                let text = self.amount_delta.as_ref()?;
                let at = format!("{at}/amount_delta");
                signed(&at, text, currency, faults).map(Step::AdjustAmount)
            }
            OperationKind::ReverseItem => Some(Step::Reverse),
            OperationKind::RestoreItem => Some(Step::Restore),
        }
    }
}

/// The reason a text names, if it is one for this verb and says enough.
pub fn reason_of(
    verb: Verb,
    text: &str,
    note: Option<&String>,
    faults: &mut Vec<Fault>,
) -> Option<Reason> {
    faults.extend(text_at("/note", note));
    reason_at("/reason", verb, text, note, faults)
}

/// The same, of a text that stands somewhere.
fn reason_at(
    at: &str,
    verb: Verb,
    text: &str,
    note: Option<&String>,
    faults: &mut Vec<Fault>,
) -> Option<Reason> {
    let accepted = || format!("accepted: {}", reasons::accepted(verb).join(", "));
    let Some(reason) = reasons::find(text) else {
        faults.push(Fault::at(at, "unknown_reason", accepted()));
        return None;
    };
    if !reasons::accepted(verb).contains(&reason.as_str()) {
        faults.push(Fault::at(at, "reason_not_allowed", accepted()));
    }
    if reason.needs_note() && note.is_none_or(|note| note.trim().is_empty()) {
        let message = format!("the reason {reason} needs a note");
        faults.push(Fault::at("/note", "missing_field", message));
    }
    Some(reason)
}

/// An amount that is not below zero.
fn amount(at: &str, text: &str, currency: Currency, faults: &mut Vec<Fault>) -> Option<i64> {
    let minor = signed(at, text, currency, faults)?;
    if minor < 0 {
        faults.push(Fault::at(at, "out_of_range", "an amount is zero or more"));
        return None;
    }
    Some(minor)
}

/// An amount, or a difference of amounts.
pub fn signed(at: &str, text: &str, currency: Currency, faults: &mut Vec<Fault>) -> Option<i64> {
    match Money::parse(text, currency) {
        Ok(money) => Some(money.minor),
        Err(bad) => {
            faults.push(Fault::at(at, bad.code(), bad.to_string()));
            None
        }
    }
}
