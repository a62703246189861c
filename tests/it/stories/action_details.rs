//! An action with what is around it: what may be done now, and what was done so far.

use entente::actions::jobs::lock_due;
use serde_json::{Value, json};

use super::soonest_lock::limited;
use crate::cast::deal::{Deal, run};
use crate::cast::http::{Caller, faults};
use crate::cast::world::{in_a_world, in_a_world_with};

/// What may be done, as `approve reverse:CONS_FRAUD` and so on, and what not, by its code.
fn choices(allowed: &Value) -> (String, Vec<(String, String)>) {
    let (mut may, mut may_not) = (Vec::new(), Vec::new());
    for one in allowed.as_array().expect("what is allowed") {
        let command = one["command"].as_str().unwrap().to_string();
        assert_eq!(one["allowed"] == true, one["code"].is_null(), "{one}");
        match (one["code"].as_str(), one["reasons"].as_array()) {
            (None, None) => may.push(command),
            (None, Some(reasons)) => {
                may.push(format!("{command}:{}", reasons[0].as_str().unwrap()))
            }
            (Some(code), _) => may_not.push((command, code.to_string())),
        }
    }
    (may.join(" "), may_not)
}

fn allowed(caller: &Caller, path: &str) -> Value {
    caller.get(&format!("{path}?expand=allowed"), 200)["allowed"].clone()
}

/// Every command by the name it has in what is allowed.
fn carried_out(deal: &Deal, path: &str, command: &str) -> Option<String> {
    let reason = json!({ "reason": "ITEM_RETURNED" });
    let shoe = json!({
        "reason": "ITEM_RETURNED", "operations": [{ "op": "restore_item", "sku": "SHOE" }]
    });
    let (verb, body) = match command {
        "approve" | "restore" | "reset" | "release" => (command, json!({})),
        "reattribute" => (
            "reattribute",
            json!({
                "partner_company_id": deal.bolt.company_id(), "reason": "CREDITED_DIFFERENT_MP"
            }),
        ),
        "reverse" => ("reverse", reason),
        "hold" => ("hold", json!({ "reason": "why" })),
        "modify" => ("modify", json!({ "reason": "ITEM_RETURNED", "amount_delta": "-1.00" })),
        "restore_item" => ("modify", shoe),
        "clawback" => ("adjust", json!({ "reason": "ITEM_RETURNED", "payout_delta": "-1.00" })),
        "make_good" => ("adjust", json!({ "reason": "PUB_ACT_DISPUTE", "payout_delta": "1.00" })),
        other => panic!("{other}"),
    };
    let headers = [("Content-Type", "application/json")];
    let text = body.to_string();
    let answer = deal.acme.send("POST", &format!("{path}/{verb}"), &headers, text.as_bytes());
    assert!(matches!(answer.status, 200 | 201 | 409), "{verb}: {}", answer.text);
    answer.json()["code"].as_str().map(ToString::to_string)
}

/// Actions that stand in every way.
fn all_kinds(deal: &Deal, name: &str) -> Vec<String> {
    let made = |kind: &str, commands: &[(&str, Value)]| {
        let path = deal.tracked(&format!("{name} {kind}"));
        for (verb, body) in commands {
            deal.acme.post(&format!("{path}/{verb}"), body.clone(), 200);
        }
        path
    };
    let reverse = ("reverse", json!({ "reason": "REJECTED" }));
    let hold = ("hold", json!({ "reason": "why" }));
    let shoe = json!({ "reason": "ITEM_RETURNED", "operations": [{ "op": "reverse_item", "sku": "SHOE" }] });
    vec![
        made("pending", &[]),
        made("approved", &[("approve", json!({}))]),
        made("reversed", std::slice::from_ref(&reverse)),
        made("in part", &[("modify", shoe.clone())]),
        made("held", std::slice::from_ref(&hold)),
        made("held and reversed", &[("modify", shoe), reverse, hold]),
    ]
}

#[test]
fn what_is_allowed_is_what_then_goes_well() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal =
            Deal::with_terms(world, json!({ "after_lock": "clawback", "clawback_days": 30 }));
        let commands = [
            "approve",
            "modify",
            "restore_item",
            "reverse",
            "restore",
            "reset",
            "hold",
            "release",
            "reattribute",
            "clawback",
            "make_good",
        ];
        // One action for each command, because each is carried out.
        let all: Vec<(&str, Vec<String>)> =
            commands.iter().map(|command| (*command, all_kinds(&deal, command))).collect();
        for (number, moment) in
            ["2026-03-11T12:00:00Z", "2026-03-24T23:00:00Z", "2026-03-25T12:00:00Z"]
                .into_iter()
                .enumerate()
        {
            world.travel(moment);
            if number == 2 {
                run(world, async |pool| lock_due(pool, &world.clock, None).await).expect("it runs");
            }
            for (command, paths) in &all {
                for path in paths {
                    let told = allowed(&deal.acme, path);
                    let one =
                        told.as_array().unwrap().iter().find(|one| one["command"] == *command);
                    let one = one.unwrap();
                    let refused = carried_out(&deal, path, command);
                    let by_value = ["exceeds_due", "exceeds_remaining", "nothing_to_adjust"];
                    match one["code"].as_str() {
                        Some(code) => {
                            assert_eq!(refused.as_deref(), Some(code), "{command} {path} {moment}")
                        }
                        None if one["reasons"].is_null() => assert!(
                            refused.as_deref().is_none_or(|code| by_value.contains(&code)),
                            "{command} {path} at {moment}: {refused:?}"
                        ),
                        // For fraud alone.
                        None => assert_eq!(refused.as_deref(), Some("action_held")),
                    }
                }
            }
        }
    });
}

#[test]
fn what_is_allowed_depends_on_who_asks() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let (may, may_not) = choices(&allowed(&deal.acme, &path));
        assert_eq!(may, "approve modify reverse reset hold release reattribute");
        let expected = [
            ("restore_item", "not_reversed"),
            ("restore", "not_reversed"),
            ("clawback", "action_not_locked"),
            ("make_good", "action_not_locked"),
        ];
        let expected = expected.map(|(command, code)| (command.to_string(), code.to_string()));
        assert_eq!(may_not, expected);
        let reader = limited(world, &deal.acme, json!({ "scopes": ["actions:read"] }));
        for (caller, code) in [
            (world.colleague(&deal.acme, "viewer"), "role_too_low"),
            (reader, "scope_missing"),
            (deal.bolt.clone(), "forbidden"),
        ] {
            let (may, may_not) = choices(&allowed(&caller, &path));
            assert_eq!((may.as_str(), may_not.len()), ("", 11), "{code}");
            assert!(may_not.iter().all(|(_, told)| told == code), "{code}: {may_not:?}");
        }
        let member = world.colleague(&deal.acme, "member");
        let (may, may_not) = choices(&allowed(&member, &path));
        assert_eq!(may, "approve modify reverse reset hold release");
        assert!(may_not.contains(&("clawback".to_string(), "role_too_low".to_string())));
        deal.crow.get(&format!("{path}?expand=allowed"), 404);
        let other = limited(world, &deal.acme, json!({ "event_type_ids": [deal.lead] }));
        other.get(&format!("{path}?expand=allowed"), 404);

        deal.acme.post(&format!("{path}/hold"), json!({ "reason": "why" }), 200);
        world.travel("2026-03-25T12:00:00Z");
        let (may, _) = choices(&allowed(&deal.acme, &path));
        assert_eq!(may, "reverse:CONS_FRAUD hold release");
    });
}

#[test]
fn a_list_tells_of_each_action_what_its_page_tells() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let paths = all_kinds(&deal, "A");
        for caller in [&deal.acme, &deal.bolt] {
            let all = caller.all("/v1/actions?expand=items,allowed&limit=4");
            assert_eq!(all.len(), paths.len());
            for action in &all {
                let path = format!("/v1/actions/{}", action["id"].as_str().unwrap());
                assert_eq!(action["allowed"], allowed(caller, &path));
            }
            assert!(caller.all("/v1/actions").iter().all(|action| action.get("allowed").is_none()));
        }
        let told = deal.acme.get("/v1/actions?expand=updates", 422);
        assert_eq!(faults(&told), ["expand unknown_value"]);
        deal.acme.get("/v1/actions/export.csv?expand=allowed", 422);
    });
}

#[test]
fn an_action_comes_with_what_is_around_it() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::with_terms(world, json!({ "after_lock": "clawback" }));
        let path = deal.tracked("A-1");
        let noted = json!({ "reason": "OTHER", "note": "ours", "amount": "90.00" });
        deal.acme.post(&format!("{path}/modify"), noted, 200);
        world.travel("2026-03-25T12:00:00Z");
        run(world, async |pool| lock_due(pool, &world.clock, None).await).expect("the job runs");
        let less = json!({ "reason": "ITEM_RETURNED", "amount_delta": "-10.00", "note": "ours" });
        deal.acme.post(&format!("{path}/adjust"), less, 201);

        let plain = deal.acme.get(&path, 200);
        for caller in [&deal.acme, &deal.bolt] {
            let all = format!("{path}?expand=items,updates,adjustments");
            let answer = caller.send("GET", &all, &[], b"");
            assert_eq!((answer.status, answer.header("ETag")), (200, ""));
            let told = answer.json();
            assert_eq!(told["items"], plain["items"]);
            let ledger = caller.all(&format!("{path}/updates"));
            assert_eq!(told["updates"].as_array().unwrap(), &ledger);
            assert_eq!(
                told["adjustments"].as_array().unwrap(),
                &caller.all(&format!("{path}/adjustments"))
            );
            let hidden = caller.company_id() == deal.bolt.company_id();
            assert_eq!(told["updates"][1]["note"].is_null(), hidden);
            assert_eq!(told["adjustments"][0]["note"].is_null(), hidden);
        }
        let answer = deal.acme.send("GET", &format!("{path}?expand=items"), &[], b"");
        let tag = format!("\"{}\"", plain["version"]);
        assert_eq!((answer.json(), answer.header("ETag")), (plain, &tag[..]));

        // These keys do not read contracts, and an action is no way around that.
        let refused = deal.acme.get(&format!("{path}?expand=contract"), 403);
        assert_eq!(refused["code"], "scope_missing");
        let viewer = world.colleague(&deal.acme, "viewer");
        let told = viewer.get(&format!("{path}?expand=contract"), 200);
        assert_eq!(told["contract"], viewer.get(&format!("/v1/contracts/{}", deal.contract), 200));
        for (query, fault) in [
            ("expand=everything", "expand unknown_value"),
            ("expand=", "expand unknown_value"),
            ("expand=updates&expand=items", "expand duplicate_parameter"),
            ("with=updates", "with unknown_parameter"),
        ] {
            assert_eq!(faults(&deal.acme.get(&format!("{path}?{query}"), 422)), [fault]);
        }
        deal.crow.get(&format!("{path}?expand=updates"), 404);
    });
}

#[test]
fn the_end_of_a_long_ledger_comes_along() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        for number in 0..60 {
            let verb = if number % 2 == 0 { "approve" } else { "reset" };
            let body =
                json!({ "reason": "ITEM_RETURNED", "amount": format!("{}.00", 90 - number) });
            match verb {
                "approve" => deal.acme.post(&format!("{path}/modify"), body, 200),
                _ => deal.acme.post(&format!("{path}/{verb}"), json!({}), 200),
            };
        }
        let told = deal.bolt.get(&format!("{path}?expand=updates"), 200);
        let versions: Vec<i64> = told["updates"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["version"].as_i64().unwrap())
            .collect();
        assert_eq!(versions, (12..=61).collect::<Vec<i64>>());
    });
}

#[test]
fn what_is_disputed_about_an_action_comes_along() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let expanded = format!("{path}?expand=inquiry");
        assert_eq!(deal.bolt.get(&expanded, 200).get("inquiry"), None);
        let asks = |message: &str| {
            let action = path.rsplit('/').next().unwrap();
            let body = json!({ "kind": "incorrect", "action_id": action, "message": message });
            let made = deal.bolt.post("/v1/inquiries", body, 201);
            format!("/v1/inquiries/{}", made["id"].as_str().unwrap())
        };
        let first = asks("It was more.");
        let no = json!({ "message": "No.", "note": "ours" });
        deal.acme.post(&format!("{first}/decline"), no, 200);
        for caller in [&deal.acme, &deal.bolt] {
            let answer = caller.send("GET", &expanded, &[], b"");
            assert_eq!((answer.status, answer.header("ETag")), (200, ""));
            assert_eq!(answer.json()["inquiry"], caller.get(&first, 200));
        }
        let second = asks("It was more, really.");
        assert_eq!(deal.acme.get(&expanded, 200)["inquiry"], deal.acme.get(&second, 200));
        deal.bolt.post(&format!("{second}/withdraw"), json!({}), 200);
        assert_eq!(deal.acme.get(&expanded, 200)["inquiry"], deal.acme.get(&second, 200));

        // Whom it is credited to now is not told what another partner disputed.
        let dawn = crate::cast::rival::dawn(world, &deal);
        let body = json!({
            "partner_company_id": dawn.company_id(), "reason": "CREDITED_DIFFERENT_MP",
        });
        deal.acme.post(&format!("{path}/reattribute"), body, 200);
        assert_eq!(dawn.get(&expanded, 200).get("inquiry"), None);
        assert_eq!(deal.acme.get(&expanded, 200)["inquiry"]["status"], "withdrawn");
        let reader = limited(world, &deal.acme, json!({ "scopes": ["actions:read"] }));
        assert_eq!(reader.get(&expanded, 403)["code"], "scope_missing");
    });
}
