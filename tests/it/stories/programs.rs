//! A brand keeps programs and event types; its partners read them, strangers do not.

use serde_json::{Value, json};

use super::contracts::{Deal, proposed};
use super::partnerships::agreed;
use crate::cast::http::{Caller, faults};
use crate::cast::world::in_a_world;

/// A program of Acme's; its id.
pub fn program(acme: &Caller, zone: &str) -> String {
    let body = json!({ "name": "Shop", "currency": "EUR", "time_zone": zone });
    acme.post("/v1/programs", body, 201)["id"].as_str().unwrap().to_string()
}

/// An event type of a program; its id.
pub fn event_type(acme: &Caller, program: &str, code: &str) -> String {
    let body = json!({ "name": "Sale", "code": code, "kind": "sale" });
    let made = acme.post(&format!("/v1/programs/{program}/event-types"), body, 201);
    made["id"].as_str().unwrap().to_string()
}

fn ids(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["id"].as_str().unwrap()).collect()
}

#[test]
fn a_brand_makes_and_edits_a_program_and_its_event_types() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let body = json!({ "name": "Shop", "currency": "EUR", "time_zone": "europe/berlin" });
        let made = acme.call("POST", "/v1/programs", &[], &body, 201);
        let path = made.header("Location").to_string();
        assert_eq!(made.json()["time_zone"], "Europe/Berlin");
        assert_eq!(acme.get(&path, 200), made.json());

        let edit = json!({ "name": "Store", "time_zone": "UTC" });
        let edited = acme.call("PATCH", &path, &[("If-Match", "\"1\"")], &edit, 200);
        assert_eq!(edited.json()["name"], "Store");
        assert_eq!(edited.header("ETag"), "\"2\"");
        acme.call("PATCH", &path, &[("If-Match", "\"1\"")], &edit, 412);
        let currency = acme.patch(&path, json!({ "currency": "USD", "name": null }), 422);
        assert_eq!(faults(&currency), ["/currency unknown_field", "/name wrong_type"]);

        let types = format!("{path}/event-types");
        let body = json!({ "name": "Sale", "code": "SALE", "kind": "sale", "dedup_days": 30 });
        let sale = acme.post(&types, body.clone(), 201);
        assert_eq!(acme.post(&types, body, 409)["code"], "code_taken");
        let path = format!("/v1/event-types/{}", sale["id"].as_str().unwrap());
        assert_eq!(acme.get(&path, 200), sale);
        acme.patch(&path, json!({ "dedup_days": null }), 200);
        let kept = acme.patch(&path, json!({ "name": "Order" }), 200);
        assert_eq!((&kept["name"], &kept["dedup_days"]), (&json!("Order"), &Value::Null));
        assert_eq!(acme.all(&types), [kept]);
    });
}

#[test]
fn a_program_and_an_event_type_are_told_all_their_faults_at_once() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let body = json!({ "name": "", "currency": "EURO", "time_zone": "Mars", "x": 1 });
        let problem = acme.post("/v1/programs", body, 422);
        let found = faults(&problem);
        for fault in ["/name too_short", "/time_zone bad_format", "/x unknown_field"] {
            assert!(found.contains(&fault.to_string()), "{found:?}");
        }
        let lower = json!({ "name": "Shop", "currency": "eur", "time_zone": "UTC" });
        let told = acme.post("/v1/programs", lower, 422)["errors"].clone();
        assert_eq!(told.as_array().map(Vec::len), Some(1), "one fault is told once: {told}");
        let types = format!("/v1/programs/{}/event-types", program(&acme, "UTC"));
        let body = json!({ "code": "a b", "kind": "gift", "dedup_days": 0 });
        let expected = [
            "/code bad_format",
            "/dedup_days out_of_range",
            "/kind unknown_value",
            "/name missing_field",
        ];
        assert_eq!(faults(&acme.post(&types, body, 422)), expected);
        let id = json!({ "name": "x", "code": "evt_01k5h2v7xnf8rtq3m9bcw4ze6a", "kind": "sale" });
        assert_eq!(faults(&acme.post(&types, id, 422)), ["/code bad_format"]);
    });
}

#[test]
fn a_partner_reads_a_program_from_the_proposal_on_and_never_edits_it() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let bolt = world.company("Bolt", "partner");
        let crow = world.company("Crow", "partner");
        agreed(&acme, &bolt);
        let (prg, hidden) = (program(&acme, "UTC"), program(&acme, "UTC"));
        let evt = event_type(&acme, &prg, "SALE");
        let paths = [format!("/v1/programs/{prg}"), format!("/v1/event-types/{evt}")];
        for path in &paths {
            bolt.get(path, 404);
        }
        proposed(&acme, &bolt, Deal { program: &prg, event_type: &evt, starts_on: None });
        for path in &paths {
            bolt.get(path, 200);
            crow.get(path, 404);
            assert_eq!(bolt.patch(path, json!({ "name": "Mine" }), 403)["code"], "forbidden");
            crow.patch(path, json!({ "name": "Mine" }), 404);
        }
        bolt.get(&format!("/v1/programs/{hidden}"), 404);
        assert_eq!(ids(&bolt.all("/v1/programs")), [&prg]);
        assert_eq!(ids(&acme.all("/v1/programs")), [&hidden, &prg], "newest first");
        assert_eq!(ids(&bolt.all(&format!("/v1/programs/{prg}/event-types"))), [&evt]);
        crow.get(&format!("/v1/programs/{prg}/event-types"), 404);
        assert!(crow.all("/v1/programs").is_empty());
    });
}

#[test]
fn a_limited_key_sees_and_edits_only_its_own() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let (one, other) = (program(&acme, "UTC"), program(&acme, "UTC"));
        let (sale, lead) = (event_type(&acme, &one, "SALE"), event_type(&acme, &one, "LEAD"));
        let elsewhere = event_type(&acme, &other, "ELSE");
        let scopes = json!(["programs:read", "programs:write"]);
        let key = |limit: Value| {
            let mut body = json!({ "name": "Limited", "scopes": scopes });
            body.as_object_mut().unwrap().extend(limit.as_object().unwrap().clone());
            world.caller(&acme.post("/v1/api-keys", body, 201))
        };
        let by_program = key(json!({ "program_ids": [one] }));
        assert_eq!(ids(&by_program.all("/v1/programs")), [&one]);
        by_program.get(&format!("/v1/programs/{other}"), 404);
        by_program.get(&format!("/v1/event-types/{lead}"), 200);
        by_program.patch(&format!("/v1/event-types/{elsewhere}"), json!({ "name": "x" }), 404);
        by_program.patch(&format!("/v1/event-types/{sale}"), json!({ "name": "x" }), 200);
        let new = json!({ "name": "New", "currency": "EUR", "time_zone": "UTC" });
        assert_eq!(by_program.post("/v1/programs", new, 403)["code"], "forbidden");

        let by_type = key(json!({ "event_type_ids": [sale] }));
        assert_eq!(ids(&by_type.all("/v1/programs")), [&one]);
        let types = format!("/v1/programs/{one}/event-types");
        assert_eq!(ids(&by_type.all(&types)), [&sale]);
        by_type.get(&format!("/v1/event-types/{lead}"), 404);
        let new = json!({ "name": "New", "code": "NEW", "kind": "sale" });
        assert_eq!(by_type.post(&types, new, 403)["code"], "forbidden");
    });
}

#[test]
fn of_many_event_types_with_one_code_at_once_one_is_made() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let types = format!("/v1/programs/{}/event-types", program(&acme, "UTC"));
        let body = json!({ "name": "Sale", "code": "SALE", "kind": "sale" }).to_string();
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let sent: Vec<_> = (0..6)
                .map(|_| {
                    let (acme, types, body) = (acme.clone(), types.clone(), body.clone());
                    let json = [("Content-Type", "application/json")];
                    scope.spawn(move || acme.send("POST", &types, &json, body.as_bytes()).status)
                })
                .collect();
            sent.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 5, "{statuses:?}");
    });
}

#[test]
fn the_reasons_say_what_they_are_for() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let crow = world.company("Crow", "partner");
        let all = acme.all("/v1/reasons");
        let returned = all.iter().find(|reason| reason["code"] == "ITEM_RETURNED").unwrap();
        assert_eq!(returned["operations"], json!(["reverse", "modify", "item", "adjust"]));
        assert_eq!(returned["aliases"], json!(["MP_RETURNED", "MP_RETURN"]));
        let modify = acme.all("/v1/reasons?operation=modify");
        assert_eq!(all.len(), modify.len() + 3);
        assert_eq!(acme.all("/v1/reasons?operation=item").len(), modify.len());
        let noted: Vec<_> = all.iter().filter(|reason| reason["needs_note"] == true).collect();
        assert_eq!(noted.len(), 1);

        let evt = event_type(&acme, &program(&acme, "UTC"), "SALE");
        let path = format!("/v1/reasons?event_type_id={evt}");
        assert_eq!(acme.all(&path).len(), all.len());
        assert_eq!(faults(&crow.get(&path, 422)), ["event_type_id unknown_event_type"]);
        acme.get("/v1/reasons?operation=approve", 422);
    });
}
