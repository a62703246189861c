//! A batch is watched: what is told, when, and when it ends.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use actix_web::web::Bytes;
use entente::error::{Error, Result};
use entente::kernel::id::CompanyId;
use entente::reversals::model::Status;
use entente::reversals::rows::Batch;
use entente::reversals::watch::{MOST_WATCHERS, Patience, Seats, progress};
use entente::reversals::wire::ProgressView;
use entente::reversals::worker::Bells;
use futures_util::{Stream, StreamExt};

use super::world::{on_both_engines, reversing};

/// What a look finds: a batch, or a reader who may no longer look.
type Seen = Rc<RefCell<Option<Batch>>>;

/// Nothing happens by itself.
const NEVER: Patience =
    Patience { look: Duration::from_secs(3_600), silence: Duration::from_secs(3_600) };

fn watch(
    seen: &Seen,
    bells: &Bells,
    patience: Patience,
) -> impl Stream<Item = Result<Bytes>> + use<> {
    let seen = Rc::clone(seen);
    let look = async move || seen.borrow().clone().ok_or(Error::Unauthenticated("it has ended"));
    progress::<ProgressView, _>(
        look,
        bells.clone(),
        patience,
        Seats::default().take(CompanyId::new()).unwrap(),
    )
}

/// The next event's id and name, a comment as it is; nothing at the end.
async fn next(stream: &mut (impl Stream<Item = Result<Bytes>> + Unpin)) -> Option<String> {
    let text = String::from_utf8(stream.next().await?.unwrap().to_vec()).unwrap();
    assert!(text.ends_with("\n\n"), "{text}");
    let fields: Vec<&str> = text.lines().filter(|line| !line.starts_with("data: ")).collect();
    Some(fields.join(" ").trim_end().to_string())
}

fn change(seen: &Seen, status: Status) {
    if let Some(batch) = seen.borrow_mut().as_mut() {
        (batch.version, batch.status) = (batch.version + 1, status);
    }
}

#[test]
fn the_present_comes_first_then_every_change_then_the_end() {
    on_both_engines(async |world| {
        let batch = world.submit("order_id,reason\norder-0,ITEM_RETURNED\n", |_| {}).await;
        let seen: Seen = Rc::new(RefCell::new(Some(world.batch(batch).await)));
        let bells = Bells::default();
        let mut stream = Box::pin(watch(&seen, &bells, NEVER));
        assert_eq!(next(&mut stream).await.unwrap(), "id: 1 event: progress");

        // Work of this process is told by its bells, at once.
        for bell in [&bells.progressed, &bells.ended] {
            let (told, ()) = tokio::join!(next(&mut stream), async {
                change(&seen, Status::Processing);
                bell.notify_waiters();
            });
            assert!(told.unwrap().ends_with("event: progress"));
        }
        change(&seen, Status::Completed);
        assert_eq!(next(&mut stream).await.unwrap(), "id: 4 event: completed");
        assert_eq!(next(&mut stream).await, None);

        let mut late = Box::pin(watch(&seen, &bells, NEVER));
        assert_eq!(next(&mut late).await.unwrap(), "id: 4 event: completed");
        assert_eq!(next(&mut late).await, None, "what is over has nothing more to tell");
    });
}

#[test]
fn it_ends_for_a_reader_who_may_no_longer_look_and_when_the_server_stops() {
    on_both_engines(async |world| {
        let batch = world.submit("order_id,reason\norder-0,ITEM_RETURNED\n", |_| {}).await;
        let row = world.batch(batch).await;
        let (seen, bells): (Seen, _) = (Rc::new(RefCell::new(Some(row))), Bells::default());
        let mut one = Box::pin(watch(&seen, &bells, NEVER));
        assert!(next(&mut one).await.is_some());
        let (told, ()) = tokio::join!(next(&mut one), async { bells.stopping.cancel() });
        assert_eq!(told, None);

        let bells = Bells::default();
        let soon = Patience { look: Duration::from_millis(1), ..NEVER };
        let mut other = Box::pin(watch(&seen, &bells, soon));
        assert!(next(&mut other).await.is_some());
        let (told, ()) = tokio::join!(next(&mut other), async { drop(seen.borrow_mut().take()) });
        assert_eq!(told, None, "it is asked without a bell");
    });
}

#[test]
fn without_a_bell_it_looks_now_and_then_and_shows_that_it_is_there() {
    on_both_engines(async |world| {
        let batch = world.submit("order_id,reason\norder-0,ITEM_RETURNED\n", |_| {}).await;
        let row = world.batch(batch).await;
        let (seen, bells): (Seen, _) = (Rc::new(RefCell::new(Some(row))), Bells::default());
        let silent = Patience { silence: Duration::from_millis(1), ..NEVER };
        let mut stream = Box::pin(watch(&seen, &bells, silent));
        let mut told = Vec::new();
        for _ in 0..3 {
            told.push(next(&mut stream).await.unwrap());
        }
        assert_eq!(told, ["id: 1 event: progress", ": still there", ": still there"]);

        // Another server has done it, whose bells are not heard here.
        let soon = Patience { look: Duration::from_millis(1), ..NEVER };
        let mut stream = Box::pin(watch(&seen, &bells, soon));
        assert!(next(&mut stream).await.is_some());
        let (told, ()) = tokio::join!(next(&mut stream), async {
            change(&seen, Status::Completed);
        });
        assert_eq!(told.unwrap(), "id: 2 event: completed");
        let usual = Patience::default();
        assert_eq!((usual.look.as_secs(), usual.silence.as_secs()), (1, 15));
    });
}

#[test]
fn whoever_watches_a_worker_is_told_of_its_chunks() {
    on_both_engines(async |world| {
        let text = reversing(&world.tracked(0..60).await);
        let batch = world.submit(&text, |_| {}).await;
        let bells = Bells::default();
        let worker = world.worker_on(world.pool.clone(), 10, bells.clone());
        let (pool, brand) = (world.pool.clone(), world.brand);
        let look = async move || {
            pool.read(move |db| entente::reversals::store::find(db, brand, batch)).await
        };
        let events =
            progress::<ProgressView, _>(look, bells, NEVER, Seats::default().take(brand).unwrap());
        let (done, events) = tokio::join!(worker.run_one(), events.collect::<Vec<_>>());
        assert!(done.unwrap());
        let events: Vec<String> = events
            .into_iter()
            .map(|event| String::from_utf8(event.unwrap().to_vec()).unwrap())
            .collect();
        let version = |event: &String| -> i64 {
            event.lines().next().unwrap().strip_prefix("id: ").unwrap().parse().unwrap()
        };
        assert!(events.len() > 2, "{events:?}");
        assert!(events.iter().map(version).is_sorted_by(|a, b| a < b), "{events:?}");
        let (last, before) = events.split_last().unwrap();
        assert!(before.iter().all(|event| event.contains("\nevent: progress\n")), "{before:?}");
        assert!(last.contains("\nevent: completed\n"), "{last}");
        assert!(last.contains("\"total\":60,\"applied\":60,"), "{last}");
    });
}

#[test]
fn a_company_has_so_many_seats_and_gets_them_back() {
    let (seats, one, other) = (Seats::default(), CompanyId::new(), CompanyId::new());
    let mut taken: Vec<_> = (0..MOST_WATCHERS).map(|_| seats.take(one).unwrap()).collect();
    assert!(matches!(seats.take(one), Err(Error::TooMany { .. })));
    seats.take(other).unwrap();
    taken.pop();
    let again = seats.take(one).unwrap();
    assert!(seats.take(one).is_err());
    drop((taken, again));
    assert!(seats.take(one).is_ok());
}
