//! How many requests there may be: of a key or sign-in, of a company, and of an address at the doors
//! that need no credential.

use serde_json::{Value, json};

use crate::cast::http::{Answer, Caller};
use crate::cast::world::{World, in_a_world, in_a_world_with};

/// Five a minute for each caller, eight for each company.
const FEW: &[&str] = &["--rate-limit-per-minute", "5", "--rate-limit-company-per-minute", "8"];
const POLICY: &str = "\"caller\";q=5;w=60, \"company\";q=8;w=60";

fn me(caller: &Caller) -> Answer {
    caller.send("GET", "/v1/me", &[], b"")
}

/// What an answer says of how many more there may be.
fn left(answer: &Answer) -> &str {
    assert_eq!(answer.header("ratelimit-policy"), POLICY);
    answer.header("ratelimit")
}

/// After how many seconds somebody who came too soon may come again.
fn told_to_wait(answer: &Answer) -> String {
    assert_eq!(answer.status, 429, "{}", answer.text);
    assert_eq!(answer.json()["code"], "rate_limited");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    answer.header("retry-after").to_string()
}

/// A key of the company's, all of whose requests so far were its making.
fn key(world: &World, owner: &Caller) -> (Value, Caller) {
    let body = json!({ "name": "Key", "scopes": ["companies:read"] });
    let made = owner.post("/v1/api-keys", body, 201);
    let caller = world.caller(&made);
    (made, caller)
}

#[test]
fn whoever_sends_too_many_is_told_when_to_come_again() {
    in_a_world_with(FEW, |world| {
        let acme = world.company("Acme", "brand");
        let answers: Vec<Answer> = (0..5).map(|_| me(&acme)).collect();
        assert_eq!(left(&answers[0]), "\"caller\";r=4;t=12, \"company\";r=7;t=8");
        assert_eq!(left(&answers[4]), "\"caller\";r=0;t=60, \"company\";r=3;t=38");
        let refused = me(&acme);
        assert_eq!(told_to_wait(&refused), "12");
        // What was refused is not counted, here or there.
        assert_eq!(left(&refused), "\"caller\";r=0;t=60, \"company\";r=3;t=38");
        // A refusal tells it too, whatever it is for.
        world.travel("2026-03-10T12:00:12Z");
        let missing = acme.send("GET", "/v1/programs/nothing", &[], b"");
        assert_eq!((missing.status, left(&missing).is_empty()), (404, false));
        assert_eq!(told_to_wait(&me(&acme)), "12");

        // Others are others; the doors that need no credential have limits of their own.
        let bolt = world.company("Bolt", "partner");
        assert_eq!(me(&bolt).status, 200);
        let again = world.again(&acme);
        assert_eq!(me(&again).status, 200, "another sign-in");
        world.travel("2026-03-10T12:01:12Z");
        assert_eq!(left(&me(&acme)), "\"caller\";r=4;t=12, \"company\";r=7;t=8");
        // Whoever shows no credential is nobody, and not counted.
        let stranger = world.with_credential("entk_nothing");
        let answer = me(&stranger);
        assert_eq!((answer.status, answer.header("ratelimit")), (401, ""));
    });
}

#[test]
fn a_key_is_one_caller_and_a_company_is_all_of_them() {
    in_a_world_with(FEW, |world| {
        let acme = world.company("Acme", "brand");
        let (made, first) = key(world, &acme);
        let id = made["id"].as_str().unwrap();
        let next = acme.post(&format!("/v1/api-keys/{id}/rotate"), json!({}), 200);
        let second = world.caller(&next);
        let secret = next["secret"].as_str().unwrap();
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        let kind = [("Content-Type", "application/x-www-form-urlencoded")];
        let token = world.nobody().send("POST", "/v1/oauth/token", &kind, form.as_bytes());
        let token = world.caller(&token.json());
        for (count, caller) in [&first, &second, &token, &first, &token].into_iter().enumerate() {
            let answer = me(caller);
            assert_eq!(answer.status, 200, "{}", answer.text);
            let own = left(&answer).split(';').nth(1).unwrap().to_string();
            assert_eq!(own, format!("r={}", 4 - count));
        }
        for caller in [&first, &second, &token] {
            assert_eq!(told_to_wait(&me(caller)), "12");
        }
        // Two requests made the key and its second secret, five were its own: one is left for all.
        let other = world.again(&acme);
        assert_eq!(left(&me(&other)), "\"caller\";r=4;t=12, \"company\";r=0;t=60");
        let refused = me(&other);
        assert_eq!(told_to_wait(&refused), "8");
        let unchanged = "\"caller\";r=4;t=12, \"company\";r=0;t=60";
        assert_eq!(left(&refused), unchanged, "what the company has not, the caller keeps");
        assert_eq!(me(&world.company("Bolt", "partner")).status, 200);
    });
}

#[test]
fn an_address_is_limited_where_no_credential_is_needed() {
    let flags = ["--rate-limit-address-per-minute", "3", "--trusted-proxies", "127.0.0.0/8"];
    in_a_world_with(&flags, |world| {
        let sign_in = |from: &str| {
            let headers = [("Content-Type", "application/json"), ("X-Forwarded-For", from)];
            world.nobody().send("POST", "/v1/auth/refresh", &headers, b"{}")
        };
        for left in ["r=2;t=20", "r=1;t=40", "r=0;t=60"] {
            let answer = sign_in("192.0.2.1");
            assert_eq!(answer.status, 422);
            assert_eq!(answer.header("ratelimit-policy"), "\"address\";q=3;w=60");
            assert_eq!(answer.header("ratelimit"), format!("\"address\";{left}"));
        }
        assert_eq!(told_to_wait(&sign_in("192.0.2.1")), "20");
        assert_eq!(sign_in("192.0.2.2").status, 422, "another address");
        for from in ["2001:db8::1", "2001:db8::2", "2001:db8::3"] {
            assert_eq!(sign_in(from).status, 422, "{from}");
        }
        assert_eq!(told_to_wait(&sign_in("2001:db8::4")), "20", "the same network");
        // What watches the server, and what explains it, is never too much.
        for path in ["/healthz", "/readyz", "/openapi.json", "/.well-known/jwks.json"] {
            for _ in 0..4 {
                let headers = [("X-Forwarded-For", "192.0.2.1")];
                let answer = world.nobody().send("GET", path, &headers, b"");
                assert_eq!((answer.status, answer.header("ratelimit")), (200, ""), "{path}");
            }
        }
        world.travel("2026-03-10T12:00:20Z");
        assert_eq!(sign_in("192.0.2.1").status, 422);
    });
}

#[test]
fn nothing_is_counted_where_nothing_is_limited() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        for _ in 0..20 {
            let answer = me(&acme);
            assert_eq!((answer.status, answer.header("ratelimit")), (200, ""));
            assert_eq!(answer.header("ratelimit-policy"), "");
        }
    });
}
