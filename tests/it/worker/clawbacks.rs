//! Lines about what has locked: each counts once, whoever dies, and closed actions lock first.

use diesel::prelude::*;
use entente::actions::jobs::lock_due;
use entente::actions::model::Action;
use entente::adjustments::model::Adjustment;
use entente::contracts::model::{AfterLock, Terms};
use entente::db::schema::{adjustments, contract_terms};
use entente::db::{Limits, Pool};
use entente::kernel::document::Document;
use entente::reversals::model::Status;
use entente::reversals::store::Submission;
use entente::reversals::worker::Bells;
use jiff::SignedDuration;

use super::sum;
use super::world::{World, lowering, on_both_engines};

/// Actions under terms that let the brand claw back, past their lock date.
async fn closed(world: &World, many: usize) -> Vec<Action> {
    let tracked = world.tracked(0..many).await;
    let terms = Terms { after_lock: AfterLock::Clawback, ..world.terms.clone() };
    let id = world.terms_id;
    world
        .write(move |db| {
            let row = diesel::update(contract_terms::table.find(id));
            row.set(contract_terms::terms.eq(Document(terms.clone()))).execute(db)?;
            Ok(())
        })
        .await;
    world.clock.set("2026-04-02T12:00:00Z".parse().unwrap());
    tracked
}

fn may_claw_back(batch: &mut Submission) {
    batch.authority.may_claw_back = true;
}

/// Every action has locked, and has been clawed back by 1.00 of its sale so often.
async fn each_is_clawed_back(world: &World, tracked: &[Action], times: i64) {
    for action in tracked {
        let id = action.id;
        let stored = world.stored(id).await;
        assert_eq!((stored.version, stored.sale_minor), (2, 10_000), "locked and no more");
        assert!(stored.locked_at.is_some());
        let made: Vec<Adjustment> = world
            .write(move |db| {
                let of_action = adjustments::table.filter(adjustments::action_id.eq(id));
                Ok(of_action.order(adjustments::sequence).load(db)?)
            })
            .await;
        let left: Vec<(i64, i64, i64)> =
            made.iter().map(|one| (one.sequence, one.sale_minor, one.payout_minor)).collect();
        let expected = (1..=times).map(|n| (n, 10_000 - 100 * n, 1_000 - 10 * n));
        assert_eq!(left, expected.collect::<Vec<_>>());
    }
    world.ledgers_add_up().await;
}

#[test]
fn a_line_is_clawed_back_once_whoever_dies() {
    on_both_engines(async |world| {
        let tracked = closed(&world, 300).await;
        let locked = lock_due(&world.pool, &world.clock, None).await.unwrap();
        assert_eq!(locked.actions, 300);
        let twice = tracked.iter().flat_map(|action| [action, action]);
        let batch = world.submit(&lowering(twice), may_claw_back).await;
        let pool = Pool::open(&world.url, Limits { connections: 1, waiting: 64 }).unwrap();
        let bells = Bells::default();
        let first = world.worker_on(pool.clone(), 100, bells.clone());
        tokio::select! {
            biased;
            () = bells.progressed.notified() => {}
            done = first.run_one() => panic!("{done:?}"),
        }
        drop(first);
        pool.write(|_| Ok(())).await.unwrap();
        let halfway = world.batch(batch).await;
        assert!(halfway.applied >= 100 && halfway.applied < 600, "{halfway:?}");
        world.clock.set(world.now().plus(SignedDuration::from_secs(11)));
        assert!(world.worker(100).run_one().await.unwrap());
        let done = world.batch(batch).await;
        assert_eq!((done.status, done.applied, sum(&done)), (Status::Completed, 600, 600));
        assert!(world.lines(batch).await.values().all(|line| line.adjustment_id.is_some()));
        each_is_clawed_back(&world, &tracked, 2).await;
    });
}

#[test]
fn closed_actions_lock_together_with_what_is_clawed_back() {
    on_both_engines(async |world| {
        let tracked = closed(&world, 200).await;
        world.submit(&lowering(&tracked), may_claw_back).await;
        assert!(world.worker(50).run_one().await.unwrap());
        each_is_clawed_back(&world, &tracked, 1).await;
        let locked = lock_due(&world.pool, &world.clock, None).await.unwrap();
        assert_eq!((locked.actions, locked.waiting), (0, 0), "the job has nothing left to do");
    });
}
