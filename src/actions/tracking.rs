//! How an action begins.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::items;
use super::model::{Action, AttributedBy, Item, State, SubIds};
use super::rules::Refusal;
use crate::contracts::model::Terms;
use crate::contracts::rules::locks_at;
use crate::kernel::document::Document;
use crate::kernel::id::{
    ActionId, CompanyId, ContractId, EventTypeId, ItemId, ProgramId, ReferralCodeId, TermsId,
};
use crate::kernel::money::Currency;
use crate::kernel::time::{Instant, Zone};

/// A conversion as it was reported, its partner and contract already found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracking {
    /// The id it gets.
    pub id: ActionId,
    /// The brand.
    pub company_id: CompanyId,
    /// The partner who is credited.
    pub partner_company_id: CompanyId,
    /// The program.
    pub program_id: ProgramId,
    /// The event type.
    pub event_type_id: EventTypeId,
    /// The contract it earns under.
    pub contract_id: ContractId,
    /// The version of the terms in force when it occurred.
    pub terms_id: TermsId,
    /// The brand's order number.
    pub order_id: String,
    /// 0, or how often this order id was seen before outside the dedup window.
    pub occurrence: i32,
    /// What its amounts are counted in.
    pub currency: Currency,
    /// What was bought; [`Bought::whole`] if only an amount is known.
    pub items: Vec<Bought>,
    /// New or returning, in the brand's words.
    pub customer_status: Option<String>,
    /// The partner's own labels.
    pub sub_ids: Option<SubIds>,
    /// The brand's own note.
    pub note: Option<String>,
    /// How the partner was found.
    pub attribution: Attribution,
    /// When the customer acted.
    pub occurred_at: Instant,
    /// When it is tracked.
    pub now: Instant,
}

/// How the partner of a conversion was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribution {
    /// The code the order carried, as it was reported.
    pub code: Option<String>,
    /// The code it was, if it was one.
    pub code_id: Option<ReferralCodeId>,
    /// What decided.
    pub by: AttributedBy,
}

impl Attribution {
    /// The brand named the partner, and no code.
    pub fn named() -> Self {
        Self { code: None, code_id: None, by: AttributedBy::Partner }
    }
}

/// One thing bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bought {
    /// The id it gets.
    pub id: ItemId,
    /// The brand's article number.
    pub sku: Option<String>,
    /// What it is called.
    pub name: Option<String>,
    /// What kind of thing it is.
    pub category: Option<String>,
    /// How many; at least one.
    pub quantity: i64,
    /// Minor units for all of them together; 0 for a lead.
    pub amount_minor: i64,
}

impl Bought {
    /// The whole order as one thing, where nothing is known but its amount.
    pub fn whole(id: ItemId, amount_minor: i64) -> Self {
        Self { id, sku: None, name: None, category: None, quantity: 1, amount_minor }
    }
}

impl From<Bought> for Item {
    fn from(bought: Bought) -> Self {
        let Bought { id, sku, name, category, quantity, amount_minor } = bought;
        Self {
            id,
            sku,
            name,
            category,
            quantity,
            amount_minor,
            tracked_quantity: quantity,
            tracked_amount_minor: amount_minor,
            reversed_in: None,
        }
    }
}

/// One action of an order, as far as another report of the same order needs to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The action.
    pub id: ActionId,
    /// Which repetition of the order it is.
    pub occurrence: i32,
    /// When the customer acted.
    pub occurred_at: Instant,
}

impl Seen {
    /// Of an action.
    pub fn of(action: &Action) -> Self {
        let Action { id, occurrence, occurred_at, .. } = action;
        Self { id: *id, occurrence: *occurrence, occurred_at: *occurred_at }
    }
}

/// The number of this repetition of an order, or the action that it repeats too soon: one that occurred
/// within these bounds; within all of time if there are none. Of several it is the first that was
/// tracked.
pub fn occurrence(seen: &[Seen], window: Option<(Instant, Instant)>) -> ControlFlow<ActionId, i32> {
    let within = |seen: &&Seen| {
        window.is_none_or(|(from, until)| from < seen.occurred_at && seen.occurred_at < until)
    };
    let repeated = seen.iter().filter(within).min_by_key(|seen| seen.occurrence);
    let last = seen.iter().map(|seen| seen.occurrence).max();
    match (repeated, last) {
        (Some(seen), _) => ControlFlow::Break(seen.id),
        (None, Some(last)) => ControlFlow::Continue(last.saturating_add(1)),
        (None, None) => ControlFlow::Continue(0),
    }
}

/// When an action will lock, and whether it came late: so late that it would have been closed on
/// arrival. Such a one has the full time from its arrival on, so that it can still be looked at.
fn scheduled(new: &Tracking, terms: &Terms, zone: &Zone) -> (Instant, bool) {
    let in_time = locks_at(terms.lock, zone, new.occurred_at, new.now);
    match in_time > new.now {
        true => (in_time, false),
        false => (locks_at(terms.lock, zone, new.now, new.now), true),
    }
}

/// A new action: pending, in version 1.
pub fn tracked(new: Tracking, terms: &Terms, zone: &Zone) -> Result<Action, Refusal> {
    if new.items.is_empty() {
        return Err(Refusal::NoItems);
    }
    if new.items.iter().any(|item| item.quantity < 1 || item.amount_minor < 0) {
        return Err(Refusal::OutOfRange);
    }
    let (locks_at, late) = scheduled(&new, terms, zone);
    let items: Vec<Item> = new.items.into_iter().map(Item::from).collect();
    let worth = items::worth(State::Pending, &items, terms.rate(new.event_type_id), new.currency)
        .ok_or(Refusal::OutOfRange)?;
    Ok(Action {
        id: new.id,
        company_id: new.company_id,
        partner_company_id: new.partner_company_id,
        program_id: new.program_id,
        event_type_id: new.event_type_id,
        contract_id: new.contract_id,
        terms_id: new.terms_id,
        order_id: new.order_id,
        occurrence: new.occurrence,
        state: State::Pending,
        held: false,
        hold_reason: None,
        currency: new.currency,
        sale_minor: worth.sale_minor,
        payout_minor: worth.payout_minor,
        tracked_sale_minor: worth.sale_minor,
        tracked_payout_minor: worth.payout_minor,
        items: Document(items),
        customer_status: new.customer_status,
        sub_ids: new.sub_ids.map(Document),
        note: new.note,
        code: new.attribution.code,
        code_id: new.attribution.code_id,
        attributed_by: new.attribution.by,
        first_partner_company_id: None,
        occurred_at: new.occurred_at,
        locks_at,
        locked_at: None,
        cleared_at: None,
        cleared: false,
        late,
        held_until: None,
        version: 1,
        created_at: new.now,
        updated_at: new.now,
        occurred_on: Some(new.occurred_at.day_in(zone)),
    })
}
