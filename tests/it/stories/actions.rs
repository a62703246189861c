//! A brand reports conversions and decides about them; its partner looks on; a stranger sees none.

use serde_json::{Value, json};

use crate::cast::deal::{Deal, id, told};
use crate::cast::http::faults;
use crate::cast::world::in_a_world;

/// What an action is worth, and what it pays: `100.00 7.50 pending`.
pub fn worth(action: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    format!(
        "{} {} {}",
        text(&action["sale_amount"]["amount"]),
        text(&action["payout"]["amount"]),
        text(&action["state"])
    )
}

#[test]
fn a_conversion_is_tracked_with_all_that_follows_from_the_contract() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let mut order = deal.order("  A-1 ");
        order["note"] = json!("from the\nnew shop");
        order["customer_status"] = json!("new");
        order["sub_ids"] = json!({ "campaign": "spring" });
        let answer = deal.acme.call("POST", "/v1/actions", &[], &order, 201);
        let action = answer.json();
        assert_eq!(answer.header("Location"), format!("/v1/actions/{}", id(&action)));
        assert_eq!(answer.header("ETag"), "\"1\"");
        assert_eq!(worth(&action), "100.00 7.50 pending");
        assert_eq!(action["order_id"], "A-1");
        assert_eq!(action["locks_at"], "2026-03-24T23:00:00Z");
        assert_eq!(action["finance_status"], "pending");
        assert_eq!(action["contract_id"], deal.contract.as_str());
        let tracked = json!({
            "sale_amount": { "amount": "100.00", "currency": "EUR" },
            "payout": { "amount": "7.50", "currency": "EUR" },
        });
        assert_eq!(action["tracked"], tracked);
        assert_eq!(action["items"][0]["amount"]["amount"], "80.00");
        assert_eq!(action["items"][0]["state"], "active");

        let path = format!("/v1/actions/{}", id(&action));
        assert_eq!(deal.acme.get(&path, 200), action);
        let mut partners = action.clone();
        partners["note"] = Value::Null;
        partners["customer_status"] = Value::Null;
        assert_eq!(deal.bolt.get(&path, 200), partners);
        deal.crow.get(&path, 404);

        let entry = deal.acme.get(&format!("{path}/updates"), 200)["data"][0].clone();
        assert_eq!(
            (entry["command"].as_str(), entry["version"].as_i64()),
            (Some("track"), Some(1))
        );
        assert_eq!(entry["sale_delta"]["amount"], "100.00");
        assert!(entry["api_key_id"].is_string());
        let seen = deal.bolt.get(&format!("{path}/updates"), 200)["data"][0].clone();
        assert!(seen["api_key_id"].is_null(), "who acted is told within a company only");

        let events = told(&deal.bolt, 1);
        let event = events.iter().find(|event| event["type"] == "action.tracked").unwrap();
        assert_eq!(event["changes"]["payout"], json!([null, "7.50"]));
        assert_eq!(event["object_id"], action["id"]);
    });
}

#[test]
fn an_amount_alone_is_one_item_and_a_lead_earns_a_fixed_amount() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let mut order = deal.order("L-1");
        order.as_object_mut().unwrap().remove("items");
        order["event_type_id"] = json!(deal.lead);
        order["amount"] = json!("0");
        let action = deal.acme.post("/v1/actions", order, 201);
        assert_eq!(worth(&action), "0.00 5.00 pending");
        assert_eq!(action["items"][0]["quantity"], 1);
    });
}

#[test]
fn a_report_is_told_all_its_faults_at_once() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let shapeless = json!({ "order_id": "", "kode": "X", "occurred_at": "yesterday" });
        let expected = [
            "/currency missing_field",
            "/event_type_id missing_field",
            "/kode unknown_field",
            "/occurred_at bad_format",
            "/order_id too_short",
        ];
        assert_eq!(faults(&deal.acme.post("/v1/actions", shapeless, 422)), expected);

        let wrong = json!({
            "event_type_id": deal.sale, "order_id": "A\u{7}", "currency": "USD",
            "occurred_at": "2026-03-10T12:10:01Z", "partner_company_id": deal.crow.company_id(),
            "note": "\u{7}", "sub_ids": { "": "x" },
            "items": [
                { "quantity": 1, "amount": "1,00" }, { "quantity": 1, "amount": "1.001" },
                { "quantity": 1, "amount": "-1.00" },
                { "quantity": 1, "amount": "92233720368547758.08" },
            ],
        });
        let expected = [
            "/currency currency_mismatch",
            "/items/0/amount bad_number",
            "/items/1/amount too_precise",
            "/items/2/amount out_of_range",
            "/items/3/amount out_of_range",
            "/note bad_characters",
            "/occurred_at out_of_range",
            "/order_id bad_characters",
            "/partner_company_id unknown_partner",
            "/sub_ids/ too_long",
        ];
        assert_eq!(faults(&deal.acme.post("/v1/actions", wrong, 422)), expected);

        let mut early = deal.order("A-1");
        early["occurred_at"] = json!("2025-12-31T22:59:59Z");
        early["amount"] = json!("1.00");
        let problem = deal.acme.post("/v1/actions", early, 422);
        let expected = ["/amount conflicting_fields", "/partner_company_id no_contract"];
        assert_eq!(faults(&problem), expected);

        let problem = deal.bolt.post("/v1/actions", deal.order("A-1"), 422);
        assert_eq!(faults(&problem), ["/event_type_id unknown_event_type"]);
        assert!(deal.acme.all("/v1/actions").is_empty());
    });
}

#[test]
fn amounts_that_add_up_to_too_much_are_a_fault_and_no_failure() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let mut order = deal.order("A-1");
        let much = json!({ "quantity": 1, "amount": "92233720368547758.07" });
        order["items"] = json!([much, much]);
        let problem = deal.acme.post("/v1/actions", order, 422);
        assert_eq!(faults(&problem), [" out_of_range"]);
    });
}

#[test]
fn an_order_counts_once_within_its_window() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let first = deal.tracked("A-1");
        let problem = deal.acme.post("/v1/actions", deal.order("A-1 "), 409);
        assert_eq!(problem["code"], "duplicate_order");
        let known = first.rsplit('/').next().unwrap();
        assert!(problem["detail"].as_str().unwrap().contains(known), "{problem}");

        let mut lead = deal.order("L-1");
        lead["event_type_id"] = json!(deal.lead);
        for (occurred_at, status) in [
            ("2026-02-01T10:00:00Z", 201),
            ("2026-03-03T09:59:59Z", 409),
            ("2026-03-03T10:00:00Z", 201),
            ("2026-02-20T10:00:00Z", 409),
            ("2026-01-02T10:00:01Z", 409),
            ("2026-01-02T10:00:00Z", 201),
        ] {
            lead["occurred_at"] = json!(occurred_at);
            deal.acme.post("/v1/actions", lead.clone(), status);
        }
        assert_eq!(deal.acme.all("/v1/actions?order_id=L-1").len(), 3);
    });
}

#[test]
fn a_repeated_request_is_answered_once_and_twins_at_once_are_one_action() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let once = [("Idempotency-Key", "k-1")];
        let first = deal.acme.call("POST", "/v1/actions", &once, &deal.order("A-1"), 201);
        let again = deal.acme.call("POST", "/v1/actions", &once, &deal.order("A-1"), 201);
        assert_eq!(again.header("Idempotency-Replayed"), "true");
        assert_eq!(again.json()["id"], first.json()["id"]);

        for round in 0..5 {
            let body = deal.order(&format!("T-{round}")).to_string();
            let send = || {
                let kind = [("Content-Type", "application/json")];
                deal.acme.send("POST", "/v1/actions", &kind, body.as_bytes()).status
            };
            let mut statuses: Vec<u16> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..4).map(|_| scope.spawn(send)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            statuses.sort_unstable();
            assert_eq!(statuses, [201, 409, 409, 409]);
        }
        assert_eq!(deal.acme.all("/v1/actions").len(), 6);
    });
}

#[test]
fn many_are_tracked_at_once_each_for_itself() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        deal.tracked("A-1");
        let mut foreign = deal.order("A-3");
        foreign["partner_company_id"] = json!(deal.crow.company_id());
        foreign["items"][1]["amount"] = json!("x");
        let body = json!({ "actions": [
            deal.order("A-2"), deal.order("A-1"), foreign, { "order_id": 5 }, deal.order("A-2"),
        ] });
        let results = deal.acme.post("/v1/actions/batch", body, 200)["data"].clone();
        let statuses: Vec<_> = (0..5).map(|at| results[at]["status"].as_str().unwrap()).collect();
        assert_eq!(statuses, ["tracked", "duplicate", "rejected", "rejected", "duplicate"]);
        assert_eq!(results[1]["code"], "duplicate_order");
        assert_eq!(results[4]["action"]["id"], results[0]["action"]["id"]);
        let expected = [
            "/actions/2/items/1/amount bad_number",
            "/actions/2/partner_company_id unknown_partner",
        ];
        assert_eq!(faults(&results[2]), expected);
        assert!(faults(&results[3]).contains(&"/actions/3/order_id wrong_type".to_string()));

        let problem = deal.acme.post("/v1/actions/batch", json!({ "actions": [] }), 422);
        assert_eq!(faults(&problem), ["/actions too_few"]);
        let problem = deal.acme.post("/v1/actions/batch", json!({ "actions": [1], "x": 1 }), 422);
        assert!(faults(&problem).contains(&"/x unknown_field".to_string()));
        let orders: Vec<Value> = (0..1_001).map(|n| deal.order(&format!("M-{n}"))).collect();
        let problem = deal.acme.post("/v1/actions/batch", json!({ "actions": orders }), 422);
        assert_eq!(faults(&problem), ["/actions too_many"]);
        assert_eq!(deal.acme.all("/v1/actions").len(), 2, "none of them was tracked");
    });
}

#[test]
fn a_limited_key_tracks_and_sees_only_what_it_is_limited_to() {
    in_a_world(|world| {
        let owner = world.company("Acme", "brand");
        let body = json!({ "name": "Shop", "currency": "EUR", "time_zone": "UTC" });
        let program = id(&owner.post("/v1/programs", body, 201));
        let types = format!("/v1/programs/{program}/event-types");
        let one = json!({ "name": "One", "code": "ONE", "kind": "sale" });
        let one = id(&owner.post(&types, one, 201));
        let two = json!({ "name": "Two", "code": "TWO", "kind": "sale" });
        let two = id(&owner.post(&types, two, 201));
        let limited = json!({
            "name": "One", "scopes": ["actions:write", "actions:read"], "event_type_ids": [one],
        });
        let key = world.caller(&owner.post("/v1/api-keys", limited, 201));
        let mut order = json!({
            "event_type_id": two, "order_id": "A", "currency": "EUR", "amount": "1.00",
            "occurred_at": "2026-03-09T10:00:00Z", "partner_company_id": owner.company_id(),
        });
        let problem = key.post("/v1/actions", order.clone(), 422);
        assert_eq!(faults(&problem), ["/event_type_id unknown_event_type"]);
        order["event_type_id"] = json!(one);
        let problem = key.post("/v1/actions", order, 422);
        assert_eq!(faults(&problem), ["/partner_company_id no_contract"]);
        assert!(key.all("/v1/actions").is_empty());
    });
}
