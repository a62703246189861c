//! A brand decides about its actions one by one: what may follow what, over HTTP.

use serde_json::{Value, json};

use super::actions::worth;
use crate::cast::deal::{Deal, id, told};
use crate::cast::http::{Caller, faults};
use crate::cast::world::in_a_world;

/// A command that is carried out; what the action is worth then.
fn done(caller: &Caller, path: &str, command: &str, body: Value) -> String {
    worth(&caller.post(&format!("{path}/{command}"), body, 200))
}

/// The code of a refusal.
fn refused(caller: &Caller, path: &str, command: &str, body: Value) -> String {
    let problem = caller.post(&format!("{path}/{command}"), body, 409);
    problem["code"].as_str().unwrap().to_string()
}

fn returned() -> Value {
    json!({ "reason": "ITEM_RETURNED" })
}

/// One step on an item, as the body of a modification.
fn step(operation: Value) -> Value {
    json!({ "reason": "ITEM_RETURNED", "operations": [operation] })
}

#[test]
fn an_action_is_approved_modified_reversed_restored_and_reset() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let (acme, path) = (&deal.acme, deal.tracked("A-1"));
        assert_eq!(done(acme, &path, "approve", json!({})), "100.00 7.50 approved");
        let less = json!({ "reason": "ITEM_RETURNED", "amount": "50.00" });
        assert_eq!(done(acme, &path, "modify", less), "50.00 3.75 pending");
        assert_eq!(done(acme, &path, "reverse", returned()), "0.00 0.00 reversed");
        assert_eq!(done(acme, &path, "restore", json!({})), "50.00 3.75 pending");
        assert_eq!(done(acme, &path, "reverse", returned()), "0.00 0.00 reversed");
        assert_eq!(done(acme, &path, "approve", json!({})), "50.00 3.75 pending");
        assert_eq!(done(acme, &path, "reset", json!({})), "100.00 7.50 pending");

        let updates = acme.all(&format!("{path}/updates"));
        let commands: Vec<_> =
            updates.iter().map(|entry| entry["command"].as_str().unwrap()).collect();
        let expected =
            ["track", "approve", "modify", "reverse", "restore", "reverse", "approve", "reset"];
        assert_eq!(commands, expected);
        let deltas: Vec<_> =
            updates.iter().map(|entry| entry["payout_delta"]["amount"].as_str().unwrap()).collect();
        let expected = ["7.50", "0.00", "-3.75", "-3.75", "3.75", "-3.75", "3.75", "3.75"];
        assert_eq!(deltas, expected);
        assert_eq!(updates[3]["reason"], "ITEM_RETURNED");

        let events = told(&deal.bolt, 8);
        let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
        let expected = [
            "action.tracked",
            "action.approved",
            "action.modified",
            "action.reversed",
            "action.restored",
            "action.reversed",
            "action.restored",
            "action.reset",
        ];
        assert_eq!(kinds, expected);
    });
}

#[test]
fn what_changes_nothing_leaves_no_trace() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let (acme, path) = (&deal.acme, deal.tracked("A-1"));
        for (command, body, version) in [
            ("reset", json!({}), 1),
            ("release", json!({}), 1),
            ("modify", json!({ "reason": "ORDER_UPDATE", "amount": "100" }), 1),
            ("approve", json!({}), 2),
            ("approve", json!({}), 2),
            ("modify", json!({ "reason": "ORDER_UPDATE", "amount_delta": "0" }), 2),
            ("reverse", returned(), 3),
            ("reverse", json!({ "reason": "mp_returned" }), 3),
            ("reverse", json!({ "reason": "CONS_FRAUD" }), 4),
            ("reverse", json!({ "reason": "CONS_FRAUD" }), 4),
        ] {
            let answer = acme.call("POST", &format!("{path}/{command}"), &[], &body, 200);
            assert_eq!(answer.header("ETag"), format!("\"{version}\""), "{command} {body}");
        }
        assert_eq!(acme.all(&format!("{path}/updates")).len(), 4);
    });
}

#[test]
fn items_are_changed_one_by_one_and_the_money_is_exact() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let (acme, path) = (&deal.acme, deal.tracked("A-1"));
        let one = step(json!({ "op": "set_quantity", "sku": "SHOE", "quantity": 1 }));
        assert_eq!(done(acme, &path, "modify", one), "60.00 4.50 pending");
        let cheaper =
            step(json!({ "op": "adjust_amount", "sku": "SHOE", "amount_delta": "-0.01" }));
        assert_eq!(done(acme, &path, "modify", cheaper), "59.99 4.50 pending");
        let hat = step(json!({ "op": "reverse_item", "sku": "HAT" }));
        assert_eq!(done(acme, &path, "modify", hat), "39.99 3.00 pending");
        let shoe = step(json!({ "op": "set_quantity", "sku": "SHOE", "quantity": 0 }));
        assert_eq!(done(acme, &path, "modify", shoe), "0.00 0.00 reversed");
        let hat = acme.get(&path, 200)["items"][1]["id"].clone();
        let back = step(json!({ "op": "restore_item", "item_id": hat }));
        assert_eq!(done(acme, &path, "modify", back), "20.00 1.50 pending");
        let set = step(json!({ "op": "set_amount", "sku": "HAT", "amount": "19.99" }));
        assert_eq!(done(acme, &path, "modify", set), "19.99 1.50 pending");

        let last = acme.all(&format!("{path}/updates")).pop().unwrap();
        assert_eq!(last["items"].as_array().unwrap().len(), 1);
        assert_eq!(last["items"][0]["amount_delta"]["amount"], "-0.01");
    });
}

#[test]
fn what_the_rules_refuse_is_told_with_its_code() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let (acme, path) = (&deal.acme, deal.tracked("A-1"));
        let more = json!({ "reason": "ITEM_RETURNED", "amount": "100.01" });
        assert_eq!(refused(acme, &path, "modify", more), "exceeds_remaining");
        let more = json!({ "reason": "ORDER_UPDATE", "amount": "100.01" });
        assert_eq!(refused(acme, &path, "modify", more), "exceeds_remaining");
        let meant = json!({ "reason": "ORDER_UPDATE", "amount": "200.00", "allow_increase": true });
        assert_eq!(done(acme, &path, "modify", meant), "200.00 15.00 pending");
        assert_eq!(refused(acme, &path, "restore", json!({})), "not_reversed");
        let unknown = step(json!({ "op": "reverse_item", "sku": "TIE" }));
        assert_eq!(refused(acme, &path, "modify", unknown), "sku_not_found");
        let item = "itm_01k5h2v7xnf8rtq3m9bcw4ze6a";
        let unknown = step(json!({ "op": "reverse_item", "item_id": item }));
        assert_eq!(refused(acme, &path, "modify", unknown), "item_not_found");
        done(acme, &path, "reverse", returned());
        let less = json!({ "reason": "ITEM_RETURNED", "amount": "1.00" });
        assert_eq!(refused(acme, &path, "modify", less), "action_reversed");

        let mut twice = deal.order("A-2");
        twice["items"][1]["sku"] = json!("SHOE");
        let twice = format!("/v1/actions/{}", id(&acme.post("/v1/actions", twice, 201)));
        let which = step(json!({ "op": "reverse_item", "sku": "SHOE" }));
        assert_eq!(refused(acme, &twice, "modify", which), "ambiguous_sku");
    });
}

#[test]
fn what_a_command_gets_wrong_is_told_at_once() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let wrong = |command: &str, body: Value| {
            faults(&deal.acme.post(&format!("{path}/{command}"), body, 422))
        };
        assert_eq!(wrong("reverse", json!({ "reason": "NO" })), ["/reason unknown_reason"]);
        assert_eq!(wrong("reverse", json!({ "reason": "OTHER" })), ["/note missing_field"]);
        assert_eq!(wrong("approve", json!({ "x": 1 })), ["/x unknown_field"]);
        assert_eq!(wrong("hold", json!({ "reason": " " })), ["/reason too_short"]);
        let wholly = json!({ "reason": "REJECTED", "amount": "1,0" });
        let expected = ["/amount bad_number", "/reason reason_not_allowed"];
        assert_eq!(wrong("modify", wholly), expected);
        assert_eq!(
            wrong("modify", json!({ "reason": "OTHER" })),
            ["/amount missing_field", "/note missing_field"]
        );
        let operations = json!({ "reason": "ITEM_RETURNED", "operations": [
            { "op": "set_quantity", "sku": "SHOE" },
            { "op": "set_amount", "amount": "1.001", "quantity": 1, "sku": "HAT" },
            { "op": "adjust_amount", "amount_delta": "x" },
        ] });
        let expected = [
            "/operations/0/quantity missing_field",
            "/operations/1/amount too_precise",
            "/operations/1/quantity conflicting_fields",
            "/operations/2/amount_delta bad_number",
            "/operations/2/item_id missing_field",
        ];
        assert_eq!(wrong("modify", operations), expected);

        let problem = deal.acme.post(&format!("{path}/reverse"), json!({ "reason": "NO" }), 422);
        assert!(problem["detail"].as_str().unwrap().contains("ITEM_RETURNED"), "{problem}");
    });
}

#[test]
fn only_the_brand_decides_and_a_stranger_sees_nothing() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        for (command, body) in [
            ("approve", json!({})),
            ("reverse", returned()),
            ("modify", json!({ "reason": "ITEM_RETURNED", "amount": "1.00" })),
            ("restore", json!({})),
            ("reset", json!({})),
            ("hold", json!({ "reason": "why" })),
            ("release", json!({})),
        ] {
            let command = format!("{path}/{command}");
            assert_eq!(deal.bolt.post(&command, body.clone(), 403)["code"], "forbidden");
            deal.crow.post(&command, body.clone(), 404);
            world.nobody().post(&command, body, 401);
        }
        deal.crow.get(&format!("{path}/updates"), 404);
        assert!(deal.crow.all("/v1/actions").is_empty());
        assert_eq!(worth(&deal.acme.get(&path, 200)), "100.00 7.50 pending");
    });
}

#[test]
fn a_stale_version_is_refused_and_writers_at_once_all_count() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let approve = format!("{path}/approve");
        let first = [("If-Match", "\"1\"")];
        let problem = deal.acme.call("POST", &approve, &[("If-Match", "\"7\"")], &json!({}), 412);
        assert_eq!(problem.json()["code"], "stale_version");
        deal.acme.call("POST", &approve, &first, &json!({}), 200);
        deal.acme.call("POST", &format!("{path}/reverse"), &first, &returned(), 412);

        let cent = json!({ "reason": "ITEM_RETURNED", "amount_delta": "-0.01" }).to_string();
        let modify = format!("{path}/modify");
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let kind = [("Content-Type", "application/json")];
                    let answer = deal.acme.send("POST", &modify, &kind, cent.as_bytes());
                    assert_eq!(answer.status, 200, "{}", answer.text);
                });
            }
        });
        assert_eq!(worth(&deal.acme.get(&path, 200)), "99.96 7.50 pending");
    });
}

#[test]
fn notes_stay_with_the_brand_and_the_reason_for_a_hold_is_for_both() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let hold = json!({ "reason": "a complaint" });
        let held = deal.acme.post(&format!("{path}/hold"), hold, 200);
        assert_eq!((&held["held"], &held["finance_status"]), (&json!(true), &json!("held")));
        assert_eq!(deal.bolt.get(&path, 200)["hold_reason"], "a complaint");
        let released = deal.acme.post(&format!("{path}/release"), json!({}), 200);
        assert_eq!((&released["held"], &released["hold_reason"]), (&json!(false), &Value::Null));
        let reverse = json!({ "reason": "OTHER", "note": "the owner's cousin" });
        deal.acme.post(&format!("{path}/reverse"), reverse, 200);
        let updates = format!("{path}/updates");
        assert_eq!(deal.acme.all(&updates)[3]["note"], "the owner's cousin");
        assert!(deal.bolt.all(&updates)[3]["note"].is_null());
        let told = told(&deal.bolt, 4);
        assert!(!serde_json::to_string(&told).unwrap().contains("cousin"));
    });
}

#[test]
fn from_its_lock_date_on_an_action_is_closed_and_a_held_one_only_to_most() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let (acme, path, held) = (&deal.acme, deal.tracked("A-1"), deal.tracked("A-2"));
        done(acme, &held, "hold", json!({ "reason": "why" }));
        world.travel("2026-03-24T22:59:59.999999Z");
        done(acme, &path, "approve", json!({}));
        world.travel("2026-03-24T23:00:00Z");
        for (command, body) in [("reverse", returned()), ("reset", json!({}))] {
            assert_eq!(refused(acme, &path, command, body), "action_locked");
        }
        assert_eq!(refused(acme, &held, "reverse", returned()), "action_held");
        let fraud = json!({ "reason": "CONS_FRAUD" });
        assert_eq!(done(acme, &held, "reverse", fraud), "0.00 0.00 reversed");
        done(acme, &held, "release", json!({}));
        assert_eq!(refused(acme, &held, "restore", json!({})), "action_locked");
    });
}
