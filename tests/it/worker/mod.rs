//! The worker on a real database, without a server around it.

use diesel::prelude::*;
use entente::actions::model::{Action, State};
use entente::db::schema::{events, external_refs, programs, reversals};
use entente::db::{Limits, Pool};
use entente::error::Error;
use entente::events::model::Doer;
use entente::jobs::model::JobKind;
use entente::jobs::queue;
use entente::kernel::document::Document;
use entente::kernel::id::{ActionId, TermsId, WorkerId};
use entente::reversals::conclude;
use entente::reversals::model::{LineCode, Mode, Operation, Outcome, Status, Warning};
use entente::reversals::rows::Batch;
use entente::reversals::store::{self, Submission};
use entente::reversals::worker::Bells;
use jiff::SignedDuration;
use world::{lowering, on_both_engines, reversing};

mod cancelling;
mod clawbacks;
mod grantees;
mod guards;
mod holds;
mod imports;
mod rights;
mod sharing;
mod uploads;
mod waiting;
mod watching;
mod world;

fn sum(batch: &Batch) -> i32 {
    batch.applied + batch.unchanged + batch.duplicate + batch.rejected
}

#[test]
#[expect(clippy::too_many_lines, reason = "one file of lines and what becomes of each")]
fn lines_get_the_outcomes_they_deserve() {
    on_both_engines(async |world| {
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
                    .filter(events::object_id.eq(entente::events::model::any(batch)))
                    .order(events::sequence)
                    .select(events::kind)
                    .load(db)?)
            })
            .await;
        assert_eq!(told, ["reversal.started", "reversal.completed"]);
    });
}

#[test]
fn a_batch_goes_on_where_a_dead_worker_left_it() {
    on_both_engines(async |world| {
        let tracked = world.tracked(0..400).await;
        let twice = lowering(tracked.iter().chain(&tracked));
        let batch = world.submit(&twice, |_| {}).await;
        // A lane of its own, so that one knows when its last transaction is over.
        let pool = Pool::open(&world.url, Limits { connections: 1, waiting: 64 }).unwrap();
        let bells = Bells::default();
        let first = world.worker_on(pool.clone(), 100, bells.clone());
        tokio::select! {
            biased;
            () = bells.progressed.notified() => {}
            done = first.run_one() => panic!("{done:?}"),
        }
        drop(first);
        // The transaction in flight may still commit; this one is behind it.
        pool.write(|_| Ok(())).await.unwrap();
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
    });
}

#[test]
fn a_worker_that_lost_its_lease_changes_nothing() {
    on_both_engines(async |world| {
        world.tracked(0..1).await;
        let batch = world.submit("order_id,reason\norder-0,ITEM_RETURNED\n", |_| {}).await;
        let (now, span, quick) = (world.now(), SignedDuration::from_secs(10), world.worker(10));
        let slow = WorkerId::new();
        let lease = world
            .write(move |db| queue::claim(db, JobKind::Reversal, slow, now, span))
            .await
            .unwrap();
        assert!(!quick.run_one().await.unwrap());
        world.clock.set(world.now().plus(SignedDuration::from_secs(11)));
        assert!(quick.run_one().await.unwrap());
        // The first statement of each chunk's transaction.
        let now = world.now();
        let refused = world.pool.write(move |db| queue::advance(db, &lease, now, span)).await;
        assert!(matches!(refused, Err(Error::Stale)), "{refused:?}");
        assert_eq!(world.batch(batch).await.applied, 1);
        world.ledgers_add_up().await;
    });
}

#[test]
fn two_workers_that_both_think_a_batch_theirs_do_each_line_once() {
    on_both_engines(async |world| {
        let tracked = world.tracked(0..200).await;
        let batch = world.submit(&lowering(&tracked), |_| {}).await;
        let bells = Bells::default();
        let (slow, quick) =
            (world.worker_on(world.pool.clone(), 10, bells.clone()), world.worker(10));
        let takeover = async {
            bells.progressed.notified().await;
            world.clock.set(world.now().plus(SignedDuration::from_secs(11)));
            quick.run_one().await
        };
        let (first, second) = tokio::join!(slow.run_one(), takeover);
        first.unwrap();
        second.unwrap();
        let done = world.batch(batch).await;
        assert_eq!((done.status, done.applied, sum(&done)), (Status::Completed, 200, 200));
        for action in &tracked {
            let action = world.stored(action.id).await;
            assert_eq!((action.version, action.sale_minor), (2, 9_900));
        }
        world.ledgers_add_up().await;
    });
}

#[test]
fn a_line_that_cannot_be_done_does_not_stop_the_others() {
    on_both_engines(async |world| {
        let mut actions: Vec<Action> =
            (0..30).map(|order| world.action(&format!("order-{order}"), 0)).collect();
        // Its terms do not exist, which nothing foresees.
        actions[17].terms_id = TermsId::new();
        world.track(actions.clone()).await;
        let batch = world.submit(&reversing(&actions), |_| {}).await;
        assert!(world.worker(1_000).run_one().await.unwrap());
        let done = world.batch(batch).await;
        assert_eq!((done.status, done.applied, done.rejected), (Status::Completed, 29, 1));
        assert_eq!(world.lines(batch).await[&19].code, Some(LineCode::InternalError));
        world.ledgers_add_up().await;
    });
}

#[test]
fn a_dry_run_says_what_would_happen_and_a_faulty_whole_is_refused() {
    on_both_engines(async |world| {
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
    });
}

#[test]
fn who_may_only_lower_only_lowers_and_sees_only_what_is_his() {
    on_both_engines(async |world| {
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
    });
}

#[test]
fn a_batch_received_after_the_horizon_is_not_before_it_and_locked_is_locked() {
    on_both_engines(async |world| {
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
    });
}

#[test]
fn a_cancelled_batch_keeps_what_was_applied_and_does_no_more() {
    on_both_engines(async |world| {
        world.tracked(0..2).await;
        let text = "order_id,reason\norder-0,ITEM_RETURNED\norder-1,ITEM_RETURNED\n";
        let batch = world.batch(world.submit(text, |_| {}).await).await;
        let (id, now) = (batch.id, world.now());
        world.write(move |db| conclude::cancel(db, id, Doer::SYSTEM, now)).await;
        assert!(!world.worker(1).run_one().await.unwrap());
        let over = world.batch(batch.id).await;
        assert_eq!((over.status, sum(&over)), (Status::Cancelled, 0));
        let refused = world.pool.write(move |db| conclude::cancel(db, id, Doer::SYSTEM, now)).await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    });
}

#[test]
fn only_a_run_that_counts_is_repeated() {
    on_both_engines(async |world| {
        let (brand, now) = (world.brand, world.now());
        let repeated = || world.write(move |db| store::repeated(db, (brand, None), &[7; 32], now));
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
    });
}
