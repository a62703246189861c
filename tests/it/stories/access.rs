//! Registering, signing in, staying signed in; and API keys.

mod addresses;
mod at_once;
mod attempts;
mod bodies;
mod keys;
mod limits;
mod newcomers;
mod oauth;
mod rates;
mod resets;
mod rights;
mod rotation;
mod secrets;
mod sessions;
mod standing;
mod tickets;
mod tokens;
mod two_factor;

use serde_json::json;

use crate::cast::engines::on_both_engines;
use crate::cast::http::faults;
use crate::cast::tables::texts;
use crate::cast::world::{World, in_a_world};

#[test]
fn somebody_registers_signs_in_and_sees_themself() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let me = acme.get("/v1/me", 200);
        assert_eq!(me["role"], "owner");
        assert_eq!(me["company"]["domain"], "acme.example");
        assert_eq!(me["memberships"][0]["company_id"], acme.company_id());

        let login = json!({ "email": me["user"]["email"], "password": "correct horse battery" });
        let again = world.nobody().post("/v1/auth/login", login, 200);
        assert_eq!(again["expires_in"], 900);
        assert_eq!(world.caller(&again).get("/v1/me", 200), me);

        acme.patch("/v1/me", json!({ "name": "Ada" }), 200);
        assert_eq!(acme.get("/v1/me", 200)["user"]["name"], "Ada");
    });
}

#[test]
fn a_wrong_password_and_an_unknown_address_are_refused_alike() {
    in_a_world(|world| {
        world.company("Acme", "brand");
        let known = json!({ "email": "acme0@example.com", "password": "not the password" });
        let unknown = json!({ "email": "nobody@example.com", "password": "not the password" });
        let mut known = world.nobody().post("/v1/auth/login", known, 401);
        let mut unknown = world.nobody().post("/v1/auth/login", unknown, 401);
        known["request_id"].take();
        unknown["request_id"].take();
        assert_eq!(known, unknown);
    });
}

#[test]
fn a_registration_is_told_all_its_faults_at_once() {
    in_a_world(|world| {
        let body = json!({
            "email": "nonsense", "password": "short", "extra": 1,
            "company": { "name": "", "kind": "bakery", "website": "acme" },
        });
        let problem = world.nobody().post("/v1/auth/register", body, 422);
        let expected = [
            "/company/kind unknown_value",
            "/company/name too_short",
            "/company/website bad_format",
            "/email bad_format",
            "/extra unknown_field",
            "/name missing_field",
            "/password too_short",
        ];
        assert_eq!(faults(&problem), expected);

        world.company("Acme", "brand");
        let taken = json!({
            "email": "ACME0@example.com", "password": "correct horse battery", "name": "Eve",
            "company": { "name": "Evil", "kind": "brand" },
        });
        let problem = world.nobody().post("/v1/auth/register", taken, 422);
        assert_eq!(faults(&problem), ["/email email_taken"]);
    });
}

#[test]
fn a_server_that_is_closed_registers_nobody_and_lets_its_people_sign_in() {
    on_both_engines(|url| {
        let world = World::start(url, &[]);
        let acme = world.company("Acme", "brand");
        drop(world);
        let world = World::start(url, &["--registration", "closed"]);
        let rows = || {
            ["users", "companies", "memberships", "sessions", "events"]
                .map(|table| texts(&world, &format!("SELECT 'one' AS text FROM {table}")).len())
        };
        let before = rows();
        let eve = json!({
            "email": "eve@example.com", "password": "correct horse battery", "name": "Eve",
            "company": { "name": "Evil", "kind": "brand" },
        });
        let problem = world.nobody().post("/v1/auth/register", eve.clone(), 403);
        assert_eq!(problem["code"], "registration_closed");
        world.nobody().post("/v1/auth/register", json!({ "email": "eve" }), 422);
        assert_eq!(rows(), before);
        let login = json!({ "email": eve["email"], "password": eve["password"] });
        world.nobody().post("/v1/auth/login", login, 401);
        assert_eq!(world.again(&acme).get("/v1/me", 200)["user"]["email"], "acme0@example.com");
    });
}

#[test]
fn a_refresh_token_counts_once_and_a_copy_ends_the_session() {
    in_a_world(|world| {
        let body = json!({
            "email": "ada@example.com", "password": "correct horse battery", "name": "Ada",
            "company": { "name": "Acme", "kind": "brand" },
        });
        let first = world.nobody().post("/v1/auth/register", body, 201);
        let shown = json!({ "refresh_token": first["refresh_token"] });
        let second = world.nobody().post("/v1/auth/refresh", shown.clone(), 200);
        assert_ne!(first["refresh_token"], second["refresh_token"]);
        world.caller(&second).get("/v1/me", 200);

        world.nobody().post("/v1/auth/refresh", shown, 401);
        let newest = json!({ "refresh_token": second["refresh_token"] });
        world.nobody().post("/v1/auth/refresh", newest, 401);
        world.caller(&second).get("/v1/me", 401);
        world.caller(&first).get("/v1/me", 401);
    });
}

#[test]
fn signing_out_ends_the_session_at_once() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        acme.get("/v1/me", 200);
        acme.post("/v1/auth/logout", json!({}), 204);
        let problem = acme.get("/v1/me", 401);
        assert_eq!(problem["code"], "unauthenticated");
    });
}

#[test]
fn an_access_token_expires_and_nothing_forged_counts() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        world.travel("2026-03-10T12:14:59Z");
        acme.get("/v1/me", 200);
        world.travel("2026-03-10T12:15:00Z");
        acme.get("/v1/me", 401);

        world.travel("2026-03-10T12:00:00Z");
        let parts: Vec<&str> = acme.credential().split('.').collect();
        let none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
        let forgeries = [
            format!("{none}.{}.", parts[1]),
            format!("{}.{}.{}", parts[0], parts[1], parts[2].to_lowercase()),
            format!("{}.{}.", parts[0], parts[1]),
            "entk_nonsense".to_string(),
            "nonsense".to_string(),
        ];
        for forgery in forgeries {
            world.with_credential(&forgery).get("/v1/me", 401);
        }
    });
}

#[test]
fn an_api_key_is_shown_once_does_what_its_scopes_say_and_can_be_revoked() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let body = json!({ "name": "Feed", "scopes": ["events:read"] });
        let once = [("Idempotency-Key", "key-1")];
        let made = acme.call("POST", "/v1/api-keys", &once, &body, 201);
        let again = acme.call("POST", "/v1/api-keys", &once, &body, 201);
        assert_eq!(again.header("Idempotency-Replayed"), "true");
        assert_eq!(again.json()["id"], made.json()["id"]);
        assert!(again.json()["secret"].is_null(), "a secret is shown once");

        let key = world.caller(&made.json());
        key.get("/v1/events", 200);
        assert_eq!(key.get("/v1/companies", 403)["code"], "scope_missing");
        assert_eq!(key.get("/v1/api-keys", 403)["code"], "key_not_allowed");

        let path = format!("/v1/api-keys/{}", made.json()["id"].as_str().unwrap());
        assert!(acme.get(&path, 200).get("secret").is_none());
        acme.delete(&path, 204);
        key.get("/v1/events", 401);
        assert!(acme.get(&path, 200)["revoked_at"].is_string());
    });
}

#[test]
fn an_idempotency_key_belongs_to_one_request() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let once = [("Idempotency-Key", "key-1")];
        let body = json!({ "name": "Feed", "scopes": ["events:read"] });
        acme.call("POST", "/v1/api-keys", &once, &body, 201);
        let other = json!({ "name": "Other", "scopes": ["events:read"] });
        let problem = acme.call("POST", "/v1/api-keys", &once, &other, 409).json();
        assert_eq!(problem["code"], "idempotency_conflict");

        // Another company's same key is another key, and a failure is not kept.
        let bolt = world.company("Bolt", "partner");
        bolt.call("POST", "/v1/api-keys", &once, &json!({ "name": "" }), 422);
        bolt.call("POST", "/v1/api-keys", &once, &body, 201);
        assert_eq!(acme.all("/v1/api-keys").len(), 1);
    });
}
