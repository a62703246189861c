//! Imports at the worker: what the lock job makes of them, and rights that end in the middle.

use entente::actions::store as actions;
use entente::db::schema::api_keys;
use entente::kernel::document::Document;
use entente::kernel::id::ReversalId;
use entente::keys::model::Scope;
use entente::reversals::formats::sniff_orders;
use entente::reversals::model::{LineCode, Outcome, Purpose, Status};
use entente::reversals::parts;
use entente::reversals::store::{self, Submission};

use diesel::prelude::*;

use super::rights::member_and_key;
use super::sum;
use super::world::{World, on_both_engines};

/// Sends a file of orders.
async fn import(world: &World, file: &str, change: impl FnOnce(&mut Submission)) -> ReversalId {
    let layout = sniff_orders(file.as_bytes(), true).unwrap();
    let mut submission = world.submission(file.len(), layout);
    submission.purpose = Purpose::Actions;
    change(&mut submission);
    let (id, clock, bytes) = (submission.id, world.clock.clone(), file.as_bytes().to_vec());
    world
        .write(move |db| {
            for (part, bytes) in (0..).zip(bytes.chunks(997)) {
                parts::store(db, id, part, bytes.to_vec(), clock.now())?;
            }
            store::receive(db, &clock, submission.clone())
        })
        .await;
    id
}

/// So many orders of the brand's partner.
fn orders(world: &World, many: usize) -> String {
    let (partner, now) = (world.partner, world.now());
    let row = |n: usize| format!("order-{n},SALE,{now},10.00,{partner}\n");
    let head = "order_id,event_type,occurred_at,amount,partner_company_id\n".to_string();
    std::iter::once(head).chain((0..many).map(row)).collect()
}

#[test]
fn the_lock_job_waits_for_no_import() {
    on_both_engines(async |world| {
        import(&world, &orders(&world, 3), |_| {}).await;
        assert_eq!(world.write(actions::unfinished).await.len(), 0);
        world.submit("order_id,reason\norder-1,OTHER\n", |_| {}).await;
        assert_eq!(world.write(actions::unfinished).await.len(), 1);
    });
}

#[test]
fn orders_come_in_chunks_and_each_is_tracked_once() {
    on_both_engines(async |world| {
        let file =
            format!("{}{}", orders(&world, 25), orders(&world, 10).split_once('\n').unwrap().1);
        let id = import(&world, &file, |_| {}).await;
        assert!(world.worker(4).run_one().await.unwrap());
        let batch = world.batch(id).await;
        assert_eq!((batch.status, batch.total), (Status::Completed, Some(35)));
        assert_eq!((batch.applied, batch.duplicate, batch.unchanged), (25, 10, 0), "{batch:?}");
        let lines = world.lines(id).await;
        let (first, again) = (&lines[&2], &lines[&27]);
        assert_eq!((first.outcome, first.version), (Outcome::Applied, Some(1)));
        assert_eq!((again.outcome, again.version), (Outcome::DuplicateOfLine, None));
        assert_eq!(again.action_id, first.action_id);
        let entry = world.ledger(first.action_id.unwrap()).await.remove(0);
        assert_eq!((entry.reversal_id, entry.line), (Some(id), Some(2)));
        world.ledgers_add_up().await;
        assert_eq!(world.count_of_jobs().await, 0);
    });
}

#[test]
fn an_import_ends_where_the_right_to_track_does() {
    on_both_engines(async |world| {
        let (_, key) = member_and_key(&world).await;
        let id = import(&world, &orders(&world, 8), |submission| {
            submission.doer.api_key_id = Some(key);
        })
        .await;
        // The key may reverse, which is another right.
        assert!(world.worker(4).run_one().await.unwrap());
        let batch = world.batch(id).await;
        assert_eq!((batch.status, batch.rejected, sum(&batch)), (Status::Completed, 8, 8));
        let lines = world.lines(id).await;
        assert!(lines.values().all(|line| line.code == Some(LineCode::Forbidden)), "{lines:?}");

        world
            .write(move |db| {
                let scopes = api_keys::scopes.eq(Document(vec![Scope::ActionsWrite]));
                diesel::update(api_keys::table.find(key)).set(scopes).execute(db)?;
                Ok(())
            })
            .await;
        let id = import(&world, &orders(&world, 8), |submission| {
            submission.doer.api_key_id = Some(key);
        })
        .await;
        assert!(world.worker(4).run_one().await.unwrap());
        assert_eq!(world.batch(id).await.applied, 8);
        let entry = world.ledger(world.lines(id).await[&2].action_id.unwrap()).await.remove(0);
        assert_eq!(entry.api_key_id, Some(key));
        world.ledgers_add_up().await;
    });
}
