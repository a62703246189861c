//! Two companies offer, answer and end a partnership; a stranger sees nothing of it.

mod changes;
mod contacts;
mod counters;
mod decisions;
mod drafts;
mod expiry;
mod grants;
mod invitations;
mod invited;
mod managers;
mod model;
mod tiles;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cast::http::{Caller, faults};
use crate::cast::world::in_a_world;

/// Acme's offer to Bolt, in which Bolt is the partner; the path of the partnership.
pub fn offered(acme: &Caller, bolt: &Caller) -> String {
    let body = json!({ "partner_company_id": bolt.company_id(), "message": "hello" });
    let offer = acme.post("/v1/partnerships", body, 201);
    format!("/v1/partnerships/{}", offer["id"].as_str().unwrap())
}

/// An active partnership in which Bolt is Acme's partner; its path.
pub fn agreed(acme: &Caller, bolt: &Caller) -> String {
    let path = offered(acme, bolt);
    bolt.post(&format!("{path}/accept"), json!({}), 200);
    path
}

/// What a caller may know of, once `last` has happened. On PostgreSQL the feed waits for every
/// transaction of the server that began earlier, also those of other stories.
pub fn record_until(caller: &Caller, last: &str) -> Vec<Value> {
    let patience = Instant::now() + Duration::from_secs(30);
    loop {
        let events = caller.all("/v1/events");
        if events.iter().any(|event| event["type"] == last) {
            return events;
        }
        assert!(Instant::now() < patience, "no {last} in {events:?}");
        std::thread::yield_now();
    }
}

#[test]
fn an_offer_is_accepted_once_and_only_by_the_invited_side() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let bolt = world.company("Bolt", "partner");
        let crow = world.company("Crow", "partner");
        let body = json!({ "client_company_id": bolt.company_id(), "message": "hello" });
        let offer = acme.post("/v1/partnerships", body, 201);
        assert_eq!(offer["status"], "offered");
        assert_eq!(offer["my_role"], "partner");
        assert_eq!(offer["other_company"]["name"], "Bolt");
        assert_eq!(offer["modified"], false);

        let path = format!("/v1/partnerships/{}", offer["id"].as_str().unwrap());
        let accept = format!("{path}/accept");
        assert_eq!(bolt.get(&path, 200)["my_role"], "client");
        crow.get(&path, 404);
        crow.post(&accept, json!({}), 404);
        assert_eq!(acme.post(&accept, json!({}), 403)["code"], "forbidden");
        let accepted = bolt.post(&accept, json!({ "comment": "gladly" }), 200);
        assert_eq!(accepted["status"], "active");
        assert_eq!(accepted["comment"], "gladly");
        assert_eq!(accepted["answered_at"], "2026-03-10T12:00:00Z");
        assert_eq!(accepted["version"], 2);

        let again = bolt.post(&accept, json!({}), 409);
        assert_eq!(again["code"], "partnership_already_answered");
        let late = acme.post(&format!("{path}/withdraw"), json!({}), 409);
        assert_eq!(late["code"], "partnership_already_answered");
    });
}

#[test]
fn an_offer_is_declined_or_withdrawn_and_can_be_made_again() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let bolt = world.company("Bolt", "partner");
        let first = offered(&acme, &bolt);
        let missing = bolt.post(&format!("{first}/decline"), json!({}), 422);
        assert_eq!(faults(&missing), ["/comment missing_field"]);
        acme.post(&format!("{first}/decline"), json!({ "comment": "no" }), 403);
        let declined = bolt.post(&format!("{first}/decline"), json!({ "comment": "no" }), 200);
        assert_eq!((&declined["status"], &declined["comment"]), (&json!("declined"), &json!("no")));

        let second = offered(&acme, &bolt);
        bolt.post(&format!("{second}/withdraw"), json!({}), 403);
        assert_eq!(acme.post(&format!("{second}/withdraw"), json!({}), 200)["status"], "withdrawn");
        offered(&acme, &bolt);

        assert_eq!(bolt.all("/v1/partnerships").len(), 3);
        let answered = bolt.all("/v1/partnerships?status=declined,withdrawn&limit=1");
        let statuses: Vec<_> = answered.iter().map(|row| row["status"].clone()).collect();
        assert_eq!(statuses, [json!("withdrawn"), json!("declined")], "newest first");
        bolt.get("/v1/partnerships?status=nonsense", 422);
        bolt.get("/v1/partnerships?state=offered", 422);
    });
}

#[test]
fn a_pair_has_one_live_partnership_in_each_direction() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let bolt = world.company("Bolt", "partner");
        offered(&acme, &bolt);
        let same = json!({ "client_company_id": acme.company_id(), "message": "me too" });
        let problem = bolt.post("/v1/partnerships", same, 409);
        assert_eq!(problem["code"], "partnership_exists");
        let other_way = json!({ "partner_company_id": acme.company_id(), "message": "and back" });
        bolt.post("/v1/partnerships", other_way, 201);
    });
}

#[test]
fn of_many_offers_at_once_one_is_made() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let bolt = world.company("Bolt", "partner");
        let body = json!({ "partner_company_id": bolt.company_id(), "message": "hello" });
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let sent: Vec<_> = (0..6)
                .map(|_| {
                    let (acme, body) = (acme.clone(), body.to_string());
                    let json = [("Content-Type", "application/json")];
                    scope.spawn(move || {
                        acme.send("POST", "/v1/partnerships", &json, body.as_bytes()).status
                    })
                })
                .collect();
            sent.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 5, "{statuses:?}");
    });
}

#[test]
fn an_offer_names_exactly_one_known_other_company() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let bolt = world.company("Bolt", "partner");
        let neither = acme.post("/v1/partnerships", json!({ "message": "hello" }), 422);
        assert_eq!(faults(&neither), [" one_of_fields"]);
        let both = json!({
            "client_company_id": bolt.company_id(), "partner_company_id": bolt.company_id(),
            "message": "hello",
        });
        assert_eq!(faults(&acme.post("/v1/partnerships", both, 422)), [" one_of_fields"]);
        let own = json!({ "client_company_id": acme.company_id(), "message": "hello" });
        let problem = acme.post("/v1/partnerships", own, 422);
        assert_eq!(faults(&problem), ["/client_company_id own_company"]);
        let unknown = "co_01k5h2v7xnf8rtq3m9bcw4ze6a";
        let stranger = json!({ "partner_company_id": unknown, "message": "hello" });
        let problem = acme.post("/v1/partnerships", stranger, 422);
        assert_eq!(faults(&problem), ["/partner_company_id unknown_company"]);
        let body = json!({ "partner_company_id": "acme", "message": "", "people": [] });
        let expected =
            ["/message too_short", "/partner_company_id bad_format", "/people unknown_field"];
        assert_eq!(faults(&acme.post("/v1/partnerships", body, 422)), expected);
    });
}

#[test]
fn either_side_ends_an_active_partnership_for_a_reason() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let bolt = world.company("Bolt", "partner");
        let crow = world.company("Crow", "partner");
        let path = offered(&acme, &bolt);
        let end = format!("{path}/end");
        let early = acme.post(&end, json!({ "reason": "enough" }), 409);
        assert_eq!(early["code"], "partnership_not_active");
        bolt.post(&format!("{path}/accept"), json!({}), 200);
        crow.post(&end, json!({ "reason": "mine" }), 404);
        assert_eq!(faults(&acme.post(&end, json!({}), 422)), ["/reason missing_field"]);
        let ended = bolt.post(&end, json!({ "reason": "enough" }), 200);
        assert_eq!(ended["status"], "ended");
        assert_eq!(ended["end_reason"], "enough");
        assert_eq!(acme.post(&end, json!({ "reason": "me too" }), 409)["status"], 409);
        agreed(&acme, &bolt);
    });
}

#[test]
fn both_sides_read_what_happened_and_keys_only_read() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let bolt = world.company("Bolt", "partner");
        let path = agreed(&acme, &bolt);
        for side in [&acme, &bolt] {
            let events = record_until(side, "partnership.accepted");
            let kinds: Vec<_> =
                events.iter().map(|event| event["type"].as_str().unwrap()).collect();
            assert!(kinds.contains(&"partnership.offered"), "{kinds:?}");
            let accepted = events.iter().find(|event| event["type"] == "partnership.accepted");
            let accepted = accepted.expect("the answer is in the record");
            assert_eq!(accepted["changes"], json!({ "status": ["offered", "active"] }));
            assert_eq!(accepted["sequence"], 2);
            assert!(path.ends_with(accepted["object_id"].as_str().unwrap()));
        }
        let body = json!({ "name": "Reader", "scopes": ["partnerships:read"] });
        let key = world.caller(&bolt.post("/v1/api-keys", body, 201));
        assert_eq!(key.get(&path, 200)["status"], "active");
        assert_eq!(key.all("/v1/partnerships").len(), 1);
        let end = key.post(&format!("{path}/end"), json!({ "reason": "I can" }), 403);
        assert_eq!(end["code"], "key_not_allowed");
    });
}

#[test]
fn a_repeated_command_is_answered_again_and_a_stale_one_refused() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let bolt = world.company("Bolt", "partner");
        let path = offered(&acme, &bolt);
        let accept = format!("{path}/accept");
        let stale = [("If-Match", "\"7\"")];
        let problem = bolt.call("POST", &accept, &stale, &json!({}), 412).json();
        assert_eq!(problem["code"], "stale_version");
        let fresh = [("If-Match", "\"1\""), ("Idempotency-Key", "yes")];
        let first = bolt.call("POST", &accept, &fresh, &json!({}), 200);
        assert_eq!(first.header("ETag"), "\"2\"");
        let again = bolt.call("POST", &accept, &fresh, &json!({}), 200);
        assert_eq!(again.header("Idempotency-Replayed"), "true");
        assert_eq!(again.json(), first.json());
    });
}

#[test]
fn a_manager_keeps_partnerships_and_a_member_reads_them() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let bolt = world.company("Bolt", "partner");
        let path = offered(&acme, &bolt);
        let member = world.colleague(&bolt, "member");
        assert_eq!(member.get(&path, 200)["status"], "offered");
        let problem = member.post(&format!("{path}/accept"), json!({}), 403);
        assert_eq!(problem["code"], "role_too_low");
        let manager = world.colleague(&bolt, "manager");
        assert_eq!(manager.post(&format!("{path}/accept"), json!({}), 200)["status"], "active");
    });
}
