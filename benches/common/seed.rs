//! A brand with a program, a partner under contract, and very many tracked actions.

use entente::actions::model::{Action, Channel, Update, Verb};
use entente::actions::rules::{Attribution, Bought, Tracking, Why, entry, tracked};
use entente::contracts::model::{After, AfterLock, InquiryDefault, LockRule, Payout, Rate, Terms};
use entente::events::model::Doer;
use entente::kernel::id::*;
use entente::kernel::time::{Clock, Instant, Zone};
use jiff::SignedDuration;

use super::fill;

/// Over how long the actions of a brand are usually spread, whatever their number: none is locked.
const SPAN_DAYS: i64 = 100;

/// The ids everything hangs on.
pub struct Brand {
    pub company: CompanyId,
    pub partner: CompanyId,
    pub program: ProgramId,
    pub event_type: EventTypeId,
    pub contract: ContractId,
    pub terms_id: TermsId,
    pub terms: Terms,
    pub zone: Zone,
    pub now: Instant,
    /// How many actions it has.
    pub count: usize,
    /// Over how many days.
    pub days: i64,
    /// How many partners brought them, one after the other.
    pub partners: usize,
}

impl Brand {
    pub fn new(count: usize) -> Self {
        let event_type = EventTypeId::new();
        let rate = Rate::Percent("10".parse().unwrap());
        Self {
            company: CompanyId::new(),
            partner: CompanyId::new(),
            program: ProgramId::new(),
            event_type,
            contract: ContractId::new(),
            terms_id: TermsId::new(),
            terms: Terms {
                payouts: vec![Payout { event_type_id: event_type, rate }],
                lock: LockRule::After { after: After::Month, months: 6, days: 0 },
                clearing: None,
                after_lock: AfterLock::Forbid,
                hold_days: 60,
                clawback_days: 90,
                inquiry_days: 30,
                inquiry_default: InquiryDefault::Decline,
            },
            zone: Zone::utc(),
            now: Clock::System.now(),
            count,
            days: SPAN_DAYS,
            partners: 1,
        }
    }

    /// Who brought every action whose number is `n`, divided by the number of partners.
    pub fn partner_of(&self, n: usize) -> CompanyId {
        if self.partners == 1 {
            return self.partner;
        }
        let numbered = self.partner.uuid().as_u128() & !0xffff_ffff_ffff;
        CompanyId::from_uuid(uuid::Uuid::from_u128(numbered | u128::try_from(n).unwrap()))
    }

    /// How far apart two actions are, in microseconds.
    pub fn gap(&self) -> i64 {
        self.days * 86_400_000_000 / i64::try_from(self.count).unwrap()
    }

    /// When action number `n` occurred: the later, the larger the number.
    pub fn occurred_at(&self, n: usize) -> Instant {
        let ago = self.gap() * i64::try_from(self.count - n).unwrap();
        self.now.minus(SignedDuration::from_micros(ago))
    }

    /// The ids of all actions, in the order of time: as [`fill`] writes them.
    pub fn ids(&self) -> Vec<ActionId> {
        let id = |n| {
            let millis = u128::try_from(self.occurred_at(n).micros() / 1_000).unwrap();
            let n = u128::try_from(n).unwrap();
            let value = millis << 80 | 7 << 76 | (n & 0xfff) << 64 | 8 << 60 | n;
            ActionId::from_uuid(uuid::Uuid::from_u128(value))
        };
        (0..self.count).map(id).collect()
    }

    /// An action as action number `n` will be, of one item or two, as the product makes it. What is
    /// different for each action is a mark that [`fill`] replaces.
    pub fn model(&self, n: usize) -> Action {
        let item = |mark: &str| Bought {
            id: ItemId::new(),
            sku: Some(mark.into()),
            name: None,
            category: None,
            quantity: 1,
            amount_minor: 5_000,
        };
        let occurred_at = self.occurred_at(n);
        let new = Tracking {
            id: ActionId::new(),
            company_id: self.company,
            partner_company_id: self.partner,
            program_id: self.program,
            event_type_id: self.event_type,
            contract_id: self.contract,
            terms_id: self.terms_id,
            order_id: (n % 2).to_string(),
            occurrence: 0,
            currency: "EUR".parse().unwrap(),
            items: fill::SKUS.iter().take(1 + n % 2).map(|mark| item(mark)).collect(),
            customer_status: None,
            sub_ids: None,
            note: None,
            attribution: Attribution::named(),
            occurred_at,
            now: occurred_at,
        };
        tracked(new, &self.terms, &self.zone).unwrap()
    }

    /// The first entry of its ledger.
    pub fn first_entry(&self, action: &Action) -> Update {
        let why = Why {
            verb: Verb::Track,
            reason: None,
            note: None,
            channel: Channel::Api,
            doer: Doer::SYSTEM,
            reversal: None,
            at: action.created_at,
        };
        entry(UpdateId::new(), None, action, &why)
    }

    /// The rows around the actions, for either engine; `key` and `at` write a literal.
    pub fn around(
        &self,
        key: &dyn Fn(uuid::Uuid) -> String,
        at: &dyn Fn(Instant) -> String,
    ) -> String {
        let (company, partner) = (key(self.company.uuid()), key(self.partner.uuid()));
        let (program, event_type) = (key(self.program.uuid()), key(self.event_type.uuid()));
        let (contract, terms_id) = (key(self.contract.uuid()), key(self.terms_id.uuid()));
        let (now, long_ago) = (at(self.now), at(Instant::from_micros(0)));
        let terms = serde_json::to_string(&self.terms).unwrap();
        let company_row = |id: &str, kind: &str| {
            format!(
                "INSERT INTO companies (id, name, kind, website, domain, profile, time_zone, currency, \
                 plan, status, version, created_at, updated_at) VALUES ({id}, '{kind}', '{kind}', \
                 NULL, NULL, '{{}}', 'Europe/Berlin', 'EUR', 'standard', 'active', 1, {now}, \
                 {now});"
            )
        };
        format!(
            "{}{}INSERT INTO programs (id, company_id, name, currency, time_zone, lock_horizon, \
             version, created_at, updated_at) VALUES ({program}, {company}, 'Shop', 'EUR', \
             'UTC', {long_ago}, 1, {now}, {now});\
             INSERT INTO event_types VALUES ({event_type}, {company}, {program}, 'Sale', 'SALE', \
             'sale', NULL, 1, {now}, {now});\
             INSERT INTO contracts VALUES ({contract}, {program}, {company}, {partner}, 'EUR', \
             'active', NULL, NULL, 1, {now}, {now}, NULL, {now});\
             INSERT INTO contract_terms VALUES ({terms_id}, {contract}, 1, 'accepted', '{terms}', \
             NULL, {long_ago}, {now}, {now});",
            company_row(&company, "brand"),
            company_row(&partner, "partner"),
        )
    }
}

/// One line of the batch, as the raw statements take it.
pub struct Staged {
    pub line: usize,
    pub action: Option<ActionId>,
    pub order: Option<String>,
    pub modify: bool,
    pub offset: usize,
    pub length: usize,
}

/// A batch: 90 % by id, 10 % by order id, 80 % reverse, 20 % modify, 1 % unknown, in no order.
pub fn batch(ids: &[ActionId], lines: usize) -> (String, Vec<Staged>) {
    let mut text = String::from("action_id,event_type,order_id,operation,reason,amount\n");
    let mut staged = Vec::with_capacity(lines);
    // A stride without a common divisor visits every action once, all over the table.
    let stride = (ids.len() * 61 / 100..).find(|n| greatest_divisor(*n, ids.len()) == 1).unwrap();
    for n in 0..lines {
        let place = n.wrapping_mul(stride) % ids.len();
        let action = if n % 100 == 7 { ActionId::new() } else { ids[place] };
        let by_order = n % 10 == 3;
        let modify = n % 5 == 1;
        let offset = text.len();
        let order = format!("order-{place:08}");
        match by_order {
            true => text.push_str(&format!(",SALE,{order},")),
            false => text.push_str(&format!("{action},,,")),
        }
        text.push_str(if modify { "modify,ORDER_ERROR,12.50" } else { "reverse,ITEM_RETURNED," });
        staged.push(Staged {
            line: n + 2,
            action: (!by_order).then_some(action),
            order: by_order.then_some(order),
            modify,
            offset,
            length: text.len() - offset,
        });
        text.push('\n');
    }
    (text, staged)
}

fn greatest_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_divisor(b, a % b) }
}

/// The same lines as JSON, each an object.
pub fn as_json(lines: &[Staged]) -> Vec<String> {
    let line = |line: &Staged| {
        let target = match (&line.action, &line.order) {
            (Some(id), _) => format!(r#""action_id":"{id}""#),
            (None, order) => {
                let order = order.as_deref().unwrap_or_default();
                format!(r#""event_type_id":"SALE","order_id":"{order}""#)
            }
        };
        let asked = match line.modify {
            true => r#""operation":"modify","reason":"ORDER_ERROR","amount":"12.50""#,
            false => r#""operation":"reverse","reason":"ITEM_RETURNED""#,
        };
        format!("{{{target},{asked}}}")
    };
    lines.iter().map(line).collect()
}
