//! What the list of partnerships shows at a glance, and what narrows it.

use serde_json::{Value, json};

use super::super::people::person;
use super::{agreed, offered};
use crate::cast::deal::{Deal, id};
use crate::cast::http::{Caller, faults};
use crate::cast::world::in_a_world;

/// The other companies of a list, in its order.
fn others(by: &Caller, query: &str) -> Vec<String> {
    let name = |one: &Value| one["other_company"]["name"].as_str().expect("a name").to_string();
    by.all(&format!("/v1/partnerships{query}")).iter().map(name).collect()
}

/// The tile of the partnership with a company.
fn tile(by: &Caller, with: &str) -> Value {
    let all = by.all("/v1/partnerships");
    let one = all.iter().find(|one| one["other_company"]["name"] == with);
    one.expect("a partnership")["tile"].clone()
}

#[test]
fn a_tile_shows_how_far_the_two_have_come_and_whose_turn_it_is() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let [ada, eve, kim] = ["Ada", "Eve", "Kim"].map(|name| person(&acme, name, "Smith"));
        let offer = json!({
            "partner_company_id": bolt.company_id(), "message": "hello", "contacts": [ada, eve],
        });
        let path = format!("/v1/partnerships/{}", id(&acme.post("/v1/partnerships", offer, 201)));
        let turns = || {
            [&acme, &bolt].map(|side| {
                let name = if side.company_id() == acme.company_id() { "Bolt" } else { "Acme" };
                tile(side, name)["whose_turn"].as_str().expect("a turn").to_string()
            })
        };
        let expected = json!({
            "label": "open", "contacts": { "offered": 2, "assigned": 0, "release_proposed": 0 },
            "active_contracts": 0, "open_changes": 0, "whose_turn": "mine", "favourite": false,
            "last_change_at": "2026-03-10T12:00:00Z",
        });
        assert_eq!(tile(&bolt, "Acme"), expected);
        assert_eq!(turns(), ["theirs", "mine"]);
        assert_eq!(bolt.get(&path, 200).get("tile"), None, "in lists alone");
        bolt.post(&format!("{path}/accept"), json!({}), 200);
        assert_eq!(turns(), ["nobody", "nobody"]);
        assert_eq!(tile(&acme, "Bolt")["label"], "active");
        let propose = |by: &Caller, operation: Value| {
            let body = json!({ "reason": "why", "operations": [operation] });
            format!("/v1/changes/{}", id(&by.post(&format!("{path}/changes"), body, 201)))
        };
        world.travel("2026-03-10T12:05:00Z");
        let mine = propose(&acme, json!({ "op": "offer_contact", "person_id": kim }));
        assert_eq!(turns(), ["theirs", "mine"]);
        let theirs = propose(&bolt, json!({ "op": "release_contact", "person_id": ada }));
        assert_eq!(turns(), ["mine", "mine"]);
        let now = tile(&acme, "Bolt");
        assert_eq!([&now["label"], &now["open_changes"]], [&json!("modified"), &json!(2)]);
        let counted = json!({ "offered": 1, "assigned": 1, "release_proposed": 1 });
        assert_eq!(now["contacts"], counted);
        assert_eq!(now["last_change_at"], "2026-03-10T12:05:00Z");
        bolt.post(&format!("{mine}/accept"), json!({}), 200);
        assert_eq!(turns(), ["mine", "theirs"]);
        bolt.post(&format!("{theirs}/withdraw"), json!({}), 200);
        assert_eq!(turns(), ["nobody", "nobody"]);
        propose(&acme, json!({ "op": "set_description", "description": "Shoes" }));
        acme.post(&format!("{path}/end"), json!({ "reason": "enough" }), 200);
        assert_eq!(turns(), ["nobody", "nobody"]);
        assert_eq!(tile(&bolt, "Acme")["label"], "ended");
    });
}

#[test]
fn contracts_of_both_directions_are_counted_while_they_are_active() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let owner = crate::cast::rival::owner(world);
        let with = |by: &Caller, name: &str| tile(by, name)["active_contracts"].clone();
        assert_eq!(with(&owner, "Bolt"), 1);
        let key = json!({ "name": "Lists", "scopes": ["partnerships:read"] });
        let key = world.caller(&owner.post("/v1/api-keys", key, 201));
        assert_eq!(with(&key, "Bolt"), 1);
        assert_eq!(tile(&key, "Bolt")["favourite"], false);
        let contract = id(&owner.all("/v1/contracts")[0]);
        owner.post(&format!("/v1/contracts/{contract}/end"), json!({}), 200);
        assert_eq!(with(&owner, "Bolt"), 0);
        drop(deal);
    });
}

#[test]
fn the_list_is_narrowed_by_what_a_tile_shows_and_goes_on_page_by_page() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let [bolt, crow, dawn, elm] =
            ["Bolt", "Crow", "Dawn", "Elm"].map(|name| world.company(name, "partner"));
        let with_bolt = agreed(&acme, &bolt);
        let with_crow = agreed(&crow, &acme);
        offered(&acme, &dawn);
        let from_elm = offered(&elm, &acme);
        let describe = json!({ "op": "set_description", "description": "Shoes" });
        let wish = json!({ "reason": "why", "operations": [describe] });
        bolt.post(&format!("{with_bolt}/changes"), wish.clone(), 201);
        acme.post(&format!("{with_crow}/changes"), wish, 201);
        for (query, expected) in [
            ("", &["Elm", "Dawn", "Crow", "Bolt"][..]),
            ("?limit=1", &["Elm", "Dawn", "Crow", "Bolt"]),
            ("?whose_turn=mine", &["Elm", "Bolt"]),
            ("?whose_turn=mine&limit=1", &["Elm", "Bolt"]),
            ("?whose_turn=theirs", &["Dawn", "Crow"]),
            ("?whose_turn=nobody", &[]),
            ("?modified=true", &["Crow", "Bolt"]),
            ("?modified=false", &["Elm", "Dawn"]),
            ("?my_role=partner", &["Elm", "Crow"]),
            ("?my_role=client&limit=1", &["Dawn", "Bolt"]),
            ("?status=active,ended", &["Crow", "Bolt"]),
            ("?status=offered,active&limit=1", &["Elm", "Dawn", "Crow", "Bolt"]),
            ("?status=offered&my_role=partner", &["Elm"]),
            ("?q=daw", &["Dawn"]),
            ("?q=exam%20Dawn&limit=1", &["Dawn"]),
            ("?q=awn", &[]),
            ("?q=%25", &[]),
            ("?q=bolt&whose_turn=mine&status=active&my_role=client", &["Bolt"]),
        ] {
            assert_eq!(others(&acme, query), expected, "{query}");
        }
        assert_eq!(
            faults(&acme.get("/v1/partnerships?whose_turn=ours", 422)),
            ["whose_turn unknown_value"]
        );
        // A mark is one's own.
        let colleague = world.colleague(&acme, "viewer");
        let mark = format!("{with_bolt}/favourite");
        for _ in 0..2 {
            assert_eq!(colleague.send("PUT", &mark, &[], b"").status, 204);
        }
        assert_eq!(others(&colleague, "?favourite=true"), ["Bolt"]);
        assert_eq!(tile(&colleague, "Bolt")["favourite"], true);
        assert_eq!(others(&colleague, "?favourite=false").len(), 3);
        assert_eq!(others(&acme, "?favourite=true"), [""; 0]);
        assert_eq!(tile(&bolt, "Acme")["favourite"], false);
        crow.put(&mark, json!({}), 404);
        colleague.delete(&mark, 204);
        colleague.delete(&mark, 204);
        assert_eq!(others(&colleague, "?favourite=true"), [""; 0]);
        acme.post(&format!("{with_bolt}/end"), json!({ "reason": "enough" }), 200);
        acme.post(&format!("{with_bolt}/hide"), json!({}), 200);
        elm.post(&format!("{from_elm}/withdraw"), json!({}), 200);
        assert_eq!(others(&acme, "?whose_turn=mine"), [""; 0]);
        assert_eq!(others(&acme, "?status=ended"), [""; 0]);
        assert_eq!(others(&acme, "?status=ended&hidden=true"), ["Bolt"]);
    });
}
