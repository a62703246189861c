//! What an action would earn and when it would lock, for any time; nothing is stored.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::model::{Rate, Terms, Version};
use super::rules::{self, Sold};
use super::store::Whole;
use crate::error::{Error, Fault, Result};
use crate::kernel::id::{EventTypeId, TermsId};
use crate::kernel::money::{Currency, Money};
use crate::kernel::time::Instant;
use crate::kernel::wire::MoneyView;

/// An action that might occur: with items, or with one amount.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "event_type_id": "evt_01k5h2v7xnf8rtq3m9bcw4ze6a", "occurred_at": "2026-01-31T22:59:00Z",
    "currency": "EUR", "amount": "129.90"
}))]
pub struct PreviewContract {
    /// What it counts as.
    pub event_type_id: EventTypeId,
    /// When it occurs, in the past or in the future.
    pub occurred_at: Instant,
    /// What the amounts are in: the contract's currency.
    pub currency: Currency,
    /// The amount, for an action of one item.
    #[schema(max_length = 30, example = "129.90")]
    pub amount: Option<String>,
    /// The items.
    #[schema(min_items = 1, max_items = 1000)]
    pub items: Option<Vec<PreviewItem>>,
}

/// One thing that might be bought.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "sku": "BIKE-1", "quantity": 1, "amount": "129.90" }))]
pub struct PreviewItem {
    /// The brand's article number.
    #[schema(max_length = 128)]
    pub sku: Option<String>,
    /// What it is called.
    #[schema(max_length = 200)]
    pub name: Option<String>,
    /// What kind of thing it is.
    #[schema(max_length = 100)]
    pub category: Option<String>,
    /// How many.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub quantity: i64,
    /// The amount for all of them together.
    #[schema(max_length = 30, example = "129.90")]
    pub amount: String,
}

/// What an action would earn, and when it would lock.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ContractPreview)]
pub struct ContractPreviewView {
    /// Until then it could change.
    pub locks_at: Instant,
    /// When its payout would be due.
    pub clears_at: Instant,
    /// What it would earn.
    pub payout: MoneyView,
    /// What each item would earn.
    pub items: Vec<PreviewedItem>,
    /// The version of the terms that would count.
    pub terms_id: TermsId,
}

/// What one item would earn.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewedItem {
    /// The brand's article number.
    #[schema(required)]
    pub sku: Option<String>,
    /// What it is called.
    #[schema(required)]
    pub name: Option<String>,
    /// What kind of thing it is.
    #[schema(required)]
    pub category: Option<String>,
    /// How many.
    pub quantity: i64,
    /// The amount for all of them together.
    pub amount: MoneyView,
    /// What they would earn.
    pub payout: MoneyView,
}

/// Foretells; `event_types` are those of the program that the caller may know.
pub fn foretell(
    body: PreviewContract,
    whole: &Whole,
    event_types: &[EventTypeId],
) -> Result<ContractPreviewView> {
    let Whole { contract, zone, versions } = whole;
    let version = rules::foretelling(versions, contract, zone, body.occurred_at);
    let mut faults = Vec::new();
    let rate = rate_of(&body, version.as_ref(), event_types, &mut faults);
    if body.currency != contract.currency {
        let message = format!("the contract is in {}", contract.currency);
        faults.push(Fault::at("/currency", "currency_mismatch", message));
    }
    let items = read_items(&body, &mut faults);
    let (Some(version), Some(rate), true) = (version, rate, faults.is_empty()) else {
        return Err(Error::Invalid(faults));
    };
    let (payout, items) = earned(rate, contract.currency, items)?;
    let Terms { lock, clearing, .. } = version.terms.0;
    let locks_at = rules::locks_at(lock, zone, body.occurred_at, body.occurred_at);
    let clears_at = rules::clears_at(clearing, zone, locks_at);
    Ok(ContractPreviewView { locks_at, clears_at, payout, items, terms_id: version.id })
}

/// The rate that would count, if the caller may know the event type and there is one.
fn rate_of(
    body: &PreviewContract,
    version: Option<&Version>,
    event_types: &[EventTypeId],
    faults: &mut Vec<Fault>,
) -> Option<Rate> {
    let mut say = |place: &str, code: &'static str, message: &str| {
        faults.push(Fault::at(place, code, message));
    };
    let known = event_types.contains(&body.event_type_id);
    let rate = version.and_then(|found| found.terms.0.rate(body.event_type_id));
    if !known {
        say("/event_type_id", "unknown_event_type", "the program has no such event type");
    } else if version.is_some() && rate.is_none() {
        say("/event_type_id", "no_contract", "the terms pay nothing for this event type");
    }
    if version.is_none() {
        say("/occurred_at", "no_contract", "no terms are in force at that time");
    }
    rate
}

/// The payout of all items together, and of each.
fn earned(
    rate: Rate,
    currency: Currency,
    items: Vec<(PreviewItem, Sold)>,
) -> Result<(MoneyView, Vec<PreviewedItem>)> {
    let sold: Vec<Sold> = items.iter().map(|(_, sold)| *sold).collect();
    let parts = rules::payouts(rate, currency, &sold).ok_or_else(beyond)?;
    let sum = parts.iter().try_fold(0_i64, |sum, part| sum.checked_add(*part));
    let money = |minor| MoneyView::from(Money::of(minor, currency));
    let shown = items.into_iter().zip(parts).map(|((item, sold), part)| PreviewedItem {
        sku: item.sku,
        name: item.name,
        category: item.category,
        quantity: sold.quantity,
        amount: money(sold.amount_minor),
        payout: money(part),
    });
    Ok((money(sum.ok_or_else(beyond)?), shown.collect()))
}

fn beyond() -> Error {
    Error::invalid(Fault::at("", "out_of_range", "the payout is too large"))
}

/// The items with their amounts; an amount alone is one item.
fn read_items(body: &PreviewContract, faults: &mut Vec<Fault>) -> Vec<(PreviewItem, Sold)> {
    let (items, alone) = match (&body.items, &body.amount) {
        (Some(items), None) => (items.clone(), false),
        (None, Some(amount)) => {
            let (sku, name, category) = (None, None, None);
            (vec![PreviewItem { sku, name, category, quantity: 1, amount: amount.clone() }], true)
        }
        (None, None) | (Some(_), Some(_)) => {
            let message = "give items or amount, and only one";
            faults.push(Fault::at("", "one_of_fields", message));
            return Vec::new();
        }
    };
    let mut read = Vec::new();
    for (place, item) in items.into_iter().enumerate() {
        let place = if alone { "/amount".to_string() } else { format!("/items/{place}/amount") };
        match Money::parse(&item.amount, body.currency) {
            Err(bad) => faults.push(Fault::at(place, bad.code(), bad.to_string())),
            Ok(money) if money.minor < 0 => {
                faults.push(Fault::at(place, "out_of_range", "not below zero"));
            }
            Ok(Money { minor, .. }) => {
                let quantity = item.quantity;
                read.push((item, Sold { quantity, amount_minor: minor, reversed: false }));
            }
        }
    }
    read
}
