//! What is due waits for the batches that may name it, and for no others.

use diesel::prelude::*;
use entente::actions::jobs::{end_holds, lock_due};
use entente::actions::model::{Action, State};
use entente::db::schema::{actions, reversal_targets};
use entente::db::{Limits, Pool};
use entente::events::model::Doer;
use entente::kernel::id::{ActionId, ReversalId, TermsId};
use entente::kernel::time::Instant;
use entente::reversals::conclude;
use entente::reversals::model::{Mode, Status};
use entente::reversals::worker::{Bells, Worker};
use jiff::SignedDuration;

use super::world::{World, lowering, on_both_engines};

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const HOUR: SignedDuration = SignedDuration::from_hours(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Orders that a batch names: enough for each of two shares to have several.
const NAMED: usize = 20;
const ALL: u64 = 20;

/// One run of the lock job: how many actions it locked, and how many wait.
async fn locked(world: &World) -> (u64, u64) {
    let run = lock_due(&world.pool, &world.clock, None).await.unwrap();
    (run.actions, run.waiting)
}

/// Lets a worker do a few chunks of one batch, and takes its power.
async fn stopped_after(chunks: usize, worker: Worker, bells: &Bells) {
    let progress = async {
        for _ in 0..chunks {
            bells.progressed.notified().await;
        }
    };
    tokio::select! {
        biased;
        () = progress => {}
        done = worker.run_one() => panic!("{done:?}"),
    }
}

/// The same with a worker that does a line at a time; what was in flight is over afterwards.
async fn stopped_midway(world: &World) {
    let pool = Pool::open(&world.url, Limits { connections: 1, waiting: 64 }).unwrap();
    let bells = Bells::default();
    stopped_after(1, world.worker_on(pool.clone(), 1, bells.clone()), &bells).await;
    pool.write(|_| Ok(())).await.unwrap();
}

/// Actions that lock all at once: what a batch will name, one that it will not, and the moment.
async fn due(world: &World) -> (Vec<Action>, ActionId, Instant) {
    let named = world.tracked(0..NAMED).await;
    let other = world.tracked(NAMED..NAMED + 1).await.remove(0);
    let at = other.locks_at;
    assert!(named.iter().all(|action| action.locks_at == at));
    (named, other.id, at)
}

/// A batch that names some actions, submitted at a moment.
async fn submitted(world: &World, named: &[Action], at: Instant) -> ReversalId {
    world.clock.set(at);
    world.submit(&lowering(named), |_| {}).await
}

async fn is_locked(world: &World, id: ActionId) -> bool {
    world.stored(id).await.locked_at.is_some()
}

async fn targets(world: &World) -> i64 {
    world.write(|db| Ok(reversal_targets::table.count().get_result(db)?)).await
}

#[test]
fn what_a_batch_that_was_read_does_not_name_locks_on_time() {
    on_both_engines(async |world| {
        let (named, other, at) = due(&world).await;
        let mut foreign = world.action("order-9", 0);
        (foreign.company_id, foreign.partner_company_id) = (world.partner, world.brand);
        world.track(vec![foreign.clone()]).await;
        let batch = submitted(&world, &named, at.minus(SECOND)).await;

        world.clock.set(at.plus(SECOND * 6));
        assert_eq!(locked(&world).await, (1, ALL + 1), "nobody knows what it names");
        assert!(is_locked(&world, foreign.id).await, "another company's does not wait");

        stopped_midway(&world).await;
        assert_eq!(targets(&world).await, 20);
        assert_eq!(locked(&world).await, (1, ALL), "what it names waits, done or not");
        assert_eq!(world.stored(other).await.locked_at, Some(at));

        world.clock.set(at.plus(DAY));
        assert_eq!(locked(&world).await, (0, ALL), "however long it takes");
        assert!(world.worker(1).run_one().await.unwrap());
        let done = world.batch(batch).await;
        assert_eq!((done.status, done.applied), (Status::Completed, 20), "all were in time");
        assert_eq!((locked(&world).await, targets(&world).await), ((ALL, 0), 0));
        for action in &named {
            assert_eq!(world.stored(action.id).await.locked_at, Some(at));
        }
        world.ledgers_add_up().await;
    });
}

#[test]
fn what_comes_due_beyond_the_list_or_was_changed_behind_it_waits() {
    on_both_engines(async |world| {
        let (named, other, at) = due(&world).await;
        let batch = submitted(&world, &named, at.minus(HOUR * 3)).await;
        stopped_midway(&world).await;
        let done = u64::try_from(world.batch(batch).await.applied).unwrap();
        world.clock.set(at.plus(SECOND * 6));
        assert_eq!((locked(&world).await, targets(&world).await), ((0, ALL + 1), 0));

        // Whoever takes over looks again, and nothing is to be done any more to what is done.
        world.clock.set(at.plus(SECOND * 12));
        stopped_midway(&world).await;
        let touch = move |db: &mut entente::db::Db, at: Instant| {
            let row = diesel::update(actions::table.find(other));
            Ok(row.set(actions::updated_at.eq(at)).execute(db)?)
        };
        let before = world.stored(other).await.updated_at;
        let changed = world.now();
        world.write(move |db| touch(db, changed)).await;
        let waits = ALL + 1 - done;
        assert_eq!(locked(&world).await, (done, waits), "it may have come due by that change");
        world.write(move |db| touch(db, before)).await;
        assert_eq!(locked(&world).await, (1, ALL - done));
    });
}

#[test]
fn a_worker_that_takes_long_looks_again() {
    on_both_engines(async |world| {
        let (named, other, at) = due(&world).await;
        submitted(&world, &named, at.minus(HOUR * 3)).await;
        let bells = Bells::default();
        let worker = world.worker_on(world.pool.clone(), 1, bells.clone());
        let progress = async {
            bells.progressed.notified().await;
            world.clock.set(at.minus(SECOND));
            bells.progressed.notified().await;
            bells.progressed.notified().await;
        };
        tokio::select! {
            biased;
            () = progress => {}
            done = worker.run_one() => panic!("{done:?}"),
        }
        drop(worker);
        world.clock.set(at.plus(DAY));
        assert_eq!(locked(&world).await, (1, ALL));
        assert!(is_locked(&world, other).await);
    });
}

#[test]
fn all_workers_of_a_batch_must_have_looked() {
    on_both_engines(async |world| {
        let (named, other, at) = due(&world).await;
        let batch = submitted(&world, &named, at.minus(SECOND)).await;
        let bells = Bells::default();
        stopped_after(1, world.sharing(1, 2, bells.clone()), &bells).await;
        world.clock.set(at.plus(SECOND * 6));
        assert_eq!(locked(&world).await, (0, ALL + 1), "the other one may name anything");
        let mut second = Some(world.sharing(1, 2, bells.clone()));
        tokio::select! {
            biased;
            () = bells.progressed.notified() => {}
            // Its share may be a single action, and then it is done.
            done = second.as_ref().unwrap().run_one() => assert!(done.unwrap()),
        }
        drop(second.take());
        assert_eq!(locked(&world).await, (1, ALL));
        assert!(is_locked(&world, other).await);

        let now = world.now();
        world.write(move |db| conclude::cancel(db, batch, Doer::SYSTEM, now)).await;
        assert_eq!((locked(&world).await, targets(&world).await), ((ALL, 0), 0));
        world.ledgers_add_up().await;
    });
}

#[test]
fn a_batch_that_keeps_failing_keeps_back_only_what_it_names() {
    on_both_engines(async |world| {
        let (named, other, at) = due(&world).await;
        let mut broken = world.action("order-99", 0);
        // Its terms do not exist, which nothing foresees.
        broken.terms_id = TermsId::new();
        world.track(vec![broken.clone()]).await;
        let mut lines = named.clone();
        lines.push(broken);
        world.clock.set(at.minus(SECOND));
        let whole = |batch: &mut entente::reversals::store::Submission| {
            batch.mode = Mode::AllOrNothing;
        };
        world.submit(&lowering(&lines), whole).await;
        assert!(world.worker(1).run_one().await.unwrap());
        world.clock.set(at.plus(SECOND * 60));
        assert_eq!(locked(&world).await, (0, ALL + 2), "it could have been done by now");
        assert!(world.worker(1).run_one().await.unwrap());
        assert_eq!(world.count_of_jobs().await, 1, "it has failed again");
        assert_eq!(locked(&world).await, (1, ALL + 1));
        assert!(is_locked(&world, other).await);
    });
}

#[test]
fn a_hold_that_a_batch_does_not_name_ends_on_time() {
    on_both_engines(async |world| {
        let held = world.tracked(0..4).await;
        for action in &held {
            world.hold(action).await;
        }
        let until = world.stored(held[0].id).await.held_until.unwrap();
        let lines = (0..3).map(|order| format!("order-{order},CONS_FRAUD\n"));
        let text = format!("order_id,reason\n{}", lines.collect::<String>());
        world.clock.set(until.minus(SECOND));
        world.submit(&text, |_| {}).await;
        let ended = async || end_holds(&world.pool, &world.clock).await.unwrap();
        world.clock.set(until.plus(SECOND * 6));
        assert_eq!(ended().await, 0);
        stopped_midway(&world).await;
        assert_eq!(ended().await, 1);
        assert!(!world.stored(held[3].id).await.held);
        world.clock.set(until.plus(DAY));
        assert_eq!(ended().await, 0);
        assert!(world.worker(1).run_one().await.unwrap());
        assert_eq!(ended().await, 3);
        for action in &held[..3] {
            assert_eq!(world.stored(action.id).await.state, State::Reversed);
        }
        world.ledgers_add_up().await;
    });
}
