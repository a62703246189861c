//! OAuth client credentials: a key's id and secret for a token, which does no more than the key, and
//! ends with it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};

use crate::cast::deal::{Deal, id, meddle};
use crate::cast::http::{Answer, Caller};
use crate::cast::rival;
use crate::cast::world::{World, in_a_world};

const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
const DOOR: &str = "/v1/oauth/token";

/// A key as a client of OAuth has it.
struct Client {
    id: String,
    secret: String,
}

impl Client {
    fn of(made: &Value) -> Self {
        Self { id: id(made), secret: made["secret"].as_str().expect("a secret").to_string() }
    }

    /// A new key of the company's.
    fn new(owner: &Caller, scopes: &[&str]) -> Self {
        let body = json!({ "name": "Client", "scopes": scopes });
        Self::of(&owner.post("/v1/api-keys", body, 201))
    }

    fn path(&self) -> String {
        format!("/v1/api-keys/{}", self.id)
    }

    /// Asks with both in the form.
    fn ask(&self, world: &World, more: &str) -> Answer {
        let Self { id, secret } = self;
        let form =
            format!("grant_type=client_credentials&client_id={id}&client_secret={secret}{more}");
        ask(world, &[], &form)
    }

    /// Whoever shows a token of it, with these scopes.
    fn caller(&self, world: &World, scope: &str) -> Caller {
        let answer = self.ask(world, &format!("&scope={}", scope.replace(' ', "+")));
        assert_eq!(answer.status, 200, "{}", answer.text);
        world.caller(&answer.json())
    }
}

fn ask(world: &World, headers: &[(&str, &str)], form: &str) -> Answer {
    let headers: Vec<_> = [FORM].into_iter().chain(headers.iter().copied()).collect();
    world.nobody().send("POST", DOOR, &headers, form.as_bytes())
}

/// The error of an answer, which is OAuth's and stored by nobody.
fn refused(answer: &Answer, status: u16) -> String {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-type"), "application/json");
    let basic = answer.header("www-authenticate").starts_with("Basic ");
    assert_eq!(basic, status == 401, "{:?}", answer.headers);
    let error = answer.json();
    assert!(!error["error_description"].as_str().expect("a description").is_empty());
    error["error"].as_str().expect("an error").to_string()
}

/// What each of them is answered.
fn all(callers: &[&Caller], status: u16) {
    callers.iter().for_each(|caller| drop(caller.get("/v1/me", status)));
}

#[test]
fn a_token_stands_for_its_key_with_less_scopes_and_for_a_quarter_of_an_hour() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let client = Client::new(&acme, &["events:read", "companies:read", "actions:read"]);
        let answer = client.ask(world, "&scope=events:read+companies:read");
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.header("cache-control"), "no-store");
        let token = answer.json();
        let (kind, lasts) = (&token["token_type"], &token["expires_in"]);
        assert_eq!((kind, lasts), (&json!("Bearer"), &json!(900)));
        assert_eq!(token["scope"], "companies:read events:read");

        let caller = world.caller(&token);
        let me = caller.get("/v1/me", 200);
        assert_eq!(me["scopes"], json!(["companies:read", "events:read"]));
        assert_eq!(me["company"]["id"], acme.company_id());
        caller.get("/v1/events", 200);
        assert_eq!(caller.get("/v1/actions", 403)["code"], "scope_missing");
        assert_eq!(caller.get("/v1/api-keys", 403)["code"], "key_not_allowed");
        verified(world, &caller, &client);
        world.travel("2026-03-10T12:14:59Z");
        caller.get("/v1/events", 200);
        world.travel("2026-03-10T12:15:00Z");
        caller.get("/v1/events", 401);

        // By HTTP Basic, and for all that the key may do.
        let basic = STANDARD.encode(format!("{}:{}", client.id, client.secret));
        let basic = format!("Basic {basic}");
        let grant = "grant_type=client_credentials";
        let token = ask(world, &[("Authorization", &basic)], grant).json();
        assert_eq!(token["scope"], "companies:read actions:read events:read");
        world.caller(&token).get("/v1/actions", 200);
    });
}

/// Whoever has the published keys can verify the token, and reads whose it is.
fn verified(world: &World, caller: &Caller, client: &Client) {
    let path = "/.well-known/oauth-authorization-server";
    let metadata = world.nobody().get(path, 200);
    assert_eq!(metadata["issuer"], "http://127.0.0.1:8080");
    assert_eq!(metadata["token_endpoint"], "http://127.0.0.1:8080/v1/oauth/token");
    assert!(metadata["scopes_supported"].as_array().unwrap().contains(&json!("events:read")));
    let keys = metadata["jwks_uri"].as_str().unwrap().trim_start_matches("http://127.0.0.1:8080");
    let keys: JwkSet = serde_json::from_value(world.nobody().get(keys, 200)).unwrap();
    let header = jsonwebtoken::decode_header(caller.credential()).unwrap();
    assert_eq!((header.alg, header.typ.as_deref()), (Algorithm::EdDSA, Some("at+jwt")));
    let key = DecodingKey::from_jwk(keys.find(&header.kid.unwrap()).unwrap()).unwrap();
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.set_audience(&["entente"]);
    rules.set_issuer(&["http://127.0.0.1:8080"]);
    // The world's clock is not the library's.
    rules.validate_exp = false;
    let read = jsonwebtoken::decode::<Value>(caller.credential(), &key, &rules).unwrap().claims;
    assert_eq!((&read["sub"], &read["client_id"]), (&json!(client.id), &json!(client.id)));
    assert_eq!(read["scope"], "companies:read events:read");
    let told = read.to_string();
    assert!(!told.contains(&client.secret[5..12]), "nothing of the secret is in it: {told}");
}

#[test]
fn a_token_ends_with_its_key_its_secret_and_its_company_at_once() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let client = Client::new(&acme, &["companies:read"]);
        let old = client.caller(world, "companies:read");
        old.get("/v1/me", 200);
        let rotate = format!("{}/rotate", client.path());
        let client = Client::of(&acme.post(&rotate, json!({ "overlap_hours": 1 }), 200));
        let new = client.caller(world, "companies:read");
        all(&[&old, &new], 200);
        let client = Client::of(&acme.post(&rotate, json!({ "overlap_hours": 1 }), 200));
        old.get("/v1/me", 401);
        new.get("/v1/me", 200);
        let newest = client.caller(world, "companies:read");

        // It does not outlive the end of its key, nor of the older secret.
        let soon = json!({ "expires_at": "2026-03-10T12:05:00.5Z" });
        acme.patch(&client.path(), soon, 200);
        let answer = client.ask(world, "").json();
        assert_eq!(answer["expires_in"], 300);
        let short = world.caller(&answer);
        short.get("/v1/me", 200);
        world.travel("2026-03-10T12:05:01Z");
        all(&[&short, &new, &newest], 401);
        assert_eq!(refused(&client.ask(world, ""), 401), "invalid_client");
        acme.patch(&client.path(), json!({ "expires_at": null }), 200);
        newest.get("/v1/me", 200);

        // A suspended company reads; a deactivated one is let in nowhere.
        meddle(world, "UPDATE companies SET status = 'suspended'");
        let suspended = client.caller(world, "companies:read");
        suspended.get("/v1/me", 200);
        meddle(world, "UPDATE companies SET status = 'deactivated'");
        assert_eq!(refused(&client.ask(world, ""), 401), "invalid_client");
        meddle(world, "UPDATE companies SET status = 'active'");
        let last = client.caller(world, "companies:read");
        last.get("/v1/me", 200);
        world.again(&acme).delete(&client.path(), 204);
        all(&[&newest, &last, &suspended], 401);
        assert_eq!(refused(&client.ask(world, ""), 401), "invalid_client");
    });
}

#[test]
fn a_token_reaches_no_further_than_its_key_and_learns_nothing_by_repeating() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let owner = rival::owner(world);
        let limited = json!({
            "name": "Leads", "scopes": ["actions:read", "actions:write"],
            "event_type_ids": [deal.lead],
        });
        let client = Client::of(&owner.post("/v1/api-keys", limited, 201));
        let sale = deal.tracked("A-1");
        let caller = client.caller(world, "actions:read actions:write");
        caller.get(&sale, 404);
        assert!(caller.all("/v1/actions").is_empty());
        assert!(caller.get("/v1/actions", 200)["data"].is_array());

        // What the key has done is told to tokens that might have done it, and to no others.
        let client = Client::new(&owner, &["actions:read", "actions:write"]);
        let once = [("Idempotency-Key", "order-1")];
        let whole = world.with_credential(&client.secret);
        let order = deal.order("A-2");
        let made = whole.call("POST", "/v1/actions", &once, &order, 201).json();
        let again = client.caller(world, "actions:write actions:read");
        let again = again.call("POST", "/v1/actions", &once, &order, 201);
        assert_eq!((again.header("Idempotency-Replayed"), &again.json()), ("true", &made));
        let reader = client.caller(world, "actions:read");
        let told = reader.call("POST", "/v1/actions", &once, &order, 403).json();
        assert_eq!(told["code"], "scope_missing");
    });
}

#[test]
fn what_is_wrong_with_a_request_is_told_in_the_words_of_oauth() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let client = Client::new(&acme, &["events:read"]);
        let Client { id, secret } = &client;
        let grant = "grant_type=client_credentials";
        let shown = format!("{grant}&client_id={id}&client_secret={secret}");
        let other = Client::new(&acme, &["events:read"]).id;
        for (form, status, error) in [
            (String::new(), 400, "invalid_request"),
            (format!("client_id={id}&client_secret={secret}"), 400, "invalid_request"),
            (format!("{shown}&{grant}"), 400, "invalid_request"),
            (shown.replace("client_credentials", "password"), 400, "unsupported_grant_type"),
            (format!("{shown}&scope=actions:read"), 400, "invalid_scope"),
            (format!("{shown}&scope=events:read+%22%5C%0a"), 400, "invalid_scope"),
            (grant.to_string(), 401, "invalid_client"),
            (shown.replace(secret.as_str(), "entk_wrong"), 401, "invalid_client"),
            (shown.replace(secret.as_str(), "%00%ff"), 401, "invalid_client"),
            (shown.replace(id.as_str(), &other), 401, "invalid_client"),
            (shown.replace(id.as_str(), "key_01k5h2v7xnf8rtq3m9bcw4ze6a"), 401, "invalid_client"),
            (shown.replace(id.as_str(), "nonsense%00"), 401, "invalid_client"),
        ] {
            assert_eq!(refused(&ask(world, &[], &form), status), error, "{form}");
        }
        for (name, value) in [("Content-Encoding", "gzip"), ("Content-Type", "application/json")] {
            let headers: Vec<_> = match name {
                "Content-Type" => vec![(name, value)],
                _ => vec![FORM, (name, value)],
            };
            let answer = world.nobody().send("POST", DOOR, &headers, shown.as_bytes());
            assert_eq!(refused(&answer, 400), "invalid_request", "{name}: {value}");
        }
        let twice = [("Authorization", "Basic YTpi")];
        assert_eq!(refused(&ask(world, &twice, &shown), 400), "invalid_request");
        let bearer = [("Authorization", "Bearer x")];
        assert_eq!(refused(&ask(world, &bearer, grant), 401), "invalid_client");
        // A repeat under an idempotency key is another request: secrets are kept nowhere.
        let once = [("Idempotency-Key", "token-1")];
        let [one, two] = [0, 1].map(|_| ask(world, &once, &shown).json()["access_token"].clone());
        assert!(one.is_string() && one != two);
        let large = "x".repeat(5 << 20);
        let answer = ask(world, &[], &large);
        assert_eq!((answer.status, &answer.json()["code"]), (413, &json!("body_too_large")));
    });
}

#[test]
fn whoever_shows_wrong_secrets_waits_and_keeps_nobody_else_out() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let (client, other) =
            (Client::new(&acme, &["events:read"]), Client::new(&acme, &["events:read"]));
        let wrong = Client { id: client.id.clone(), secret: "entk_wrong".into() };
        // What was right before counts for nothing.
        for _ in 0..12 {
            assert_eq!(client.ask(world, "").status, 200);
        }
        for _ in 0..10 {
            assert_eq!(refused(&wrong.ask(world, ""), 401), "invalid_client");
        }
        for client in [&wrong, &client] {
            let answer = client.ask(world, "");
            assert_eq!((answer.status, &answer.json()["code"]), (429, &json!("rate_limited")));
            assert_eq!(answer.header("retry-after"), "6");
            assert_eq!(answer.header("content-type"), "application/problem+json");
        }
        assert_eq!(other.ask(world, "").status, 200, "another key from the same address");
        // The key itself, where it is known already, is not kept out.
        world.with_credential(&client.secret).get("/v1/me", 403);
        world.travel("2026-03-10T12:00:06Z");
        assert_eq!(client.ask(world, "").status, 200);
    });
}
