//! A batch beyond the guard of a program waits until somebody confirms it.

use diesel::prelude::*;
use entente::actions::jobs::lock_due;
use entente::actions::model::{Action, State};
use entente::db::schema::{events, jobs, programs};
use entente::error::Error;
use entente::events::model::{Doer, any};
use entente::kernel::id::{ProgramId, ReversalId, UserId};
use entente::kernel::time::Instant;
use entente::reversals::conclude;
use entente::reversals::guard::model::Excess;
use entente::reversals::guard::weighing::confirm;
use entente::reversals::model::{Mode, Status};
use entente::reversals::rows::Batch;
use entente::reversals::worker::Bells;
use jiff::SignedDuration;

use super::world::{World, lowering, on_both_engines, reversing};

const SECOND: SignedDuration = SignedDuration::from_secs(1);
const THREE_DAYS: SignedDuration = SignedDuration::from_hours(72);

/// Sets the guard of the world's program: so many lines, so much percent.
async fn guard(world: &World, lines: i32, percent: i32) {
    let program = world.program;
    world
        .write(move |db| {
            let guard =
                (programs::guard_lines.eq(lines), programs::guard_payout_percent.eq(percent));
            diesel::update(programs::table.find(program)).set(guard).execute(db)?;
            Ok(())
        })
        .await;
}

/// Submits a file and lets a worker have it.
async fn worked(world: &World, text: &str) -> Batch {
    let id = world.submit(text, |_| {}).await;
    assert!(world.worker(4).run_one().await.unwrap());
    world.batch(id).await
}

/// What a batch was found to be too much of.
fn over(batch: &Batch) -> Vec<(ProgramId, i64, i64, i64)> {
    let all = batch.over_guards.as_ref().map(|over| over.0.as_slice()).unwrap_or_default();
    let told = |one: &Excess| (one.program_id, one.lines, one.payout_minor, one.open_payout_minor);
    all.iter().map(told).collect()
}

async fn confirmed(world: &World, id: ReversalId) -> Result<Batch, Error> {
    let (now, user) = (world.now(), UserId::new());
    let by = Doer { user_id: Some(user), ..Doer::SYSTEM };
    let done = world.pool.write(move |db| confirm(db, id, by, now)).await?;
    assert_eq!(done.confirmed_by_user_id, Some(user));
    Ok(done)
}

async fn told(world: &World, id: ReversalId) -> Vec<String> {
    world
        .write(move |db| {
            let of_batch = events::table.filter(events::object_id.eq(any(id)));
            let all: Vec<String> =
                of_batch.order(events::sequence).select(events::kind).load(db)?;
            Ok(all.into_iter().map(|kind| kind["reversal.".len()..].to_string()).collect())
        })
        .await
}

async fn is_as_tracked(world: &World, actions: &[Action]) {
    for action in actions {
        assert_eq!(world.stored(action.id).await, *action);
    }
}

#[test]
fn a_batch_of_too_many_lines_waits_and_goes_on_once_it_is_confirmed() {
    on_both_engines(async |world| {
        let tracked = world.tracked(0..8).await;
        guard(&world, 5, 100).await;
        let within = worked(&world, &lowering(&tracked[..5])).await;
        assert_eq!((within.status, within.over_guards), (Status::Completed, None));

        let twice: Vec<Action> = tracked[..3].iter().chain(&tracked[..3]).cloned().collect();
        let waits = worked(&world, &lowering(&twice)).await;
        assert_eq!((waits.status, waits.total), (Status::NeedsConfirmation, Some(6)));
        assert_eq!(over(&waits), [(world.program, 6, 2_970, 7_950)]);
        assert_eq!(waits.code.as_deref(), Some("over_guard"));
        assert!(waits.is_untouched() && world.lines(waits.id).await.is_empty());
        assert!(!world.worker(4).run_one().await.unwrap(), "nobody takes it up");
        assert_eq!(world.stored(tracked[0].id).await.sale_minor, 9_900);

        let going = confirmed(&world, waits.id).await.unwrap();
        assert_eq!((going.status, going.code, going.version), (Status::Processing, None, 4));
        let again = confirmed(&world, waits.id).await;
        assert!(matches!(again, Err(Error::Refused(_))), "{again:?}");
        assert!(world.worker(4).run_one().await.unwrap());
        let done = world.batch(waits.id).await;
        assert_eq!((done.status, done.applied), (Status::Completed, 6));
        assert_eq!(over(&done).len(), 1, "it still says why it was asked for");
        let all = ["started", "needs_confirmation", "confirmed", "completed"];
        assert_eq!(told(&world, waits.id).await, all);
        let refused = confirmed(&world, waits.id).await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
        assert_eq!(world.count_of_jobs().await, 0);
        world.ledgers_add_up().await;
    });
}

#[test]
fn the_share_is_of_what_is_open_and_approving_takes_nothing() {
    on_both_engines(async |world| {
        // Ten of 10.00 each; one is reversed and one has locked: 80.00 are open.
        let tracked = world.tracked(0..10).await;
        worked(&world, &reversing(&tracked[..1])).await;
        let locked = tracked[1].id;
        world
            .write(move |db| {
                use entente::db::schema::actions::dsl;
                let lock = (dsl::locked_at.eq(dsl::locks_at.nullable()), dsl::state.eq("approved"));
                diesel::update(dsl::actions.find(locked)).set(lock).execute(db)?;
                Ok(())
            })
            .await;
        guard(&world, 1_000, 25).await;
        let approve = |some: &[Action]| {
            let lines = some.iter().map(|action| format!("{},approve\n", action.id));
            format!("action_id,operation\n{}", lines.collect::<String>())
        };
        assert_eq!(worked(&world, &approve(&tracked[2..])).await.applied, 8);
        let two = lowering(&tracked[..4]);
        assert_eq!(worked(&world, &two).await.status, Status::Completed, "20.00 of 80.00");

        let waits = worked(&world, &reversing(&tracked[..5])).await;
        assert_eq!(waits.status, Status::NeedsConfirmation);
        let left = 8_000 - 20;
        assert_eq!(over(&waits), [(world.program, 5, 2_980, left)]);

        // A dry run shows what would be, and asks nobody. Nor is anything asked that names nothing.
        let dry = world.submit(&reversing(&tracked[2..]), |batch| batch.mode = Mode::DryRun).await;
        assert!(world.worker(4).run_one().await.unwrap());
        assert_eq!(world.batch(dry).await.status, Status::Completed);
        let mut foreign = world.action("order-99", 0);
        (foreign.company_id, foreign.partner_company_id) = (world.partner, world.brand);
        world.track(vec![foreign.clone()]).await;
        let strays = worked(&world, &reversing(&[foreign])).await;
        assert_eq!((strays.status, strays.rejected), (Status::Completed, 1));

        // Of one that may not see the program nothing counts, and nothing is told.
        let blind = |batch: &mut entente::reversals::store::Submission| {
            batch.authority.programs = Some(vec![]);
        };
        let unseen = world.submit(&reversing(&tracked[2..]), blind).await;
        assert!(world.worker(4).run_one().await.unwrap());
        let unseen = world.batch(unseen).await;
        assert_eq!((unseen.status, unseen.rejected), (Status::Completed, 8));
    });
}

#[test]
fn a_large_batch_waits_as_a_whole_and_is_shared_once_it_is_confirmed() {
    on_both_engines(async |world| {
        let tracked = world.tracked(0..60).await;
        guard(&world, 59, 100).await;
        let sharing = async || world.sharing(5, 2, Bells::default()).run_one().await.unwrap();
        let id = world.submit(&lowering(&tracked), |_| {}).await;
        assert!(sharing().await);
        assert_eq!(world.batch(id).await.status, Status::NeedsConfirmation);
        assert_eq!(world.count_of_jobs().await, 1, "nobody has a share of it yet");
        assert!(!sharing().await);
        is_as_tracked(&world, &tracked).await;
        confirmed(&world, id).await.unwrap();
        assert!(sharing().await);
        let half = world.batch(id).await;
        assert_eq!((half.status, world.count_of_jobs().await), (Status::Processing, 1));
        assert!((1..60).contains(&half.applied), "{half:?}");
        assert!(sharing().await && !sharing().await);
        let done = world.batch(id).await;
        assert_eq!((done.status, done.applied), (Status::Completed, 60));

        // One that is within its guard is weighed by one worker and then shared.
        let id = world.submit(&lowering(&tracked[..59]), |_| {}).await;
        assert!(sharing().await);
        let half = world.batch(id).await;
        assert_eq!((half.status, world.count_of_jobs().await), (Status::Processing, 1));
        assert!((1..59).contains(&half.applied), "{half:?}");
        assert!(sharing().await);
        let done = world.batch(id).await;
        assert_eq!((done.status, done.applied), (Status::Completed, 59));
        world.ledgers_add_up().await;
    });
}

/// One run of the lock job: how many actions it locked, and how many wait.
async fn locked(world: &World) -> (u64, u64) {
    let run = lock_due(&world.pool, &world.clock, None).await.unwrap();
    (run.actions, run.waiting)
}

/// Orders, the last of which no batch names, and the moment at which all of them lock.
async fn due(world: &World) -> (Vec<Action>, Action, Instant) {
    let mut named = world.tracked(0..5).await;
    let other = named.pop().unwrap();
    let at = other.locks_at;
    (named, other, at)
}

#[test]
fn what_it_names_waits_for_it_and_nothing_else() {
    on_both_engines(async |world| {
        let (named, other, at) = due(&world).await;
        guard(&world, 3, 100).await;
        world.clock.set(at.minus(THREE_DAYS).plus(SECOND * 60));
        let waits = worked(&world, &reversing(&named)).await;
        assert_eq!(waits.status, Status::NeedsConfirmation);
        world.clock.set(at.plus(SECOND * 6));
        assert_eq!(locked(&world).await, (1, 4), "only what it names");
        assert_eq!(world.stored(other.id).await.locked_at, Some(at));

        confirmed(&world, waits.id).await.unwrap();
        assert_eq!(locked(&world).await, (0, 4));
        assert!(world.worker(1).run_one().await.unwrap());
        let done = world.batch(waits.id).await;
        assert_eq!((done.status, done.applied), (Status::Completed, 4), "it was in time");
        assert_eq!(locked(&world).await, (4, 0));
        for action in &named {
            assert_eq!(world.stored(action.id).await.state, State::Reversed);
        }
        world.ledgers_add_up().await;
    });
}

#[test]
fn what_nobody_confirms_ends_after_three_days() {
    on_both_engines(async |world| {
        let (named, _, at) = due(&world).await;
        guard(&world, 3, 100).await;
        world.clock.set(at.minus(SECOND * 60));
        let waits = worked(&world, &reversing(&named)).await;
        let until = waits.confirm_by.unwrap();
        assert_eq!(until, world.now().plus(THREE_DAYS));
        world.clock.set(until.minus(SECOND));
        assert!(!world.worker(1).run_one().await.unwrap());
        assert_eq!(locked(&world).await, (1, 4));
        world.clock.set(until);
        let late = confirmed(&world, waits.id).await;
        assert!(matches!(late, Err(Error::Refused(_))), "{late:?}");
        assert!(world.worker(1).run_one().await.unwrap());
        let over = world.batch(waits.id).await;
        assert_eq!((over.status, over.code.as_deref()), (Status::Cancelled, Some("not_confirmed")));
        assert_eq!(told(&world, waits.id).await, ["started", "needs_confirmation", "cancelled"]);
        is_as_tracked(&world, &named).await;
        assert_eq!((locked(&world).await, world.count_of_jobs().await), ((4, 0), 0));
    });
}

#[test]
fn it_may_be_cancelled_instead_and_a_worker_that_dies_weighs_it_anew() {
    on_both_engines(async |world| {
        let tracked = world.tracked(0..4).await;
        guard(&world, 3, 100).await;
        let waits = worked(&world, &reversing(&tracked)).await;
        let (id, now) = (waits.id, world.now());
        let over = world.write(move |db| conclude::cancel(db, id, Doer::SYSTEM, now)).await;
        assert_eq!((over.status, over.version), (Status::Cancelled, 4));
        assert_eq!(world.write(|db| Ok(jobs::table.count().get_result::<i64>(db)?)).await, 0);

        // Somebody took it and has gone before it was weighed.
        let id = world.submit(&reversing(&tracked), |batch| batch.mode = Mode::AllOrNothing).await;
        world
            .write(move |db| {
                use entente::jobs::model::JobKind;
                use entente::kernel::id::WorkerId;
                let gone = WorkerId::new();
                entente::jobs::queue::claim(db, JobKind::Reversal, gone, now, SECOND)?;
                conclude::start(db, id, now)
            })
            .await;
        world.clock.set(now.plus(SECOND * 2));
        assert!(world.worker(1).run_one().await.unwrap());
        assert_eq!(world.batch(id).await.status, Status::NeedsConfirmation);
        is_as_tracked(&world, &tracked).await;
        confirmed(&world, id).await.unwrap();
        assert!(world.worker(1).run_one().await.unwrap());
        assert_eq!(world.batch(id).await.applied, 4);
        world.ledgers_add_up().await;
    });
}
