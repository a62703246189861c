//! Keys that get another secret, another name or another end.

use serde_json::{Value, json};

use crate::cast::deal::id;
use crate::cast::http::{Caller, faults};
use crate::cast::world::{World, in_a_world};

/// A key of the company's; its path, and whoever shows its secret.
fn key(world: &World, owner: &Caller, more: Value) -> (String, Caller) {
    let mut body = json!({ "name": "Feed", "scopes": ["companies:read"] });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = owner.post("/v1/api-keys", body, 201);
    (format!("/v1/api-keys/{}", id(&made)), world.caller(&made))
}

fn rotated(world: &World, owner: &Caller, path: &str, hours: Value) -> (Value, Caller) {
    let body = if hours.is_null() { json!({}) } else { json!({ "overlap_hours": hours }) };
    let answer = owner.post(&format!("{path}/rotate"), body, 200);
    let caller = world.caller(&answer);
    (answer, caller)
}

/// What each of them is answered.
fn all(callers: &[&Caller], status: u16) {
    callers.iter().for_each(|caller| drop(caller.get("/v1/me", status)));
}

#[test]
fn both_secrets_count_until_the_overlap_is_over() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let (path, first) = key(world, &acme, json!({}));
        let once = [("Idempotency-Key", "rotate-1"), ("If-Match", "\"1\"")];
        let body = json!({ "overlap_hours": 2 });
        let rotate = format!("{path}/rotate");
        let answer = acme.call("POST", &rotate, &once, &body, 200);
        assert_eq!((answer.header("cache-control"), answer.header("etag")), ("no-store", "\"2\""));
        let answer = answer.json();
        let again = acme.call("POST", &rotate, &once, &body, 200);
        assert_eq!(again.header("Idempotency-Replayed"), "true");
        let mut shown = answer.clone();
        shown["secret"] = Value::Null;
        assert_eq!(again.json(), shown, "a secret is shown once");
        assert_eq!(answer["previous_secret_until"], "2026-03-10T14:00:00Z");
        assert_eq!(answer["previous_hint"], first.credential()[..12]);
        assert_eq!(answer["hint"], answer["secret"].as_str().unwrap()[..12]);

        let second = world.caller(&answer);
        for caller in [&first, &second] {
            assert_eq!(caller.get("/v1/me", 200)["scopes"], json!(["companies:read"]));
        }
        world.travel("2026-03-10T13:59:59.999999Z");
        first.get("/v1/companies", 200);
        world.travel("2026-03-10T14:00:00Z");
        first.get("/v1/companies", 401);
        second.get("/v1/companies", 200);
        let listed = world.again(&acme).get(&path, 200);
        assert!(listed.get("secret").is_none() && listed["version"] == 2);
    });
}

#[test]
fn a_key_has_two_secrets_at_most_and_revoking_ends_them() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let (path, first) = key(world, &acme, json!({}));
        let (answer, second) = rotated(world, &acme, &path, Value::Null);
        assert_eq!(answer["previous_secret_until"], "2026-03-11T12:00:00Z", "a day, if unsaid");
        first.get("/v1/me", 200);
        let (_, third) = rotated(world, &acme, &path, json!(168));
        first.get("/v1/me", 401);
        all(&[&second, &third], 200);
        // One that somebody else may know ends now.
        let (answer, fourth) = rotated(world, &acme, &path, json!(0));
        assert!(answer["previous_hint"].is_null() && answer["previous_secret_until"].is_null());
        all(&[&second, &third], 401);
        let (_, fifth) = rotated(world, &acme, &path, json!(1));
        all(&[&fourth, &fifth], 200);
        acme.delete(&path, 204);
        all(&[&fourth, &fifth], 401);

        for wrong in [json!(-1), json!(169), json!(1.5), json!("1"), json!(null)] {
            let body = json!({ "overlap_hours": wrong });
            let problem = acme.post(&format!("{path}/rotate"), body, 422);
            assert_eq!(problem["errors"][0]["pointer"], "/overlap_hours", "{problem}");
        }
        let problem = acme.post(&format!("{path}/rotate"), json!({}), 409);
        assert_eq!(problem["code"], "key_revoked");
    });
}

#[test]
fn a_key_gets_another_name_and_another_end() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let (path, feed) = key(world, &acme, json!({ "expires_at": "2026-03-10T13:00:00Z" }));
        let past = json!({ "expires_at": "2026-03-10T12:00:00Z", "scopes": ["audit:read"] });
        let problem = acme.patch(&path, past, 422);
        assert_eq!(faults(&problem), ["/scopes unknown_field"], "what it may do is for ever");
        let past = json!({ "name": "Late", "expires_at": "2026-03-10T12:00:00Z" });
        assert_eq!(faults(&acme.patch(&path, past, 422)), ["/expires_at out_of_range"]);
        assert_eq!(acme.patch(&path, json!({}), 200)["version"], 1, "nothing has changed");

        let later = json!({ "name": "Returns", "expires_at": "2026-03-10T15:00:00Z" });
        let changed = acme.patch(&path, later, 200);
        assert_eq!((&changed["name"], &changed["version"]), (&json!("Returns"), &json!(2)));
        world.travel("2026-03-10T14:59:59Z");
        feed.get("/v1/me", 200);
        world.travel("2026-03-10T15:00:00Z");
        feed.get("/v1/me", 401);

        // Whoever signed in at noon has to do so again.
        let acme = world.again(&acme);
        let problem = acme.post(&format!("{path}/rotate"), json!({}), 409);
        assert_eq!(problem["code"], "key_expired");
        let revived = acme.patch(&path, json!({ "expires_at": null }), 200);
        assert!(revived["expires_at"].is_null());
        feed.get("/v1/me", 200);
        acme.delete(&path, 204);
        let problem = acme.patch(&path, json!({ "name": "Gone" }), 409);
        assert_eq!(problem["code"], "key_revoked");
    });
}
