//! What every line must be, whatever format it came in. All its faults are found, not the first.

use super::clip;
use crate::actions::model::LONGEST_SKU;
use crate::kernel::money::Currency;
use crate::reversals::line::{EventTypeName, Figures, ItemTarget, Line, LineFault, TargetOf};
use crate::reversals::model::{LineCode, Operation};

const LONGEST_ORDER_ID: usize = 64;
const LONGEST_EVENT_TYPE: usize = 64;
const LONGEST_REASON: usize = 64;
const LONGEST_EXTERNAL_REF: usize = 100;
const LONGEST_NOTE: usize = 1_000;
const LONGEST_NUMBER: usize = 32;

/// What was given for a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Given<T> {
    /// Nothing.
    #[default]
    Absent,
    /// Something whose fault is already noted.
    Faulty,
    /// A value.
    Is(T),
}

impl<T> Given<T> {
    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    pub(super) fn value(self) -> Option<T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Absent | Self::Faulty => None,
        }
    }
}

/// A line before it is checked.
#[derive(Debug, Default)]
pub(super) struct Draft<'a> {
    pub(super) action_id: Given<&'a str>,
    pub(super) event_type: Given<&'a str>,
    pub(super) order_id: Given<&'a str>,
    pub(super) sku: Given<&'a str>,
    pub(super) item_id: Given<&'a str>,
    pub(super) operation: Given<Operation>,
    pub(super) reason: Given<&'a str>,
    pub(super) amount: Given<&'a str>,
    pub(super) amount_delta: Given<&'a str>,
    pub(super) quantity: Given<i64>,
    pub(super) currency: Given<&'a str>,
    pub(super) external_ref: Given<&'a str>,
    pub(super) note: Given<&'a str>,
    pub(super) allow_increase: Given<bool>,
    /// The operation was not named, but told from reason and figures.
    pub(super) inferred: bool,
    /// A quantity without an item is a mistake, even where it is 0.
    pub(super) items_expected: bool,
    pub(super) faults: Vec<LineFault>,
}

pub(super) fn unknown_operation(word: &str) -> LineFault {
    let words: Vec<_> = Operation::ALL.iter().map(|operation| operation.as_str()).collect();
    let detail = format!("operation `{}` is none of {}", clip(word), words.join(", "));
    LineFault::new(LineCode::UnknownOperation, detail)
}

/// Whether a plain decimal is 0, however many zeros it is written with.
pub(super) fn is_zero(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    is_plain(number) && digits.bytes().all(|byte| matches!(byte, b'0' | b'.'))
}

/// Digits, perhaps a point and more digits, perhaps a minus before.
fn is_plain(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    plain(whole) && plain(fraction)
}

/// What is wrong with a number that is not plain. How it is to be written is said only where there is
/// no doubt about it, and never assumed.
fn why_not_plain(text: &str) -> String {
    let pointed = text.replacen(',', ".", 1);
    let decimals = text.split_once(',').map_or(0, |(_, decimals)| decimals.len());
    if let Some(plain) = without_thousands(text) {
        format!("has thousands separators; write it as {plain}")
    } else if is_plain(&pointed) && decimals == 3 {
        let whole = text.replacen(',', "", 1);
        format!("may mean {whole} or {pointed}; write it with no other separator than a point")
    } else if is_plain(&pointed) {
        format!("has a decimal comma; write it as {pointed}")
    } else {
        "is not a plain number such as 129.90".to_string()
    }
}

/// `1234.50` for `1,234.50`, `1.234,50` and their like.
fn without_thousands(text: &str) -> Option<String> {
    const SEPARATORS: [char; 6] = ['.', ',', '\'', '\u{2019}', '\u{a0}', '\u{202f}'];
    let (whole, decimals) = text.rsplit_once(['.', ','])?;
    let decimal = text.get(whole.len()..)?.chars().next()?;
    let thousands = whole.chars().find(|letter| SEPARATORS.contains(letter) || *letter == ' ')?;
    let mut groups = whole.split(thousands);
    let first = groups.next()?.trim_start_matches('-');
    let grouped = (1..=3).contains(&first.len()) && groups.all(|group| group.len() == 3);
    let plain = format!("{}.{decimals}", whole.replace(thousands, ""));
    (decimal != thousands && grouped && is_plain(&plain)).then_some(plain)
}

/// What a spreadsheet makes of a long number: `1.23E+12`.
pub(super) fn is_mangled(order_id: &str) -> bool {
    let upper = order_id.to_ascii_uppercase();
    let Some((mantissa, exponent)) = upper.split_once("E+") else { return false };
    let number = mantissa.replace(',', ".");
    let digits = |byte: u8| byte.is_ascii_digit();
    is_plain(&number) && !exponent.is_empty() && exponent.bytes().all(digits)
}

impl<'a> Draft<'a> {
    pub(super) fn has_no_figure(&self) -> bool {
        self.amount.is_absent() && self.amount_delta.is_absent() && self.quantity.is_absent()
    }

    pub(super) fn forget_figures(&mut self) {
        (self.amount, self.amount_delta) = (Given::Absent, Given::Absent);
        self.quantity = Given::Absent;
    }

    /// The line, or everything that is wrong with it.
    pub(super) fn finish(
        mut self,
        default_event_type: Option<&EventTypeName>,
    ) -> Result<Line, Vec<LineFault>> {
        let target = self.target(default_event_type);
        let item = self.item();
        self.check_operation();
        self.check_reason();
        self.check_figures();
        let reason = self.text("reason", self.reason, LONGEST_REASON);
        let amount = self.decimal("amount", self.amount);
        let amount_delta = self.decimal("amount_delta", self.amount_delta);
        let currency = self.currency();
        let external_ref = self.text("external_ref", self.external_ref, LONGEST_EXTERNAL_REF);
        let note = self.note();
        let (Some(target), Some(operation), true) =
            (target, self.operation.value(), self.faults.is_empty())
        else {
            return Err(self.faults);
        };
        let figures = Figures { amount, amount_delta, quantity: self.quantity.value() };
        let allow_increase = self.allow_increase.value();
        Ok(Line {
            target,
            item,
            operation,
            reason,
            figures: self.kept(operation, figures),
            currency,
            external_ref,
            note,
            allow_increase,
            items: Vec::new(),
        })
    }

    /// A reverse that was named needs no 0.
    fn kept(&self, operation: Operation, figures: Figures) -> Figures {
        match operation {
            Operation::Reverse if !self.inferred => Figures::default(),
            Operation::Reverse
            | Operation::Modify
            | Operation::Approve
            | Operation::Restore
            | Operation::Reset => figures,
        }
    }

    fn fault(&mut self, code: LineCode, detail: impl Into<String>) {
        self.faults.push(LineFault::new(code, detail));
    }

    fn target(&mut self, default_event_type: Option<&EventTypeName>) -> Option<TargetOf> {
        let event_type = self.text("event_type_id", self.event_type, LONGEST_EVENT_TYPE);
        let order_id = self.order_id();
        match (self.action_id, self.order_id) {
            (Given::Absent, Given::Absent) => {
                self.fault(LineCode::MissingField, "order_id or action_id is missing");
                None
            }
            (Given::Absent, _) => {
                let event_type = event_type.map(|name| EventTypeName::of(&name));
                let event_type = event_type.or_else(|| default_event_type.cloned());
                Some(TargetOf::Order { event_type, order_id: order_id? })
            }
            (action_id, Given::Absent) => self.action(action_id.value()?),
            (Given::Faulty | Given::Is(_), Given::Faulty | Given::Is(_)) => {
                let detail = "action_id and order_id are both given; one names the action";
                self.fault(LineCode::ConflictingFields, detail);
                None
            }
        }
    }

    fn action(&mut self, text: &str) -> Option<TargetOf> {
        let id = text.trim().parse().ok();
        if id.is_none() {
            let detail = format!("action_id `{}` is not the id of an action here", clip(text));
            self.fault(LineCode::ActionNotFound, detail);
        }
        id.map(TargetOf::Action)
    }

    fn order_id(&mut self) -> Option<String> {
        let order_id = self.text("order_id", self.order_id, LONGEST_ORDER_ID)?;
        if is_mangled(&order_id) {
            let shown = clip(&order_id);
            let detail = format!(
                "order_id `{shown}` is a number that a spreadsheet has rounded; \
                 format the column as text before you fill it"
            );
            self.fault(LineCode::OrderIdMangled, detail);
            return None;
        }
        Some(order_id)
    }

    fn item(&mut self) -> Option<ItemTarget> {
        let sku = self.text("sku", self.sku, LONGEST_SKU);
        if !self.sku.is_absent() && !self.item_id.is_absent() {
            let detail = "sku and item_id are both given; one names the item";
            self.fault(LineCode::ConflictingFields, detail);
            return None;
        }
        let Given::Is(text) = self.item_id else { return sku.map(ItemTarget::Sku) };
        let id = text.trim().parse().ok();
        if id.is_none() {
            let detail = format!("item_id `{}` is not the id of an item here", clip(text));
            self.fault(LineCode::ItemNotFound, detail);
        }
        id.map(ItemTarget::Id)
    }

    fn has_item(&self) -> bool {
        !self.sku.is_absent() || !self.item_id.is_absent()
    }

    fn check_operation(&mut self) {
        match self.operation {
            Given::Absent => self.fault(LineCode::MissingField, "operation is missing"),
            Given::Is(operation @ (Operation::Approve | Operation::Reset)) if self.has_item() => {
                let detail = format!("{operation} is for whole actions, not for one item");
                self.fault(LineCode::ConflictingFields, detail);
            }
            Given::Is(_) | Given::Faulty => {}
        }
    }

    fn check_reason(&mut self) {
        let Given::Is(operation @ (Operation::Reverse | Operation::Modify)) = self.operation else {
            return;
        };
        if self.reason.is_absent() {
            self.fault(LineCode::MissingField, format!("reason is missing; {operation} needs one"));
        }
    }

    fn check_figures(&mut self) {
        if self.quantity.value().is_some_and(|quantity| quantity < 0) {
            self.fault(LineCode::OutOfRange, "quantity is what remains; it is never negative");
        }
        if self.amount.value().is_some_and(|text| is_plain(text) && text.starts_with('-')) {
            let detail = "amount is what remains; it is never negative";
            self.fault(LineCode::OutOfRange, detail);
        }
        match self.operation {
            Given::Is(Operation::Modify) => self.check_modify(),
            Given::Is(Operation::Reverse) => self.check_reverse(),
            Given::Is(operation) if !self.has_no_figure() => {
                let detail = format!("{operation} takes no amount and no quantity");
                self.fault(LineCode::ConflictingFields, detail);
            }
            Given::Is(_) | Given::Absent | Given::Faulty => {}
        }
    }

    fn check_modify(&mut self) {
        let (amount, quantity) = (!self.amount.is_absent(), !self.quantity.is_absent());
        if self.has_no_figure() {
            let detail = "modify needs an amount, an amount_delta or a quantity";
            self.fault(LineCode::MissingField, detail);
        }
        if !self.amount_delta.is_absent() && (amount || quantity) {
            let detail = "amount_delta does not go with amount or quantity";
            self.fault(LineCode::ConflictingFields, detail);
        }
        if quantity && !self.has_item() {
            self.fault(LineCode::MissingField, "quantity needs the item's sku or item_id");
        }
        let some = self.amount.value().is_some_and(|amount| !is_zero(amount));
        if some && self.quantity == Given::Is(0) {
            let detail = "a quantity of 0 leaves no amount";
            self.fault(LineCode::ConflictingFields, detail);
        }
    }

    /// Zeros say the same as the word.
    fn check_reverse(&mut self) {
        let amount = self.amount.is_absent() || self.amount.value().is_some_and(is_zero);
        let quantity = matches!(self.quantity, Given::Absent | Given::Is(0));
        if !(amount && quantity && self.amount_delta.is_absent()) {
            let detail = "reverse takes back everything; to take back a part, use modify with \
                          what remains";
            self.fault(LineCode::ConflictingFields, detail);
        }
        if self.items_expected && !self.quantity.is_absent() && !self.has_item() {
            self.fault(LineCode::MissingField, "quantity needs the item's sku or item_id");
        }
    }

    fn decimal(&mut self, name: &str, given: Given<&str>) -> Option<String> {
        let text = given.value()?.trim();
        let shown = clip(text);
        let (code, detail) = if text.len() > LONGEST_NUMBER {
            (LineCode::OutOfRange, format!("{name} `{shown}` is too large"))
        } else if is_plain(text) {
            return Some(text.to_string());
        } else {
            (LineCode::BadNumber, format!("{name} `{shown}` {}", why_not_plain(text)))
        };
        self.fault(code, detail);
        None
    }

    fn currency(&mut self) -> Option<Currency> {
        let text = self.currency.value()?.trim().to_ascii_uppercase();
        let currency = text.parse().ok();
        if currency.is_none() {
            let detail = format!("currency `{}` is not an ISO 4217 code such as EUR", clip(&text));
            self.fault(LineCode::UnknownCurrency, detail);
        }
        currency
    }

    fn note(&mut self) -> Option<String> {
        let text = self.note.value()?;
        let breaks = |letter: char| matches!(letter, '\n' | '\r' | '\t');
        self.checked("note", text, LONGEST_NOTE, |letter| letter.is_control() && !breaks(letter))
    }

    fn text(&mut self, name: &str, given: Given<&str>, longest: usize) -> Option<String> {
        self.checked(name, given.value()?, longest, char::is_control)
    }

    fn checked(
        &mut self,
        name: &str,
        text: &str,
        longest: usize,
        is_bad: impl Fn(char) -> bool,
    ) -> Option<String> {
        let text = text.trim();
        let length = text.chars().count();
        if length == 0 {
            self.fault(LineCode::MissingField, format!("{name} is empty"));
        } else if length > longest {
            let detail = format!("{name} has {length} characters; {longest} is the limit");
            self.fault(LineCode::TooLong, detail);
        } else if text.chars().any(is_bad) {
            self.fault(LineCode::BadCharacters, format!("{name} has control characters"));
        } else {
            return Some(text.to_string());
        }
        None
    }
}
