//! Nobody decides for both: what the own company is a side of is closed to whoever acts for the other.

use serde_json::{Value, json};

use crate::cast::deal::id;
use crate::cast::delegates::{acting, together};
use crate::cast::http::Caller;
use crate::cast::world::in_a_world;

/// Refused, because he would decide for both.
fn kept_out(by: &Caller, method: &str, path: &str, body: Value) {
    let problem = by.call(method, path, &[], &body, 403).json();
    assert_eq!(problem["code"], "conflict_of_interest", "{method} {path}: {problem}");
}

fn wish(text: &str) -> Value {
    let operation = json!({ "op": "set_description", "description": text });
    json!({ "reason": "why", "operations": [operation] })
}

/// The agency proposes, signs in as the partner, and would accept.
#[test]
fn who_proposed_a_change_does_not_accept_it_in_the_others_name() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "agency"), world.company("Bolt", "partner"));
        let crow = world.company("Crow", "brand");
        let (own, third) = (together(&acme, &bolt), together(&crow, &bolt));
        let change =
            |by: &Caller, of: &str| id(&by.post(&format!("{of}/changes"), wish("New"), 201));
        let (proposed, others) = (change(&acme, &own), change(&crow, &third));
        for level in ["relationship", "company"] {
            let delegate = acting(world, &acme, &bolt, level);
            let path = format!("/v1/changes/{proposed}");
            assert_eq!(delegate.get(&path, 200)["status"], "proposed");
            kept_out(&delegate, "POST", &format!("{path}/accept"), json!({}));
            kept_out(&delegate, "POST", &format!("{path}/decline"), json!({ "comment": "No" }));
            kept_out(&delegate, "POST", &format!("{path}/withdraw"), json!({}));
            kept_out(&delegate, "POST", &format!("{own}/changes"), wish("Mine"));
            kept_out(&delegate, "POST", &format!("{own}/end"), json!({ "reason": "why" }));
        }
        assert_eq!(bolt.get(&format!("/v1/changes/{proposed}"), 200)["status"], "proposed");
        // What is between Bolt and others is Bolt's, and open where all of it is granted.
        let delegate = acting(world, &acme, &bolt, "company");
        delegate.post(&format!("/v1/changes/{others}/accept"), json!({}), 200);
        bolt.post(&format!("/v1/changes/{proposed}/accept"), json!({}), 200);
    });
}

/// Offers, contracts, actions, codes and inquiries: found by the thing, or by whom it names.
#[test]
fn nothing_is_made_or_decided_that_the_own_company_is_a_side_of() {
    in_a_world(|world| {
        // Acme is the brand's partner, and signs in as the brand.
        let (acme, bolt) = (world.company("Acme", "partner"), world.company("Bolt", "brand"));
        let crow = world.company("Crow", "partner");
        together(&bolt, &acme);
        together(&bolt, &crow);
        let program = json!({ "name": "Shop", "currency": "EUR", "time_zone": "UTC" });
        let program = id(&bolt.post("/v1/programs", program, 201));
        let sale = json!({ "name": "Sale", "code": "SALE", "kind": "sale" });
        let sale = id(&bolt.post(&format!("/v1/programs/{program}/event-types"), sale, 201));
        let delegate = acting(world, &acme, &bolt, "company");
        let contract = |with: &Caller| {
            json!({
                "program_id": program, "partner_company_id": with.company_id(),
                "starts_on": "2026-01-01",
                "payouts": [{ "event_type_id": sale, "percent": "10" }],
                "lock": { "after": "day", "months": 0, "days": 15 },
            })
        };
        kept_out(&delegate, "POST", "/v1/contracts", contract(&acme));
        let theirs = id(&delegate.post("/v1/contracts", contract(&crow), 201));
        crow.post(&format!("/v1/contracts/{theirs}/accept"), json!({}), 200);
        let own = id(&bolt.post("/v1/contracts", contract(&acme), 201));
        kept_out(&delegate, "POST", &format!("/v1/contracts/{own}/withdraw"), json!({}));
        acme.post(&format!("/v1/contracts/{own}/accept"), json!({}), 200);
        kept_out(&delegate, "POST", &format!("/v1/contracts/{own}/end"), json!({}));

        let order = |order: &str, partner: &Caller| {
            json!({
                "event_type_id": sale, "order_id": order, "currency": "EUR",
                "occurred_at": "2026-03-10T11:00:00Z", "amount": "100.00",
                "partner_company_id": partner.company_id(),
            })
        };
        kept_out(&delegate, "POST", "/v1/actions", order("A-1", &acme));
        let both = json!({ "actions": [order("C-1", &crow), order("A-2", &acme)] });
        kept_out(&delegate, "POST", "/v1/actions/batch", both);
        assert_eq!(bolt.all("/v1/actions").len(), 0, "all of it or nothing");
        let theirs = id(&delegate.post("/v1/actions", order("C-1", &crow), 201));
        let own = id(&bolt.post("/v1/actions", order("A-1", &acme), 201));
        delegate.post(&format!("/v1/actions/{theirs}/approve"), json!({}), 200);
        for (command, body) in [
            ("approve", json!({})),
            ("reverse", json!({ "reason": "ITEM_RETURNED" })),
            ("hold", json!({ "reason": "why" })),
            ("adjust", json!({ "reason": "OTHER", "note": "more", "payout_delta": "1.00" })),
        ] {
            kept_out(&delegate, "POST", &format!("/v1/actions/{own}/{command}"), body);
        }
        let expanded = delegate.get(&format!("/v1/actions/{own}?expand=allowed"), 200);
        let codes = expanded["allowed"].as_array().expect("commands").iter();
        assert!(codes.clone().all(|one| one["allowed"] == false), "{expanded}");
        assert!(codes.clone().any(|one| one["code"] == "conflict_of_interest"), "{expanded}");
        // Nor is what others earned credited to the own company.
        let credit = json!({ "partner_company_id": acme.company_id(), "reason": "TEST_ACTION" });
        kept_out(&delegate, "POST", &format!("/v1/actions/{theirs}/reattribute"), credit);
        let code = |text: &str, partner: &Caller| json!({ "program_id": program, "code": text, "partner_company_id": partner.company_id() });
        kept_out(&delegate, "POST", "/v1/referral-codes", code("ACME", &acme));
        let given = id(&delegate.post("/v1/referral-codes", code("CROW", &crow), 201));
        let to_acme = json!({ "partner_company_id": acme.company_id() });
        kept_out(&delegate, "POST", &format!("/v1/referral-codes/{given}/assign"), to_acme);

        let dispute = json!({ "kind": "incorrect", "action_id": own, "message": "It was more." });
        let inquiry = id(&acme.post("/v1/inquiries", dispute, 201));
        kept_out(&delegate, "POST", &format!("/v1/inquiries/{inquiry}/accept"), json!({}));
        // And the other way round: Bolt disputes nothing of Acme's by Acme's hand.
        let other_way = acting(world, &bolt, &acme, "company");
        let again = json!({ "kind": "incorrect", "action_id": own, "message": "More." });
        kept_out(&other_way, "POST", &format!("/v1/inquiries/{inquiry}/withdraw"), json!({}));
        acme.post(&format!("/v1/inquiries/{inquiry}/withdraw"), json!({}), 200);
        kept_out(&other_way, "POST", "/v1/inquiries", again);
    });
}
