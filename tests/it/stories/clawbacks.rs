//! What batches do about actions that have locked: they claw back, where the contract lets them.

use entente::actions::jobs::{Locked, lock_due};
use entente::db::Engine;
use entente::reversals::worker::{Bells, Settings, Worker};
use serde_json::{Value, json};

use super::verify::differences;
use crate::cast::at_once::at_once;
use crate::cast::batch::submitted;
use crate::cast::deal::{Deal, id, literal, meddle, run, told_of};
use crate::cast::http::Caller;
use crate::cast::world::{World, in_a_world_with};

/// Shortly before orders lock, the moment they do, and shortly after the job may have locked them.
const BEFORE: &str = "2026-03-24T22:59:59Z";
const LOCKS: &str = "2026-03-24T23:00:00Z";
const AFTER: &str = "2026-03-24T23:00:05Z";

/// A deal in which a brand may claw back for 30 days.
fn clawing_back(world: &World) -> Deal {
    Deal::with_terms(world, json!({ "after_lock": "clawback", "clawback_days": 30 }))
}

/// One run of the lock job; how many actions it locked, and how many wait.
fn lock(world: &World) -> (u64, u64) {
    let done = run(world, async |pool| lock_due(pool, &world.clock, None).await);
    let Locked { actions, waiting, .. } = done.expect("the job runs");
    (actions, waiting)
}

/// Works off every batch there is.
fn work(world: &World) {
    work_in_chunks_of(world, Settings::of(Engine::Sqlite).chunk_lines);
}

fn work_in_chunks_of(world: &World, chunk_lines: usize) {
    run(world, async |pool| {
        let settings = Settings { chunk_lines, ..Settings::of(Engine::Sqlite) };
        let worker = Worker::new(pool.clone(), world.clock.clone(), settings, Bells::default());
        while worker.run_one().await.expect("it works") {}
    });
}

/// A file that is sent and worked off; where it is.
fn done(world: &World, caller: &Caller, query: &str, rows: &[&str]) -> String {
    let batch = submitted(caller, query, &file(rows));
    work(world);
    batch
}

fn file(rows: &[&str]) -> String {
    let header = "order_id,operation,reason,amount,amount_delta,sku,quantity,external_ref";
    std::iter::once(header).chain(rows.iter().copied()).map(|row| format!("{row}\n")).collect()
}

fn lines(caller: &Caller, batch: &str) -> Vec<Value> {
    caller.all(&format!("{batch}/lines?limit=200"))
}

/// What became of each line, in a word: its code, or else its outcome, and its warnings.
fn said(caller: &Caller, batch: &str) -> Vec<String> {
    let word = |line: &Value| {
        let warnings = line["warnings"].as_array().unwrap().iter().filter_map(Value::as_str);
        let word = line["code"].as_str().or(line["outcome"].as_str()).unwrap();
        std::iter::once(word).chain(warnings).collect::<Vec<_>>().join(" ")
    };
    lines(caller, batch).iter().map(word).collect()
}

/// Change of the payout, sale and payout that are left, of each adjustment of an action.
fn adjusted(caller: &Caller, action: &str) -> Vec<String> {
    let shown = |adjustment: &Value| {
        let amount = |field: &str| adjustment[field]["amount"].as_str().unwrap().to_string();
        [amount("payout_delta"), amount("sale_amount"), amount("payout")].join(" ")
    };
    caller.all(&format!("{action}/adjustments")).iter().map(shown).collect()
}

#[test]
fn a_line_about_what_has_locked_is_an_adjustment_and_says_so() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = clawing_back(world);
        let (first, second) = (deal.tracked("A-1"), deal.tracked("A-2"));
        deal.tracked("A-3");
        world.travel(AFTER);
        assert_eq!(lock(world), (3, 0));
        let open = deal.tracked_at("A-4", "2026-03-20T10:00:00Z");
        let before = deal.acme.get(&second, 200);
        let batch = done(
            world,
            &deal.acme,
            "",
            &[
                "A-1,reverse,ITEM_RETURNED,,,,,",
                "A-2,modify,ITEM_RETURNED,,-20.00,,,R-1",
                "A-2,modify,ITEM_RETURNED,,,SHOE,1,",
                "A-3,approve,,,,,,",
                "A-3,modify,ORDER_ERROR,100.01,,,,",
                "A-4,reverse,ITEM_RETURNED,,,,,",
                "A-1,reverse,ITEM_RETURNED,,,,,",
            ],
        );
        let expected = [
            "applied clawed_back",
            "applied clawed_back",
            "applied clawed_back",
            "action_locked",
            "exceeds_remaining",
            "applied",
            "duplicate_of_line",
        ];
        assert_eq!(said(&deal.acme, &batch), expected);
        assert_eq!(adjusted(&deal.bolt, &first), ["-7.50 0.00 0.00"]);
        assert_eq!(adjusted(&deal.bolt, &second), ["-1.50 80.00 6.00", "-2.40 48.00 3.60"]);
        assert_eq!(deal.acme.get(&second, 200), before, "the action stays as it locked");
        assert_eq!(deal.acme.get(&open, 200)["state"], "reversed");

        let rows = lines(&deal.acme, &batch);
        let made = deal.acme.all(&format!("{second}/adjustments"));
        assert_eq!(rows[1]["adjustment_id"], made[0]["id"]);
        assert_eq!(rows[2]["adjustment_id"], made[1]["id"]);
        assert_eq!(rows[5]["adjustment_id"], Value::Null);
        let figures = |side: &Value| {
            let amount = |field: &str| side[field]["amount"].as_str().unwrap().to_string();
            (side["state"].as_str().unwrap().to_string(), amount("sale_amount"), amount("payout"))
        };
        assert_eq!(figures(&rows[2]["before"]), ("approved".into(), "80.00".into(), "6.00".into()));
        assert_eq!(figures(&rows[2]["after"]), ("approved".into(), "48.00".into(), "3.60".into()));
        assert_eq!(figures(&rows[0]["after"]), ("reversed".into(), "0.00".into(), "0.00".into()));
        let number = batch.rsplit('/').next().unwrap();
        assert_eq!(made[1]["channel"], "upload");
        assert_eq!((&made[1]["reversal_id"], &made[1]["line"]), (&json!(number), &json!(4)));
        assert_eq!(made[1]["kind"], "clawback");
        let seen = &deal.bolt.all(&format!("{second}/adjustments"))[1];
        assert_eq!((&seen["reversal_id"], &seen["line"]), (&Value::Null, &Value::Null));

        let csv = deal.acme.send("GET", &format!("{batch}/results.csv"), &[], &[]).text;
        let third = csv.lines().nth(3).unwrap().to_string();
        let adjustment = made[1]["id"].as_str().unwrap();
        assert!(third.starts_with("4,applied,,,clawed_back,act_"), "{third}");
        assert!(third.contains(&format!(",{adjustment},A-2,modify")), "{third}");

        let events = told_of("adjustment.", &deal.bolt, 3);
        assert_eq!(events.len(), 3);
        assert_eq!(events[2]["object_id"], made[1]["id"]);
        assert_eq!(events[2]["changes"]["payout"], json!(["6.00", "3.60"]));
        assert_eq!(differences(world), Vec::<String>::new());
        another_file(world, &deal, &second);
    });
}

/// Another file, on what the first has left; what was said before is not done again.
fn another_file(world: &World, deal: &Deal, second: &str) {
    let rows = [
        "A-2,modify,ITEM_RETURNED,,-20.00,,,R-1",
        "A-2,modify,ITEM_RETURNED,,-21.00,,,R-1",
        "A-1,reverse,ITEM_RETURNED,,,,,",
        "A-2,modify,ITEM_RETURNED,40.00,,,,",
        "A-2,reverse,ITEM_RETURNED,,,,,",
    ];
    let batch = done(world, &deal.acme, "", &rows);
    let expected = [
        "unchanged",
        "external_ref_conflict",
        "unchanged",
        "applied clawed_back superseded",
        "applied clawed_back",
    ];
    assert_eq!(said(&deal.acme, &batch), expected);
    assert_eq!(adjusted(&deal.acme, second)[2..], ["-0.60 40.00 3.00", "-3.00 0.00 0.00"]);
    assert_eq!(differences(world), Vec::<String>::new());
}

#[test]
fn the_terms_decide_and_received_in_time_is_in_time() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = clawing_back(world);
        let forbidding = Deal::of(world);
        deal.tracked("A-1");
        deal.tracked("A-2");
        forbidding.tracked("A-1");
        world.travel(AFTER);
        assert_eq!(lock(world), (3, 0));
        let returned = ["A-1,reverse,ITEM_RETURNED,,,,,"];
        let batch = done(world, &forbidding.acme, "", &returned);
        assert_eq!(said(&forbidding.acme, &batch), ["action_locked"]);

        world.travel("2026-04-23T22:59:59Z");
        let batch = submitted(&deal.acme, "", &file(&returned));
        world.travel("2026-04-25T12:00:00Z");
        work(world);
        assert_eq!(said(&deal.acme, &batch), ["applied clawed_back"]);
        let too_late = ["A-1,reverse,ITEM_RETURNED,,,,,", "A-2,reverse,ITEM_RETURNED,,,,,"];
        let batch = done(world, &deal.acme, "", &too_late);
        assert_eq!(said(&deal.acme, &batch), ["unchanged", "clawback_over"]);
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn clawing_back_takes_the_right_to_adjust_then_and_now() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = clawing_back(world);
        let path = deal.tracked("A-1");
        world.travel(AFTER);
        assert_eq!(lock(world), (1, 0));
        let owner = world.again(&owner_of(&deal));
        let scopes = json!(["reversals:write", "reversals:read", "actions:write"]);
        let key = json!({ "name": "Without", "scopes": scopes });
        let without = world.caller(&owner.post("/v1/api-keys", key, 201));
        let (member, manager) =
            (world.colleague(&owner, "member"), world.colleague(&owner, "manager"));
        for (number, caller) in [&without, &member].into_iter().enumerate() {
            let row = format!("A-1,modify,ITEM_RETURNED,9{number}.00,,,,");
            let batch = done(world, caller, "", &[&row]);
            assert_eq!(said(caller, &batch), ["forbidden"]);
            assert_eq!(lines(caller, &batch)[0]["adjustment_id"], Value::Null);
        }
        let batch = done(world, &manager, "", &["A-1,modify,ITEM_RETURNED,80.00,,,,"]);
        assert_eq!(said(&manager, &batch), ["applied clawed_back"]);
        // Received while there was the right, worked off when there is none any more.
        let batch = submitted(&manager, "", &file(&["A-1,modify,ITEM_RETURNED,70.00,,,,"]));
        meddle(world, "UPDATE memberships SET role = 'member' WHERE role = 'manager'");
        work(world);
        assert_eq!(said(&deal.acme, &batch), ["forbidden"]);
        assert_eq!(adjusted(&deal.acme, &path), ["-1.50 80.00 6.00"]);
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

/// The person who has set up the brand of a deal.
fn owner_of(deal: &Deal) -> Caller {
    let mut owner = deal.acme.undescribed();
    owner.company = deal.acme.company.clone();
    owner.email = Some("acme0@example.com".into());
    owner
}

#[test]
fn a_dry_run_foretells_and_all_or_nothing_is() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = clawing_back(world);
        let path = deal.tracked("A-1");
        world.travel(AFTER);
        assert_eq!(lock(world), (1, 0));
        let open = deal.tracked_at("A-2", "2026-03-20T10:00:00Z");
        let rows = ["A-1,modify,ITEM_RETURNED,,-60.00,,,R-1", "A-2,reverse,ITEM_RETURNED,,,,,"];
        let none: [&str; 0] = [];
        let batch = done(world, &deal.acme, "?mode=dry_run", &rows);
        assert_eq!(said(&deal.acme, &batch), ["applied clawed_back", "applied"]);
        assert_eq!(lines(&deal.acme, &batch)[0]["adjustment_id"], Value::Null);
        assert_eq!(adjusted(&deal.acme, &path), none);

        let faulty = [rows[0], rows[1], "A-1,modify,ITEM_RETURNED,,-60.00,,,R-2"];
        let batch = done(world, &deal.acme, "?mode=all_or_nothing", &faulty);
        assert_eq!(deal.acme.get(&batch, 200)["status"], "rejected");
        assert_eq!(
            said(&deal.acme, &batch),
            ["batch_rejected", "batch_rejected", "exceeds_remaining"]
        );
        assert_eq!(adjusted(&deal.acme, &path), none);
        assert_eq!(deal.acme.get(&open, 200)["state"], "pending");

        let batch = done(world, &deal.acme, "?mode=all_or_nothing", &rows);
        assert_eq!(said(&deal.acme, &batch), ["applied clawed_back", "applied"]);
        assert_eq!(adjusted(&deal.acme, &path), ["-4.50 40.00 3.00"]);
        assert_eq!(deal.acme.get(&open, 200)["state"], "reversed");
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn what_is_closed_is_locked_first_where_nobody_was_in_time() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = clawing_back(world);
        let (path, other) = (deal.tracked("A-1"), deal.tracked("A-2"));
        world.travel(LOCKS);
        let rows = ["A-1,modify,ITEM_RETURNED,60.00,,,,", "A-2,approve,,,,,,"];
        let batch = done(world, &deal.acme, "?mode=dry_run", &rows);
        assert_eq!(said(&deal.acme, &batch), ["applied clawed_back", "action_locked"]);
        assert!(deal.acme.get(&path, 200)["locked_at"].is_null(), "a dry run leaves no trace");
        let batch = done(world, &deal.acme, "", &rows);
        assert_eq!(said(&deal.acme, &batch), ["applied clawed_back", "action_locked"]);
        let action = deal.bolt.get(&path, 200);
        assert_eq!((&action["locked_at"], &action["state"]), (&json!(LOCKS), &json!("approved")));
        assert_eq!(action["payout"]["amount"], "7.50");
        let commands = deal.bolt.all(&format!("{path}/updates"));
        let commands: Vec<&Value> = commands.iter().map(|entry| &entry["command"]).collect();
        assert_eq!(commands, ["track", "lock"]);
        assert!(deal.acme.get(&other, 200)["locked_at"].is_null(), "nobody needed it locked");
        assert_eq!(adjusted(&deal.bolt, &path), ["-3.00 60.00 4.50"]);
        let kinds = |event: &Value| event["type"].as_str().unwrap().to_string();
        let told: Vec<String> = told_of("a", &deal.bolt, 5).iter().map(kinds).collect();
        let last = told.len() - 2;
        assert_eq!(told[last..], ["action.locked", "adjustment.created"]);
        world.travel(AFTER);
        assert_eq!(lock(world), (1, 0), "the job finds the other one only");
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn what_a_batch_in_time_may_still_name_is_neither_locked_nor_clawed_back() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = clawing_back(world);
        let (path, held) = (deal.tracked("A-1"), deal.tracked("A-2"));
        deal.acme.post(&format!("{held}/hold"), json!({ "reason": "why" }), 200);
        world.travel(BEFORE);
        let early = submitted(&deal.acme, "", &file(&["A-1,modify,ITEM_RETURNED,90.00,,,,"]));
        let job = literal(world, early.rsplit('/').next().unwrap());
        let later = |when: &str| {
            meddle(world, &format!("UPDATE jobs SET run_at = {when} WHERE subject = {job}"))
        };
        let sqlite = world.database_url.starts_with("sqlite://");
        later(if sqlite { "run_at * 2" } else { "run_at + interval '9 years'" });
        world.travel(AFTER);
        let rows = ["A-1,modify,ITEM_RETURNED,60.00,,,,R-1"];
        let batch = done(world, &deal.acme, "", &rows);
        assert_eq!(said(&deal.acme, &batch), ["action_locked"]);
        let message = &lines(&deal.acme, &batch)[0]["message"];
        assert!(message.as_str().unwrap().contains("once it has locked"), "{message}");
        assert!(deal.acme.get(&path, 200)["locked_at"].is_null());

        later(if sqlite { "run_at / 2" } else { "run_at - interval '9 years'" });
        work(world);
        assert_eq!(said(&deal.acme, &early), ["applied"]);
        let batch = done(world, &deal.acme, "?force=true", &rows);
        assert_eq!(said(&deal.acme, &batch), ["applied clawed_back"]);
        assert_eq!(adjusted(&deal.acme, &path), ["-2.25 60.00 4.50"]);

        // A hold that is over, and whose end is not recorded.
        world.travel("2026-05-20T12:00:00Z");
        let batch = done(world, &deal.acme, "", &["A-2,reverse,ITEM_RETURNED,,,,,"]);
        assert_eq!(said(&deal.acme, &batch), ["action_locked"]);
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn many_lines_of_one_action_follow_each_other_through_all_chunks_beside_single_calls() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = clawing_back(world);
        let path = deal.tracked("A-1");
        world.travel(AFTER);
        assert_eq!(lock(world), (1, 0));
        let rows = vec!["A-1,modify,ITEM_RETURNED,,-1.00,,,"; 40];
        let batch = submitted(&deal.acme, "", &file(&rows));
        let adjust = format!("{path}/adjust");
        let statuses = at_once(5, |number| {
            if number == 0 {
                work_in_chunks_of(world, 1);
                return 201;
            }
            let headers = [("Content-Type", "application/json")];
            let body = json!({ "reason": "ITEM_RETURNED", "amount_delta": "-1.00" }).to_string();
            deal.acme.send("POST", &adjust, &headers, body.as_bytes()).status
        });
        assert_eq!(statuses, [201; 5]);
        assert_eq!(said(&deal.acme, &batch), vec!["applied clawed_back"; 40]);
        let made = deal.acme.all(&format!("{path}/adjustments?limit=200"));
        let sequences: Vec<u64> = made.iter().filter_map(|one| one["sequence"].as_u64()).collect();
        assert_eq!(sequences, (1..=44).collect::<Vec<u64>>());
        assert_eq!(made[43]["sale_amount"]["amount"], "56.00");
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn lines_and_adjustments_that_do_not_name_each_other_are_found() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = clawing_back(world);
        deal.tracked("A-1");
        world.travel(AFTER);
        assert_eq!(lock(world), (1, 0));
        let batch = done(world, &deal.acme, "", &["A-1,reverse,ITEM_RETURNED,,,,,"]);
        let adjustment = id_of(&lines(&deal.acme, &batch)[0]["adjustment_id"]);
        let batch = batch.rsplit('/').next().unwrap();
        assert_eq!(differences(world), Vec::<String>::new());
        let line = format!("{batch}: line 2 became an adjustment that is not there, or not its");
        let silent = format!("{adjustment}: no line of a batch says that it became it");
        for (meddling, undoing, what) in [
            ("adjustments SET line = 3", "adjustments SET line = 2", vec![&silent, &line]),
            ("adjustments SET reversal_id = NULL", "", vec![&line]),
            ("reversal_lines SET adjustment_id = NULL", "", vec![]),
            ("adjustments SET reversal_id = HERE", "", vec![&silent]),
        ] {
            let here = literal(world, batch);
            meddle(world, &format!("UPDATE {}", meddling.replace("HERE", &here)));
            assert_eq!(
                differences(world),
                what.into_iter().cloned().collect::<Vec<_>>(),
                "{meddling}"
            );
            if !undoing.is_empty() {
                meddle(world, &format!("UPDATE {undoing}"));
            }
        }
    });
}

fn id_of(value: &Value) -> String {
    id(&json!({ "id": value }))
}
