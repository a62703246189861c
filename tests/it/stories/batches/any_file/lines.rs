//! Lines at random, and how they are written.

use std::ops::RangeInclusive;

use entente::kernel::money::Money;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::naive::{Ask, Change, Earns, Step};

/// How many orders a case has. What is beyond them nobody has ordered.
pub const ORDERS: usize = 3;
pub const SKUS: [&str; 4] = ["CUP", "TEA", "JUG", "POT"];

/// An amount in minor units, or one that is finer than the currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    pub minor: i64,
    pub too_fine: bool,
}

/// What a line that modifies has one or two of.
#[derive(Debug, Clone, Copy)]
struct Figures {
    amount: Option<Figure>,
    delta: Option<Figure>,
    quantity: Option<i64>,
}

const NONE: Figures = Figures { amount: None, delta: None, quantity: None };

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Reverse,
    Modify,
    Restore,
    Approve,
    Reset,
}

/// One line. `order` is a place among the case's orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub order: usize,
    pub operation: Operation,
    pub sku: Option<&'static str>,
    pub reason: Option<&'static str>,
    pub amount: Option<Figure>,
    pub delta: Option<Figure>,
    pub quantity: Option<i64>,
    pub other_currency: bool,
    pub external_ref: Option<&'static str>,
    pub raise: bool,
    pub note: Option<&'static str>,
}

/// How a batch is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Json,
    File,
    /// A file that leaves the operation to be told from reason and figures.
    Inferred,
}

#[derive(Debug, Clone)]
pub struct Sent {
    pub form: Form,
    pub mode: &'static str,
    /// By a key that may raise, or by one that may only lower.
    pub may_raise: bool,
    pub lines: Vec<Line>,
}

/// What an order has: article numbers, quantities, amounts.
pub type Things = Vec<(&'static str, i64, i64)>;

/// A shop, what the orders of a case are, and what is sent about them.
pub type Case = (usize, Vec<Things>, Vec<Sent>);

pub fn figure(range: RangeInclusive<i64>) -> impl Strategy<Value = Figure> {
    (range, prop::bool::weighted(0.03)).prop_map(|(minor, too_fine)| Figure { minor, too_fine })
}

pub fn sku() -> impl Strategy<Value = Option<&'static str>> {
    prop::option::of(prop::sample::select([&SKUS[..], &["HAT"]].concat()))
}

pub fn reason() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        6 => Just("ITEM_RETURNED"),
        4 => Just("ORDER_UPDATE"),
        1 => prop::sample::select(vec!["OTHER", "REJECTED", "MOOD", "MP_RETURN"]),
    ]
}

pub fn line() -> impl Strategy<Value = Line> {
    use Operation::*;
    let operation = prop_oneof![
        4 => Just(Reverse), 6 => Just(Modify), 2 => Just(Restore), 1 => Just(Approve), 1 => Just(Reset)
    ];
    let figures = prop_oneof![
        3 => figure(0..=9_000).prop_map(|amount| Figures { amount: Some(amount), ..NONE }),
        2 => figure(0..=40).prop_map(|amount| Figures { amount: Some(amount), ..NONE }),
        3 => figure(-3_000..=600).prop_map(|delta| Figures { delta: Some(delta), ..NONE }),
        3 => (0_i64..6).prop_map(|quantity| Figures { quantity: Some(quantity), ..NONE }),
        1 => (1_i64..6, figure(0..=900)).prop_map(|(quantity, amount)| {
            Figures { amount: Some(amount), quantity: Some(quantity), ..NONE }
        }),
    ];
    let rare = |chance: f64| prop::bool::weighted(chance);
    let order = prop_oneof![20 => 0..ORDERS, 1 => Just(ORDERS)];
    let references = prop::option::weighted(0.2, prop::sample::select(vec!["R-1", "R-2"]));
    let notes = prop::option::weighted(0.2, prop::sample::select(vec!["one", "two"]));
    let what = (order, operation, sku(), reason(), figures);
    (what, rare(0.03), references, rare(0.3), notes).prop_map(
        |((order, operation, sku, reason, figures), other_currency, external_ref, raise, note)| {
            let takes = |wanted: &[Operation]| wanted.contains(&operation);
            let Figures { amount, delta, quantity } = if takes(&[Modify]) { figures } else { NONE };
            // A quantity is an item's.
            let sku = if quantity.is_some() { sku.or(Some("CUP")) } else { sku };
            Line {
                order,
                operation,
                sku: sku.filter(|_| !takes(&[Approve, Reset])),
                reason: Some(reason).filter(|_| takes(&[Reverse, Modify])),
                amount,
                delta,
                quantity,
                other_currency,
                external_ref,
                raise,
                note,
            }
        },
    )
}

/// Lines, of which some say again what one before them said.
pub fn lines() -> impl Strategy<Value = Vec<Line>> {
    let repeated = prop::option::weighted(0.25, any::<prop::sample::Index>());
    prop::collection::vec((line(), repeated), 1..14).prop_map(|drawn| {
        let mut lines: Vec<Line> = Vec::new();
        for (line, repeated) in drawn {
            let earlier = repeated.filter(|_| !lines.is_empty());
            let earlier = earlier.map(|place| lines[place.index(lines.len())].clone());
            lines.push(earlier.map_or(line.clone(), |earlier| Line { note: line.note, ..earlier }));
        }
        lines
    })
}

pub fn sent() -> impl Strategy<Value = Sent> {
    let form = prop::sample::select(vec![Form::Json, Form::File, Form::Inferred]);
    let mode =
        prop::sample::select(vec!["best_effort", "best_effort", "all_or_nothing", "dry_run"]);
    (form, mode, prop::bool::weighted(0.8), lines()).prop_map(|(form, mode, may_raise, lines)| {
        let lines = match form {
            Form::Inferred => lines.into_iter().filter_map(inferred).collect(),
            Form::Json | Form::File => lines,
        };
        Sent { form, mode, may_raise, lines }
    })
}

/// The line as a file without operations can say it, if it can.
pub fn inferred(mut line: Line) -> Option<Line> {
    let zero = Figure { minor: 0, too_fine: false };
    let is_zero = |figure: Figure| figure.minor == 0;
    match line.operation {
        Operation::Restore => return None,
        Operation::Reverse => line.amount = Some(zero),
        Operation::Modify if line.quantity == Some(0) => {
            line.operation = Operation::Reverse;
        }
        Operation::Modify if line.quantity.is_none() && line.amount.is_some_and(is_zero) => {
            (line.operation, line.amount) = (Operation::Reverse, Some(zero));
        }
        Operation::Modify | Operation::Approve | Operation::Reset => {}
    }
    Some(line)
}

pub fn case() -> impl Strategy<Value = Case> {
    let thing = |sku| {
        (1_i64..6, prop_oneof![1 => Just(0), 6 => 1_i64..4_000])
            .prop_map(move |(quantity, amount)| (sku, quantity, amount))
    };
    let things = prop::sample::subsequence(SKUS.to_vec(), 1..=3);
    let order = things.prop_flat_map(move |skus| skus.into_iter().map(thing).collect::<Vec<_>>());
    let orders = prop::collection::vec(order, ORDERS);
    // Two items with the same article number are told apart by nothing in a file.
    let twin = (orders, prop::bool::weighted(0.2)).prop_map(|(mut orders, twin)| {
        if twin {
            let first = orders[0][0];
            orders[0].push(first);
        }
        orders
    });
    (0..SHOPS.len(), twin, prop::collection::vec(sent(), 1..4))
}

/// Currencies of all kinds, and what the partner earns.
pub const SHOPS: [(&str, Earns); 5] = [
    ("EUR", Earns::Percent(125_000)),
    ("JPY", Earns::PerUnit(7)),
    ("KWD", Earns::Percent(333_333)),
    ("EUR", Earns::PerAction(301)),
    ("KWD", Earns::PerItem(1_005)),
];

/// The text of an amount.
pub fn money(minor: i64, currency: &str) -> String {
    Money::of(minor, currency.parse().unwrap()).amount()
}

pub fn text(figure: Figure, currency: &str) -> String {
    let plain = money(figure.minor, currency);
    let point = if plain.contains('.') { "" } else { "." };
    if figure.too_fine { format!("{plain}{point}5") } else { plain }
}

impl Line {
    pub fn code(&self) -> &'static str {
        match self.operation {
            Operation::Reverse => "reverse",
            Operation::Modify => "modify",
            Operation::Restore => "restore",
            Operation::Approve => "approve",
            Operation::Reset => "reset",
        }
    }

    /// With the operation, as JSON, which [`file_of`] makes a row of.
    pub fn json(&self, orders: &[String], currency: &str) -> Value {
        let unknown = "NOBODY".to_string();
        let mut fields = json!({
            "order_id": orders.get(self.order).unwrap_or(&unknown), "operation": self.code(),
        });
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                fields[name] = value;
            }
        };
        put("sku", self.sku.map(Into::into));
        put("reason", self.reason.map(Into::into));
        put("amount", self.amount.map(|figure| text(figure, currency).into()));
        put("amount_delta", self.delta.map(|figure| text(figure, currency).into()));
        put("quantity", self.quantity.map(Into::into));
        put("currency", self.other_currency.then(|| "CHF".into()));
        put("external_ref", self.external_ref.map(Into::into));
        put("allow_increase", self.raise.then(|| true.into()));
        put("note", self.note.map(Into::into));
        fields
    }

    /// What it asks for; an order's own article numbers tell what it has.
    pub fn ask(&self) -> Result<Ask, &'static str> {
        if self.other_currency {
            return Err("currency_mismatch");
        }
        let raise = self.raise;
        let steps = |steps: Vec<Step>| {
            let sku = self.sku.unwrap_or_default().to_string();
            Change::Steps(steps.into_iter().map(|step| (sku.clone(), step)).collect())
        };
        match self.operation {
            Operation::Approve => Ok(Ask::Approve),
            Operation::Reset => Ok(Ask::Reset),
            Operation::Restore if self.sku.is_none() => Ok(Ask::Restore),
            Operation::Restore => {
                let change = steps(vec![Step::Restore]);
                Ok(Ask::Modify { reason: "ORDER_UPDATE", raise, change })
            }
            Operation::Reverse if self.sku.is_none() => Ok(Ask::Reverse(self.why()?)),
            Operation::Reverse => {
                let change = steps(vec![Step::Reverse]);
                Ok(Ask::Modify { reason: self.why()?, raise, change })
            }
            Operation::Modify => {
                let reason = self.why()?;
                let mut figures = self.amount.iter().chain(&self.delta);
                if figures.any(|figure| figure.too_fine) {
                    return Err("too_precise");
                }
                let change = match (self.sku, self.amount, self.delta) {
                    (None, Some(amount), _) => Change::Amount(amount.minor),
                    (None, None, delta) => Change::Delta(delta.map_or(0, |delta| delta.minor)),
                    (Some(_), amount, delta) => {
                        let quantity = self.quantity.map(Step::SetQuantity);
                        let amount = amount.map(|amount| Step::SetAmount(amount.minor));
                        let delta = delta.map(|delta| Step::Adjust(delta.minor));
                        steps([quantity, amount, delta].into_iter().flatten().collect())
                    }
                };
                Ok(Ask::Modify { reason, raise, change })
            }
        }
    }

    fn why(&self) -> Result<&'static str, &'static str> {
        match self.reason {
            None => Err("missing_field"),
            Some("MOOD") => Err("unknown_reason"),
            Some("OTHER") if self.note.is_none() => Err("missing_field"),
            Some("MP_RETURN") => Ok("ITEM_RETURNED"),
            Some(reason) => Ok(reason),
        }
    }

    /// The same but for the note, which says nothing to be done.
    pub fn plain(&self) -> Self {
        Self { note: None, ..self.clone() }
    }

    pub fn is_absolute(&self) -> bool {
        match self.operation {
            Operation::Reverse => true,
            Operation::Modify => self.amount.is_some() || self.quantity.is_some(),
            Operation::Restore | Operation::Approve | Operation::Reset => false,
        }
    }
}
