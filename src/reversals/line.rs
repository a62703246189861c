//! One line of a batch, whatever format it came in: checked by itself, not yet against an action.

use crate::kernel::id::{ActionId, EventTypeId, ItemId};
use crate::kernel::money::Currency;

use super::model::{LineCode, Operation};

/// How an event type was named.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum EventTypeName {
    /// By our id.
    Id(EventTypeId),
    /// By the brand's own code for it.
    Code(String),
}

impl EventTypeName {
    /// An id where the text is one, else a code.
    pub fn of(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Code(text.to_string()), Self::Id)
    }
}

/// Which action a line is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TargetOf {
    /// The one with this id.
    Action(ActionId),
    /// The one with this order id.
    Order {
        /// Among those of this event type; of all the brand's if absent.
        event_type: Option<EventTypeName>,
        /// The brand's order number.
        order_id: String,
    },
}

/// Which item of the action a line is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ItemTarget {
    /// The one with this article number.
    Sku(String),
    /// The one with this id.
    Id(ItemId),
}

impl std::fmt::Display for ItemTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sku(sku) => write!(f, "SKU {sku}"),
            Self::Id(id) => write!(f, "item {id}"),
        }
    }
}

/// The numbers of a line. Amounts are plain decimals, not yet money: the action has the currency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Figures {
    /// What the amount shall be; never negative.
    pub amount: Option<String>,
    /// By how much the amount shall change.
    pub amount_delta: Option<String>,
    /// What the quantity shall be; never negative.
    pub quantity: Option<i64>,
}

impl Figures {
    /// Whether there is no number at all.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

/// What a line that names several items asks for one of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ItemChange {
    /// Which one.
    pub item: ItemTarget,
    /// What to do.
    pub operation: Operation,
    /// Its new numbers.
    pub figures: Figures,
}

impl ItemChange {
    /// Whether this is a reverse that was written as an amount of 0, which leaves an item alone that
    /// was tracked at 0.
    pub fn reverses_by_zero_amount(&self) -> bool {
        by_zero_amount(self.operation, &self.figures)
    }
}

fn by_zero_amount(operation: Operation, figures: &Figures) -> bool {
    operation == Operation::Reverse && figures.amount.is_some()
}

/// One line of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Line {
    /// Which action.
    pub target: TargetOf,
    /// Which of its items; the whole action if absent.
    pub item: Option<ItemTarget>,
    /// What to do.
    pub operation: Operation,
    /// Why, as it was written; reverse and modify always have one.
    pub reason: Option<String>,
    /// The new numbers: always some for modify, none for approve, restore and reset. A reverse that
    /// was written as an amount or quantity of 0 keeps the 0.
    pub figures: Figures,
    /// What the amounts are counted in.
    pub currency: Option<Currency>,
    /// The return's own id in the brand's books.
    pub external_ref: Option<String>,
    /// The brand's own words.
    pub note: Option<String>,
    /// Whether figures may rise.
    pub allow_increase: Option<bool>,
    /// The items of a line that names several, instead of one item and its figures: all of them
    /// change, or none does. The line's operation is modify if that of any of them is.
    pub items: Vec<ItemChange>,
}

impl Line {
    /// Whether `earlier` asks for the same thing, so that doing both would be a mistake.
    ///
    /// All but the note counts. Two equal relative changes are two changes, unless they carry the
    /// same reference.
    pub fn key_equal(&self, earlier: &Self) -> bool {
        let Self { target, item, operation, reason, figures, .. } = self;
        let Self { currency, external_ref, note: _, allow_increase, items, .. } = self;
        !self.is_repeatable()
            && *target == earlier.target
            && *item == earlier.item
            && *operation == earlier.operation
            && *reason == earlier.reason
            && *figures == earlier.figures
            && *currency == earlier.currency
            && *external_ref == earlier.external_ref
            && *allow_increase == earlier.allow_increase
            && *items == earlier.items
    }

    /// Whether the same again is another change: a relative one without a reference.
    pub fn is_repeatable(&self) -> bool {
        let mut figures = self.items.iter().map(|item| &item.figures).chain([&self.figures]);
        figures.any(|figures| figures.amount_delta.is_some()) && self.external_ref.is_none()
    }

    /// Whether this is a reverse that was written as an amount of 0, which leaves an action alone
    /// that was tracked at 0.
    pub fn reverses_by_zero_amount(&self) -> bool {
        by_zero_amount(self.operation, &self.figures)
    }
}

/// One thing that is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFault {
    /// What, for machines.
    pub code: LineCode,
    /// What, for people.
    pub detail: String,
}

impl LineFault {
    /// A fault with a sentence of its own.
    pub fn new(code: LineCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }

    /// All details in one text, in order; of very many only the first.
    pub fn details(faults: &[Self]) -> String {
        const MOST: usize = 20;
        let details = faults.iter().take(MOST).map(|fault| fault.detail.as_str());
        let details: Vec<&str> = details.collect();
        match faults.len().saturating_sub(MOST) {
            0 => details.join("; "),
            more => format!("{}; and {more} more", details.join("; ")),
        }
    }
}
