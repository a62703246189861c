//! The worker on a real database: SQLite always, PostgreSQL where `TEST_POSTGRES_URL` names one.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::*;
use crate::actions::model::{Action, Channel, State, Update, Verb};
use crate::actions::rules::{Bought, Tracking, Why, entry, tracked};
use crate::contracts::model::{
    After, AfterLock, LockRule, Payout, Rate, Terms, TermsStatus, Version,
};
use crate::db::schema::{
    action_updates, actions, contract_terms, event_types, events, external_refs, jobs, programs,
    reversal_lines, reversals,
};
use crate::db::{Limits, Url, migrate};
use crate::events::model::Doer;
use crate::kernel::document::Document;
use crate::kernel::id::*;
use crate::kernel::time::Instant;
use crate::programs::model::{EventKind, EventType, Program};
use crate::reversals::formats::{Layout, sniff};
use crate::reversals::model::{LineCode, OnAmbiguous, Operation, Outcome, Status, Warning};
use crate::reversals::rows::{Authority, LineRow};
use crate::reversals::store::{self, Submission};
use crate::reversals::{parts, rows};

const NOW: &str = "2026-02-10T12:00:00Z";

struct World {
    _folder: tempfile::TempDir,
    pool: Pool,
    clock: Clock,
    brand: CompanyId,
    partner: CompanyId,
    program: ProgramId,
    event_type: EventTypeId,
    contract: ContractId,
    terms_id: TermsId,
    terms: Terms,
}

/// A database of its own on each engine at hand.
async fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("entente.db").display());
    worlds.push(World::at(folder, &url).await);
    if let Ok(server) = std::env::var("TEST_POSTGRES_URL") {
        let name = format!("worker_{}", uuid::Uuid::now_v7().simple());
        let mut connection = PgConnection::establish(&format!("{server}/postgres")).unwrap();
        diesel::sql_query(format!("CREATE DATABASE {name}")).execute(&mut connection).unwrap();
        let folder = tempfile::tempdir().unwrap();
        worlds.push(World::at(folder, &format!("{server}/{name}")).await);
    }
    worlds
}

impl World {
    async fn at(folder: tempfile::TempDir, url: &str) -> Self {
        let url: Url = url.parse().unwrap();
        migrate::up(&url).unwrap();
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
        };
        let world = Self {
            _folder: folder,
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

    fn now(&self) -> Instant {
        self.clock.now()
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Db) -> Result<T> + Send + 'static,
    ) -> T {
        self.pool.write(work).await.unwrap()
    }

    async fn found(&self) {
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
        let contract_row = crate::contracts::model::Contract {
            id: contract,
            program_id: program,
            brand_company_id: brand,
            partner_company_id: partner,
            currency: "EUR".parse().unwrap(),
            status: crate::contracts::model::Status::Active,
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
            diesel::insert_into(crate::db::schema::contracts::table)
                .values(&contract_row)
                .execute(db)?;
            diesel::insert_into(contract_terms::table).values(&version).execute(db)?;
            Ok(())
        })
        .await;
    }

    /// An action of the brand: two items, 60.00 and 40.00, of which the partner earns a tenth.
    fn action(&self, order_id: &str, occurrence: i32) -> Action {
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
            occurred_at: self.now(),
            now: self.now(),
        };
        tracked(new, &self.terms, &"Europe/Berlin".parse().unwrap()).unwrap()
    }

    async fn track(&self, actions: Vec<Action>) {
        let why = Why {
            verb: Verb::Track,
            reason: None,
            note: None,
            channel: Channel::Api,
            doer: Doer::SYSTEM,
            reversal: None,
            at: self.now(),
        };
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

    async fn tracked(&self, orders: std::ops::Range<usize>) -> Vec<Action> {
        let actions: Vec<Action> =
            orders.map(|order| self.action(&format!("order-{order}"), 0)).collect();
        self.track(actions.clone()).await;
        actions
    }

    async fn submit(&self, csv: &str, change: impl FnOnce(&mut Submission)) -> ReversalId {
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

    fn submission(&self, size: usize, layout: Layout) -> Submission {
        Submission {
            id: ReversalId::new(),
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

    fn worker(&self, chunk_lines: usize) -> Worker {
        let settings = Settings {
            lease: SignedDuration::from_secs(10),
            chunk_lines,
            poll: Duration::from_millis(5),
        };
        Worker::new(self.pool.clone(), self.clock.clone(), settings, Bells::default())
    }

    async fn batch(&self, id: ReversalId) -> Batch {
        let brand = self.brand;
        self.write(move |db| store::find(db, brand, id)).await
    }

    async fn lines(&self, id: ReversalId) -> BTreeMap<i32, LineRow> {
        let rows = self.write(move |db| store::lines(db, id, None, 0, 100_000)).await.rows;
        rows.into_iter().map(|row| (row.line, row)).collect()
    }

    async fn stored(&self, id: ActionId) -> Action {
        self.write(move |db| Ok(actions::table.find(id).get_result(db)?)).await
    }

    async fn ledger(&self, id: ActionId) -> Vec<Update> {
        self.write(move |db| {
            Ok(action_updates::table
                .filter(action_updates::action_id.eq(id))
                .order(action_updates::version)
                .load(db)?)
        })
        .await
    }

    /// Every action is the sum of its ledger, without a gap in its versions.
    async fn ledgers_add_up(&self) {
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

    async fn count_of_jobs(&self) -> i64 {
        self.write(|db| Ok(jobs::table.count().get_result(db)?)).await
    }
}

fn company(db: &mut Db, id: CompanyId, kind: &str, now: Instant) -> Result<()> {
    use crate::db::schema::companies as table;
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

fn sum(batch: &Batch) -> i32 {
    batch.applied + batch.unchanged + batch.duplicate + batch.rejected
}

#[tokio::test]
async fn lines_get_the_outcomes_they_deserve() {
    for world in worlds().await {
        let a = world.tracked(0..12).await;
        world.track(vec![world.action("order-0", 1)]).await;
        let id = |place: usize| a[place].id.to_string();
        let unknown = ActionId::new().to_string();
        let shoe = a[8].items.0[0].id;
        let text = [
            "action_id,order_id,event_type,operation,reason,amount,amount_delta,quantity,item_id,currency,external_ref,note",
            &format!("{},,,reverse,ITEM_RETURNED,,,,,,,", id(1)),
            &format!("{},,,reverse,ITEM_RETURNED,,,,,,,again", id(1)),
            ",order-2,SALE,reverse,ITEM_RETURNED,,,,,,,",
            ",order-0,SALE,reverse,ITEM_RETURNED,,,,,,,",
            &format!("{unknown},,,reverse,ITEM_RETURNED,,,,,,,"),
            &format!("{},,,modify,ORDER_ERROR,80.00,,,,,,", id(3)),
            &format!("{},,,modify,ORDER_ERROR,70.00,,,,,,", id(3)),
            &format!("{},,,modify,ORDER_ERROR,,-10.00,,,,,", id(4)),
            &format!("{},,,modify,ORDER_ERROR,,-10.00,,,,,", id(4)),
            &format!("{},,,modify,ORDER_ERROR,,-5.00,,,,R-1,", id(5)),
            &format!("{},,,modify,ORDER_ERROR,,-5.00,,,,R-1,twice", id(5)),
            &format!("{},,,modify,ORDER_ERROR,,-6.00,,,,R-1,", id(5)),
            &format!("{},,,reverse,ITEM_RETURNED,,,,,USD,,", id(6)),
            &format!("{},,,reverse,NO_SUCH,,,,,,,", id(7)),
            &format!("{},,,modify,ITEM_RETURNED,,,2,{shoe},,,", id(8)),
            &format!("{},,,modify,ORDER_ERROR,1.234,,,,,,", id(9)),
            &format!("{},,,modify,ORDER_ERROR,500.00,,,,,,", id(9)),
            ",order-10,NOPE,reverse,ITEM_RETURNED,,,,,,,",
            &format!("{},,,restore,,,,,,,,", id(11)),
            &format!("{},,,approve,,,,,,,,", id(11)),
            "",
        ]
        .join("\n");
        let batch = world.submit(&text, |_| {}).await;
        assert!(world.worker(4).run_one().await.unwrap());

        let lines = world.lines(batch).await;
        let said: Vec<_> = lines
            .values()
            .map(|line| line.code.map_or(line.outcome.as_str(), LineCode::as_str))
            .collect();
        let expected = [
            "applied",
            "duplicate_of_line",
            "applied",
            "ambiguous_order",
            "action_not_found",
            "applied",
            "applied",
            "applied",
            "applied",
            "applied",
            "duplicate_of_line",
            "external_ref_conflict",
            "currency_mismatch",
            "unknown_reason",
            "applied",
            "too_precise",
            "exceeds_remaining",
            "unknown_event_type",
            "not_reversed",
            "applied",
        ];
        assert_eq!(said, expected, "{lines:#?}");
        assert_eq!(lines[&7].warnings, Some(Document(vec![Warning::Superseded])));
        assert_eq!(lines[&8].version, Some(3));
        assert_eq!(lines[&2].operation, Some(Operation::Reverse));
        assert_eq!(lines[&6].action_id, None);
        assert_eq!(world.stored(a[1].id).await.state, State::Reversed);
        assert_eq!(world.stored(a[3].id).await.sale_minor, 7_000);
        assert_eq!(world.stored(a[4].id).await.sale_minor, 8_000);
        assert_eq!(world.stored(a[4].id).await.payout_minor, 800);
        assert_eq!(world.stored(a[5].id).await.sale_minor, 9_500);
        assert_eq!(world.stored(a[8].id).await.sale_minor, 8_000);
        assert_eq!(world.ledger(a[4].id).await.len(), 3);
        let done = world.batch(batch).await;
        assert_eq!((done.status, done.total), (Status::Completed, Some(20)));
        assert_eq!((done.applied, done.duplicate, done.rejected), (9, 2, 9));
        world.ledgers_add_up().await;
        assert_eq!(world.count_of_jobs().await, 0);

        // The same references again, in another batch.
        let again = [
            "action_id,operation,reason,amount_delta,external_ref",
            &format!("{},modify,ORDER_ERROR,-5.00,R-1", id(5)),
            &format!("{},modify,ORDER_ERROR,-7.00,R-1", id(5)),
            &format!("{},modify,ORDER_ERROR,-1.00,R-2", id(5)),
        ]
        .join("\n");
        let again = world.submit(&again, |_| {}).await;
        assert!(world.worker(4).run_one().await.unwrap());
        let outcomes: Vec<_> =
            world.lines(again).await.into_values().map(|line| line.outcome).collect();
        assert_eq!(outcomes, [Outcome::Unchanged, Outcome::Rejected, Outcome::Applied]);
        let claims: i64 = world.write(|db| Ok(external_refs::table.count().get_result(db)?)).await;
        assert_eq!(claims, 2);
        world.ledgers_add_up().await;

        // The outcomes are found by their index, and by pages where there is none.
        let page =
            world.write(move |db| store::lines(db, batch, Some(Outcome::Rejected), 5, 3)).await;
        let numbers: Vec<_> = page.rows.iter().map(|row| row.line).collect();
        assert_eq!((numbers, page.next.is_some()), (vec![6, 13, 14], true));
        let page =
            world.write(move |db| store::lines(db, batch, Some(Outcome::Applied), 0, 100)).await;
        assert_eq!((page.rows.len(), page.next), (9, None));
        let told: Vec<String> = world
            .write(move |db| {
                Ok(events::table
                    .filter(events::object_id.eq(crate::events::model::any(batch)))
                    .select(events::kind)
                    .load(db)?)
            })
            .await;
        assert_eq!(told, ["reversal.completed"]);
    }
}

#[tokio::test]
async fn a_batch_goes_on_where_a_dead_worker_left_it() {
    for world in worlds().await {
        let tracked = world.tracked(0..400).await;
        let mut text = String::from("action_id,operation,reason,amount_delta\n");
        for action in tracked.iter().chain(&tracked) {
            text.push_str(&format!("{},modify,ORDER_ERROR,-1.00\n", action.id));
        }
        let batch = world.submit(&text, |_| {}).await;
        let first = world.worker(100);
        let progress = first.bells.progressed.clone();
        tokio::select! {
            biased;
            () = progress.notified() => {}
            done = first.run_one() => panic!("{done:?}"),
        }
        drop(first);
        // The transaction in flight may still commit.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let halfway = world.batch(batch).await;
        assert!(halfway.applied >= 100 && halfway.applied < 800, "{halfway:?}");
        assert_eq!(halfway.status, Status::Processing);

        let second = world.worker(100);
        assert!(!second.run_one().await.unwrap(), "the lease has not run out");
        world.clock.set(world.now().plus(SignedDuration::from_secs(11)));
        assert!(second.run_one().await.unwrap());
        let done = world.batch(batch).await;
        assert_eq!((done.status, done.total), (Status::Completed, Some(800)));
        assert_eq!((done.applied, sum(&done)), (800, 800));
        assert_eq!(world.lines(batch).await.len(), 800);
        for action in &tracked {
            let action = world.stored(action.id).await;
            assert_eq!((action.version, action.sale_minor), (3, 9_800));
        }
        world.ledgers_add_up().await;
    }
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_changes_nothing() {
    for world in worlds().await {
        world.tracked(0..1).await;
        let batch = world.submit("order_id,reason\norder-0,ITEM_RETURNED\n", |_| {}).await;
        let (slow, quick) = (world.worker(10), world.worker(10));
        let lease = slow.claim().await.unwrap().unwrap();
        assert!(!quick.run_one().await.unwrap());
        world.clock.set(world.now().plus(SignedDuration::from_secs(11)));
        assert!(quick.run_one().await.unwrap());
        let mut late = Work { worker: &slow, lease };
        let refused = late.go(batch, &CancellationToken::new()).await;
        assert!(matches!(refused, Err(Error::Stale)), "{refused:?}");
        assert_eq!(world.batch(batch).await.applied, 1);
        world.ledgers_add_up().await;
    }
}

#[tokio::test]
async fn a_line_that_cannot_be_done_does_not_stop_the_others() {
    for world in worlds().await {
        let mut actions: Vec<Action> =
            (0..30).map(|order| world.action(&format!("order-{order}"), 0)).collect();
        // Its terms do not exist, which nothing foresees.
        actions[17].terms_id = TermsId::new();
        world.track(actions.clone()).await;
        let mut text = String::from("action_id,operation,reason\n");
        for action in &actions {
            text.push_str(&format!("{},reverse,ITEM_RETURNED\n", action.id));
        }
        let batch = world.submit(&text, |_| {}).await;
        assert!(world.worker(1_000).run_one().await.unwrap());
        let done = world.batch(batch).await;
        assert_eq!((done.status, done.applied, done.rejected), (Status::Completed, 29, 1));
        assert_eq!(world.lines(batch).await[&19].code, Some(LineCode::InternalError));
        world.ledgers_add_up().await;
    }
}

#[tokio::test]
async fn a_dry_run_says_what_would_happen_and_a_faulty_whole_is_refused() {
    for world in worlds().await {
        let actions = world.tracked(0..3).await;
        let text = format!(
            "action_id,operation,reason,amount\n{0},modify,ORDER_ERROR,50.00\n\
             {0},modify,ORDER_ERROR,60.00\n{1},reverse,ITEM_RETURNED,\n",
            actions[0].id, actions[1].id
        );
        let dry = world.submit(&text, |batch| batch.mode = Mode::DryRun).await;
        assert!(world.worker(10).run_one().await.unwrap());
        let done = world.batch(dry).await;
        assert_eq!((done.applied, done.rejected), (2, 1), "60 is more than the 50 that remain");
        assert_eq!(world.stored(actions[0].id).await, actions[0]);
        assert!(world.lines(dry).await.values().all(|line| line.version.is_none()));

        let whole = |batch: &mut Submission| batch.mode = Mode::AllOrNothing;
        let refused = world.submit(&text, whole).await;
        assert!(world.worker(1).run_one().await.unwrap());
        let done = world.batch(refused).await;
        assert_eq!((done.status, done.rejected), (Status::Rejected, 3));
        assert_eq!(done.code.as_deref(), Some("batch_rejected"));
        let codes: Vec<_> =
            world.lines(refused).await.into_values().filter_map(|line| line.code).collect();
        use LineCode::*;
        assert_eq!(codes, [BatchRejected, ExceedsRemaining, BatchRejected]);
        assert_eq!(world.stored(actions[1].id).await, actions[1]);

        let good = format!("action_id,operation,reason\n{},reverse,ITEM_RETURNED\n", actions[2].id);
        let applied = world.submit(&good, whole).await;
        assert!(world.worker(1).run_one().await.unwrap());
        assert_eq!(world.batch(applied).await.status, Status::Completed);
        assert_eq!(world.stored(actions[2].id).await.state, State::Reversed);
        world.ledgers_add_up().await;
        assert_eq!(world.count_of_jobs().await, 0);
    }
}

#[tokio::test]
async fn who_may_only_lower_only_lowers_and_sees_only_what_is_his() {
    for world in worlds().await {
        let actions = world.tracked(0..3).await;
        let mut foreign = world.action("order-9", 0);
        (foreign.company_id, foreign.partner_company_id) = (world.partner, world.brand);
        world.track(vec![foreign.clone()]).await;
        let text = format!(
            "action_id,operation,reason,amount,allow_increase\n{0},approve,,,\n\
             {0},modify,ORDER_UPDATE,200.00,true\n{0},modify,ORDER_UPDATE,20.00,true\n\
             {1},reverse,ITEM_RETURNED,,\n",
            actions[0].id, foreign.id
        );
        let lowers = |batch: &mut Submission| batch.authority.may_raise = false;
        let batch = world.submit(&text, lowers).await;
        assert!(world.worker(10).run_one().await.unwrap());
        let codes: Vec<_> = world.lines(batch).await.into_values().map(|line| line.code).collect();
        let forbidden = Some(LineCode::Forbidden);
        assert_eq!(codes, [forbidden, forbidden, None, forbidden]);

        let blind = |batch: &mut Submission| batch.authority.programs = Some(vec![]);
        let text = format!(
            "action_id,order_id,reason\n{},,ITEM_RETURNED\n,order-1,ITEM_RETURNED\n",
            actions[1].id
        );
        let batch = world.submit(&text, blind).await;
        assert!(world.worker(10).run_one().await.unwrap());
        for line in world.lines(batch).await.into_values() {
            assert_eq!((line.code, line.action_id), (Some(LineCode::ActionNotFound), None));
        }
        world.ledgers_add_up().await;
    }
}

#[tokio::test]
async fn a_batch_received_after_the_horizon_is_not_before_it_and_locked_is_locked() {
    for world in worlds().await {
        let actions = world.tracked(0..1).await;
        let horizon = actions[0].locks_at;
        let program = world.program;
        world
            .write(move |db| {
                diesel::update(programs::table.find(program))
                    .set(programs::lock_horizon.eq(horizon))
                    .execute(db)?;
                Ok(())
            })
            .await;
        let batch = world.submit("order_id,reason\norder-0,ITEM_RETURNED\n", |_| {}).await;
        assert_eq!(world.batch(batch).await.received_at, horizon);
        world.clock.set(horizon);
        assert!(world.worker(10).run_one().await.unwrap());
        assert_eq!(world.lines(batch).await[&2].code, Some(LineCode::ActionLocked));
    }
}

#[tokio::test]
async fn unreadable_input_rejects_the_batch_and_orphans_are_swept() {
    for world in worlds().await {
        world.tracked(0..2).await;
        let text = "order_id,reason\norder-0,ITEM_RETURNED\n\"order-1,ITEM_RETURNED\n";
        let layout = sniff(b"order_id,reason\n", false).unwrap();
        let (submission, clock) = (world.submission(text.len(), layout), world.clock.clone());
        let (batch, orphan) = (submission.id, ReversalId::new());
        world
            .write(move |db| {
                parts::store(db, batch, 0, text.as_bytes().to_vec(), clock.now())?;
                parts::store(db, orphan, 0, vec![1], clock.now())?;
                store::receive(db, &clock, submission.clone())
            })
            .await;
        assert!(world.worker(10).run_one().await.unwrap());
        let done = world.batch(batch).await;
        assert_eq!((done.status, done.code.as_deref()), (Status::Rejected, Some("unclosed_quote")));
        assert_eq!((done.fault_line, sum(&done)), (Some(3), 0));
        let later = world.now().plus(SignedDuration::from_hours(2));
        assert_eq!(world.write(move |db| parts::sweep(db, later)).await, 1);
        assert!(world.write(move |db| parts::load(db, batch, 0)).await.is_some());
    }
}

#[tokio::test]
async fn only_a_run_that_counts_is_repeated() {
    for world in worlds().await {
        let (brand, now) = (world.brand, world.now());
        let repeated = || world.write(move |db| store::repeated(db, brand, &[7; 32], now));
        let text = "order_id,reason\norder-0,ITEM_RETURNED\n";
        world.submit(text, |batch| batch.mode = Mode::DryRun).await;
        assert_eq!(repeated().await, None);
        let first = world.submit(text, |_| {}).await;
        assert_eq!(repeated().await, Some(first));
        world
            .write(move |db| {
                diesel::update(reversals::table.find(first))
                    .set(reversals::status.eq(Status::Cancelled))
                    .execute(db)?;
                Ok(())
            })
            .await;
        assert_eq!(repeated().await, None);
        let _ = (reversal_lines::table, rows::whole_action());
    }
}
