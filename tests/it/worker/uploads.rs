//! Bytes on their way to a batch: those that are still coming, and those that stopped.

use diesel::prelude::*;
use entente::db::schema::jobs;
use entente::error::Error;
use entente::kernel::id::ReversalId;
use entente::reversals::formats::sniff;
use entente::reversals::model::Status;
use entente::reversals::{parts, store};
use jiff::SignedDuration;

use super::sum;
use super::world::on_both_engines;

#[test]
fn unreadable_input_rejects_the_batch_and_orphans_are_swept() {
    on_both_engines(async |world| {
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
        assert!(world.write(move |db| parts::load(db, orphan, 0)).await.is_none());
    });
}

#[test]
fn an_upload_takes_as_long_as_it_goes_on() {
    on_both_engines(async |world| {
        world.tracked(0..1).await;
        let text = ["order_id,reason\n", "order-0,", "ITEM_RETURNED\n"];
        let layout = sniff(b"order_id,reason\n", false).unwrap();
        let submission = world.submission(text.concat().len(), layout);
        let (batch, clock) = (submission.id, world.clock.clone());
        let mut now = world.now();
        for (part, bytes) in (0..).zip(text) {
            world
                .write(move |db| parts::store(db, batch, part, bytes.as_bytes().to_vec(), now))
                .await;
            now = now.plus(SignedDuration::from_mins(50));
            assert_eq!(world.write(move |db| parts::sweep(db, now)).await, 0);
        }
        world.write(move |db| store::receive(db, &clock, submission.clone())).await;
        assert!(world.worker(10).run_one().await.unwrap());
        let done = world.batch(batch).await;
        assert_eq!((done.status, done.applied), (Status::Completed, 1));
    });
}

#[test]
fn an_upload_that_was_swept_becomes_no_batch() {
    on_both_engines(async |world| {
        let layout = sniff(b"order_id,reason\n", false).unwrap();
        let submission = world.submission(10, layout);
        let (batch, now, clock) = (submission.id, world.now(), world.clock.clone());
        world.write(move |db| parts::store(db, batch, 0, vec![1], now)).await;
        let later = now.plus(SignedDuration::from_mins(61));
        assert_eq!(world.write(move |db| parts::sweep(db, later)).await, 1);
        let next = world.pool.write(move |db| parts::store(db, batch, 1, vec![1], later)).await;
        assert!(matches!(next, Err(Error::Malformed(_))), "{next:?}");
        let end = world.pool.write(move |db| store::receive(db, &clock, submission.clone())).await;
        assert!(matches!(end, Err(Error::Malformed(_))), "{end:?}");
        assert!(world.write(move |db| parts::load(db, batch, 1)).await.is_none());
    });
}

#[test]
fn a_batch_that_keeps_failing_ends_after_a_day() {
    on_both_engines(async |world| {
        world.tracked(0..1).await;
        let batch = world.submit("order_id,reason\norder-0,ITEM_RETURNED\n", |_| {}).await;
        world
            .write(move |db| {
                Ok(diesel::update(jobs::table).set(jobs::attempts.eq(150)).execute(db)?)
            })
            .await;
        assert!(world.worker(10).run_one().await.unwrap());
        let done = world.batch(batch).await;
        assert_eq!((done.status, done.code.as_deref()), (Status::Rejected, Some("internal_error")));
        assert_eq!(sum(&done), 0);
        assert!(!world.worker(10).run_one().await.unwrap());
    });
}
