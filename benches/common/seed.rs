//! A brand with a program, a partner under contract, and very many tracked actions.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::{PgConnection, SqliteConnection};
use entente::actions::model::{Action, Channel, Update, Verb};
use entente::actions::rules::{Attribution, Bought, Tracking, Why, entry, tracked};
use entente::contracts::model::{After, AfterLock, InquiryDefault, LockRule, Payout, Rate, Terms};
use entente::db::schema::{action_updates, actions};
use entente::events::model::Doer;
use entente::kernel::id::*;
use entente::kernel::time::{Clock, Instant, Zone};
use jiff::SignedDuration;

const AT_ONCE: usize = 10_000;

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
}

impl Brand {
    pub fn new() -> Self {
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
            zone: "Europe/Berlin".parse().unwrap(),
            now: Clock::System.now(),
        }
    }

    /// Action number `n`: one item or two, and an id in the order of time.
    fn action(&self, n: usize, of: usize) -> Action {
        let ago = SignedDuration::from_secs(10 * i64::try_from(of - n).unwrap());
        let occurred_at = self.now.minus(ago);
        let item = |number: usize| Bought {
            id: ItemId::new(),
            sku: Some(format!("sku-{}", (n * 7 + number) % 997)),
            name: None,
            category: None,
            quantity: 1,
            amount_minor: 5_000,
        };
        let new = Tracking {
            id: ActionId::at(occurred_at),
            company_id: self.company,
            partner_company_id: self.partner,
            program_id: self.program,
            event_type_id: self.event_type,
            contract_id: self.contract,
            terms_id: self.terms_id,
            order_id: format!("order-{n:08}"),
            occurrence: 0,
            currency: "EUR".parse().unwrap(),
            items: (0..1 + n % 2).map(item).collect(),
            customer_status: None,
            sub_ids: None,
            note: None,
            attribution: Attribution::named(),
            occurred_at,
            now: occurred_at,
        };
        tracked(new, &self.terms, &self.zone).unwrap()
    }

    fn first_entry(&self, action: &Action) -> Update {
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
    fn around(&self, key: &dyn Fn(uuid::Uuid) -> String, at: &dyn Fn(Instant) -> String) -> String {
        let (company, partner) = (key(self.company.uuid()), key(self.partner.uuid()));
        let (program, event_type) = (key(self.program.uuid()), key(self.event_type.uuid()));
        let (contract, terms_id) = (key(self.contract.uuid()), key(self.terms_id.uuid()));
        let (now, long_ago) = (at(self.now), at(Instant::from_micros(0)));
        let terms = serde_json::to_string(&self.terms).unwrap();
        let company_row = |id: &str, kind: &str| {
            format!(
                "INSERT INTO companies VALUES ({id}, '{kind}', '{kind}', NULL, NULL, '{{}}', \
                 'Europe/Berlin', 'EUR', 'standard', 'active', 1, {now}, {now});"
            )
        };
        format!(
            "{}{}INSERT INTO programs VALUES ({program}, {company}, 'Shop', 'EUR', \
             'Europe/Berlin', {long_ago}, 1, {now}, {now});\
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

    /// Fills PostgreSQL; gives the ids of all actions.
    pub fn fill_postgres(&self, db: &mut PgConnection, count: usize) -> Vec<ActionId> {
        let at = |at: Instant| format!("'{at}'");
        db.batch_execute(&self.around(&|key| format!("'{key}'"), &at)).unwrap();
        let mut ids = Vec::with_capacity(count);
        for from in (0..count).step_by(AT_ONCE) {
            let (rows, entries) = self.some(from, count);
            diesel::copy_from(actions::table).from_insertable(&rows).execute(db).unwrap();
            diesel::copy_from(action_updates::table).from_insertable(&entries).execute(db).unwrap();
            ids.extend(rows.iter().map(|action| action.id));
        }
        for statement in
            ["VACUUM (ANALYZE) actions", "VACUUM (ANALYZE) action_updates", "CHECKPOINT"]
        {
            db.batch_execute(statement).unwrap();
        }
        ids
    }

    /// Fills SQLite; gives the ids of all actions.
    pub fn fill_sqlite(&self, db: &mut SqliteConnection, count: usize) -> Vec<ActionId> {
        let at = |at: Instant| at.micros().to_string();
        db.batch_execute("PRAGMA synchronous = OFF; PRAGMA cache_size = -256000").unwrap();
        db.batch_execute(&self.around(&|key| format!("x'{}'", key.simple()), &at)).unwrap();
        let mut ids = Vec::with_capacity(count);
        for from in (0..count).step_by(AT_ONCE) {
            let (rows, entries) = self.some(from, count);
            db.transaction(|db| {
                for (action, entry) in rows.iter().zip(&entries) {
                    diesel::insert_into(actions::table).values(action).execute(db)?;
                    diesel::insert_into(action_updates::table).values(entry).execute(db)?;
                }
                diesel::QueryResult::Ok(())
            })
            .unwrap();
            ids.extend(rows.iter().map(|action| action.id));
        }
        db.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        ids
    }

    fn some(&self, from: usize, count: usize) -> (Vec<Action>, Vec<Update>) {
        let rows: Vec<Action> =
            (from..count.min(from + AT_ONCE)).map(|n| self.action(n, count)).collect();
        let entries = rows.iter().map(|action| self.first_entry(action)).collect();
        (rows, entries)
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
