//! What locked is corrected beside it: clawed back where the contract says so, or made good.

use entente::actions::jobs::lock_due;
use serde_json::{Value, json};

use super::verify::differences;
use crate::cast::at_once::at_once;
use crate::cast::deal::{Deal, id, meddle, run, told_of};
use crate::cast::http::faults;
use crate::cast::world::{World, in_a_world_with};

/// A deal in which a brand may claw back for 30 days.
fn clawing_back(world: &World) -> Deal {
    Deal::with_terms(world, json!({ "after_lock": "clawback", "clawback_days": 30 }))
}

/// An order of 100.00, two pairs of shoes for 80.00 and a hat for 20.00, that has locked at 7.50.
fn locked(world: &World, deal: &Deal, order: &str) -> String {
    let path = deal.tracked(order);
    world.travel("2026-03-24T23:00:05Z");
    run(world, async |pool| lock_due(pool, &world.clock, None).await).expect("the job runs");
    assert_eq!(deal.bolt.get(&path, 200)["locked_at"], "2026-03-24T23:00:00Z");
    path
}

fn less(amount: &str) -> Value {
    json!({ "reason": "ITEM_RETURNED", "amount_delta": amount })
}

fn payout(amount: &str) -> Value {
    json!({ "reason": "PUB_ACT_DISPUTE", "payout_delta": amount })
}

/// Kind, change of the payout, sale and payout that are left.
fn shown(adjustment: &Value) -> String {
    let amount = |field: &str| adjustment[field]["amount"].as_str().unwrap();
    let kind = adjustment["kind"].as_str().unwrap();
    format!("{kind} {} {} {}", amount("payout_delta"), amount("sale_amount"), amount("payout"))
}

#[test]
fn a_locked_action_is_corrected_beside_it_and_both_sides_see_how() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = clawing_back(world);
        let path = locked(world, &deal, "A-1");
        let (adjust, list) = (format!("{path}/adjust"), format!("{path}/adjustments"));
        let before = deal.acme.get(&path, 200);
        assert_eq!(deal.bolt.get(&list, 200)["data"], json!([]));

        let one_pair = json!({
            "reason": "OTHER", "note": "Came back late",
            "operations": [{ "op": "set_quantity", "sku": "SHOE", "quantity": 1 }],
        });
        let first = deal.acme.call("POST", &adjust, &[], &one_pair, 201);
        let location = first.header("Location").to_string();
        let first = first.json();
        assert_eq!(location, format!("/v1/adjustments/{}", id(&first)));
        assert_eq!(deal.acme.get(&location, 200), first);
        assert_eq!(shown(&first), "clawback -3.00 60.00 4.50");
        let item = &first["items"][0];
        assert_eq!((&item["quantity"], &item["quantity_delta"]), (&json!(1), &json!(-1)));
        assert_eq!(first["items"].as_array().unwrap().len(), 1);
        assert_eq!((&first["note"], &first["sequence"]), (&json!("Came back late"), &json!(1)));
        assert!(first["api_key_id"].is_string());

        let second = deal.acme.post(&adjust, less("-60.00"), 201);
        assert_eq!(shown(&second), "clawback -4.50 0.00 0.00");
        let third = deal.acme.post(&adjust, payout("1.25"), 201);
        assert_eq!(shown(&third), "make_good 1.25 0.00 1.25");

        assert_eq!(deal.acme.get(&path, 200), before, "the action stays as it locked");
        let all = deal.bolt.all(&format!("{list}?limit=2"));
        let seen: Vec<String> = all.iter().map(shown).collect();
        assert_eq!(seen, [&first, &second, &third].map(shown));
        assert_eq!((&all[0]["note"], &all[0]["api_key_id"]), (&Value::Null, &Value::Null));
        assert_eq!(all[0]["items"], first["items"]);

        for side in [&deal.acme, &deal.bolt] {
            let events = told_of("adjustment.", side, 3);
            let objects: Vec<&Value> = events.iter().map(|event| &event["object_id"]).collect();
            assert_eq!(objects, [&first["id"], &second["id"], &third["id"]]);
            let action = path.rsplit('/').next().unwrap();
            assert_eq!(
                events[0]["changes"],
                json!({
                    "action_id": [null, action], "kind": [null, "clawback"],
                    "sale_amount": ["100.00", "60.00"], "payout": ["7.50", "4.50"],
                    "reason": [null, "OTHER"],
                })
            );
        }
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn what_cannot_be_adjusted_says_why_and_leaves_nothing() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = clawing_back(world);
        let open = deal.tracked("A-2");
        let refused = |path: &str, body: Value| {
            let problem = deal.acme.post(&format!("{path}/adjust"), body, 409);
            problem["code"].as_str().unwrap().to_string()
        };
        assert_eq!(refused(&open, less("-1.00")), "action_not_locked");
        let path = locked(world, &deal, "A-1");
        assert_eq!(refused(&path, less("-100.01")), "exceeds_remaining");
        assert_eq!(refused(&path, less("1.00")), "exceeds_due");
        assert_eq!(refused(&path, payout("-7.51")), "exceeds_due");
        assert_eq!(refused(&path, payout("0.01")), "exceeds_due");
        assert_eq!(refused(&path, less("0.00")), "nothing_to_adjust");
        let boot = json!([{ "op": "reverse_item", "sku": "BOOT" }]);
        let boot = json!({ "reason": "ITEM_RETURNED", "operations": boot });
        assert_eq!(refused(&path, boot), "sku_not_found");
        let hat = json!([{ "op": "restore_item", "sku": "HAT" }]);
        let hat = json!({ "reason": "ORDER_ERROR", "operations": hat });
        assert_eq!(refused(&path, hat), "not_reversed");
        deal.bolt.post(&format!("{path}/adjust"), less("-1.00"), 403);
        deal.crow.post(&format!("{path}/adjust"), less("-1.00"), 404);
        deal.crow.get(&format!("{path}/adjustments"), 404);

        world.travel("2026-04-23T22:59:59Z");
        deal.acme.post(&format!("{path}/adjust"), less("-10.00"), 201);
        world.travel("2026-04-23T23:00:00Z");
        assert_eq!(refused(&path, less("-10.00")), "clawback_over");
        deal.acme.post(&format!("{path}/adjust"), payout("0.75"), 201);
        let left = deal.acme.all(&format!("{path}/adjustments"));
        let left: Vec<String> = left.iter().map(shown).collect();
        assert_eq!(left, ["clawback -0.75 90.00 6.75", "make_good 0.75 90.00 7.50"]);
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn a_contract_that_says_nothing_forbids_clawing_back() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let declined = deal.tracked("A-2");
        deal.acme.post(&format!("{declined}/reverse"), json!({ "reason": "CONS_ERROR" }), 200);
        let path = locked(world, &deal, "A-1");
        for body in [less("-1.00"), payout("-1.00")] {
            let problem = deal.acme.post(&format!("{path}/adjust"), body, 409);
            assert_eq!(problem["code"], "clawback_forbidden");
        }
        // What was declined wrongly is made good, up to what was tracked.
        let adjust = format!("{declined}/adjust");
        let made = deal.acme.post(&adjust, payout("7.50"), 201);
        assert_eq!(shown(&made), "make_good 7.50 0.00 7.50");
        assert_eq!(deal.acme.post(&adjust, payout("0.01"), 409)["code"], "exceeds_due");
    });
}

#[test]
fn an_adjustment_is_told_all_its_faults_at_once() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = clawing_back(world);
        let path = format!("{}/adjust", locked(world, &deal, "A-1"));
        let told = |body: Value| faults(&deal.acme.post(&path, body, 422));
        assert_eq!(
            told(json!({ "reason": "REJECTED" })),
            ["/amount_delta missing_field", "/reason reason_not_allowed"]
        );
        assert_eq!(
            told(json!({ "reason": "MOOD", "amount_delta": "1,50" })),
            ["/amount_delta bad_number", "/reason unknown_reason"]
        );
        assert_eq!(
            told(json!({ "reason": "OTHER", "amount_delta": "-1.00", "payout_delta": "-1.00" })),
            [" conflicting_fields", "/note missing_field"]
        );
        assert_eq!(
            told(json!({ "reason": "OTHER", "note": "x", "payout_delta": "-1.005" })),
            ["/payout_delta too_precise"]
        );
        let steps = json!([{ "op": "set_quantity", "sku": "HAT" }]);
        assert_eq!(
            told(json!({ "reason": "ITEM_RETURNED", "operations": steps })),
            ["/operations/0/quantity missing_field"]
        );
    });
}

#[test]
fn adjustments_at_once_come_one_after_the_other() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = clawing_back(world);
        let path = locked(world, &deal, "A-1");
        let statuses = at_once(8, |_| {
            let headers = [("Content-Type", "application/json")];
            let body = less("-30.00").to_string();
            deal.acme.send("POST", &format!("{path}/adjust"), &headers, body.as_bytes()).status
        });
        let made = statuses.iter().filter(|status| **status == 201).count();
        assert_eq!((made, statuses.iter().filter(|status| **status == 409).count()), (3, 5));
        let all = deal.acme.all(&format!("{path}/adjustments"));
        let left: Vec<&Value> = all.iter().map(|one| &one["sale_amount"]["amount"]).collect();
        assert_eq!(left, ["70.00", "40.00", "10.00"]);

        let key = [("Idempotency-Key", "once")];
        let again = || deal.acme.call("POST", &format!("{path}/adjust"), &key, &less("-5.00"), 201);
        assert_eq!(id(&again().json()), id(&again().json()));
        assert_eq!(deal.acme.all(&format!("{path}/adjustments")).len(), 4);
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn adjustments_that_were_tampered_with_are_found() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = clawing_back(world);
        let path = locked(world, &deal, "A-1");
        deal.acme.post(&format!("{path}/adjust"), less("-10.00"), 201);
        deal.acme.post(&format!("{path}/adjust"), less("-10.00"), 201);
        assert_eq!(differences(world), Vec::<String>::new());
        for (meddling, undoing, what) in [
            ("sale_delta_minor = -999", "sale_delta_minor = -1000", "another sale"),
            ("payout_delta_minor = -74", "payout_delta_minor = -75", "another payout"),
            ("sequence = sequence + 1", "sequence = sequence - 1", "does not follow"),
            ("sale_minor = 8001", "sale_minor = 8000", "something else"),
            ("payout_minor = 751", "payout_minor = 600", "cannot be"),
        ] {
            meddle(world, &format!("UPDATE adjustments SET {meddling} WHERE sequence > 1"));
            let found = differences(world);
            assert!(found.iter().any(|one| one.contains(what)), "{meddling}: {found:?}");
            meddle(world, &format!("UPDATE adjustments SET {undoing} WHERE sequence > 1"));
            assert_eq!(differences(world), Vec::<String>::new(), "{undoing}");
        }
        meddle(world, "UPDATE actions SET locked_at = NULL");
        assert!(differences(world).iter().any(|one| one.contains("is not locked")));
        meddle(world, "DELETE FROM actions");
        assert!(differences(world).iter().any(|one| one.contains("does not exist")));
    });
}
