//! What is due locks, in time, unless it is held or somebody spoke up in time.
//!
//! These worlds go no rounds of their own, which might lock what a story is about to lock.

use entente::actions::jobs::{Locked, clear_due, end_holds, lock_due};
use serde_json::{Value, json};

use crate::cast::deal::{Deal, at, meddle, run, told};
use crate::cast::many::tracked_many;
use crate::cast::world::{World, in_a_world_with};

/// One run of the lock job; how many actions it locked, and how many wait.
fn locked(world: &World, as_of: Option<&str>) -> (u64, u64) {
    let done = run(world, async |pool| lock_due(pool, &world.clock, as_of.map(at)).await);
    let Locked { actions, waiting, .. } = done.expect("the job runs");
    (actions, waiting)
}

fn returned() -> Value {
    json!({ "reason": "ITEM_RETURNED" })
}

#[test]
fn what_is_due_locks_once_and_pending_becomes_approved() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let (sale, gone) = (deal.tracked("A-1"), deal.tracked("A-2"));
        let later = deal.tracked_at("A-3", "2026-03-10T10:00:00Z");
        deal.acme.post(&format!("{gone}/reverse"), returned(), 200);
        world.travel("2026-03-24T23:00:04Z");
        assert_eq!(locked(world, None), (0, 0), "five seconds of grace");
        world.travel("2026-03-24T23:00:05Z");
        assert_eq!(locked(world, None), (2, 0));
        assert_eq!(locked(world, None), (0, 0));

        let sale = deal.bolt.get(&sale, 200);
        assert_eq!(sale["state"], "approved");
        assert_eq!(sale["locked_at"], "2026-03-24T23:00:00Z");
        assert_eq!(sale["finance_status"], "due");
        assert_eq!(sale["version"], 2);
        let gone = deal.bolt.get(&gone, 200);
        assert_eq!((&gone["state"], gone["locked_at"].is_string()), (&json!("reversed"), true));
        assert!(deal.bolt.get(&later, 200)["locked_at"].is_null());
        let events = told(&deal.bolt, 5);
        let locked = events.iter().filter(|event| event["type"] == "action.locked");
        assert_eq!(locked.count(), 2);
    });
}

#[test]
fn a_payout_that_becomes_due_is_an_entry_and_an_event_once() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let (path, later) = (deal.tracked("A-1"), deal.tracked_at("A-2", "2026-03-10T10:00:00Z"));
        let cleared = || run(world, async |pool| clear_due(pool, &world.clock).await).unwrap();
        world.travel("2026-03-24T23:00:05Z");
        assert_eq!(cleared(), 0, "what is not locked does not clear");
        assert_eq!(locked(world, None), (1, 0));
        assert_eq!((cleared(), cleared()), (1, 0));

        let entries = deal.bolt.all(&format!("{path}/updates"));
        let commands: Vec<_> = entries.iter().map(|entry| &entry["command"]).collect();
        assert_eq!(commands, ["track", "lock", "clear"]);
        let clear = &entries[2];
        assert_eq!((&clear["state"], &clear["channel"]), (&json!("approved"), &json!("system")));
        assert_eq!(clear["payout_delta"]["amount"], "0.00");
        assert_eq!(clear["payout"]["amount"], "7.50");
        assert_eq!(deal.bolt.get(&path, 200)["version"], 3);
        assert_eq!(deal.bolt.get(&later, 200)["version"], 1);
        let events = told(&deal.bolt, 4);
        let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["action.tracked", "action.tracked", "action.locked", "action.cleared"]);
        super::batches::adds_up(world);
    });
}

#[test]
fn an_earlier_moment_locks_what_was_due_then() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        deal.tracked_at("A-1", "2026-03-08T10:00:00Z");
        deal.tracked_at("A-2", "2026-03-09T10:00:00Z");
        world.travel("2026-03-28T12:00:00Z");
        assert_eq!(locked(world, Some("2026-03-23T22:59:59.999999Z")), (0, 0));
        assert_eq!(locked(world, Some("2026-03-23T23:00:00Z")), (1, 0));
        assert_eq!(locked(world, Some("2099-01-01T00:00:00Z")), (1, 0), "no later than now");
    });
}

#[test]
fn what_comes_after_its_lock_date_locks_in_its_own_time() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let late = deal.tracked_at("A-1", "2026-02-01T10:00:00Z");
        let shown = deal.bolt.get(&late, 200);
        assert_eq!(
            (&shown["late"], &shown["locks_at"]),
            (&json!(true), &json!("2026-03-25T23:00:00Z"))
        );
        assert_eq!(shown["occurred_at"], "2026-02-01T10:00:00Z");
        let in_time = deal.bolt.get(&deal.tracked("A-2"), 200);
        assert_eq!(in_time["late"], false);
        assert_eq!(locked(world, None), (0, 0));
        deal.acme.post(&format!("{late}/reverse"), returned(), 200);
        world.travel("2026-03-25T23:00:05Z");
        assert_eq!(locked(world, None), (2, 0));
        assert_eq!(deal.bolt.get(&late, 200)["late"], true, "it stays what it was");
        super::batches::adds_up(world);
    });
}

#[test]
fn what_is_held_locks_at_its_release() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        deal.acme.post(&format!("{path}/hold"), json!({ "reason": "why" }), 200);
        world.travel("2026-03-25T12:00:00Z");
        assert_eq!(locked(world, None), (0, 0));
        world.travel("2026-04-01T12:00:00Z");
        deal.acme.post(&format!("{path}/release"), json!({}), 200);
        world.travel("2026-04-01T12:01:00Z");
        assert_eq!(locked(world, None), (1, 0));
        assert_eq!(deal.acme.get(&path, 200)["locked_at"], "2026-04-01T12:00:00Z");
    });
}

#[test]
fn a_hold_that_nobody_ends_ends_by_itself_and_the_action_locks() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let (path, early) = (deal.tracked("A-1"), deal.tracked("A-2"));
        let ended = || run(world, async |pool| end_holds(pool, &world.clock).await).unwrap();
        for path in [&path, &early] {
            deal.acme.post(&format!("{path}/hold"), json!({ "reason": "why" }), 200);
        }
        let shown = deal.bolt.get(&path, 200);
        assert_eq!(shown["held_until"], "2026-05-09T12:00:00Z", "60 days, and the partner knows");
        deal.acme.post(&format!("{early}/release"), json!({}), 200);
        assert!(deal.acme.get(&early, 200)["held_until"].is_null());

        // What is held past its lock date is found by its brand.
        world.travel("2026-05-09T11:59:59Z");
        let queue = deal.acme.all("/v1/actions?held=true&locks_before=2026-05-09T11:59:59Z");
        assert_eq!(queue.len(), 1);
        assert_eq!((ended(), locked(world, None)), (0, (1, 0)));

        world.travel("2026-05-09T12:00:05Z");
        deal.acme.post(&format!("{path}/approve"), json!({}), 409);
        assert_eq!((ended(), ended()), (1, 0));
        assert_eq!(locked(world, None), (1, 0));
        let shown = deal.bolt.get(&path, 200);
        assert_eq!((&shown["held"], &shown["held_until"]), (&json!(false), &Value::Null));
        assert_eq!(shown["locked_at"], "2026-05-09T12:00:05Z");
        let entries = deal.bolt.all(&format!("{path}/updates"));
        let done: Vec<_> =
            entries.iter().map(|entry| (&entry["command"], &entry["channel"])).collect();
        let (release, lock, system) = (json!("release"), json!("lock"), json!("system"));
        assert_eq!(done[2..], [(&release, &system), (&lock, &system)]);
        let told = told(&deal.bolt, 8);
        assert!(told.iter().any(|event| event["type"] == "action.released"));
        super::batches::adds_up(world);
    });
}

#[test]
fn what_a_batch_in_time_may_name_waits_for_it() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        world.travel("2026-03-24T22:59:59Z");
        let submit = |body: &serde_json::Value| deal.acme.post("/v1/reversals", body.clone(), 202);
        // The batch's event type counts for lines that name nothing better.
        let of_leads = json!({ "event_type_id": deal.lead, "lines": [{
            "action_id": path.rsplit('/').next(), "operation": "reverse", "reason": "ITEM_RETURNED",
        }] });
        submit(&of_leads);
        let any = json!({ "lines": [{ "order_id": "A-1", "event_type_id": deal.sale,
            "operation": "reverse", "reason": "ITEM_RETURNED" }] });
        submit(&any);
        world.travel("2026-03-25T12:00:00Z");
        assert_eq!(locked(world, None), (0, 1));
        meddle(world, "UPDATE reversals SET status = 'completed' WHERE event_type_id IS NULL");
        assert_eq!(locked(world, None), (0, 1), "the other one names it by its id");

        meddle(world, "UPDATE reversals SET status = 'completed'");
        submit(&any);
        assert_eq!(locked(world, None), (1, 0), "a later batch does not count");
        assert_eq!(deal.acme.get(&path, 200)["state"], "approved");
    });
}

#[test]
fn a_long_list_is_locked_to_its_end() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        tracked_many(world, &deal, 6000);
        world.travel("2026-03-25T12:00:00Z");
        assert_eq!(locked(world, None), (6000, 0));
    });
}

#[test]
fn the_command_line_locks_and_refuses_the_future() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        deal.tracked("A-1");
        let lock = |as_of: &str| {
            std::process::Command::new(env!("CARGO_BIN_EXE_entente"))
                .args(["lock", "--database-url", &world.database_url, "--as-of", as_of])
                .output()
                .unwrap()
        };
        assert!(!lock("2999-01-01T00:00:00Z").status.success());
        let done = lock("2026-03-25T00:00:00Z");
        let said = String::from_utf8_lossy(&done.stdout).to_string();
        assert!(said.contains("1 actions locked"), "{said}");
    });
}
