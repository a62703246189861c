//! Conversions as brands report them.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::ActionView;
use crate::actions::model::SubIds;
use crate::actions::rules::Bought;
use crate::error::Fault;
use crate::http::json::Envelope;
use crate::http::problem::ProblemFault;
use crate::kernel::id::{CompanyId, EventTypeId, ItemId};
use crate::kernel::money::{Currency, Money};
use crate::kernel::time::Instant;

/// How far ahead of ours a reporter's clock may be.
const AHEAD: SignedDuration = SignedDuration::from_mins(10);
/// The most labels a partner attaches.
const SUB_IDS: usize = 20;
/// The most characters of a label's name, and of the label.
const SUB_ID: (usize, usize) = (64, 255);

/// A conversion to be tracked. One of `items` and `amount` is there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "event_type_id": "evt_01k5h2v7xnf8rtq3m9bcw4ze6a", "order_id": "A-1001",
    "occurred_at": "2026-03-09T10:42:38Z", "currency": "EUR",
    "partner_company_id": "co_01k5h2v7xnf8rtq3m9bcw4ze6a",
    "items": [{ "sku": "SHOE-42", "name": "Shoes", "quantity": 2, "amount": "129.90" }]
}))]
pub struct NewAction {
    /// What kind of event it is.
    pub event_type_id: EventTypeId,
    /// Your order number. Within the event type's dedup window it counts once.
    #[schema(min_length = 1, max_length = 64)]
    pub order_id: String,
    /// When the customer acted; at most ten minutes ahead.
    pub occurred_at: Instant,
    /// What the amounts are counted in: the program's currency.
    pub currency: Currency,
    /// The partner who is credited; or else `code`. Where both are there, this one is.
    pub partner_company_id: Option<CompanyId>,
    /// The coupon code the order carried. Where no partner is named, whoever had it when the customer
    /// acted is credited; an unknown code is kept where one is.
    #[schema(min_length = 1, max_length = 64)]
    pub code: Option<String>,
    /// New or returning, in your words; not for the partner.
    #[schema(min_length = 1, max_length = 64)]
    pub customer_status: Option<String>,
    /// The partner's own labels: at most 20, names to 64 characters, values to 255.
    pub sub_ids: Option<SubIds>,
    /// A note of your own; not for the partner.
    #[schema(min_length = 1, max_length = 2000)]
    pub note: Option<String>,
    /// What was bought.
    #[schema(min_items = 1, max_items = 500)]
    pub items: Option<Vec<NewItem>>,
    /// What the order is worth, if that is all that is known: one item of quantity 1.
    #[schema(max_length = 40, example = "129.90")]
    pub amount: Option<String>,
}

/// One thing bought.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(as = NewActionItem)]
pub struct NewItem {
    /// Your article number.
    #[schema(min_length = 1, max_length = 128)]
    pub sku: Option<String>,
    /// What it is called.
    #[schema(min_length = 1, max_length = 300)]
    pub name: Option<String>,
    /// What kind of thing it is.
    #[schema(min_length = 1, max_length = 200)]
    pub category: Option<String>,
    /// How many.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub quantity: i64,
    /// What they are worth together.
    #[schema(max_length = 40, example = "129.90")]
    pub amount: String,
}

/// Conversions to be tracked, each for itself.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewActions {
    /// At most 1,000.
    #[schema(min_items = 1, max_items = 1000)]
    pub actions: Vec<NewAction>,
}

impl Envelope for NewActions {
    const LIST: &'static str = "actions";
    type Entry = NewAction;
}

crate::words! {
    /// What became of a reported conversion.
    pub enum TrackStatus {
        Tracked = "tracked",
        Duplicate = "duplicate",
        Rejected = "rejected",
    }
}

/// What became of one reported conversion.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = TrackResult)]
pub struct Tracked {
    /// Its place in the request, from 0.
    pub index: usize,
    /// What became of it.
    pub status: TrackStatus,
    /// The action; of a duplicate the one that was there; null if rejected.
    #[schema(required)]
    pub action: Option<ActionView>,
    /// Why it was not tracked: `duplicate_order`, or `invalid`.
    #[schema(required, example = "duplicate_order")]
    pub code: Option<&'static str>,
    /// All that is wrong with it; pointers begin at the request's root.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemFault>,
}

/// What became of the reported conversions, in their order.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = TrackResults)]
pub struct TrackedActions {
    /// One for each.
    pub data: Vec<Tracked>,
}

/// A reported conversion whose every field has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The order number, without spaces around it.
    pub order_id: String,
    /// What was bought.
    pub items: Vec<Bought>,
}

impl NewAction {
    /// Reads the fields that need no looking up, or finds everything that is wrong with them.
    pub fn read(&self, now: Instant) -> Result<Report, Vec<Fault>> {
        let mut faults = self.unfit_texts();
        if self.occurred_at > now.plus(AHEAD) {
            faults.push(Fault::at("/occurred_at", "out_of_range", "this lies in the future"));
        }
        if self.partner_company_id.is_none() && self.code.is_none() {
            let message = "partner_company_id or code is required";
            faults.push(Fault::at("/partner_company_id", "missing_field", message));
        }
        let order_id = self.order_id.trim();
        if order_id.is_empty() {
            faults.push(Fault::at("/order_id", "too_short", "at least 1 character"));
        }
        let items = self.bought(&mut faults);
        if faults.is_empty() {
            Ok(Report { order_id: order_id.to_owned(), items })
        } else {
            Err(faults)
        }
    }

    fn bought(&self, faults: &mut Vec<Fault>) -> Vec<Bought> {
        let mut amount = |pointer: String, text: &str| {
            amount_at(&pointer, text, self.currency).map_err(|fault| faults.push(fault)).ok()
        };
        match (&self.items, &self.amount) {
            (None, Some(text)) => {
                let whole = amount("/amount".into(), text);
                whole.into_iter().map(|minor| Bought::whole(ItemId::new(), minor)).collect()
            }
            (Some(items), None) => items
                .iter()
                .enumerate()
                .filter_map(|(place, item)| {
                    let minor = amount(format!("/items/{place}/amount"), &item.amount)?;
                    Some(item.bought(minor))
                })
                .collect(),
            (None, None) => {
                faults.push(Fault::at("/items", "missing_field", "items or amount is required"));
                Vec::new()
            }
            (Some(_), Some(_)) => {
                let message = "items have amounts; there is none beside them";
                faults.push(Fault::at("/amount", "conflicting_fields", message));
                Vec::new()
            }
        }
    }

    /// Texts with characters that no text of their kind has.
    fn unfit_texts(&self) -> Vec<Fault> {
        let mut faults: Vec<Option<Fault>> = vec![
            one_line("/order_id", Some(&self.order_id)),
            one_line("/customer_status", self.customer_status.as_ref()),
            one_line("/code", self.code.as_ref()),
            text_at("/note", self.note.as_ref()),
        ];
        for (place, item) in (0_usize..).zip(self.items.iter().flatten()) {
            for (name, text) in
                [("sku", &item.sku), ("name", &item.name), ("category", &item.category)]
            {
                faults.push(one_line(&format!("/items/{place}/{name}"), text.as_ref()));
            }
        }
        faults.extend(self.sub_ids.iter().flat_map(unfit_labels));
        faults.into_iter().flatten().collect()
    }
}

impl NewItem {
    fn bought(&self, amount_minor: i64) -> Bought {
        Bought {
            id: ItemId::new(),
            sku: self.sku.clone(),
            name: self.name.clone(),
            category: self.category.clone(),
            quantity: self.quantity,
            amount_minor,
        }
    }
}

fn unfit_labels(labels: &SubIds) -> Vec<Option<Fault>> {
    let (longest_name, longest) = SUB_ID;
    let too_many = Fault::at("/sub_ids", "too_many", format!("at most {SUB_IDS} entries"));
    let mut faults = vec![Some(too_many).filter(|_| labels.len() > SUB_IDS)];
    for (name, label) in labels.iter().take(SUB_IDS) {
        let at = format!("/sub_ids/{}", name.replace('~', "~0").replace('/', "~1"));
        let fits = (1..=longest_name).contains(&name.chars().count());
        if !fits || label.chars().count() > longest {
            let message = format!("a name to {longest_name} characters, a value to {longest}");
            faults.push(Some(Fault::at(at.clone(), "too_long", message)));
        }
        faults.push(one_line(&at, Some(name)).or(one_line(&at, Some(label))));
    }
    faults
}

/// An amount that is not below zero.
fn amount_at(pointer: &str, text: &str, currency: Currency) -> Result<i64, Fault> {
    match Money::parse(text, currency) {
        Ok(money) if money.minor < 0 => {
            Err(Fault::at(pointer, "out_of_range", "an amount is zero or more"))
        }
        Ok(money) => Ok(money.minor),
        Err(bad) => Err(Fault::at(pointer, bad.code(), bad.to_string())),
    }
}

/// What is wrong with a text that has to stand on one line.
fn one_line(pointer: &str, text: Option<&String>) -> Option<Fault> {
    let controls = text.is_some_and(|text| text.contains(char::is_control));
    controls.then(|| Fault::at(pointer, "bad_characters", "no control characters"))
}

/// What is wrong with a text that may have several lines.
pub fn text_at(pointer: &str, text: Option<&String>) -> Option<Fault> {
    let unfit = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
    let controls = text.is_some_and(|text| text.contains(unfit));
    controls.then(|| Fault::at(pointer, "bad_characters", "no control characters"))
}
