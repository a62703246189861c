//! A batch is cancelled while a worker has it in hand.

use entente::db::schema::{events, jobs};
use entente::error::Error;
use entente::events::model::{Doer, any};
use entente::reversals::conclude;
use entente::reversals::model::Status;
use entente::reversals::results::{self, File, NOT_DONE, Place};
use entente::reversals::rows::Batch;
use entente::reversals::worker::Bells;

use diesel::prelude::*;

use super::sum;
use super::world::{World, on_both_engines};

const LINES: usize = 400;

/// A file of two lines for each of many orders: both of an order are done together.
async fn file(world: &World) -> String {
    let tracked = world.tracked(0..LINES / 2).await;
    let mut text = String::from("action_id;note;operation;reason;amount_delta\n");
    for action in tracked.iter().chain(&tracked) {
        text.push_str(&format!("{};\"a; \n b\";modify;ORDER_ERROR;-1.00\r\n\n", action.id));
    }
    text
}

async fn table(world: &World, batch: &Batch, file: File) -> String {
    let (mut place, mut text) = (Place::Header, Vec::new());
    loop {
        let batch = batch.clone();
        let made = world.write(move |db| results::stretch(db, &batch, file, place)).await;
        let Some((bytes, next)) = made else { return String::from_utf8(text).unwrap() };
        text.extend(bytes);
        place = next;
    }
}

#[test]
fn nothing_is_applied_after_a_running_batch_was_cancelled() {
    on_both_engines(async |world| {
        let text = file(&world).await;
        let batch = world.submit(&text, |_| {}).await;
        let bells = Bells::default();
        let worker = world.worker_on(world.pool.clone(), 10, bells.clone());
        let cancel = async {
            bells.progressed.notified().await;
            let now = world.now();
            world.write(move |db| conclude::cancel(db, batch, Doer::SYSTEM, now)).await
        };
        let (done, cancelled) = tokio::join!(worker.run_one(), cancel);
        assert!(done.unwrap(), "a worker that was stopped has not failed");

        let over = world.batch(batch).await;
        assert_eq!(over, cancelled, "it stands as it stood when it was cancelled");
        assert_eq!((over.status, over.total), (Status::Cancelled, Some(400)));
        assert!((10..400).contains(&over.applied), "{over:?}");
        assert_eq!(world.count_of_jobs().await, 0);
        assert!(!world.worker(10).run_one().await.unwrap(), "nobody takes it up again");

        let lines = world.lines(batch).await;
        assert_eq!(lines.len(), usize::try_from(sum(&over)).unwrap());
        let mut changed = 0;
        for line in lines.values() {
            changed += i64::from(world.stored(line.action_id.unwrap()).await.version > 1);
        }
        assert_eq!(changed, i64::from(over.applied));
        world.ledgers_add_up().await;

        let told = table(&world, &over, File::Results).await;
        let mut rows = csv::ReaderBuilder::new().delimiter(b';').from_reader(told.as_bytes());
        let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), LINES, "every line of the input");
        let mut input = csv::ReaderBuilder::new().delimiter(b';').from_reader(text.as_bytes());
        for ((number, row), sent) in (2..).zip(&rows).zip(input.records().map(Result::unwrap)) {
            let known = lines.get(&number);
            assert_eq!(row[0], number.to_string());
            assert_eq!(&row[1], known.map_or(NOT_DONE, |line| line.outcome.as_str()));
            assert_eq!(row[5].is_empty(), known.is_none());
            assert!(row.iter().skip(7).eq(&sent), "{row:?} {sent:?}");
        }
        assert_eq!(table(&world, &over, File::Rejected).await.lines().count(), 1);
    });
}

#[test]
fn what_ended_first_stays_so() {
    on_both_engines(async |world| {
        world.tracked(0..1).await;
        let batch = world.submit("order_id,reason\norder-0,ITEM_RETURNED\n", |_| {}).await;
        let now = world.now();
        let cancelled = world.write(move |db| conclude::cancel(db, batch, Doer::SYSTEM, now)).await;
        let late = world.pool.write(move |db| conclude::set_total(db, batch, 1)).await;
        assert!(matches!(late, Err(Error::Stale)), "{late:?}");
        let told: Vec<(String, entente::kernel::document::Document<serde_json::Value>)> = world
            .write(move |db| {
                let of_batch = events::table.filter(events::object_id.eq(any(batch)));
                Ok(of_batch.select((events::kind, events::changes)).load(db)?)
            })
            .await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].0, "reversal.cancelled");
        assert_eq!(told[0].1.0, serde_json::json!({ "status": ["received", "cancelled"] }));
        assert_eq!(world.batch(batch).await, cancelled);

        // The other way round: its job is gone, and so is its chance.
        let batch = world.submit("order_id,reason\norder-0,ITEM_RETURNED\n", |_| {}).await;
        assert!(world.worker(10).run_one().await.unwrap());
        let refused =
            world.pool.write(move |db| conclude::cancel(db, batch, Doer::SYSTEM, now)).await;
        assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
        assert_eq!(world.batch(batch).await.status, Status::Completed);
        assert_eq!(world.write(|db| Ok(jobs::table.count().get_result::<i64>(db)?)).await, 0);
    });
}
