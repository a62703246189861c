//! A brand with a program and a partner, on a database of its own, and what tests ask about it.

use std::collections::BTreeMap;
use std::time::Duration;

use diesel::prelude::*;
use entente::actions::model::{Action, Channel, Update, Verb};
use entente::actions::rules::{
    Attribution, Bought, Command, Decision, Setting, Tracking, Why, decide, entry, tracked,
};
use entente::actions::store as ledger;
use entente::contracts::model::{
    After, AfterLock, InquiryDefault, LockRule, Payout, Rate, Terms, TermsStatus, Version,
};
use entente::db::schema::{action_updates, actions, contract_terms, event_types, jobs, programs};
use entente::db::{Db, Limits, Pool, Url};
use entente::error::Result;
use entente::events::model::Doer;
use entente::kernel::document::Document;
use entente::kernel::id::*;
use entente::kernel::time::{Clock, Instant};
use entente::programs::model::{EventKind, EventType, Program};
use entente::reversals::formats::{Layout, sniff};
use entente::reversals::model::{Mode, OnAmbiguous, Purpose};
use entente::reversals::parts;
use entente::reversals::rows::{Authority, Batch, LineRow};
use entente::reversals::rules::MostLines;
use entente::reversals::store::{self, Submission};
use entente::reversals::worker::{Bells, Settings, Worker};
use jiff::SignedDuration;

use crate::cast::engines;

const NOW: &str = "2026-02-10T12:00:00Z";

pub struct World {
    pub url: Url,
    pub pool: Pool,
    pub clock: Clock,
    pub brand: CompanyId,
    pub partner: CompanyId,
    pub program: ProgramId,
    pub event_type: EventTypeId,
    pub contract: ContractId,
    pub terms_id: TermsId,
    pub terms: Terms,
}

/// Tells a story on each engine, each time on a database of its own.
pub fn on_both_engines(story: impl AsyncFn(World)) {
    engines::on_both_engines(|url| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { story(World::at(url).await).await });
    });
}

impl World {
    async fn at(url: &str) -> Self {
        let url: Url = url.parse().unwrap();
        let pool = Pool::open(&url, Limits { connections: 2, waiting: 64 }).unwrap();
        let event_type = EventTypeId::new();
        let terms = Terms {
            payouts: vec![Payout {
                event_type_id: event_type,
                rate: Rate::Percent("10".parse().unwrap()),
            }],
            lock: LockRule::After { after: After::Month, months: 1, days: 0 },
            clearing: None,
            after_lock: AfterLock::Forbid,
            hold_days: 60,
            clawback_days: 90,
            inquiry_days: 30,
            inquiry_default: InquiryDefault::Decline,
        };
        let world = Self {
            url,
            pool,
            clock: Clock::manual(NOW.parse().unwrap()),
            brand: CompanyId::new(),
            partner: CompanyId::new(),
            program: ProgramId::new(),
            event_type,
            contract: ContractId::new(),
            terms_id: TermsId::new(),
            terms,
        };
        world.found().await;
        world
    }

    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    pub async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Db) -> Result<T> + Send + 'static,
    ) -> T {
        self.pool.write(work).await.unwrap()
    }

    pub async fn found(&self) {
        let (brand, partner, now) = (self.brand, self.partner, self.now());
        let (contract, program, event_type) = (self.contract, self.program, self.event_type);
        let program_row = Program {
            id: program,
            company_id: brand,
            name: "Shop".into(),
            currency: "EUR".parse().unwrap(),
            time_zone: "Europe/Berlin".parse().unwrap(),
            lock_horizon: "2026-01-01T00:00:00Z".parse().unwrap(),
            version: 1,
            created_at: now,
            updated_at: now,
            make_good_limit_minor: None,
            guard_lines: None,
            guard_payout_percent: None,
        };
        let event_type_row = EventType {
            id: event_type,
            company_id: brand,
            program_id: program,
            name: "Sale".into(),
            code: "SALE".into(),
            kind: EventKind::Sale,
            dedup_days: None,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let contract_row = entente::contracts::model::Contract {
            id: contract,
            program_id: program,
            brand_company_id: brand,
            partner_company_id: partner,
            currency: "EUR".parse().unwrap(),
            status: entente::contracts::model::Status::Active,
            starts_on: None,
            ends_on: None,
            version: 1,
            created_at: now,
            answered_at: Some(now),
            ended_at: None,
            updated_at: now,
        };
        let version = Version {
            id: self.terms_id,
            contract_id: contract,
            number: 1,
            status: TermsStatus::Accepted,
            terms: Document(self.terms.clone()),
            starts_on: None,
            in_force_from: Some(now),
            created_at: now,
            answered_at: Some(now),
        };
        self.write(move |db| {
            for (id, kind) in [(brand, "brand"), (partner, "partner")] {
                company(db, id, kind, now)?;
            }
            diesel::insert_into(programs::table).values(&program_row).execute(db)?;
            diesel::insert_into(event_types::table).values(&event_type_row).execute(db)?;
            diesel::insert_into(entente::db::schema::contracts::table)
                .values(&contract_row)
                .execute(db)?;
            diesel::insert_into(contract_terms::table).values(&version).execute(db)?;
            Ok(())
        })
        .await;
    }

    /// An action of the brand: two items, 60.00 and 40.00, of which the partner earns a tenth.
    pub fn action(&self, order_id: &str, occurrence: i32) -> Action {
        let bought = |sku: &str, quantity, amount_minor| Bought {
            id: ItemId::new(),
            sku: Some(sku.into()),
            name: None,
            category: None,
            quantity,
            amount_minor,
        };
        let new = Tracking {
            id: ActionId::new(),
            company_id: self.brand,
            partner_company_id: self.partner,
            program_id: self.program,
            event_type_id: self.event_type,
            contract_id: self.contract,
            terms_id: self.terms_id,
            order_id: order_id.into(),
            occurrence,
            currency: "EUR".parse().unwrap(),
            items: vec![bought("SHOE", 3, 6_000), bought("SOCK", 1, 4_000)],
            customer_status: None,
            sub_ids: None,
            note: None,
            attribution: Attribution::named(),
            occurred_at: self.now(),
            now: self.now(),
        };
        tracked(new, &self.terms, &"Europe/Berlin".parse().unwrap()).unwrap()
    }

    pub async fn track(&self, actions: Vec<Action>) {
        let why = self.why(Verb::Track);
        self.write(move |db| {
            for action in &actions {
                let first = entry(UpdateId::new(), None, action, &why);
                diesel::insert_into(actions::table).values(action).execute(db)?;
                diesel::insert_into(action_updates::table).values(&first).execute(db)?;
            }
            Ok(())
        })
        .await;
    }

    /// Keeps an action from locking, from now on for as long as its terms say.
    pub async fn hold(&self, action: &Action) {
        let zone = "Europe/Berlin".parse().unwrap();
        let (at, now) = (self.now(), self.now());
        let setting = Setting { terms: &self.terms, zone: &zone, at, now, reversed_for: None };
        let command = Command::Hold { reason: "under review".into() };
        let Ok(Decision::Changed(after)) = decide(action, &command, &setting) else {
            panic!("{action:?} cannot be held")
        };
        let held = entry(UpdateId::new(), Some(action), &after, &self.why(Verb::Hold));
        let before = action.clone();
        self.write(move |db| {
            ledger::advance(db, &before, &after)?;
            ledger::append(db, &held)
        })
        .await;
    }

    /// The system did it, now.
    fn why(&self, verb: Verb) -> Why {
        Why {
            verb,
            reason: None,
            note: None,
            channel: Channel::Api,
            doer: Doer::SYSTEM,
            reversal: None,
            at: self.now(),
        }
    }

    pub async fn tracked(&self, orders: std::ops::Range<usize>) -> Vec<Action> {
        let actions: Vec<Action> =
            orders.map(|order| self.action(&format!("order-{order}"), 0)).collect();
        self.track(actions.clone()).await;
        actions
    }

    pub async fn submit(&self, csv: &str, change: impl FnOnce(&mut Submission)) -> ReversalId {
        let layout = sniff(csv.as_bytes(), true).unwrap();
        let mut submission = self.submission(csv.len(), layout);
        change(&mut submission);
        let (id, clock, bytes) = (submission.id, self.clock.clone(), csv.as_bytes().to_vec());
        self.write(move |db| {
            // In parts far smaller than in life, so that lines are cut between them.
            for (part, bytes) in (0..).zip(bytes.chunks(997)) {
                parts::store(db, id, part, bytes.to_vec(), clock.now())?;
            }
            store::receive(db, &clock, submission.clone())
        })
        .await;
        id
    }

    pub fn submission(&self, size: usize, layout: Layout) -> Submission {
        Submission {
            id: ReversalId::new(),
            purpose: Purpose::Reversals,
            company_id: self.brand,
            doer: Doer::SYSTEM,
            authority: Authority { may_raise: true, ..Authority::default() },
            channel: Channel::Upload,
            mode: Mode::BestEffort,
            on_ambiguous: OnAmbiguous::Reject,
            event_type_id: None,
            layout,
            file_name: None,
            size_bytes: i64::try_from(size).unwrap(),
            digest: vec![7; 32],
        }
    }

    pub fn worker(&self, chunk_lines: usize) -> Worker {
        self.worker_on(self.pool.clone(), chunk_lines, Bells::default())
    }

    pub fn worker_on(&self, pool: Pool, chunk_lines: usize, bells: Bells) -> Worker {
        let settings = Settings { chunk_lines, ..Self::settings() };
        Worker::new(pool, self.clock.clone(), settings, bells)
    }

    /// A worker with a connection of its own that parts every batch into so many shares.
    pub fn sharing(&self, chunk_lines: usize, shares: i32, bells: Bells) -> Worker {
        let pool = Pool::open(&self.url, Limits { connections: 1, waiting: 64 }).unwrap();
        let settings = Settings { chunk_lines, shares, large_bytes: 0, ..Self::settings() };
        Worker::new(pool, self.clock.clone(), settings, bells)
    }

    fn settings() -> Settings {
        Settings {
            lease: SignedDuration::from_secs(10),
            chunk_lines: 10,
            most_lines: MostLines { at_all: 100_000, at_once: 1_000 },
            shares: 1,
            large_bytes: i64::MAX,
            poll: Duration::from_millis(5),
        }
    }

    pub async fn batch(&self, id: ReversalId) -> Batch {
        let brand = self.brand;
        self.write(move |db| store::find(db, brand, id)).await
    }

    pub async fn lines(&self, id: ReversalId) -> BTreeMap<i32, LineRow> {
        let rows = self.write(move |db| store::lines(db, id, None, 0, 100_000)).await.rows;
        rows.into_iter().map(|row| (row.line, row)).collect()
    }

    pub async fn stored(&self, id: ActionId) -> Action {
        self.write(move |db| Ok(actions::table.find(id).get_result(db)?)).await
    }

    pub async fn ledger(&self, id: ActionId) -> Vec<Update> {
        self.write(move |db| {
            Ok(action_updates::table
                .filter(action_updates::action_id.eq(id))
                .order(action_updates::version)
                .load(db)?)
        })
        .await
    }

    /// Every action is the sum of its ledger, without a gap in its versions.
    pub async fn ledgers_add_up(&self) {
        let (all, entries) = self
            .write(|db| {
                let all: Vec<Action> = actions::table.load(db)?;
                let entries: Vec<Update> =
                    action_updates::table.order(action_updates::version).load(db)?;
                Ok((all, entries))
            })
            .await;
        let mut sums: BTreeMap<ActionId, (i64, i64, i64)> = BTreeMap::new();
        for entry in &entries {
            let (version, sale, payout) = sums.entry(entry.action_id).or_default();
            assert_eq!(entry.version, *version + 1, "a gap in a ledger");
            *version = entry.version;
            *sale += entry.sale_delta_minor;
            *payout += entry.payout_delta_minor;
        }
        for action in all {
            let sum = (action.version, action.sale_minor, action.payout_minor);
            assert_eq!(sums.get(&action.id), Some(&sum), "{action:?}");
        }
    }

    pub async fn count_of_jobs(&self) -> i64 {
        self.write(|db| Ok(jobs::table.count().get_result(db)?)).await
    }
}

/// A file that says the same of each of these actions, in columns behind their ids.
fn file_of<'a>(
    columns: &str,
    actions: impl IntoIterator<Item = &'a Action>,
    words: &str,
) -> String {
    let lines = actions.into_iter().map(|action| format!("{},{words}\n", action.id));
    std::iter::once(format!("action_id,{columns}\n")).chain(lines).collect()
}

/// Reverses each of these actions.
pub fn reversing(actions: &[Action]) -> String {
    file_of("operation,reason", actions, "reverse,ITEM_RETURNED")
}

/// Lowers each of these actions by 1.00.
pub fn lowering<'a>(actions: impl IntoIterator<Item = &'a Action>) -> String {
    file_of("operation,reason,amount_delta", actions, "modify,ORDER_ERROR,-1.00")
}

pub fn company(db: &mut Db, id: CompanyId, kind: &str, now: Instant) -> Result<()> {
    use entente::db::schema::companies as table;
    diesel::insert_into(table::table)
        .values((
            table::id.eq(id),
            table::name.eq(kind),
            table::kind.eq(kind),
            table::profile.eq(Document(serde_json::json!({}))),
            table::time_zone.eq("Europe/Berlin"),
            table::currency.eq("EUR"),
            table::plan.eq("standard"),
            table::status.eq("active"),
            table::version.eq(1_i64),
            table::created_at.eq(now),
            table::updated_at.eq(now),
        ))
        .execute(db)?;
    Ok(())
}
