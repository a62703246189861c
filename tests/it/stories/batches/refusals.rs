//! What a line may not do, and who may not do it.

use entente::db::Engine;
use entente::kernel::id::ActionId;
use entente::reversals::worker::{Bells, Settings, Worker};
use serde_json::{Value, json};

use super::{
    adds_up, and, by, ended, file_of, now, outcome, plain, reverse, state_of, submit, submit_file,
    to,
};
use crate::cast::deal::{Deal, id, run};
use crate::cast::http::Caller;
use crate::cast::world::{World, in_a_world, in_a_world_with};

/// Orders with everything a line can stumble over: A-1; R-1, reversed; L-1, two occurrences; T-1
/// with an SKU twice; and B-1 of another brand, whose action this gives.
fn obstacles(world: &World, deal: &Deal) -> String {
    deal.tracked("A-1");
    deal.tracked("R-1");
    submit(&deal.acme, &json!([reverse("R-1")]));
    for occurred_at in ["2026-02-01T10:00:00Z", "2026-03-09T10:00:00Z"] {
        let lead = json!({ "event_type_id": deal.lead, "occurred_at": occurred_at });
        deal.acme.post("/v1/actions", and(deal.order("L-1"), lead), 201);
    }
    let twins = json!({ "sku": "SOCK", "quantity": 1, "amount": "5.00" });
    deal.acme.post("/v1/actions", and(deal.order("T-1"), json!({ "items": [twins, twins] })), 201);
    let other = Deal::of(world);
    let foreign = other.tracked("B-1");
    foreign.rsplit('/').next().unwrap().to_string()
}

/// Lines that cannot be done, with their codes and what the message must say.
fn hopeless(foreign: &str) -> Vec<(Value, &'static str, &'static str)> {
    let unknown = json!({ "action_id": ActionId::new().to_string(), "order_id": null });
    let foreign = json!({ "action_id": foreign, "order_id": null });
    let without = |field: &str| and(to("A-1", "50.00"), json!({ field: null }));
    let amount = |amount: Value| and(to("A-1", ""), json!({ "amount": amount }));
    let with = |more: Value| and(to("A-1", "50.00"), more);
    let hat = json!({ "sku": "HAT", "quantity": 2, "amount": null });
    vec![
        (and(reverse(""), unknown), "action_not_found", ""),
        (reverse("A-9"), "action_not_found", ""),
        (and(reverse(""), foreign), "action_not_found", ""),
        (reverse("B-1"), "action_not_found", ""),
        (and(reverse("A-1"), json!({ "event_type_id": "LEAD" })), "action_not_found", ""),
        (reverse("L-1"), "ambiguous_order", ""),
        (and(reverse("L-1"), json!({ "event_type_id": "LEAD" })), "ambiguous_order", ""),
        (and(reverse("A-1"), json!({ "event_type_id": "CALL" })), "unknown_event_type", ""),
        (with(json!({ "sku": "GLOVE" })), "sku_not_found", ""),
        (and(reverse("T-1"), json!({ "sku": "SOCK" })), "ambiguous_sku", ""),
        (to("R-1", "50.00"), "action_reversed", ""),
        (plain("A-1", "restore"), "not_reversed", ""),
        (by("A-1", "-100.01"), "exceeds_remaining", "100.00"),
        (to("A-1", "100.01"), "exceeds_remaining", "100.00"),
        (with(json!({ "sku": "HAT", "amount": "20.01" })), "exceeds_remaining", "20.00"),
        (with(hat), "exceeds_remaining", "1"),
        (with(json!({ "currency": "USD" })), "currency_mismatch", "EUR"),
        (with(json!({ "reason": "MOOD" })), "unknown_reason", "ITEM_RETURNED"),
        (with(json!({ "reason": "REJECTED" })), "reason_not_allowed", ""),
        (with(json!({ "reason": "OTHER" })), "missing_field", "note"),
        (without("reason"), "missing_field", "reason"),
        (without("order_id"), "missing_field", "order_id"),
        (without("amount"), "missing_field", "amount"),
        (amount(json!("many")), "bad_number", ""),
        (amount(json!("50,00")), "bad_number", ""),
        (amount(json!("50.001")), "too_precise", ""),
        (amount(json!("92233720368547758.08")), "out_of_range", ""),
        (amount(json!("99999999999999999999999999")), "out_of_range", ""),
        (amount(json!("-1.00")), "out_of_range", ""),
        (reverse("1.23E+12"), "order_id_mangled", ""),
    ]
}

#[test]
fn a_line_that_cannot_be_done_says_why_and_changes_nothing() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let foreign = obstacles(world, &deal);
        let cases = hopeless(&foreign);
        let lines: Vec<Value> = cases
            .iter()
            .map(|(line, ..)| {
                let mut line = line.clone();
                line.as_object_mut().unwrap().retain(|_, value| !value.is_null());
                line
            })
            .collect();
        let lines = json!(lines);
        let before = state_of(&deal);
        let as_file = submit_file(&deal.acme, "", &file_of(&lines));
        let as_json = submit(&deal.acme, &lines);
        for batch in [&as_json, &as_file] {
            let mut wrong = Vec::new();
            for (at, (line, code, says)) in cases.iter().enumerate() {
                let told = outcome(&batch.lines[at]);
                if told != format!("rejected {code}") || !batch.message(at).contains(says) {
                    wrong.push(format!("{line} is {told} and not {code}: {}", batch.message(at)));
                }
            }
            assert_eq!(wrong, Vec::<String>::new());
            assert!(batch.lines.iter().all(|line| line["before"].is_null()));
        }
        assert_eq!(state_of(&deal), before);
    });
}

#[test]
fn lines_that_only_json_can_get_wrong_are_their_own_fault_alone() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let lines = json!([
            and(to("A-1", ""), json!({ "amount": 50 })),
            and(reverse("A-1"), json!({ "colour": "red" })),
            and(reverse("A-1"), json!({ "order_id": 5 })),
            and(reverse("A-1"), json!({ "operation": "undo" })),
            and(reverse("A-1"), json!({ "order_id": "A\u{0}1" })),
            and(reverse("A-1"), json!({ "order_id": "A".repeat(65) })),
            and(reverse("A-1"), json!({ "note": "n".repeat(1001) })),
            and(reverse("A-1"), json!({ "currency": "XXQ", "operation": "modify", "amount": "1" })),
            and(to("A-1", "50.00"), json!({ "amount_delta": "-1.00" })),
            and(to("A-1", "50.00"), json!({ "sku": "HAT", "amount": null, "quantity": "one" })),
            and(to("A-1", "50.00"), json!({ "sku": "HAT", "amount": null, "quantity": -1 })),
            "reverse A-1, please",
            7,
        ]);
        let batch = submit(&deal.acme, &lines);
        let codes: Vec<&str> =
            batch.lines.iter().map(|line| line["code"].as_str().unwrap_or("none")).collect();
        let expected = "bad_number unknown_field wrong_type unknown_operation bad_characters too_long \
                        too_long unknown_currency conflicting_fields wrong_type out_of_range \
                        wrong_type wrong_type";
        assert_eq!(codes.join(" "), expected, "{:#?}", batch.lines);
        assert_eq!(now(&deal, &path), "100.00 7.50 pending");
    });
}

#[test]
fn in_time_is_what_was_received_before_the_lock_whenever_it_is_worked_on() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        deal.tracked("A-1");
        deal.tracked("A-2");
        assert_eq!(deal.acme.all("/v1/actions")[0]["locks_at"], "2026-03-24T23:00:00Z");
        let mut batches = Vec::new();
        for (moment, order) in [("22:59:59.999Z", "A-1"), ("23:00:00Z", "A-2")] {
            world.travel(&format!("2026-03-24T{moment}"));
            let lines = json!({ "lines": [reverse(order)] });
            let head = deal.acme.post("/v1/reversals", lines, 202);
            assert_eq!(
                (&head["status"], &head["counts"]["total"]),
                (&json!("received"), &Value::Null)
            );
            batches.push(format!("/v1/reversals/{}", id(&head)));
        }
        world.travel("2026-03-25T12:00:00Z");
        run(world, async |pool| {
            let engine = match world.database_url.starts_with("sqlite") {
                true => Engine::Sqlite,
                false => Engine::Postgres,
            };
            let (settings, bells) = (Settings::of(engine), Bells::default());
            let worker = Worker::new(pool.clone(), world.clock.clone(), settings, bells);
            while worker.run_one().await.expect("it works") {}
        });
        let told: Vec<String> = batches
            .iter()
            .flat_map(|batch| ended(&deal.acme, deal.acme.get(batch, 200)).told())
            .collect();
        assert_eq!(told, ["applied", "rejected action_locked"]);
        adds_up(world);
    });
}

#[test]
fn after_the_lock_nothing_is_done_and_what_is_held_is_reversed_for_fraud_only() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        for order in ["A-1", "A-2", "A-3"] {
            deal.tracked(order);
        }
        let held = deal.tracked("H-1");
        deal.acme.post(&format!("{held}/hold"), json!({ "reason": "we are looking" }), 200);
        submit(&deal.acme, &json!([reverse("A-3")]));
        world.travel("2026-03-24T23:00:00Z");
        let fraud = and(reverse("H-1"), json!({ "reason": "CONSUMER_FRAUD" }));
        let lines = json!([
            reverse("A-1"),
            to("A-2", "50.00"),
            plain("A-2", "approve"),
            plain("A-3", "restore"),
            plain("A-2", "reset"),
            to("H-1", "50.00"),
            fraud,
        ]);
        let batch = submit(&deal.acme, &lines);
        assert_eq!(batch.told()[..6], ["rejected action_locked"; 6], "{:?}", batch.lines);
        assert_eq!(batch.told()[6], "applied", "{:?}", batch.lines);
        assert!(batch.message(0).contains("2026-03-24T23:00:00Z"), "{}", batch.message(0));
        adds_up(world);
    });
}

/// A key of the first brand of the world; people make keys, keys do not.
fn key(world: &World, limits: Value) -> Caller {
    let login = json!({ "email": "acme0@example.com", "password": "correct horse battery" });
    let owner = world.caller(&world.nobody().post("/v1/auth/login", login, 200));
    world.caller(&owner.post("/v1/api-keys", and(json!({ "name": "Feed" }), limits), 201))
}

#[test]
fn a_key_for_reversals_only_lowers_and_a_partner_changes_nothing() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let paths = ["A-1", "A-2", "A-3"].map(|order| deal.tracked(order));
        submit(&deal.acme, &json!([reverse("A-2"), to("A-1", "90.00")]));
        let scopes = json!({ "scopes": ["reversals:write", "reversals:read"] });
        let lowering = key(world, scopes);
        let raised = json!({ "reason": "ORDER_UPDATE", "allow_increase": true });
        let hat = json!({ "order_id": "A-1", "sku": "HAT", "operation": "reverse" });
        let lines = json!([
            plain("A-1", "approve"),
            plain("A-2", "approve"),
            plain("A-2", "restore"),
            plain("A-1", "reset"),
            and(to("A-1", "100.01"), raised.clone()),
            and(by("A-1", "0.01"), raised),
            by("A-1", "-5.00"),
            and(hat, json!({ "reason": "ITEM_RETURNED" })),
            reverse("A-3"),
        ]);
        let batch = submit(&lowering, &lines);
        assert_eq!(batch.told()[..6], ["rejected forbidden"; 6], "{:?}", batch.lines);
        assert_eq!(batch.told()[6..], ["applied"; 3], "{:?}", batch.lines);

        let before = state_of(&deal);
        let action = paths[0].rsplit('/').next().unwrap();
        let visible = json!({ "action_id": action, "operation": "reverse", "reason": "OTHER" });
        let visible = and(visible, json!({ "note": "mine" }));
        let lines = json!([visible, reverse("A-1"), and(visible.clone(), json!({ "note": "x" }))]);
        let batch = submit(&deal.bolt, &lines);
        let expected = ["rejected forbidden", "rejected action_not_found", "rejected forbidden"];
        assert_eq!(batch.told(), expected, "{:?}", batch.lines);
        let batch = submit(&deal.crow, &lines);
        assert_eq!(batch.told()[..2], ["rejected action_not_found"; 2]);
        assert_eq!(state_of(&deal), before);
        adds_up(world);
    });
}

#[test]
fn a_limited_key_reaches_no_further_than_its_limits() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let sale = deal.tracked("A-1");
        let lead = and(deal.order("L-1"), json!({ "event_type_id": deal.lead }));
        let lead = id(&deal.acme.post("/v1/actions", lead, 201));
        let program = json!({ "name": "Other", "currency": "EUR", "time_zone": "UTC" });
        let login = json!({ "email": "acme0@example.com", "password": "correct horse battery" });
        let owner = world.caller(&world.nobody().post("/v1/auth/login", login, 200));
        let other = id(&owner.post("/v1/programs", program, 201));
        let scopes = ["reversals:write", "reversals:read"];
        let of_lead = json!({ "scopes": scopes, "event_type_ids": [deal.lead] });
        let elsewhere = json!({ "scopes": scopes, "program_ids": [other] });
        let lines = json!([
            { "action_id": sale.rsplit('/').next().unwrap(), "operation": "reverse", "reason": "ORDER_ERROR" },
            reverse("A-1"),
            { "action_id": lead, "operation": "reverse", "reason": "ORDER_ERROR" },
        ]);
        let missing = "rejected action_not_found";
        let batch = submit(&key(world, elsewhere), &lines);
        assert_eq!(batch.told(), [missing, missing, missing], "{:?}", batch.lines);
        let batch = submit(&key(world, of_lead), &lines);
        assert_eq!(batch.told(), [missing, missing, "applied"], "{:?}", batch.lines);
        assert_eq!(now(&deal, &sale), "100.00 7.50 pending");
        adds_up(world);
    });
}
