//! Several workers on one batch: each does a share of it, and the last one ends it.

use diesel::prelude::*;
use entente::actions::model::Action;
use entente::db::schema::events;
use entente::error::Error;
use entente::events::model::{Doer, any};
use entente::jobs::model::{JobKind, Share};
use entente::jobs::queue::{self, Lease};
use entente::kernel::id::{ReversalId, WorkerId};
use entente::reversals::conclude::{self, End};
use entente::reversals::formats::{FileFault, sniff};
use entente::reversals::model::{FileCode, Mode, Status};
use entente::reversals::parts;
use entente::reversals::store::{self, Submission};
use entente::reversals::worker::Bells;
use jiff::SignedDuration;

use super::sum;
use super::world::{World, lowering, on_both_engines};

/// Orders of a batch, and lines of it that are about none.
const ORDERS: usize = 200;
const STRAYS: usize = 40;

/// A batch of two lines for each order, one at either end of the file, with strays between them.
async fn submitted(world: &World) -> (ReversalId, Vec<Action>) {
    let tracked = world.tracked(0..ORDERS).await;
    let mut text = lowering(&tracked);
    for (stray, known) in tracked.iter().enumerate().take(STRAYS) {
        let known = known.id.to_string();
        let action = if stray % 2 == 0 { "not-an-id" } else { known.as_str() };
        text.push_str(&format!("{action},modify,NO_SUCH,-1.00\n"));
    }
    text.extend(lowering(&tracked).split_inclusive('\n').skip(1));
    (world.submit(&text, |_| {}).await, tracked)
}

/// Every line once, and the batch was told of as often as any other.
async fn is_done(world: &World, batch: ReversalId, tracked: &[Action]) {
    let done = world.batch(batch).await;
    assert_eq!((done.status, done.total), (Status::Completed, Some(440)));
    assert_eq!((done.applied, done.rejected, sum(&done)), (400, 40, 440));
    assert_eq!(world.lines(batch).await.len(), 440);
    for action in tracked {
        let action = world.stored(action.id).await;
        assert_eq!((action.version, action.sale_minor), (3, 9_800));
    }
    assert_eq!(told(world, batch).await, ["reversal.started", "reversal.completed"]);
    assert_eq!(world.count_of_jobs().await, 0);
    world.ledgers_add_up().await;
}

async fn told(world: &World, batch: ReversalId) -> Vec<String> {
    world
        .write(move |db| {
            let of_batch = events::table.filter(events::object_id.eq(any(batch)));
            Ok(of_batch.order(events::sequence).select(events::kind).load(db)?)
        })
        .await
}

#[test]
fn a_batch_ends_with_its_last_share() {
    on_both_engines(async |world| {
        let (batch, tracked) = submitted(&world).await;
        assert!(world.sharing(30, 3, Bells::default()).run_one().await.unwrap());
        let first = world.batch(batch).await;
        assert_eq!((first.status, first.total), (Status::Processing, Some(440)));
        assert!((1..300).contains(&sum(&first)) && first.rejected > 0, "a third, about: {first:?}");
        assert_eq!(world.count_of_jobs().await, 2);
        let mut whole = 0;
        for action in &tracked {
            let version = world.stored(action.id).await.version;
            assert!([1, 3].contains(&version), "lines of one action were parted");
            whole += i32::from(version == 3);
        }
        assert_eq!(2 * whole, first.applied);

        // One whose settings are others does what is there.
        assert!(world.worker(30).run_one().await.unwrap());
        assert_eq!(world.batch(batch).await.status, Status::Processing);
        assert!(world.sharing(30, 2, Bells::default()).run_one().await.unwrap());
        is_done(&world, batch, &tracked).await;
        assert!(!world.worker(30).run_one().await.unwrap());
    });
}

#[test]
fn two_workers_do_one_batch_at_the_same_time() {
    on_both_engines(async |world| {
        let (batch, tracked) = submitted(&world).await;
        let bells = Bells::default();
        let (one, other) =
            (world.sharing(10, 2, bells.clone()), world.sharing(10, 2, bells.clone()));
        let beside = async {
            // Rung by the first as soon as there is a share to take.
            bells.submitted.notified().await;
            other.run_one().await
        };
        let (first, second) = tokio::join!(one.run_one(), beside);
        assert!(first.unwrap() && second.unwrap(), "each had a share");
        is_done(&world, batch, &tracked).await;
    });
}

#[test]
fn a_share_goes_on_where_a_dead_worker_left_it() {
    on_both_engines(async |world| {
        let (batch, tracked) = submitted(&world).await;
        let bells = Bells::default();
        let first = world.sharing(20, 2, bells.clone());
        tokio::select! {
            biased;
            () = bells.progressed.notified() => {}
            done = first.run_one() => panic!("{done:?}"),
        }
        drop(first);
        let second = world.sharing(20, 2, Bells::default());
        assert!(second.run_one().await.unwrap(), "the other share was free");
        assert!(!second.run_one().await.unwrap(), "the lease of the first has not run out");
        assert_eq!(world.batch(batch).await.status, Status::Processing);
        world.clock.set(world.now().plus(SignedDuration::from_secs(11)));
        assert!(second.run_one().await.unwrap());
        is_done(&world, batch, &tracked).await;
    });
}

#[test]
fn a_line_that_was_in_nobodys_share_is_done_in_the_end() {
    on_both_engines(async |world| {
        let rows = (0..60).map(|order| format!("order-{order},ITEM_RETURNED\n"));
        let text: String = std::iter::once("order_id,reason\n".to_string()).chain(rows).collect();
        let batch = world.submit(&text, |_| {}).await;
        let worker = world.sharing(100, 2, Bells::default());
        assert!(worker.run_one().await.unwrap());
        let first = world.batch(batch).await;
        assert_eq!((first.rejected, sum(&first)), (30, 30), "nobody knows the orders of its lines");
        // Of the others, which are known by now, about half belong to the share that is done.
        world.tracked(0..60).await;
        assert!(worker.run_one().await.unwrap());
        let second = world.batch(batch).await;
        assert_eq!((second.status, world.count_of_jobs().await), (Status::Processing, 1));
        assert!((1..30).contains(&second.applied), "{second:?}");
        assert!(worker.run_one().await.unwrap());
        let done = world.batch(batch).await;
        assert_eq!((done.status, done.total), (Status::Completed, Some(60)));
        assert_eq!((done.applied, done.rejected, sum(&done)), (30, 30, 60));
        assert_eq!(world.lines(batch).await.len(), 60);
        assert_eq!(told(&world, batch).await, ["reversal.started", "reversal.completed"]);
        assert_eq!(world.count_of_jobs().await, 0);
        world.ledgers_add_up().await;
    });
}

#[test]
fn a_cancelled_batch_is_cancelled_for_all_its_workers() {
    on_both_engines(async |world| {
        let (batch, tracked) = submitted(&world).await;
        let bells = Bells::default();
        let (one, other) = (world.sharing(4, 2, bells.clone()), world.sharing(4, 2, bells.clone()));
        let beside = async {
            bells.submitted.notified().await;
            other.run_one().await
        };
        let cancel = async {
            bells.progressed.notified().await;
            let now = world.now();
            world.write(move |db| conclude::cancel(db, batch, Doer::SYSTEM, now)).await
        };
        let (first, second, cancelled) = tokio::join!(one.run_one(), beside, cancel);
        // The other one may have come too late to be given anything.
        first.and(second).unwrap();
        let over = world.batch(batch).await;
        assert_eq!(over, cancelled, "it stands as it stood when it was cancelled");
        assert_eq!((over.status, world.count_of_jobs().await), (Status::Cancelled, 0));
        assert!(sum(&over) < 440, "{over:?}");
        assert!(!one.run_one().await.unwrap(), "nobody takes it up again");
        let mut changed = 0;
        for action in &tracked {
            changed += i32::try_from(world.stored(action.id).await.version).unwrap() - 1;
        }
        assert_eq!(changed, over.applied);
        world.ledgers_add_up().await;
    });
}

#[test]
fn input_that_cannot_be_read_ends_all_shares() {
    on_both_engines(async |world| {
        let tracked = world.tracked(0..20).await;
        let text = lowering(&tracked) + "\"never closed";
        let layout = sniff(lowering(&tracked).as_bytes(), false).unwrap();
        let (submission, clock) = (world.submission(text.len(), layout), world.clock.clone());
        let batch = submission.id;
        world
            .write(move |db| {
                parts::store(db, batch, 0, text.as_bytes().to_vec(), clock.now())?;
                store::receive(db, &clock, submission.clone())
            })
            .await;
        let worker = world.sharing(2, 3, Bells::default());
        assert!(worker.run_one().await.unwrap());
        let over = world.batch(batch).await;
        assert_eq!((over.status, over.code.as_deref()), (Status::Rejected, Some("unclosed_quote")));
        assert_eq!((sum(&over), world.count_of_jobs().await), (0, 0));
        assert!(!worker.run_one().await.unwrap());
    });
}

#[test]
fn what_is_done_all_or_nothing_is_not_parted() {
    on_both_engines(async |world| {
        let tracked = world.tracked(0..20).await;
        let whole = |batch: &mut Submission| batch.mode = Mode::AllOrNothing;
        let batch = world.submit(&lowering(&tracked), whole).await;
        assert!(world.sharing(2, 2, Bells::default()).run_one().await.unwrap());
        let done = world.batch(batch).await;
        assert_eq!((done.status, done.applied), (Status::Completed, 20));
    });
}

/// The leases of both shares of a batch that has two.
async fn both_shares(world: &World, batch: ReversalId) -> [Lease; 2] {
    let (now, span) = (world.now(), SignedDuration::from_secs(10));
    let claim = move |db: &mut entente::db::Db| {
        let lease = queue::claim(db, JobKind::Reversal, WorkerId::new(), now, span)?;
        Ok(lease.expect("there is a share"))
    };
    let first = world
        .write(move |db| {
            let lease = claim(db)?;
            conclude::start(db, batch, now)?;
            queue::split(db, &lease, 2)
        })
        .await;
    let second = world.write(claim).await;
    assert_eq!([first.share, second.share].map(|share: Share| share.number), [0, 1]);
    [first, second]
}

#[test]
fn who_ends_a_batch_takes_it_from_all_and_who_ends_a_share_from_nobody() {
    on_both_engines(async |world| {
        let tracked = world.tracked(0..2).await;
        let (now, span) = (world.now(), SignedDuration::from_secs(10));

        let id = world.submit(&lowering(&tracked), |_| {}).await;
        let [first, second] = both_shares(&world, id).await;
        let batch = world.batch(id).await;
        let finish = |lease: &Lease| {
            let (batch, lease) = (batch.clone(), lease.clone());
            world.pool.write(move |db| conclude::finish(db, &batch, &lease, now))
        };
        finish(&second).await.unwrap();
        assert_eq!(world.batch(id).await.status, Status::Processing);
        assert!(matches!(finish(&second).await, Err(Error::Stale)), "its share is done");
        let kept = first.clone();
        let kept = world.write(move |db| queue::advance(db, &kept, now, span)).await;
        assert!(matches!(finish(&first).await, Err(Error::Stale)), "it has gone a step further");
        finish(&kept).await.unwrap();
        assert_eq!(world.batch(id).await.status, Status::Completed);

        let id = world.submit(&lowering(&tracked), |_| {}).await;
        let [first, second] = both_shares(&world, id).await;
        let batch = world.batch(id).await;
        let fault = FileFault { code: FileCode::UnclosedQuote, line: Some(2), detail: "".into() };
        world
            .write(move |db| conclude::end(db, &batch, &first, &End::unreadable(&fault), now))
            .await;
        let late = world.pool.write(move |db| queue::advance(db, &second, now, span)).await;
        assert!(matches!(late, Err(Error::Stale)), "{late:?}");
        let told = told(&world, id).await;
        assert_eq!(told, ["reversal.started", "reversal.rejected"]);
    });
}
