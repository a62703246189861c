//! Several at the same moment: one address, one refresh token, one idempotency key, many sign-ins.

use serde_json::{Value, json};

use crate::cast::at_once::at_once;
use crate::cast::deal::Deal;
use crate::cast::http::{Answer, Caller, faults};
use crate::cast::world::{World, in_a_world};

/// A race is lost more often than not within so many of them.
const RACES: usize = 6;
/// More than may wait for their password to be hashed, and than are served while they come.
const STORM: usize = 160;

fn registration(email: &str) -> Value {
    json!({
        "email": email, "password": "correct horse battery", "name": "Ada",
        "company": { "name": "Acme", "kind": "brand" },
    })
}

fn post(caller: &Caller, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let mut all = vec![("Content-Type", "application/json")];
    all.extend_from_slice(headers);
    caller.send("POST", path, &all, body.to_string().as_bytes())
}

#[test]
fn of_many_who_register_one_address_one_has_it() {
    in_a_world(|world| {
        for race in 0..RACES {
            let body = registration(&format!("ada{race}@example.com"));
            let answers = at_once(4, |_| post(&world.nobody(), "/v1/auth/register", &[], &body));
            let mut told: Vec<_> =
                answers.iter().map(|one| (one.status, faults(&one.json()).join(" "))).collect();
            told.sort();
            let taken = (422, "/email email_taken".to_string());
            let expected = [(201, String::new()), taken.clone(), taken.clone(), taken];
            assert_eq!(told, expected);
        }
    });
}

#[test]
fn a_refresh_token_that_several_show_at_once_ends_the_session() {
    in_a_world(|world| {
        world.nobody().post("/v1/auth/register", registration("ada@example.com"), 201);
        for _ in 0..RACES {
            let login = json!({ "email": "ada@example.com", "password": "correct horse battery" });
            let first = world.nobody().post("/v1/auth/login", login, 200);
            let shown = json!({ "refresh_token": first["refresh_token"] });
            let answers = at_once(6, |_| post(&world.nobody(), "/v1/auth/refresh", &[], &shown));
            let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 401, 401, 401, 401, 401]);

            let won = answers.iter().find(|answer| answer.status == 200).unwrap().json();
            world.caller(&won).get("/v1/me", 401);
            let newest = json!({ "refresh_token": won["refresh_token"] });
            world.nobody().post("/v1/auth/refresh", newest, 401);
        }
    });
}

/// Sends the same request eight times at once under one key; they must be one, and told so.
fn twins(caller: &Caller, path: &str, headers: &[(&str, &str)], body: &Value) -> Value {
    let answers = at_once(8, |_| post(caller, path, headers, body));
    let first = answers[0].json();
    for answer in &answers {
        // A batch may be over before its twin is answered.
        assert!([200, 201, 202].contains(&answer.status), "{path} answered {}", answer.text);
        assert_eq!(answer.json()["id"], first["id"], "{path}");
        assert!(answer.header("Location").ends_with(first["id"].as_str().unwrap()));
    }
    let replayed = |answer: &&Answer| answer.header("Idempotency-Replayed") == "true";
    assert_eq!(answers.iter().filter(replayed).count(), 7, "{path}");
    first
}

#[test]
fn twins_under_one_idempotency_key_are_one() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let action = deal.tracked("A-1");
        let owner = owner(world);
        for race in 0..RACES {
            let key = format!("twins-{race}");
            let once = [("Idempotency-Key", key.as_str())];
            // Nothing but the key keeps programs of one name, or returns of one amount, apart.
            let body = json!({ "name": "Twin", "currency": "EUR", "time_zone": "UTC" });
            let program = twins(&owner, "/v1/programs", &once, &body);
            assert_eq!(owner.all("/v1/programs").len(), 2 + race, "{program}");
            let line = json!({
                "order_id": "A-1", "operation": "modify", "reason": "ITEM_RETURNED",
                "amount_delta": "-1.00",
            });
            let lines = json!({ "lines": [line] });
            let batch = twins(&deal.acme, "/v1/reversals", &once, &lines);
            let path = format!("/v1/reversals/{}", batch["id"].as_str().unwrap());
            ended(&deal.acme, &path);
            assert_eq!(deal.acme.all("/v1/reversals").len(), 1 + race);
        }
        let left = deal.acme.get(&action, 200);
        assert_eq!(left["sale_amount"]["amount"], format!("{}.00", 100 - RACES));
    });
}

/// The owner of the deal's brand.
fn owner(world: &World) -> Caller {
    let login = json!({ "email": "acme0@example.com", "password": "correct horse battery" });
    world.caller(&world.nobody().post("/v1/auth/login", login, 200))
}

/// Waits until a batch has ended.
fn ended(caller: &Caller, path: &str) {
    let began = std::time::Instant::now();
    while caller.get(path, 200)["status"] != "completed" {
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "{path} never ends");
    }
}

#[test]
fn of_a_storm_of_sign_ins_some_are_told_to_come_again() {
    in_a_world(|world| {
        world.nobody().post("/v1/auth/register", registration("ada@example.com"), 201);
        let login = |password: &str| json!({ "email": "ada@example.com", "password": password });
        let right = login("correct horse battery");
        let answers = at_once(STORM, |_| post(&world.nobody(), "/v1/auth/login", &[], &right));
        let many = |status| answers.iter().filter(|answer| answer.status == status).count();
        assert!(many(503) > 0, "it was never too much: this test proves nothing");
        assert_eq!(many(200) + many(503), STORM, "{answers:?}");
        for answer in answers.iter().filter(|answer| answer.status == 503) {
            assert_eq!(answer.json()["code"], "overloaded");
            assert_eq!(answer.header("Retry-After"), "1");
        }
        world.nobody().post("/v1/auth/login", right, 200);
        world.nobody().post("/v1/auth/login", login("wrong horse battery"), 401);
    });
}
