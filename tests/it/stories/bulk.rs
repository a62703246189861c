//! The same to many actions at once: a batch that the server makes itself.

use serde_json::{Value, json};

use super::soonest_lock::limited;
use crate::cast::batch::{applied, is_completed, until};
use crate::cast::deal::{Deal, id};
use crate::cast::http::{Answer, Caller, faults};
use crate::cast::many::tracked_many;
use crate::cast::world::in_a_world;

const DOOR: &str = "/v1/actions/bulk";

/// Sends it and waits for its end.
fn done(caller: &Caller, body: &Value) -> Value {
    let answer = caller.call("POST", DOOR, &[("Prefer", "wait=30")], body, 200);
    assert_eq!(answer.header("Preference-Applied"), "wait");
    let batch = answer.json();
    assert_eq!((&batch["status"], &batch["channel"]), (&json!("completed"), &json!("api")));
    assert_eq!(answer.header("Location"), format!("/v1/reversals/{}", id(&batch)));
    batch
}

/// Outcome and code of every line.
fn outcomes(caller: &Caller, batch: &Value) -> Vec<(String, Option<String>)> {
    let lines = caller.all(&format!("/v1/reversals/{}/lines?limit=200", id(batch)));
    let text = |line: &Value, name: &str| line[name].as_str().map(ToString::to_string);
    lines.iter().map(|line| (text(line, "outcome").unwrap(), text(line, "code"))).collect()
}

fn states(caller: &Caller, paths: &[String]) -> Vec<Value> {
    paths.iter().map(|path| caller.get(path, 200)["state"].clone()).collect()
}

fn ids(paths: &[String]) -> Vec<&str> {
    paths.iter().map(|path| &path["/v1/actions/".len()..]).collect()
}

#[test]
fn many_actions_are_decided_about_by_their_ids() {
    in_a_world(|world| {
        let (deal, other) = (Deal::of(world), Deal::of(world));
        let mut paths: Vec<String> = (0..3).map(|n| deal.tracked(&format!("A-{n}"))).collect();
        let foreign = other.tracked("theirs");
        let earned = other.tracked("earned");
        crate::cast::deal::credit(world, deal.acme.company_id(), "earned");
        let mut named = ids(&paths);
        named.extend([&foreign["/v1/actions/".len()..], &earned["/v1/actions/".len()..], named[0]]);
        let reverse = json!({
            "operation": "reverse", "reason": "OTHER", "note": "said\nin two lines", "action_ids": named,
        });
        let batch = done(&deal.acme, &reverse);
        let ok = || ("applied".to_string(), None);
        let no = |code: &str| ("rejected".to_string(), Some(code.to_string()));
        let expected = [ok(), ok(), ok(), no("action_not_found"), no("forbidden")];
        let found = outcomes(&deal.acme, &batch);
        assert_eq!(found[..5], expected);
        assert_eq!(found[5].0, "duplicate_of_line");
        assert_eq!(states(&deal.acme, &paths), ["reversed", "reversed", "reversed"]);
        assert_eq!(other.acme.get(&foreign, 200)["state"], "pending");
        let entry = deal.acme.all(&format!("{}/updates", paths[0])).pop().unwrap();
        assert_eq!(
            (&entry["reason"], &entry["note"]),
            (&json!("OTHER"), &json!("said\nin two lines"))
        );
        assert_eq!((&entry["reversal_id"], &entry["line"]), (&batch["id"], &json!(1)));

        let restored = paths.split_off(1);
        done(&deal.acme, &json!({ "operation": "restore", "action_ids": ids(&restored) }));
        done(&deal.acme, &json!({ "operation": "approve", "action_ids": ids(&restored) }));
        assert_eq!(states(&deal.acme, &restored), ["approved", "approved"]);
        assert_eq!(states(&deal.acme, &paths), ["reversed"]);
        done(&deal.acme, &json!({ "operation": "reset", "action_ids": ids(&paths) }));
        assert_eq!(states(&deal.acme, &paths), ["pending"]);
    });
}

#[test]
fn what_a_filter_means_is_done_if_it_is_as_much_as_expected() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let paths: Vec<String> = (0..4)
            .map(|n| deal.tracked_at(&format!("A-{n}"), &format!("2026-03-0{}T10:00:00Z", n + 1)))
            .collect();
        deal.acme.post(&format!("{}/reverse", paths[3]), json!({ "reason": "REJECTED" }), 200);
        let body = |count: i64| {
            json!({
                "operation": "approve", "expected_count": count,
                "filter": { "state": ["pending"], "occurred_after": "2026-03-02T00:00:00Z" },
            })
        };
        let wanted =
            "/v1/actions/summary?as=brand&state=pending&occurred_after=2026-03-02T00:00:00Z";
        assert_eq!(deal.acme.get(wanted, 200)["sides"][0]["count"], 2);
        for count in [1, 3, 10_000] {
            let told = deal.acme.post(DOOR, body(count), 409);
            assert_eq!(told["code"], "count_differs");
            let said = format!("the filter means 2 actions, not {count}");
            assert_eq!(told["detail"], said);
        }
        assert!(deal.acme.all("/v1/reversals").is_empty());
        let batch = done(&deal.acme, &body(2));
        assert_eq!(batch["counts"]["applied"], 2);
        assert_eq!(states(&deal.acme, &paths), ["pending", "approved", "approved", "reversed"]);
        // The partner's filter means nothing of its own; and whoever is nobody's brand has none.
        for caller in [&deal.bolt, &deal.crow] {
            let all = json!({ "operation": "approve", "filter": {}, "expected_count": 1 });
            let told = caller.post(DOOR, all, 409);
            assert_eq!(told["detail"], "the filter means 0 actions, not 1");
        }
    });
}

#[test]
fn modes_rights_and_locks_are_those_of_batches() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let paths = vec![deal.tracked("A-1"), deal.tracked("A-2")];
        let all = |mode: &str| {
            json!({
                "operation": "reverse", "reason": "CONS_FRAUD", "action_ids": ids(&paths), "mode": mode,
            })
        };
        let dry = done(&deal.acme, &all("dry_run"));
        assert_eq!((&dry["mode"], &dry["counts"]["applied"]), (&json!("dry_run"), &json!(2)));
        assert_eq!(states(&deal.acme, &paths), ["pending", "pending"]);

        let lowering = json!({ "scopes": ["reversals:read", "reversals:write"] });
        let lowering = limited(world, &deal.acme, lowering);
        let approve = json!({ "operation": "approve", "action_ids": ids(&paths) });
        let batch = done(&lowering, &approve);
        let found = outcomes(&lowering, &batch);
        assert!(found.iter().all(|(_, code)| code.as_deref() == Some("forbidden")), "{found:?}");
        let reader =
            limited(world, &deal.acme, json!({ "scopes": ["actions:read", "actions:write"] }));
        assert_eq!(reader.post(DOOR, approve, 403)["code"], "scope_missing");
        let viewer = world.colleague(&deal.acme, "viewer");
        assert_eq!(viewer.post(DOOR, all("best_effort"), 403)["code"], "role_too_low");

        let of_lead = limited(world, &deal.acme, json!({ "event_type_ids": [deal.lead] }));
        let told = outcomes(&of_lead, &done(&of_lead, &all("best_effort")));
        assert!(
            told.iter().all(|(_, code)| code.as_deref() == Some("action_not_found")),
            "{told:?}"
        );
        let none = json!({ "operation": "approve", "filter": {}, "expected_count": 2 });
        assert_eq!(of_lead.post(DOOR, none, 409)["code"], "count_differs");

        world.travel("2026-03-25T12:00:00Z");
        let told = outcomes(&deal.acme, &done(&deal.acme, &all("best_effort")));
        assert!(told.iter().all(|(_, code)| code.as_deref() == Some("action_locked")), "{told:?}");
    });
}

#[test]
fn the_same_request_again_is_the_same_batch_whatever_its_filter_means_by_then() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let body = json!({
            "operation": "approve", "filter": { "state": ["pending"] }, "expected_count": 1,
        });
        let send = |body: &Value, status: u16| -> Answer {
            let headers = [("Idempotency-Key", "once"), ("Prefer", "wait=30")];
            deal.acme.call("POST", DOOR, &headers, body, status)
        };
        let first = send(&body, 200);
        assert_eq!(first.header("Idempotency-Replayed"), "");
        let again = send(&body, 200);
        assert_eq!(again.header("Idempotency-Replayed"), "true");
        assert_eq!(again.json(), first.json());
        assert_eq!(deal.acme.all("/v1/reversals").len(), 1);
        assert_eq!(deal.acme.get(&path, 200)["version"], 2);
        let other = json!({ "operation": "reset", "action_ids": ids(std::slice::from_ref(&path)) });
        assert_eq!(send(&other, 409).json()["code"], "idempotency_conflict");
    });
}

#[test]
fn a_request_that_makes_no_sense_is_told_everything_that_is_wrong() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let one = ids(std::slice::from_ref(&path))[0];
        let many: Vec<&str> = vec![one; 1_001];
        for (body, expected) in [
            (json!({}), vec!["/operation missing_field"]),
            (json!({ "operation": "approve" }), vec![" one_of_fields"]),
            (
                json!({ "operation": "modify", "action_ids": [] }),
                vec!["/action_ids too_few", "/operation unknown_value"],
            ),
            (json!({ "operation": "approve", "action_ids": many }), vec!["/action_ids too_many"]),
            (
                json!({ "operation": "approve", "action_ids": [one], "filter": {}, "expected_count": 1 }),
                vec![" one_of_fields"],
            ),
            (
                json!({ "operation": "approve", "action_ids": [one], "expected_count": 1 }),
                vec!["/expected_count not_allowed"],
            ),
            (
                json!({ "operation": "reverse", "filter": {} }),
                vec!["/expected_count missing_field", "/reason missing_field"],
            ),
            (
                json!({ "operation": "reverse", "reason": "OTHER", "action_ids": [one] }),
                vec!["/note missing_field"],
            ),
            (
                json!({ "operation": "approve", "note": "x".repeat(1_001), "action_ids": [one] }),
                vec!["/note too_long"],
            ),
            (
                json!({ "operation": "reverse", "reason": "BECAUSE", "action_ids": [one] }),
                vec!["/reason unknown_reason"],
            ),
            (
                json!({ "operation": "reset", "reason": "OTHER", "note": "\u{1}", "action_ids": [one] }),
                vec!["/note bad_characters", "/reason not_allowed"],
            ),
            (
                json!({ "operation": "reset", "expected_count": 0, "filter": { "q": 1, "order_id": "" } }),
                vec![
                    "/expected_count out_of_range",
                    "/filter/order_id too_short",
                    "/filter/q unknown_field",
                ],
            ),
            (
                json!({ "operation": "reset", "expected_count": 1, "filter": { "order_id": "\u{7}" } }),
                vec!["/filter/order_id bad_characters"],
            ),
        ] {
            assert_eq!(faults(&deal.acme.post(DOOR, body.clone(), 422)), expected, "{body}");
        }
        assert_eq!(deal.acme.send("POST", DOOR, &[("Content-Type", "text/csv")], b"a").status, 415);
        let json = [("Content-Type", "application/json")];
        assert_eq!(deal.acme.send("POST", DOOR, &json, b"{").status, 400);
        assert_eq!(deal.acme.all("/v1/reversals").len(), 0);
    });
}

#[test]
fn a_filter_that_means_too_many_is_refused_before_anything_is_done() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        tracked_many(world, &deal, 10_001);
        let body = json!({ "operation": "approve", "filter": {}, "expected_count": 10_000 });
        assert_eq!(faults(&deal.acme.post(DOOR, body, 422)), ["/filter too_many_actions"]);
        let one =
            json!({ "operation": "approve", "filter": { "order_id": "7" }, "expected_count": 1 });
        assert_eq!(done(&deal.acme, &one)["counts"]["applied"], 1);
        let rest = json!({
            "operation": "approve", "filter": { "state": ["pending"] }, "expected_count": 10_000,
        });
        let batch = format!("/v1/reversals/{}", id(&deal.acme.post(DOOR, rest, 202)));
        let state = until(&deal.acme, &batch, is_completed);
        assert_eq!(applied(&state), 10_000);
    });
}
