//! Actions as they were tracked, for tests of rules that begin with one.

use crate::actions::model::Action;
use crate::actions::rules::{Attribution, Bought, Tracking, tracked};
use crate::contracts::model::{
    After, AfterLock, LockRule, Payout, Rate, Terms, USUAL_CLAWBACK_DAYS, USUAL_HOLD_DAYS,
    USUAL_INQUIRY_DAYS, USUAL_INQUIRY_DEFAULT,
};
use crate::kernel::id::{ActionId, CompanyId, ContractId, EventTypeId, ItemId, ProgramId, TermsId};
use crate::kernel::time::{Instant, Zone};

/// An action with all that a decision about it needs.
pub struct Sample {
    /// The action.
    pub action: Action,
    /// Its terms.
    pub terms: Terms,
    /// Its program's zone.
    pub zone: Zone,
}

/// An action of these items, which earns at this rate and was tracked now. It locks a month after
/// the month it occurred in.
pub fn sample(items: &[(&str, i64, i64)], rate: Rate, now: Instant) -> Sample {
    let event_type_id = EventTypeId::new();
    let terms = Terms {
        payouts: vec![Payout { event_type_id, rate }],
        lock: LockRule::After { after: After::Month, months: 1, days: 0 },
        clearing: None,
        after_lock: AfterLock::Forbid,
        hold_days: USUAL_HOLD_DAYS,
        clawback_days: USUAL_CLAWBACK_DAYS,
        inquiry_days: USUAL_INQUIRY_DAYS,
        inquiry_default: USUAL_INQUIRY_DEFAULT,
    };
    let zone: Zone = "Europe/Berlin".parse().unwrap();
    let items = items.iter().map(|(sku, quantity, amount_minor)| Bought {
        sku: Some((*sku).into()),
        quantity: *quantity,
        ..Bought::whole(ItemId::new(), *amount_minor)
    });
    let new = Tracking {
        id: ActionId::new(),
        company_id: CompanyId::new(),
        partner_company_id: CompanyId::new(),
        program_id: ProgramId::new(),
        event_type_id,
        contract_id: ContractId::new(),
        terms_id: TermsId::new(),
        order_id: "order".into(),
        occurrence: 0,
        currency: "EUR".parse().unwrap(),
        items: items.collect(),
        customer_status: None,
        sub_ids: None,
        note: None,
        attribution: Attribution::named(),
        occurred_at: now,
        now,
    };
    Sample { action: tracked(new, &terms, &zone).unwrap(), terms, zone }
}
