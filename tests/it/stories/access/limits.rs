//! A key that is limited sees of actions what it is limited to, at every door, and of events nothing.

use serde_json::{Value, json};

use crate::cast::deal::{Deal, contract, id, told};
use crate::cast::http::Caller;
use crate::cast::world::{World, in_a_world};
use crate::stories::exports::{column, download};

/// A sale in the shop, a lead there, and a sale in another program of the same brand; gives the
/// brand's owner and that program.
fn three_orders(world: &World, deal: &Deal) -> (Caller, String) {
    let signed_in = |email: &str| {
        let login = json!({ "email": email, "password": "correct horse battery" });
        world.caller(&world.nobody().post("/v1/auth/login", login, 200))
    };
    let (owner, partner) = (signed_in("acme0@example.com"), signed_in("bolt1@example.com"));
    let program = json!({ "name": "Other", "currency": "EUR", "time_zone": "UTC" });
    let program = id(&owner.post("/v1/programs", program, 201));
    let types = format!("/v1/programs/{program}/event-types");
    let [sale, lead] = ["sale", "lead"].map(|kind| {
        let body = json!({ "name": kind, "code": format!("OTHER-{kind}"), "kind": kind });
        id(&owner.post(&types, body, 201))
    });
    contract(&owner, &partner, &program, (&sale, &lead), json!({}));
    for (order_id, event_type) in [("A-1", &deal.sale), ("L-1", &deal.lead), ("O-1", &sale)] {
        let mut order = deal.order(order_id);
        order["event_type_id"] = json!(event_type);
        deal.acme.post("/v1/actions", order, 201);
    }
    (owner, program)
}

/// The orders that somebody finds at each door to actions and to their changes.
fn found(caller: &Caller) -> [Vec<String>; 4] {
    let listed = |path: &str| -> Vec<String> {
        let entries = caller.all(path);
        entries.iter().map(|entry| entry["order_id"].as_str().unwrap().to_string()).collect()
    };
    let exported = |path: &str| column(&download(caller, path), "order_id");
    let mut doors = [
        listed("/v1/actions?limit=1"),
        exported("/v1/actions/export.csv"),
        listed("/v1/action-updates?limit=1"),
        exported("/v1/action-updates/export.csv"),
    ];
    doors.iter_mut().for_each(|orders| orders.sort());
    doors
}

#[test]
fn a_limited_key_finds_only_its_own_at_every_door_and_follows_no_events() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let (owner, other) = three_orders(world, &deal);
        // From here on the feeds show them all.
        assert_eq!(told(&deal.acme, 3).len(), 3);
        let key = |limits: Value| {
            let mut body = json!({ "name": "Some", "scopes": ["actions:read", "events:read"] });
            body.as_object_mut().unwrap().extend(limits.as_object().unwrap().clone());
            world.caller(&owner.post("/v1/api-keys", body, 201))
        };
        let everything = ["A-1", "L-1", "O-1"].map(String::from).to_vec();
        assert_eq!(found(&key(json!({}))), [(); 4].map(|()| everything.clone()));
        for (limits, expected) in [
            (json!({ "event_type_ids": [deal.lead] }), &["L-1"][..]),
            (json!({ "program_ids": [deal.program] }), &["A-1", "L-1"]),
            (json!({ "program_ids": [other] }), &["O-1"]),
            (json!({ "program_ids": [other], "event_type_ids": [deal.lead] }), &[]),
        ] {
            let key = key(limits.clone());
            for orders in found(&key) {
                assert_eq!(orders, expected, "{limits}");
            }
            assert!(key.all("/v1/events").is_empty(), "{limits}");
        }
    });
}
