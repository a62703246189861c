//! A side declines, and proposes something else at the same moment.

use serde_json::{Value, json};

use super::super::people::person;
use super::agreed;
use crate::cast::deal::{id, shown};
use crate::cast::http::{Caller, faults};
use crate::cast::world::in_a_world;

fn describe(text: &str) -> Value {
    json!({ "op": "set_description", "description": text })
}

fn proposed(by: &Caller, path: &str, operations: Value) -> String {
    let body = json!({ "reason": "why", "operations": operations });
    format!("/v1/changes/{}", id(&by.post(&format!("{path}/changes"), body, 201)))
}

#[test]
fn a_counter_proposal_is_a_decline_linked_to_a_change_and_both_or_neither_happen() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let manager = world.colleague(&bolt, "manager");
        let path = agreed(&acme, &bolt);
        let bea = person(&bolt, "Bea", "Bolt");
        let first = proposed(&acme, &path, json!([describe("Boots")]));
        let no = |operations: Value| json!({ "comment": "no", "counter": { "reason": "better", "operations": operations } });
        let decline = format!("{first}/decline");
        let as_it_was = bolt.get(&path, 200);
        // What does not fit leaves the first one open.
        let unfit =
            no(json!([{ "op": "offer_contact", "person_id": "per_01k5h2v7xnf8rtq3m9bcw4ze6a" }]));
        let expected = ["/counter/operations/0/person_id unknown_person"];
        assert_eq!(faults(&bolt.post(&decline, unfit, 422)), expected);
        let shape = no(json!([{ "op": "set_grant" }]));
        let expected = ["/counter/operations/0/grant missing_field"];
        assert_eq!(faults(&bolt.post(&decline, shape, 422)), expected);
        let grant = no(json!([{ "op": "set_grant", "grant": "sign_in_as" }]));
        assert_eq!(manager.post(&decline, grant, 403)["code"], "role_too_low");
        let own = proposed(&bolt, &path, json!([describe("Sandals")]));
        let counter = no(json!([describe("Shoes"), { "op": "offer_contact", "person_id": bea }]));
        assert_eq!(bolt.post(&decline, counter.clone(), 409)["code"], "change_open");
        bolt.post(&format!("{own}/withdraw"), json!({}), 200);
        assert_eq!(acme.get(&first, 200)["status"], "proposed");

        let declined = bolt.post(&decline, counter, 200);
        assert_eq!([&declined["status"], &declined["comment"]], ["declined", "no"]);
        let second = declined["countered_by_change_id"].as_str().expect("a change").to_string();
        assert_eq!(declined["counters_change_id"], Value::Null);
        let second = format!("/v1/changes/{second}");
        let other = acme.get(&second, 200);
        assert_eq!([&other["status"], &other["reason"]], ["proposed", "better"]);
        assert_eq!(other["counters_change_id"], declined["id"]);
        assert_eq!(acme.get(&first, 200)["countered_by_change_id"], other["id"]);
        let now = acme.get(&path, 200);
        assert_eq!(now["modified"], true);
        let steps = now["version"].as_i64().unwrap() - as_it_was["version"].as_i64().unwrap();
        assert_eq!(steps, 4, "the own one came and went, one was declined, one proposed");
        let told = shown(1, || acme.all("/v1/events?type=partnership.change_declined"));
        assert_eq!(told.len(), 1);

        // And so on, until somebody says yes.
        let third = acme.post(&format!("{second}/decline"), no(json!([describe("Shoes")])), 200);
        let third = third["countered_by_change_id"].as_str().unwrap().to_string();
        bolt.post(&format!("/v1/changes/{third}/accept"), json!({}), 200);
        let now = bolt.get(&path, 200);
        assert_eq!([&now["description"], &now["modified"]], [&json!("Shoes"), &json!(false)]);
        assert_eq!(bolt.all(&format!("{path}/contacts")).len(), 0);
    });
}
