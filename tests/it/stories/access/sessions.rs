//! What a session is for, how long it lasts, and what a password has to be.

use serde_json::{Value, json};

use crate::cast::http::faults;
use crate::cast::tables::texts;
use crate::cast::world::{World, in_a_world};

const PASSWORD: &str = "correct horse battery";

/// Registers somebody with a password; the status and the answer.
fn registered(world: &World, email: &str, password: &str) -> (u16, Value) {
    let body = json!({
        "email": email, "password": password, "name": "Ada",
        "company": { "name": "Acme", "kind": "brand" },
    });
    let headers = [("Content-Type", "application/json")];
    let body = body.to_string();
    let answer = world.nobody().send("POST", "/v1/auth/register", &headers, body.as_bytes());
    (answer.status, answer.json())
}

/// Exchanges the refresh token of an answer.
fn refreshed(world: &World, answer: &Value, status: u16) -> Value {
    let shown = json!({ "refresh_token": answer["refresh_token"] });
    world.nobody().post("/v1/auth/refresh", shown, status)
}

#[test]
fn nobody_signs_in_to_a_company_that_is_not_theirs() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let refused = |company: &str, password: &str| {
            let login = json!({ "email": acme.email, "password": password, "company_id": company });
            let mut problem = world.nobody().post("/v1/auth/login", login, 401);
            problem["request_id"].take();
            problem
        };
        let sessions = || texts(world, "SELECT 'one' AS text FROM sessions").len();
        let before = sessions();
        let wrong = refused(acme.company_id(), "not the password");
        let unknown = "co_01k5h2v7xnf8rtq3m9bcw4ze6a";
        for company in [bolt.company_id(), unknown] {
            assert_eq!(refused(company, PASSWORD), wrong, "it tells nothing of {company}");
        }
        assert_eq!(sessions(), before);
        assert_eq!(world.again(&acme).get("/v1/me", 200)["company"]["id"], acme.company_id());
    });
}

#[test]
fn a_session_that_was_signed_out_of_is_not_refreshed() {
    in_a_world(|world| {
        let first = registered(world, "ada@example.com", PASSWORD).1;
        let login = json!({ "email": "ada@example.com", "password": PASSWORD });
        let other = world.nobody().post("/v1/auth/login", login, 200);
        let second = refreshed(world, &first, 200);
        world.caller(&second).post("/v1/auth/logout", json!({}), 204);
        refreshed(world, &second, 401);
        refreshed(world, &other, 200);
    });
}

#[test]
fn a_session_lasts_thirty_days_however_often_it_is_refreshed() {
    in_a_world(|world| {
        let first = registered(world, "ada@example.com", PASSWORD).1;
        world.travel("2026-04-09T11:59:59.999999Z");
        let last = refreshed(world, &first, 200);
        world.caller(&last).get("/v1/me", 200);
        world.travel("2026-04-09T12:00:00Z");
        refreshed(world, &last, 401);
    });
}

#[test]
fn a_password_has_twelve_characters_at_least() {
    in_a_world(|world| {
        // Characters, however many bytes each has.
        for (number, letter) in ["x", "é"].into_iter().enumerate() {
            let email = format!("ada{number}@example.com");
            let (status, problem) = registered(world, &email, &letter.repeat(11));
            assert_eq!((status, faults(&problem)), (422, vec!["/password too_short".to_string()]));
            let (status, made) = registered(world, &email, &letter.repeat(12));
            assert_eq!(status, 201, "{made}");
            let login = json!({ "email": email, "password": letter.repeat(12) });
            world.nobody().post("/v1/auth/login", login, 200);
        }
    });
}
