//! Inquiries and answers as callers write them.

use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::actions::rules::Change;
use crate::actions::wire::{NewAction, NewItem, Operation, OperationKind, signed, steps, text_at};
use crate::error::{Error, Fault, Result};
use crate::inquiries::model::{Claim, Inquiry, Kind};
use crate::inquiries::rules::{ORDER_DAYS, Said, is_recent};
use crate::kernel::id::{ActionId, CompanyId, EventTypeId, ProgramId};
use crate::kernel::money::Currency;
use crate::kernel::time::Instant;

/// What is disputed, and what it should be.
///
/// | `kind` | takes |
/// |---|---|
/// | `untracked` | `program_id`, `event_type_id`, `order_id`, `occurred_at`, `currency`, and `amount` or `items` |
/// | `incorrect` | `action_id`, and perhaps `amount` or `operations` |
/// | `declined` | `action_id`, and perhaps `operations` that restore items |
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "untracked", "program_id": "prg_01k5h2v7xnf8rtq3m9bcw4ze6a",
    "event_type_id": "evt_01k5h2v7xnf8rtq3m9bcw4ze6a", "order_id": "A-1001",
    "occurred_at": "2026-03-09T10:42:38Z", "currency": "EUR", "amount": "129.90",
    "message": "The customer came by our link and sent us the receipt."
}))]
pub struct NewInquiry {
    /// What is disputed.
    pub kind: Kind,
    /// Why, in words, for both sides to read.
    #[schema(min_length = 1, max_length = 2000)]
    pub message: String,
    /// The action, one that is credited to you.
    pub action_id: Option<ActionId>,
    /// The program, one that you have or had a contract in.
    pub program_id: Option<ProgramId>,
    /// What kind of event it was.
    pub event_type_id: Option<EventTypeId>,
    /// The brand's order number.
    #[schema(min_length = 1, max_length = 64)]
    pub order_id: Option<String>,
    /// When the customer acted: in the last 90 days.
    pub occurred_at: Option<Instant>,
    /// What the amounts are counted in: the program's currency.
    pub currency: Option<Currency>,
    /// What the order or the action is worth.
    #[schema(max_length = 40, example = "129.90")]
    pub amount: Option<String>,
    /// What was bought.
    #[schema(min_items = 1, max_items = 500)]
    pub items: Option<Vec<NewItem>>,
    /// Steps on single items of the action, one after the other.
    #[schema(min_items = 1, max_items = 500)]
    pub operations: Option<Vec<Operation>>,
}

/// Yes, to all of it or to a part.
///
/// For a part, say what the order or the action is worth: by `amount`; or of an untracked order by
/// `items`, of an action by `operations`.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "message": "You are right, sorry." }))]
pub struct AcceptInquiry {
    /// In words, for both sides to read.
    #[schema(min_length = 1, max_length = 2000)]
    pub message: Option<String>,
    /// Your own note; not for the partner.
    #[schema(min_length = 1, max_length = 2000)]
    pub note: Option<String>,
    /// What the order or the action is worth instead of what was asked for.
    #[schema(max_length = 40, example = "99.90")]
    pub amount: Option<String>,
    /// What was bought.
    #[schema(min_items = 1, max_items = 500)]
    pub items: Option<Vec<NewItem>>,
    /// Steps on single items of the action, one after the other.
    #[schema(min_items = 1, max_items = 500)]
    pub operations: Option<Vec<Operation>>,
}

/// No, and why.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "message": "The customer came by another partner's code." }))]
pub struct DeclineInquiry {
    /// Why, in words, for both sides to read.
    #[schema(min_length = 1, max_length = 2000)]
    pub message: String,
    /// Your own note; not for the partner.
    #[schema(min_length = 1, max_length = 2000)]
    pub note: Option<String>,
}

/// The figures of a request, of which one is there or none.
struct Figures<'a> {
    amount: Option<&'a String>,
    operations: Option<&'a Vec<Operation>>,
}

impl NewInquiry {
    /// What is wrong with its words, and with which fields are there.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = words("/message", Some(&self.message));
        let of_order = self.kind == Kind::Untracked;
        let fields = [
            ("program_id", self.program_id.is_some()),
            ("event_type_id", self.event_type_id.is_some()),
            ("order_id", self.order_id.is_some()),
            ("occurred_at", self.occurred_at.is_some()),
            ("currency", self.currency.is_some()),
        ];
        for (name, given) in fields {
            faults.extend(wanted(self.kind, name, given, of_order));
        }
        faults.extend(wanted(self.kind, "action_id", self.action_id.is_some(), !of_order));
        let unfit = |name, given: bool| given.then(|| not_allowed(self.kind, name)).into_iter();
        faults.extend(unfit("items", self.items.is_some() && !of_order));
        faults.extend(unfit("operations", self.operations.is_some() && of_order));
        faults.extend(unfit("amount", self.amount.is_some() && self.kind == Kind::Declined));
        faults
    }

    /// The order as its brand would report it, if all that it takes is there.
    pub fn order(&self, partner_company_id: CompanyId) -> Option<NewAction> {
        Some(NewAction {
            event_type_id: self.event_type_id?,
            order_id: self.order_id.clone()?,
            occurred_at: self.occurred_at?,
            currency: self.currency?,
            partner_company_id,
            customer_status: None,
            sub_ids: None,
            note: None,
            items: self.items.clone(),
            amount: self.amount.clone(),
        })
    }

    /// What the action should be.
    pub fn sale(&self, currency: Currency, faults: &mut Vec<Fault>) -> Option<Claim> {
        let figures =
            Figures { amount: self.amount.as_ref(), operations: self.operations.as_ref() };
        let claim = figures.read(currency, faults);
        if self.kind == Kind::Declined {
            for (place, one) in (0_usize..).zip(self.operations.iter().flatten()) {
                if one.op != OperationKind::RestoreItem {
                    let message = "what was declined is restored";
                    let at = format!("/operations/{place}/op");
                    faults.push(Fault::at(at, "not_allowed", message));
                }
            }
        }
        claim.map(|claim| claim.unwrap_or(Claim::Unsaid))
    }
}

/// Whether an order occurred in a time that can be asked about.
pub fn occurred(at: Instant, now: Instant) -> Option<Fault> {
    let message = format!("not in the future, and at most {ORDER_DAYS} days ago");
    (!is_recent(at, now)).then(|| Fault::at("/occurred_at", "out_of_range", message))
}

impl Figures<'_> {
    /// The claim they make, or none; no answer if there are faults.
    fn read(&self, currency: Currency, faults: &mut Vec<Fault>) -> Option<Option<Claim>> {
        match (self.amount, self.operations) {
            (None, None) => Some(None),
            (Some(text), None) => match signed("/amount", text, currency, faults) {
                Some(minor) if minor < 0 => {
                    faults.push(Fault::at("/amount", "out_of_range", "an amount is zero or more"));
                    None
                }
                minor => minor.map(|minor| Some(Claim::Sale(Change::Amount(minor)))),
            },
            (None, Some(operations)) => {
                steps(operations, currency, faults).map(|change| Some(Claim::Sale(change)))
            }
            (Some(_), Some(_)) => {
                let message = "one of amount and operations";
                faults.push(Fault::at("", "conflicting_fields", message));
                None
            }
        }
    }
}

impl AcceptInquiry {
    /// What is said yes to, if it is not all that was asked for, and what is said beside it.
    pub fn read(&self, inquiry: &Inquiry, now: Instant) -> Result<(Option<Claim>, Said)> {
        let mut faults = words("/message", self.message.as_ref());
        faults.extend(text_at("/note", self.note.as_ref()));
        let claim = match inquiry.kind {
            Kind::Untracked => self.order(inquiry, now, &mut faults),
            Kind::Incorrect | Kind::Declined => self.sale(inquiry, &mut faults),
        };
        match claim.filter(|_| faults.is_empty()) {
            Some(claim) => {
                let (message, note) = (self.message.clone(), self.note.clone());
                Ok((claim, Said { message, note }))
            }
            None => Err(Error::Invalid(faults)),
        }
    }

    fn order(
        &self,
        inquiry: &Inquiry,
        now: Instant,
        faults: &mut Vec<Fault>,
    ) -> Option<Option<Claim>> {
        if self.operations.is_some() {
            faults.push(not_allowed(inquiry.kind, "operations"));
        }
        if self.amount.is_none() && self.items.is_none() {
            return Some(None);
        }
        let order = NewAction {
            event_type_id: inquiry.event_type_id,
            order_id: inquiry.order_id.clone(),
            occurred_at: inquiry.occurred_at,
            currency: inquiry.currency,
            partner_company_id: inquiry.partner_company_id,
            customer_status: None,
            sub_ids: None,
            note: None,
            items: self.items.clone(),
            amount: self.amount.clone(),
        };
        match order.read(now) {
            Ok(report) => Some(Some(Claim::Order(report.items))),
            Err(found) => {
                faults.extend(found);
                None
            }
        }
    }

    fn sale(&self, inquiry: &Inquiry, faults: &mut Vec<Fault>) -> Option<Option<Claim>> {
        if self.items.is_some() {
            faults.push(not_allowed(inquiry.kind, "items"));
        }
        let figures =
            Figures { amount: self.amount.as_ref(), operations: self.operations.as_ref() };
        figures.read(inquiry.currency, faults)
    }
}

impl DeclineInquiry {
    /// What is said beside no.
    pub fn read(&self) -> Result<Said> {
        let mut faults = words("/message", Some(&self.message));
        faults.extend(text_at("/note", self.note.as_ref()));
        if faults.is_empty() {
            Ok(Said { message: Some(self.message.clone()), note: self.note.clone() })
        } else {
            Err(Error::Invalid(faults))
        }
    }
}

/// What is wrong with words that somebody is to read.
fn words(at: &str, text: Option<&String>) -> Vec<Fault> {
    let empty = text.is_some_and(|text| text.trim().is_empty());
    let empty = empty.then(|| Fault::at(at, "too_short", "at least 1 character"));
    text_at(at, text).into_iter().chain(empty).collect()
}

/// What is wrong with a field that is there or not.
fn wanted(kind: Kind, name: &str, given: bool, needed: bool) -> Option<Fault> {
    match (needed, given) {
        (true, false) => {
            let message = format!("{kind} takes {name}");
            Some(Fault::at(format!("/{name}"), "missing_field", message))
        }
        (false, true) => Some(not_allowed(kind, name)),
        (true, true) | (false, false) => None,
    }
}

fn not_allowed(kind: Kind, name: &str) -> Fault {
    Fault::at(format!("/{name}"), "not_allowed", format!("{kind} takes no {name}"))
}
