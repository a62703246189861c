//! Holds end by themselves, and not before the batches that came in time for them are done.

use entente::actions::jobs::{end_holds, lock_due};
use entente::actions::model::State;
use entente::kernel::id::ActionId;
use entente::kernel::time::Instant;
use entente::reversals::model::{LineCode, Mode, Outcome};
use jiff::SignedDuration;

use super::world::{World, on_both_engines};

const FRAUD: &str = "order_id,reason\norder-0,CONS_FRAUD\n";
const SECOND: SignedDuration = SignedDuration::from_secs(1);
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Ends what holds are over; how many.
async fn ended(world: &World) -> u64 {
    end_holds(&world.pool, &world.clock).await.unwrap()
}

async fn locked(world: &World) -> u64 {
    lock_due(&world.pool, &world.clock, None).await.unwrap().actions
}

/// An order that is held from now on, and the end of its hold, which comes after its lock date.
async fn held(world: &World) -> (ActionId, Instant) {
    let action = world.tracked(0..1).await.remove(0);
    world.hold(&action).await;
    let until = world.stored(action.id).await.held_until.unwrap();
    assert!(action.locks_at < until);
    (action.id, until)
}

#[test]
fn a_hold_waits_for_a_batch_that_came_before_its_end() {
    on_both_engines(async |world| {
        let (id, until) = held(&world).await;
        world.clock.set(until.minus(SECOND));
        let batch = world.submit(FRAUD, |_| {}).await;
        world.clock.set(until.plus(DAY));
        assert_eq!((ended(&world).await, locked(&world).await), (0, 0));
        assert!(world.worker(10).run_one().await.unwrap());
        let line = world.lines(batch).await.remove(&2).unwrap();
        assert_eq!((line.outcome, line.code), (Outcome::Applied, None), "{:?}", line.detail);
        assert_eq!((ended(&world).await, locked(&world).await), (1, 1));
        let action = world.stored(id).await;
        assert_eq!((action.state, action.locked_at.is_some()), (State::Reversed, true));
        world.ledgers_add_up().await;
    });
}

#[test]
fn a_hold_does_not_wait_for_a_batch_that_came_too_late_for_it_or_only_tries() {
    on_both_engines(async |world| {
        let (_, until) = held(&world).await;
        world.clock.set(until.minus(SECOND));
        world.submit(FRAUD, |batch| batch.mode = Mode::DryRun).await;
        world.clock.set(until);
        let late = world.submit(FRAUD, |_| {}).await;
        world.clock.set(until.plus(DAY));
        assert_eq!((ended(&world).await, locked(&world).await), (1, 1));
        while world.worker(10).run_one().await.unwrap() {}
        assert_eq!(world.lines(late).await[&2].code, Some(LineCode::ActionLocked));
    });
}

#[test]
fn holds_that_wait_are_passed_by_however_many_they_are() {
    on_both_engines(async |world| {
        for action in world.tracked(1..502).await {
            world.hold(&action).await;
        }
        let (_, until) = held(&world).await;
        world.clock.set(until.minus(SECOND));
        world.submit(FRAUD, |_| {}).await;
        world.clock.set(until.plus(DAY));
        assert_eq!(ended(&world).await, 0, "it looks at each of them once");
        assert!(world.worker(10).run_one().await.unwrap());
        assert_eq!(ended(&world).await, 502);
        world.ledgers_add_up().await;
    });
}

#[test]
fn no_batch_comes_before_the_end_of_a_hold_once_it_has_ended() {
    on_both_engines(async |world| {
        let (_, until) = held(&world).await;
        world.clock.set(until.plus(DAY));
        assert_eq!(ended(&world).await, 1);
        // A server whose clock is behind, or one that took its time.
        world.clock.set(until.minus(SECOND));
        let batch = world.submit(FRAUD, |_| {}).await;
        let received_at = world.batch(batch).await.received_at;
        assert!(received_at >= until, "{received_at} is before {until}");
    });
}
