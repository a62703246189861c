//! Before, at and after the lock: what waits for an answer, and what is made good beside what locked.

use entente::actions::jobs::{Locked, lock_due};
use entente::inquiries::jobs::answer_for_silence;
use serde_json::{Value, json};

use super::{QUIET, about, accepted, claiming, ledger, opened, owner, returned, stands, to};
use crate::cast::at_once::at_once;
use crate::cast::deal::{Deal, id, meddle, run, told_of};
use crate::cast::rival::dawn;
use crate::cast::world::{World, in_a_world_with};
use crate::stories::verify::differences;

/// One run of the lock job; how many actions it locked, and how many wait.
pub fn locked(world: &World) -> (u64, u64) {
    let done = run(world, async |pool| lock_due(pool, &world.clock, None).await);
    let Locked { actions, waiting, .. } = done.expect("the job runs");
    (actions, waiting)
}

/// One run of the job that speaks for who is silent; how many inquiries it decided.
pub fn silent(world: &World) -> u64 {
    run(world, async |pool| answer_for_silence(pool, &world.clock).await).expect("the job runs")
}

fn reverse(deal: &Deal, path: &str) {
    deal.acme.post(&format!("{path}/reverse"), returned(), 200);
}

/// Kind, change of the payout, and payout that is left, of every adjustment.
fn adjustments(deal: &Deal, path: &str) -> Vec<String> {
    let all = deal.bolt.all(&format!("{path}/adjustments"));
    let shown = |one: &Value| {
        let amount = |field: &str| one[field]["amount"].as_str().unwrap();
        let kind = one["kind"].as_str().unwrap();
        format!("{kind} {} {} {}", amount("payout_delta"), amount("sale_amount"), amount("payout"))
    };
    all.iter().map(shown).collect()
}

#[test]
fn a_disputed_reversal_does_not_lock_until_it_is_answered() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        let paths = ["A-1", "A-2", "A-3", "A-4"].map(|order| deal.tracked(order));
        let [yes, no, back, other] = &paths;
        let figures = deal.tracked("A-5");
        paths.iter().for_each(|path| reverse(&deal, path));
        world.travel("2026-03-24T22:59:59Z");
        let asked = [yes, no, back].map(|path| opened(&deal, about("declined", path)));
        let asked_figures =
            opened(&deal, claiming("incorrect", &figures, json!({ "amount": "120.00" })));
        let late = deal.bolt.post("/v1/inquiries", about("declined", yes), 409);
        assert_eq!(late["code"], "inquiry_open");
        world.travel("2026-03-24T23:00:05Z");
        assert_eq!(locked(world), (2, 3), "what is not disputed, and what is not reversed, locks");
        let moment = |path: &str| deal.bolt.get(path, 200)["locked_at"].clone();
        assert_eq!(
            [moment(yes), moment(no), moment(back)],
            [Value::Null, Value::Null, Value::Null]
        );
        assert_eq!([moment(other), moment(&figures)], ["2026-03-24T23:00:00Z"; 2].map(Value::from));

        // To everybody else it is closed.
        let closed = deal.acme.post(&format!("{yes}/restore"), json!({}), 409);
        assert_eq!(closed["code"], "action_locked");
        world.travel("2026-04-01T12:00:00Z");
        assert_eq!(locked(world), (0, 3));
        assert_eq!(accepted(&deal, &asked[0], json!({}))["applied"], "changed");
        assert_eq!(stands(&deal, yes), "pending 100.00 7.50");
        deal.acme.post(&format!("{}/decline", asked[1]), json!({ "message": "No." }), 200);
        deal.bolt.post(&format!("{}/withdraw", asked[2]), json!({}), 200);
        assert_eq!(locked(world), (3, 0));
        assert_eq!(moment(yes), "2026-03-24T23:00:00Z");
        assert_eq!(stands(&deal, yes), "approved 100.00 7.50");
        assert_eq!(ledger(&deal, yes), ["track", "reverse ITEM_RETURNED", "restore", "lock"]);
        assert_eq!(stands(&deal, no), "reversed 0.00 0.00");

        // Figures that are wrong do not keep anything from locking: they are made good.
        let refused = deal.acme.post(&format!("{asked_figures}/accept"), json!({}), 409);
        assert_eq!(refused["code"], "exceeds_due", "more than was tracked is not due");
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn a_dispute_keeps_an_action_from_locking_until_its_deadline() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::with_terms(world, json!({ "inquiry_default": "accept" }));
        let paths = ["A-1", "A-2"].map(|order| deal.tracked(order));
        paths.iter().for_each(|path| reverse(&deal, path));
        world.travel("2026-03-20T12:00:00Z");
        let first = opened(&deal, about("declined", &paths[0]));
        world.travel("2026-03-24T12:00:00Z");
        let second = opened(&deal, about("declined", &paths[1]));
        // Up to its deadline, and the seconds of grace of the lock job.
        world.travel("2026-04-19T12:00:04Z");
        assert_eq!(locked(world), (0, 2));
        world.travel("2026-04-19T12:00:05Z");
        assert_eq!(locked(world), (1, 1), "the lock job does not wait for the other one");
        assert_eq!(silent(world), 1);
        let told = deal.bolt.get(&first, 200);
        assert_eq!(
            (&told["applied"], &told["decided_by"]),
            (&json!("adjusted"), &json!("silence"))
        );
        assert!(told["adjustment_id"].is_string());
        assert_eq!(adjustments(&deal, &paths[0]), ["make_good 7.50 100.00 7.50"]);

        world.travel("2026-04-23T12:00:05Z");
        assert_eq!((silent(world), locked(world)), (1, (1, 0)));
        assert_eq!(deal.bolt.get(&second, 200)["applied"], "changed");
        assert_eq!(stands(&deal, &paths[1]), "approved 100.00 7.50");
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn what_fell_on_the_last_day_may_be_disputed_for_two_weeks_after_the_lock() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        let orders = ["A-1", "A-2", "A-3", "A-4", "A-5"].map(|order| deal.tracked(order));
        let [early, whole, part, figures, again] = &orders;
        // The day before the last begins at 23:00 here, which is midnight in Berlin.
        world.travel("2026-03-23T22:59:59Z");
        reverse(&deal, early);
        world.travel("2026-03-23T23:00:00Z");
        reverse(&deal, whole);
        reverse(&deal, again);
        let hat = json!([{ "op": "reverse_item", "sku": "HAT" }]);
        let less = json!({ "reason": "ITEM_RETURNED", "operations": hat });
        deal.acme.post(&format!("{part}/modify"), less, 200);
        let less = json!({ "reason": "ORDER_UPDATE", "amount": "50.00" });
        deal.acme.post(&format!("{figures}/modify"), less, 200);
        world.travel("2026-03-24T23:00:05Z");
        assert_eq!(locked(world), (5, 0));

        let refused = deal.bolt.post("/v1/inquiries", about("declined", early), 409);
        assert_eq!(refused["code"], "inquiry_over");
        world.travel("2026-04-07T22:59:59Z");
        let asked = [whole, part].map(|path| opened(&deal, about("declined", path)));
        let claim = claiming("incorrect", figures, json!({ "amount": "80.00" }));
        let asked_figures = opened(&deal, claim);
        world.travel("2026-04-07T23:00:00Z");
        let refused = deal.bolt.post("/v1/inquiries", about("declined", again), 409);
        assert_eq!(refused["code"], "inquiry_over");

        let yes = accepted(&deal, &asked[0], json!({}));
        assert_eq!((&yes["applied"], &yes["action_version"]), (&json!("adjusted"), &json!(3)));
        let made = &deal.bolt.all(&format!("{whole}/adjustments"))[0];
        assert_eq!(
            (&made["id"], &made["reason"]),
            (&yes["adjustment_id"], &json!("PUB_ACT_DISPUTE"))
        );
        assert_eq!(adjustments(&deal, whole), ["make_good 7.50 100.00 7.50"]);
        accepted(&deal, &asked[1], json!({ "amount": "90.00" }));
        assert_eq!(adjustments(&deal, part), ["make_good 0.75 90.00 6.75"]);
        accepted(&deal, &asked_figures, json!({}));
        assert_eq!(adjustments(&deal, figures), ["make_good 2.25 80.00 6.00"]);
        assert_eq!(stands(&deal, whole), "reversed 0.00 0.00", "the action stays as it locked");
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn at_the_lock_it_is_too_late_even_before_the_job_has_come() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        let (old, new) = (deal.tracked("A-1"), deal.tracked("A-2"));
        reverse(&deal, &old);
        world.travel("2026-03-24T12:00:00Z");
        reverse(&deal, &new);
        world.travel("2026-03-24T23:00:00Z");
        let refused = deal.bolt.post("/v1/inquiries", about("declined", &old), 409);
        assert_eq!(refused["code"], "inquiry_over");
        // Of the last day it is in time, and keeps nothing from locking.
        let asked = opened(&deal, about("declined", &new));
        world.travel("2026-03-24T23:00:05Z");
        assert_eq!(locked(world), (2, 0));
        assert_eq!(accepted(&deal, &asked, json!({}))["applied"], "adjusted");
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn an_inquiry_and_the_lock_at_once_leave_nothing_between_them() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        let paths: Vec<String> = (0..4).map(|n| deal.tracked(&format!("A-{n}"))).collect();
        world.travel("2026-03-24T22:59:59Z");
        paths.iter().for_each(|path| reverse(&deal, path));
        world.travel("2026-03-24T23:00:05Z");
        let told = at_once(5, |number| match paths.get(number) {
            Some(path) => {
                let json = [("Content-Type", "application/json")];
                let body = about("declined", path).to_string();
                deal.bolt.send("POST", "/v1/inquiries", &json, body.as_bytes()).status
            }
            None => {
                locked(world);
                201
            }
        });
        assert_eq!(told, [201; 5]);
        locked(world);
        for inquiry in deal.acme.all("/v1/inquiries") {
            let path = format!("/v1/inquiries/{}", inquiry["id"].as_str().unwrap());
            assert_eq!(accepted(&deal, &path, json!({}))["applied"], "adjusted");
        }
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn a_held_action_past_its_lock_may_still_be_disputed() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        reverse(&deal, &path);
        deal.acme.post(&format!("{path}/hold"), json!({ "reason": "We look into it." }), 200);
        world.travel("2026-04-01T12:00:00Z");
        let asked = opened(&deal, about("declined", &path));
        deal.acme.post(&format!("{path}/release"), json!({}), 200);
        world.travel("2026-04-01T12:00:10Z");
        assert_eq!(locked(world), (0, 1), "it was opened while the action could change");
        assert_eq!(accepted(&deal, &asked, json!({}))["applied"], "changed");
        assert_eq!(locked(world), (1, 0));
        assert_eq!(stands(&deal, &path), "approved 100.00 7.50");
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn what_somebody_disputes_who_is_credited_no_more_keeps_nothing_from_locking() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        let dawn = dawn(world, &deal);
        let path = deal.tracked("A-1");
        world.travel("2026-03-24T12:00:00Z");
        reverse(&deal, &path);
        let asked = opened(&deal, about("declined", &path));
        deal.acme.post(&format!("{path}/reattribute"), to(&dawn), 200);
        world.travel("2026-03-24T23:00:05Z");
        assert_eq!(locked(world), (1, 0));
        assert_eq!(dawn.get(&path, 200)["locked_at"], "2026-03-24T23:00:00Z");
        // What fell on the last day fell for the other partner.
        let refused = dawn.post("/v1/inquiries", about("incorrect", &path), 409);
        assert_eq!(refused["code"], "inquiry_over");
        world.travel("2026-04-23T12:00:00Z");
        assert_eq!(silent(world), 1);
        assert_eq!(deal.bolt.get(&asked, 200)["decided_by"], "silence");
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn what_is_above_the_programs_limit_waits_for_a_second_person() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        let paths = ["A-1", "A-2"].map(|order| limited(world, &deal, order));
        locks_reversed(world, &deal, &paths);
        // The key that accepts is the owner's: he is not the second person.
        let second = world.colleague(&deal.acme, "manager");
        let kinds = ["approve", "decline"];
        for ((path, kind), (applied, counts)) in
            paths.iter().zip(kinds).zip([("adjusted", 1), ("nothing", 0)])
        {
            let asked = opened(&deal, about("declined", path));
            let yes = accepted(&deal, &asked, json!({}));
            assert_eq!(yes["applied"], "proposed");
            assert_eq!(adjustments(&deal, path), Vec::<String>::new(), "it has no effect yet");
            assert_eq!(differences(world), Vec::<String>::new());
            let adjustment = yes["adjustment_id"].as_str().unwrap();
            let body = if kind == "decline" { json!({ "reason": "No" }) } else { json!({}) };
            second.post(&format!("/v1/adjustments/{adjustment}/{kind}"), body, 200);
            let told = deal.bolt.get(&asked, 200);
            assert_eq!((&told["status"], &told["applied"]), (&json!("accepted"), &json!(applied)));
            assert_eq!((&told["adjustment_id"], &told["version"]), (&json!(adjustment), &json!(3)));
            assert_eq!(adjustments(&deal, path).len(), counts);
            assert_eq!(differences(world), Vec::<String>::new());
        }
        for side in [&deal.acme, &deal.bolt] {
            let told = told_of("inquiry.settled", side, 2);
            let changes: Vec<&Value> =
                told.iter().map(|event| &event["changes"]["applied"]).collect();
            assert_eq!(
                changes,
                [&json!(["proposed", "adjusted"]), &json!(["proposed", "nothing"])]
            );
        }
    });
}

/// An order of a program that limits what one person makes good.
fn limited(world: &World, deal: &Deal, order: &str) -> String {
    let program = format!("/v1/programs/{}", deal.program);
    owner(world, "acme0").patch(&program, json!({ "make_good_limit": "5.00" }), 200);
    deal.tracked(order)
}

/// Reversed on their last day, and locked.
fn locks_reversed(world: &World, deal: &Deal, paths: &[String]) {
    world.travel("2026-03-24T12:00:00Z");
    paths.iter().for_each(|path| reverse(deal, path));
    world.travel("2026-03-24T23:00:05Z");
    assert_eq!(locked(world), (u64::try_from(paths.len()).unwrap(), 0));
}

#[test]
fn what_silence_accepts_takes_no_second_person() {
    in_a_world_with(QUIET, |world| {
        let terms = json!({ "inquiry_days": 3, "inquiry_default": "accept" });
        let deal = Deal::with_terms(world, terms);
        let path = limited(world, &deal, "A-1");
        locks_reversed(world, &deal, std::slice::from_ref(&path));
        let asked = opened(&deal, about("declined", &path));
        world.travel("2026-03-27T23:00:05Z");
        assert_eq!(silent(world), 1);
        let told = deal.bolt.get(&asked, 200);
        assert_eq!(
            (&told["decided_by"], &told["applied"]),
            (&json!("silence"), &json!("adjusted"))
        );
        assert_eq!(adjustments(&deal, &path).len(), 1);
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn an_inquiry_that_nothing_came_of_is_found_and_so_is_a_proposal_without_its_adjustment() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        let path = limited(world, &deal, "A-1");
        locks_reversed(world, &deal, std::slice::from_ref(&path));
        let asked = opened(&deal, about("declined", &path));
        let yes = accepted(&deal, &asked, json!({}));
        let (inquiry, adjustment) = (id(&yes), yes["adjustment_id"].as_str().unwrap());
        let found = |meddling: &str, undoing: &str, expected: &[String]| {
            meddle(world, &format!("UPDATE {meddling}"));
            assert_eq!(differences(world), expected, "{meddling}");
            meddle(world, &format!("UPDATE {undoing}"));
            assert_eq!(differences(world), Vec::<String>::new(), "{undoing}");
        };
        for applied in ["tracked", "changed", "adjusted", "nothing"] {
            found(
                &format!("inquiries SET applied = '{applied}'"),
                "inquiries SET applied = 'proposed'",
                &[format!("{inquiry}: what came of it, {applied}, is not there")],
            );
        }
        found(
            "inquiries SET status = 'declined'",
            "inquiries SET status = 'accepted'",
            &[format!("{inquiry}: it is declined, and proposed came of it")],
        );
        found(
            "inquiries SET applied = NULL",
            "inquiries SET applied = 'proposed'",
            &[format!("{inquiry}: it was accepted, and nothing came of it")],
        );
        found(
            "adjustment_proposals SET status = 'made'",
            "adjustment_proposals SET status = 'proposed'",
            &[
                format!("{adjustment}: it was made, and no adjustment says so"),
                format!("{inquiry}: what came of it, proposed, is not there"),
            ],
        );
        let second = world.colleague(&deal.acme, "manager");
        second.post(&format!("/v1/adjustments/{adjustment}/approve"), json!({}), 200);
        found(
            "adjustment_proposals SET status = 'declined'",
            "adjustment_proposals SET status = 'made'",
            &[
                format!("{adjustment}: a second person approved what nobody proposed"),
                format!("{adjustment}: it is declined, and an adjustment counts"),
                format!("{inquiry}: what came of it, adjusted, is not there"),
            ],
        );
    });
}
