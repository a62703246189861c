//! Making, seeing, changing and deleting endpoints, and their secrets.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use entente::webhooks::sign::signatures;
use serde_json::{Value, json};

use super::{Acme, later, told};
use crate::cast::http::faults;
use crate::cast::receiver::{Message, Receiver};
use crate::cast::tables::Stored;

/// The key that a secret stands for.
fn key_of(secret: &str) -> Vec<u8> {
    STANDARD.decode(secret.strip_prefix("whsec_").expect("a secret")).expect("base64")
}

/// Whether a message is signed by these secrets, in this order, and by no other.
fn is_signed_by(message: &Message, secrets: &[&str]) -> bool {
    let keys: Vec<Vec<u8>> = secrets.iter().map(|secret| key_of(secret)).collect();
    let timestamp = message.header("webhook-timestamp").parse().expect("seconds");
    let expected = signatures(&keys, message.header("webhook-id"), timestamp, &message.raw);
    message.header("webhook-signature") == expected
}

#[test]
fn a_secret_is_shown_once_and_stored_sealed() {
    told(|world, acme| {
        let body = json!({ "url": "http://127.0.0.1:9/", "event_types": ["*"] });
        let once = [("Idempotency-Key", "key-1")];
        let made = acme.owner.call("POST", "/v1/webhook-endpoints", &once, &body, 201);
        assert_eq!(made.header("Cache-Control"), "no-store");
        let secret = made.json()["secret"].as_str().unwrap().to_string();
        assert_eq!(key_of(&secret).len(), 32);
        let again = acme.owner.call("POST", "/v1/webhook-endpoints", &once, &body, 201);
        assert_eq!(again.header("Idempotency-Replayed"), "true");
        assert_eq!(again.json()["secret"], Value::Null);

        let path = made.header("Location").to_string();
        assert!(!acme.owner.get(&path, 200).to_string().contains("secret\""));
        assert!(!acme.owner.get("/v1/webhook-endpoints", 200).to_string().contains("whsec_"));
        let rotated = acme.owner.call(
            "POST",
            &format!("{path}/rotate-secret"),
            &[("Idempotency-Key", "key-2")],
            &json!({}),
            200,
        );
        let next = rotated.json()["secret"].as_str().unwrap().to_string();
        assert_ne!(next, secret);
        assert_eq!(rotated.json()["previous_secret_until"], "2026-03-11T12:00:00Z");

        let stored = Stored::in_world(world);
        assert!(stored.holds(b"http://127.0.0.1:9/"), "this looks in the wrong place");
        for secret in [secret, next] {
            assert!(!stored.holds(secret.as_bytes()), "a secret stands in a table");
            assert!(!stored.holds(&key_of(&secret)), "its key stands in a table");
        }
        let feed = acme.key.get("/v1/events?limit=200", 200).to_string();
        assert!(!feed.contains("whsec_"), "{feed}");
    });
}

#[test]
fn two_secrets_sign_for_a_day_after_a_rotation() {
    told(|world, acme| {
        let receiver = Receiver::new();
        let (path, first) = acme.endpoint(&receiver.url(), &["program.created"]);
        acme.program("One");
        assert!(is_signed_by(&receiver.after(1)[0], &[&first]));
        let rotated = acme.owner.post(&format!("{path}/rotate-secret"), json!({}), 200);
        let second = rotated["secret"].as_str().unwrap();
        acme.program("Two");
        assert!(is_signed_by(&receiver.after(2)[1], &[second, &first]));
        later(world, 86_399);
        acme.program("Three");
        assert!(is_signed_by(&receiver.after(3)[2], &[second, &first]));
        later(world, 1);
        acme.program("Four");
        assert!(is_signed_by(&receiver.after(4)[3], &[second]));
    });
}

#[test]
fn endpoints_are_seen_and_changed_and_are_gone_when_they_are_deleted() {
    told(|_, acme| {
        let (path, _) = acme.endpoint("http://127.0.0.1:9/a?token=hush", &["program.*"]);
        let seen = acme.owner.get(&path, 200);
        assert_eq!(seen["event_types"], json!(["program.*"]));
        assert_eq!((&seen["enabled"], &seen["failing_since"]), (&json!(true), &Value::Null));
        let patch =
            json!({ "event_types": ["action.*", "program.*", "program.*"], "description": "Feed" });
        let patched = acme.owner.patch(&path, patch.clone(), 200);
        assert_eq!(patched["event_types"], json!(["program.*", "action.*"]));
        assert_eq!((&patched["version"], &patched["description"]), (&json!(2), &json!("Feed")));
        assert_eq!(acme.owner.patch(&path, patch, 200)["version"], 2, "the same again");
        let off = acme.owner.patch(&path, json!({ "enabled": false }), 200);
        assert_eq!(off["disabled_reason"], "request");
        let on = acme.owner.patch(&path, json!({ "enabled": true }), 200);
        assert_eq!((&on["enabled"], &on["disabled_reason"]), (&json!(true), &Value::Null));
        acme.owner.call("DELETE", &path, &[("If-Match", "\"1\"")], &json!({}), 412);
        let told = crate::cast::deal::told_of("webhook_endpoint.", &acme.owner, 4);
        assert_eq!(told[0]["object"]["url"], "http://127.0.0.1:9");
        assert!(!json!(told).to_string().contains("hush"), "a URL may hold a secret");
        acme.owner.delete(&path, 204);
        acme.owner.get(&path, 404);
        acme.owner.delete(&path, 404);
        acme.owner.get(&format!("{path}/deliveries"), 404);

        let all = crate::cast::deal::told_of("webhook_endpoint.", &acme.key, 5);
        let types: Vec<&str> = all.iter().map(|event| event["type"].as_str().unwrap()).collect();
        let what = ["created", "updated", "disabled", "updated", "deleted"];
        assert_eq!(types, what.map(|what| format!("webhook_endpoint.{what}")));
        let sequences: Vec<i64> =
            all.iter().map(|event| event["sequence"].as_i64().unwrap()).collect();
        assert_eq!(sequences, [1, 2, 3, 4, 5]);
        assert_eq!(all[0]["changes"]["host"], json!([null, "127.0.0.1"]));
        assert!(!json!(all).to_string().contains("hush"), "a URL may hold a secret");
        assert!(all[0]["object_id"].as_str().unwrap().starts_with("whe_"));
    });
}

#[test]
fn whatever_is_wrong_with_an_endpoint_is_told_at_once() {
    told(|_, acme| {
        let post = |body: Value| acme.owner.post("/v1/webhook-endpoints", body, 422);
        let wrong = post(json!({
            "event_types": ["action", "*.*", "action.*", "action.gone"], "colour": "red", "description": 7,
        }));
        assert_eq!(
            faults(&wrong),
            [
                "/colour unknown_field",
                "/description wrong_type",
                "/event_types/0 bad_format",
                "/event_types/1 bad_format",
                "/event_types/3 bad_format",
                "/url missing_field",
            ]
        );
        assert!(wrong.to_string().contains("there is no type action.gone"), "{wrong}");
        let none = post(json!({ "url": "http://127.0.0.1/", "event_types": [] }));
        assert_eq!(faults(&none), ["/event_types too_few"]);
        for url in ["ftp://127.0.0.1/", "http://", "hooks", "http://ada:x@127.0.0.1/"] {
            let wrong = post(json!({ "url": url, "event_types": ["*"] }));
            assert_eq!(faults(&wrong), ["/url bad_format"], "{url}");
        }
        let (path, _) = acme.endpoint("http://127.0.0.1:9/", &["*"]);
        for (patch, fault) in [
            (json!({ "url": null }), "/url wrong_type"),
            (json!({ "enabled": "no" }), "/enabled wrong_type"),
            (json!({ "event_types": null }), "/event_types wrong_type"),
            (json!({ "secret": "whsec_x" }), "/secret unknown_field"),
            (json!({ "url": "gopher://x/" }), "/url bad_format"),
        ] {
            assert_eq!(faults(&acme.owner.patch(&path, patch, 422)), [fault]);
        }
    });
}

#[test]
fn a_company_has_twenty_endpoints_at_most() {
    told(|_, acme| {
        for _ in 0..20 {
            acme.endpoint("http://127.0.0.1:9/", &["company.registered"]);
        }
        let body = json!({ "url": "http://127.0.0.1:9/", "event_types": ["*"] });
        let refused = acme.owner.post("/v1/webhook-endpoints", body.clone(), 409);
        assert_eq!(refused["code"], "too_many_webhook_endpoints");
        let first = acme.owner.all("/v1/webhook-endpoints?limit=3");
        assert_eq!(first.len(), 20);
        let path = format!("/v1/webhook-endpoints/{}", first[0]["id"].as_str().unwrap());
        acme.owner.delete(&path, 204);
        acme.owner.post("/v1/webhook-endpoints", body, 201);
    });
}

#[test]
fn a_key_that_is_limited_to_programs_sees_nothing_of_it() {
    told(|_, acme| {
        let receiver = Receiver::new();
        let (path, _) = acme.endpoint(&receiver.url(), &["program.created"]);
        let program = acme.program("One");
        acme.sent(&path, |all| all.len() == 1);
        let program = program.rsplit('/').next().unwrap();
        let key = json!({ "name": "K", "scopes": ["webhooks:read"], "program_ids": [program] });
        let key = acme.owner.post("/v1/api-keys", key, 201);
        let limited = acme.owner.with(key["secret"].as_str().unwrap());
        assert_eq!(limited.get("/v1/webhook-endpoints", 200)["data"], json!([]));
        limited.get(&path, 404);
        limited.get(&format!("{path}/deliveries"), 404);
    });
}

#[test]
fn a_test_says_what_came_of_it() {
    told(|_, acme: &Acme| {
        let receiver = Receiver::new();
        let (path, secret) = acme.endpoint(&receiver.url(), &["program.created"]);
        let test = format!("{path}/test");
        let well = acme.owner.post(&test, json!({}), 200);
        assert_eq!((&well["delivered"], &well["status"]), (&json!(true), &json!(200)));
        assert!(well["request_head"].as_str().unwrap().starts_with("POST /hooks HTTP/1.1\n"));
        let seen = receiver.seen();
        assert_eq!(seen[0].body()["type"], "webhook.test");
        assert!(is_signed_by(&seen[0], &[&secret]));

        receiver.behave(crate::cast::receiver::Manner::Head(
            302,
            "Location: http://127.0.0.1:9/\r\nX-Odd: caf\u{e9}\r\n".into(),
            "elsewhere".into(),
        ));
        acme.owner.patch(&path, json!({ "enabled": false }), 200);
        let badly = acme.owner.post(&test, json!({}), 200);
        assert_eq!((&badly["delivered"], &badly["error"]), (&json!(false), &json!("refused")));
        assert_eq!(badly["response_body"], "elsewhere");
        let head = badly["response_head"].as_str().unwrap();
        assert!(head.starts_with("HTTP/1.1 302"), "{head}");
        assert!(head.contains("location: http://127.0.0.1:9/"), "{head}");
        assert_eq!(receiver.seen().len(), 2, "nothing was followed");
        // Nothing of it is in the log.
        assert_eq!(acme.key.get(&format!("{path}/deliveries"), 200)["data"], json!([]));

        acme.owner.patch(&path, json!({ "url": "http://127.0.0.1:9/" }), 200);
        let lost = acme.owner.post(&test, json!({}), 200);
        assert_eq!((&lost["error"], &lost["status"]), (&json!("unreachable"), &Value::Null));
    });
}
