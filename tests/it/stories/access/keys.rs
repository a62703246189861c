//! How far an API key reaches, and until when.

use serde_json::{Value, json};

use crate::cast::deal::{Deal, id};
use crate::cast::http::{Caller, faults};
use crate::cast::world::{World, in_a_world};

#[test]
fn a_key_counts_until_it_expires() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let until = |moment: &str| json!({ "name": "Feed", "scopes": ["events:read"], "expires_at": moment });
        for past in ["2026-03-10T12:00:00Z", "2026-03-10T11:59:59.999999Z"] {
            let problem = acme.post("/v1/api-keys", until(past), 422);
            assert_eq!(faults(&problem), ["/expires_at out_of_range"], "{past}");
        }
        assert!(acme.all("/v1/api-keys").is_empty());

        let made = acme.post("/v1/api-keys", until("2026-03-10T12:10:00Z"), 201);
        let (used, unused) = (world.caller(&made), world.caller(&made));
        world.travel("2026-03-10T12:09:59Z");
        used.get("/v1/events", 200);
        // Whoever was let in a moment ago is not let in again at its word.
        world.travel("2026-03-10T12:10:00Z");
        assert_eq!(used.get("/v1/events", 401)["code"], "unauthenticated");
        world.travel("2026-03-11T12:00:00Z");
        unused.get("/v1/events", 401);
    });
}

#[test]
fn a_key_is_limited_to_nothing_but_the_companys_own() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let acme = owner(world, 0);
        // Bolt, the partner, sees the program; Crow does not even know of it. It is neither's.
        for other in [owner(world, 1), owner(world, 2)] {
            let body = json!({
                "name": "Feed", "scopes": ["actions:read"], "program_ids": [deal.program],
                "event_type_ids": [deal.sale, deal.lead],
            });
            let expected = [
                "/event_type_ids/0 unknown_event_type",
                "/event_type_ids/1 unknown_event_type",
                "/program_ids/0 unknown_program",
            ];
            let before = other.all("/v1/api-keys").len();
            assert_eq!(faults(&other.post("/v1/api-keys", body.clone(), 422)), expected);
            assert_eq!(other.all("/v1/api-keys").len(), before);
            acme.post("/v1/api-keys", body, 201);

            let program = json!({ "name": "Own", "currency": "EUR", "time_zone": "UTC" });
            let own = id(&other.post("/v1/programs", program, 201));
            let mixed = json!({
                "name": "Feed", "scopes": ["actions:read"], "program_ids": [own, deal.program],
            });
            let problem = other.post("/v1/api-keys", mixed, 422);
            assert_eq!(faults(&problem), ["/program_ids/1 unknown_program"]);
        }
    });
}

#[test]
fn a_limited_key_sees_no_batch_of_others_who_reach_further_or_elsewhere() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let owner = owner(world, 0);
        let limited = |event_type: &str| {
            let body = json!({
                "name": "Feed", "scopes": ["reversals:read", "reversals:write"],
                "event_type_ids": [event_type],
            });
            world.caller(&owner.post("/v1/api-keys", body, 201))
        };
        let (sale, same, lead) = (limited(&deal.sale), limited(&deal.sale), limited(&deal.lead));
        let [whole, own, twin, other] = [&owner, &sale, &same, &lead].map(submitted);
        for hidden in [&whole, &other] {
            for door in ["", "/lines", "/results.csv", "/rejected.csv", "/events"] {
                let path = format!("{hidden}{door}");
                assert_eq!(sale.get(&path, 404)["code"], "not_found", "{path}");
            }
            sale.post(&format!("{hidden}/cancel"), json!({}), 404);
        }
        // What was submitted under the very same limits names nothing that this key may not know.
        for shown in [&own, &twin] {
            sale.get(shown, 200);
            lead.get(shown, 404);
        }
        assert_eq!(paths(&sale.all("/v1/reversals")), [own.as_str()]);
        assert_eq!(paths(&lead.all("/v1/reversals")), [other.as_str()]);
        assert_eq!(paths(&owner.all("/v1/reversals")), [other, twin, own, whole]);
    });
}

#[test]
fn a_key_is_revoked_in_the_version_that_was_seen() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let body = json!({ "name": "Feed", "scopes": ["events:read"] });
        let made = acme.call("POST", "/v1/api-keys", &[], &body, 201);
        let path = made.header("Location").to_string();
        let key = world.caller(&made.json());
        let seen = acme.send("GET", &path, &[], b"");
        assert_eq!((made.header("ETag"), seen.header("ETag")), ("\"1\"", "\"1\""));
        let known = acme.send("GET", &path, &[("If-None-Match", "\"1\"")], b"");
        assert_eq!((known.status, known.text.as_str()), (304, ""));

        let stale = acme.send("DELETE", &path, &[("If-Match", "\"2\"")], b"");
        assert_eq!((stale.status, &stale.json()["code"]), (412, &json!("stale_version")));
        key.get("/v1/events", 200);
        assert_eq!(acme.send("DELETE", &path, &[("If-Match", "\"1\"")], b"").status, 204);
        key.get("/v1/events", 401);
        assert_eq!(acme.send("GET", &path, &[], b"").header("ETag"), "\"2\"");
        assert_eq!(acme.send("DELETE", &path, &[("If-Match", "\"1\"")], b"").status, 412);
    });
}

/// The owner of one of the deal's companies, by the order in which they registered.
fn owner(world: &World, number: usize) -> Caller {
    let email = ["acme0@example.com", "bolt1@example.com", "crow2@example.com"][number];
    let login = json!({ "email": email, "password": "correct horse battery" });
    world.caller(&world.nobody().post("/v1/auth/login", login, 200))
}

/// A batch of this caller's that has ended; its path.
fn submitted(caller: &Caller) -> String {
    let lines = json!({ "lines": [{ "order_id": "A-0", "operation": "approve" }] });
    let wait = [("Prefer", "wait=30")];
    let batch = caller.call("POST", "/v1/reversals", &wait, &lines, 200).json();
    format!("/v1/reversals/{}", id(&batch))
}

fn paths(batches: &[Value]) -> Vec<String> {
    batches.iter().map(|batch| format!("/v1/reversals/{}", id(batch))).collect()
}
