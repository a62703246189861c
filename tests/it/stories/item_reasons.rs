//! Each step on an item may have a reason of its own; the ledger tells which.

use entente::actions::jobs::lock_due;
use serde_json::{Value, json};

use crate::cast::deal::{Deal, run};
use crate::cast::http::faults;
use crate::cast::world::{in_a_world, in_a_world_with};

fn reasons(entry: &Value) -> Vec<Value> {
    entry["items"].as_array().unwrap().iter().map(|item| item["reason"].clone()).collect()
}

#[test]
fn a_step_has_the_reason_of_the_whole_or_its_own() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let steps = json!({ "reason": "ITEM_RETURNED", "operations": [
            { "op": "set_quantity", "sku": "SHOE", "quantity": 1 },
            { "op": "reverse_item", "sku": "HAT", "reason": "item_out_of_stock" },
        ] });
        deal.acme.post(&format!("{path}/modify"), steps, 200);
        for caller in [&deal.acme, &deal.bolt] {
            let entry = caller.all(&format!("{path}/updates")).pop().unwrap();
            assert_eq!(entry["reason"], "ITEM_RETURNED");
            assert_eq!(reasons(&entry), [Value::Null, json!("ITEM_OUT_OF_STOCK")]);
        }
        // The same reason said twice is no other one.
        let again = json!({ "reason": "ORDER_ERROR", "operations": [
            { "op": "adjust_amount", "sku": "SHOE", "amount_delta": "-1.00", "reason": "CONS_ERROR" },
            { "op": "adjust_amount", "sku": "SHOE", "amount_delta": "-1.00", "reason": "ORDER_ERROR" },
        ] });
        deal.acme.post(&format!("{path}/modify"), again, 200);
        let entry = deal.acme.all(&format!("{path}/updates")).pop().unwrap();
        assert_eq!(reasons(&entry), [Value::Null]);
    });
}

#[test]
fn only_what_an_order_update_changes_may_rise() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = format!("{}/modify", deal.tracked("A-1"));
        let up = |whole: &str, own: Value, allow: bool| {
            json!({
                "reason": whole, "allow_increase": allow, "operations": [
                    { "op": "set_amount", "sku": "HAT", "amount": "30.00", "reason": own },
                    { "op": "set_quantity", "sku": "SHOE", "quantity": 1 },
                ],
            })
        };
        for (whole, own, allow) in [
            ("ITEM_RETURNED", json!("ORDER_UPDATE"), false),
            ("ITEM_RETURNED", Value::Null, true),
            ("ORDER_UPDATE", json!("ITEM_RETURNED"), true),
        ] {
            let told = deal.acme.post(&path, up(whole, own, allow), 409);
            assert_eq!(told["code"], "exceeds_remaining");
        }
        let changed = deal.acme.post(&path, up("ITEM_RETURNED", json!("ORDER_UPDATE"), true), 200);
        assert_eq!(changed["sale_amount"]["amount"], "70.00");
    });
}

#[test]
fn a_reason_of_a_step_is_judged_like_any_other() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let body = |reason: &str, note: Value| {
            json!({
                "reason": "ITEM_RETURNED", "note": note,
                "operations": [
                    { "op": "reverse_item", "sku": "HAT" },
                    { "op": "reverse_item", "sku": "SHOE", "reason": reason },
                ],
            })
        };
        for (reason, fault) in [
            ("BECAUSE", "/operations/1/reason unknown_reason"),
            ("REJECTED", "/operations/1/reason reason_not_allowed"),
            ("OTHER", "/note missing_field"),
            ("", "/operations/1/reason too_short"),
        ] {
            for verb in ["modify", "adjust"] {
                let told =
                    deal.acme.post(&format!("{path}/{verb}"), body(reason, Value::Null), 422);
                assert_eq!(faults(&told), [fault], "{verb} {reason}");
            }
        }
        deal.acme.post(&format!("{path}/modify"), body("OTHER", json!("torn")), 200);
    });
}

#[test]
fn an_adjustment_tells_the_reasons_of_its_steps_too() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::with_terms(world, json!({ "after_lock": "clawback" }));
        let path = deal.tracked("A-1");
        world.travel("2026-03-25T12:00:00Z");
        run(world, async |pool| lock_due(pool, &world.clock, None).await).expect("the job runs");
        let steps = json!({ "reason": "ITEM_RETURNED", "operations": [
            { "op": "set_quantity", "sku": "SHOE", "quantity": 1 },
            { "op": "reverse_item", "sku": "HAT", "reason": "CONS_FRAUD" },
        ] });
        let made = deal.acme.post(&format!("{path}/adjust"), steps, 201);
        assert_eq!(reasons(&made), [Value::Null, json!("CONS_FRAUD")]);
    });
}
