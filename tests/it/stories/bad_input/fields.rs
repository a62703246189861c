//! Fields that are wrong in one way each, and how each is named.

use serde_json::{Value, json};

use super::{in_vain, post};
use crate::cast::http::faults;

/// Fields of an order, each wrong in one way, with the faults that are told.
fn wrong_orders() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        ("/order_id", json!(5), "wrong_type"),
        ("/order_id", json!(""), "too_short"),
        ("/order_id", json!("A".repeat(65)), "too_long"),
        ("/order_id", json!("A\u{0}B"), "bad_characters"),
        ("/order_id", json!("A\nB"), "bad_characters"),
        ("/order_id", json!(null), "wrong_type"),
        ("/currency", json!("XXQ"), "bad_format"),
        ("/currency", json!(978), "wrong_type"),
        ("/occurred_at", json!("yesterday"), "bad_format"),
        ("/occurred_at", json!("2026-02-30T10:00:00Z"), "bad_format"),
        ("/occurred_at", json!(1_773_000_000), "wrong_type"),
        ("/occurred_at", json!("2026-03-09T10:00:00"), "bad_format"),
        ("/event_type_id", json!("evt_nonsense"), "bad_format"),
        ("/partner_company_id", json!([]), "wrong_type"),
        ("/note", json!("a\u{0}b"), "bad_characters"),
        ("/items", json!([]), "too_few"),
        ("/items", json!({}), "wrong_type"),
        ("/items/0/quantity", json!("2"), "wrong_type"),
        ("/items/0/quantity", json!(0), "out_of_range"),
        ("/items/0/quantity", json!(1.5), "wrong_type"),
        ("/items/0/quantity", json!(-1), "out_of_range"),
        ("/items/0/amount", json!(80.0), "wrong_type"),
        ("/items/0/amount", json!(80), "wrong_type"),
        ("/items/0/amount", json!("80,00"), "bad_number"),
        ("/items/0/amount", json!("8e1"), "bad_number"),
        ("/items/0/amount", json!(""), "bad_number"),
        ("/items/0/amount", json!("NaN"), "bad_number"),
        ("/items/0/amount", json!("0x50"), "bad_number"),
        ("/items/0/amount", json!("٨٠"), "bad_number"),
        ("/items/0/amount", json!("80.001"), "too_precise"),
        ("/items/0/amount", json!("-80.00"), "out_of_range"),
        ("/items/0/amount", json!("92233720368547758.08"), "out_of_range"),
        ("/items/0/amount", json!("9".repeat(40)), "out_of_range"),
        ("/items/0/amount", json!("9".repeat(41)), "too_long"),
        ("/items/0/sku", json!("\u{0}"), "bad_characters"),
    ]
}

#[test]
fn a_wrong_field_of_an_order_is_named() {
    in_vain(|_, scene| {
        let mut wrong = Vec::new();
        for (place, value, code) in wrong_orders() {
            let mut order = scene.deal.order("A-2");
            *order.pointer_mut(place).unwrap_or(&mut Value::Null) = value.clone();
            if order.pointer(place).is_none() {
                order[place.trim_start_matches('/')] = value.clone();
            }
            let answer = post(&scene.deal.acme, "/v1/actions", order.to_string().as_bytes());
            let found = faults(&answer.json());
            if answer.status != 422 || found != [format!("{place} {code}")] {
                wrong.push(format!("{place}={value}, not {code}: {} {found:?}", answer.status));
            }
        }
        assert_eq!(wrong, Vec::<String>::new());
    });
}

/// Bodies of `modify`, each wrong in one way, with the fault that is told.
fn wrong_commands() -> Vec<(Value, &'static str)> {
    let less = |more: Value| {
        let reason = more.get("reason").cloned().unwrap_or_else(|| json!("ITEM_RETURNED"));
        let mut body = more;
        body["reason"] = reason;
        body
    };
    let op = |more: Value| less(json!({ "operations": [more] }));
    vec![
        (less(json!({ "amount": 50 })), "/amount wrong_type"),
        (less(json!({ "amount": "50,00" })), "/amount bad_number"),
        (less(json!({ "amount": "50.001" })), "/amount too_precise"),
        (less(json!({ "amount": "-1.00" })), "/amount out_of_range"),
        (less(json!({ "amount": "92233720368547758.08" })), "/amount out_of_range"),
        (less(json!({ "amount": "50.00", "reason": "MOOD" })), "/reason unknown_reason"),
        (less(json!({ "amount": "50.00", "reason": "REJECTED" })), "/reason reason_not_allowed"),
        (less(json!({ "amount": "50.00", "reason": "OTHER" })), "/note missing_field"),
        (less(json!({ "amount": "50.00", "note": "\u{0}" })), "/note bad_characters"),
        (less(json!({ "amount": "50.00", "colour": 1 })), "/colour unknown_field"),
        (less(json!({ "amount": "50.00", "allow_increase": "yes" })), "/allow_increase wrong_type"),
        (op(json!({ "op": "burn", "sku": "HAT" })), "/operations/0/op unknown_value"),
        (op(json!({ "op": "set_quantity", "sku": "HAT" })), "/operations/0/quantity missing_field"),
        (op(json!({ "op": "reverse_item" })), "/operations/0/item_id missing_field"),
    ]
}

#[test]
fn a_wrong_field_of_a_command_is_named() {
    in_vain(|_, scene| {
        let mut wrong = Vec::new();
        for (body, expected) in wrong_commands() {
            let path = format!("{}/modify", scene.action);
            let answer = post(&scene.deal.acme, &path, body.to_string().as_bytes());
            let found = faults(&answer.json());
            if answer.status != 422 || found != [expected] {
                wrong.push(format!("{body}, not {expected}: {} {}", answer.status, answer.text));
            }
        }
        assert_eq!(wrong, Vec::<String>::new());
    });
}

#[test]
fn wrong_fields_of_programs_and_contracts_are_all_named_at_once() {
    in_vain(|_, scene| {
        let program = json!({ "name": "Shoes", "currency": "XXQ", "time_zone": "Mars/Base" });
        let problem = scene.owner.post("/v1/programs", program, 422);
        assert_eq!(faults(&problem), ["/currency bad_format", "/time_zone bad_format"]);
        let payout = |more: Value| json!([more]);
        let contract = |payouts: Value| {
            json!({
                "program_id": scene.deal.program, "payouts": payouts, "starts_on": "2026-13-01",
                "partner_company_id": scene.deal.bolt.company_id(),
                "lock": { "after": "year", "months": -1, "days": 15 },
            })
        };
        let sale = &scene.deal.sale;
        for wrong in [
            payout(json!({ "event_type_id": sale, "percent": 7.5 })),
            payout(json!({ "event_type_id": sale, "percent": "7,5" })),
            payout(json!({ "event_type_id": sale, "percent": "-1" })),
            payout(json!({ "event_type_id": sale, "fixed": "5.001" })),
            payout(json!({ "event_type_id": sale, "percent": "1e1" })),
            payout(json!({ "event_type_id": sale, "fixed": "92233720368547758.08" })),
            payout(json!({ "event_type_id": sale })),
            payout(json!({ "event_type_id": sale, "percent": "1", "fixed": "1.00" })),
            json!([]),
        ] {
            scene.owner.post("/v1/contracts", contract(wrong.clone()), 422);
            let mut fine = contract(wrong.clone());
            fine["starts_on"] = json!("2026-01-01");
            fine["lock"] = json!({ "after": "day", "months": 0, "days": 15 });
            let found = faults(&scene.owner.post("/v1/contracts", fine, 422));
            assert!(!found.is_empty(), "{wrong}");
            assert!(found.iter().all(|fault| fault.starts_with("/payouts")), "{wrong}: {found:?}");
        }
    });
}

#[test]
fn a_nul_is_no_character_of_any_text() {
    in_vain(|world, scene| {
        let bad = "a\u{0}b";
        let types = format!("/v1/programs/{}/event-types", scene.deal.program);
        let partner = world.company("Dove", "partner");
        let offer = json!({ "partner_company_id": partner.company_id(), "message": bad });
        let person = json!({
            "email": "x@example.com", "password": "correct horse battery", "name": bad,
            "company": { "name": bad, "kind": "brand" },
        });
        let mut wrong = Vec::new();
        for (method, path, body) in [
            ("POST", "/v1/programs", json!({ "name": bad, "currency": "EUR", "time_zone": "UTC" })),
            ("POST", types.as_str(), json!({ "name": bad, "code": "X1", "kind": "sale" })),
            ("POST", types.as_str(), json!({ "name": "x", "code": bad, "kind": "sale" })),
            ("POST", "/v1/api-keys", json!({ "name": bad, "scopes": ["events:read"] })),
            ("POST", "/v1/partnerships", offer),
            ("POST", "/v1/auth/register", person),
            ("PATCH", "/v1/me", json!({ "name": bad })),
            ("POST", &format!("{}/hold", scene.action), json!({ "reason": bad })),
        ] {
            let kind = [("Content-Type", "application/json")];
            let answer = scene.owner.send(method, path, &kind, body.to_string().as_bytes());
            if answer.status != 422 {
                wrong.push(format!("{method} {path} {body}: {}", answer.status));
            }
        }
        let answer = scene.owner.send("GET", "/v1/actions?order_id=%00", &[], b"");
        if answer.status >= 500 {
            wrong.push(format!("GET /v1/actions?order_id=%00: {}", answer.status));
        }
        assert_eq!(wrong, Vec::<String>::new());
    });
}
