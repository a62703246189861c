//! Who fails to sign in too often has to wait; strangers keep nobody out.

use serde_json::{Value, json};

use crate::cast::at_once::at_once;
use crate::cast::authenticator::Authenticator;
use crate::cast::deal::meddle;
use crate::cast::http::Answer;
use crate::cast::letters::letters;
use crate::cast::tables::{Stored, texts};
use crate::cast::world::{World, in_a_world, in_a_world_with};

const PASSWORD: &str = "correct horse battery";
const BEHIND: [&str; 2] = ["--trusted-proxies", "127.0.0.1"];

/// Tries to sign in from an address.
fn from(world: &World, address: &str, email: &str, password: &str) -> Answer {
    let headers = [("Content-Type", "application/json"), ("X-Forwarded-For", address)];
    let body = json!({ "email": email, "password": password }).to_string();
    world.nobody().send("POST", "/v1/auth/login", &headers, body.as_bytes())
}

/// What is said, but for what differs between any two answers.
fn said(answer: &Answer) -> (u16, String, Value) {
    let mut problem = answer.json();
    problem.as_object_mut().map(|fields| fields.remove("request_id"));
    (answer.status, answer.header("Retry-After").to_string(), problem)
}

#[test]
fn waits_grow_are_the_same_for_nobody_and_end_with_a_sign_in() {
    in_a_world(|world| {
        world.company("Acme", "brand");
        let wrong = |email: &str| said(&from(world, "", email, "not the password"));
        for attempt in 1..=10 {
            let known = wrong("acme0@example.com");
            assert_eq!(known.0, 401, "attempt {attempt}");
            assert_eq!(wrong("nobody@example.com"), known);
        }
        for wait in [1, 2, 4] {
            let known = wrong("acme0@example.com");
            assert_eq!((known.0, known.1.as_str()), (429, wait.to_string().as_str()));
            assert_eq!(known.2["code"], "too_many_attempts");
            assert_eq!(wrong("nobody@example.com"), known);
            // Not even with the right one.
            assert_eq!(said(&from(world, "", "acme0@example.com", PASSWORD)), known);
            world.pass(wait);
            assert_eq!(wrong("acme0@example.com").0, 401);
            assert_eq!(wrong("nobody@example.com").0, 401);
        }
        world.pass(8);
        assert_eq!(from(world, "", "acme0@example.com", PASSWORD).status, 200);
        // Nothing of it is left.
        assert_eq!(wrong("acme0@example.com").0, 401);
        assert_eq!(from(world, "", "acme0@example.com", PASSWORD).status, 200);
        let stored = Stored::in_world(world);
        assert!(!stored.holds(b"nobody@example.com"), "who nobody is stands in a table");
    });
}

#[test]
fn strangers_elsewhere_keep_out_nobody_who_has_signed_in_here() {
    in_a_world_with(&BEHIND, |world| {
        world.company("Acme", "brand");
        let (email, home) = ("acme0@example.com", "203.0.113.1");
        assert_eq!(from(world, home, email, PASSWORD).status, 200);
        let guess = |address: &str| from(world, address, email, "not the password").status;
        assert_eq!(guess("198.51.100.1"), 401);
        // As if it had gone on for long.
        meddle(world, "UPDATE sign_in_counts SET failures = 48 WHERE failures > 0");
        assert_eq!(guess("198.51.100.2"), 401);
        assert_eq!(guess("198.51.100.3"), 401);
        let shut = from(world, "198.51.100.4", email, PASSWORD);
        assert_eq!((shut.status, shut.header("Retry-After")), (429, "1"));
        let other = from(world, "198.51.100.4", "crow@example.com", PASSWORD);
        assert_eq!(other.status, 401, "other accounts go on");

        // At home one signs in all the same; who guesses there hears what others do.
        let shut = said(&from(world, "198.51.100.4", email, "not the password"));
        assert_eq!(said(&from(world, home, email, "not the password")), shut);
        assert_eq!(from(world, home, email, PASSWORD).status, 200);
        assert_eq!(from(world, "198.51.100.4", email, PASSWORD).status, 200, "nothing is left");
    });
}

#[test]
fn one_address_that_fails_for_many_has_to_wait_and_others_go_on() {
    in_a_world_with(&BEHIND, |world| {
        let acme = world.company("Acme", "brand");
        let guess = |address: &str, number: u8| {
            let email = format!("nobody{number}@example.com");
            from(world, address, &email, "not the password").status
        };
        // Networks of IPv6 are one address.
        assert_eq!(guess("2001:db8:1:1::1", 1), 401);
        meddle(world, "UPDATE sign_in_counts SET failures = 98 WHERE failures > 0");
        assert_eq!(guess("2001:db8:1:1::2", 2), 401);
        assert_eq!(guess("2001:db8:1:1::3", 3), 401);
        assert_eq!(guess("2001:db8:1:1::4", 4), 429);
        let email = acme.email.as_deref().unwrap();
        assert_eq!(from(world, "2001:db8:1:1::5", email, PASSWORD).status, 429);
        assert_eq!(guess("2001:db8:1:2::1", 5), 401);
        assert_eq!(from(world, "203.0.113.1", email, PASSWORD).status, 200);
        world.pass(1);
        assert_eq!(from(world, "2001:db8:1:1::5", email, PASSWORD).status, 200);
    });
}

#[test]
fn of_many_guesses_at_once_no_more_are_answered_than_one_after_the_other() {
    in_a_world(|world| {
        world.company("Acme", "brand");
        let answers =
            at_once(30, |_| from(world, "", "acme0@example.com", "not the password").status);
        let many = |status| answers.iter().filter(|answer| **answer == status).count();
        assert_eq!((many(401), many(429)), (10, 20), "{answers:?}");
    });
}

/// A stolen session guesses no password, and a stolen password no code.
#[test]
fn failures_of_whoever_is_signed_in_count_too_and_a_letter_ends_the_waiting() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let (app, codes) = Authenticator::enabled(world, &acme);
        world.pass(30);
        let password = json!({ "current": "not the password", "new": "another horse battery" });
        let off = |code: &str| json!({ "password": PASSWORD, "code": code });
        for _ in 0..5 {
            acme.post("/v1/me/password", password.clone(), 422);
            acme.post("/v1/me/two-factor/disable", off("000000"), 422);
        }
        for (path, body) in [
            ("/v1/me/password", password),
            ("/v1/me/two-factor", json!({ "password": PASSWORD })),
            ("/v1/me/two-factor/disable", off(&app.code(world))),
            ("/v1/me/email", json!({ "email": "a@b.example", "password": PASSWORD })),
        ] {
            let waits = acme.call("POST", path, &[], &body, 429);
            assert_eq!(waits.header("Retry-After"), "1", "{path}");
        }
        assert_eq!(from(world, "", "acme0@example.com", PASSWORD).status, 429);

        world.nobody().post("/v1/auth/password-resets", json!({ "email": acme.email }), 202);
        let letter = letters(&world.outbox(), 1).pop().unwrap();
        let chosen = json!({ "token": letter.token(), "password": "another horse battery" });
        world.nobody().post("/v1/auth/password-resets/confirm", chosen, 204);
        let login = json!({
            "email": acme.email, "password": "another horse battery", "recovery_code": codes[0],
        });
        world.nobody().post("/v1/auth/login", login, 200);
        letters(&world.outbox(), 2);
    });
}

#[test]
fn what_was_counted_yesterday_is_forgotten_and_who_is_known_where_is_not() {
    use entente::users::attempts::store::sweep;
    in_a_world_with(&["--no-jobs"], |world| {
        world.company("Acme", "brand");
        assert_eq!(from(world, "", "acme0@example.com", PASSWORD).status, 200);
        assert_eq!(from(world, "", "nobody@example.com", PASSWORD).status, 401);
        let marks = || texts(world, "SELECT 'one' AS text FROM sign_in_counts").len();
        let swept = |seconds: i64| {
            world.pass(seconds);
            let now = world.now();
            crate::cast::deal::run(world, async |pool| {
                pool.write(move |db| sweep(db, now)).await.expect("it is swept")
            })
        };
        assert_eq!((marks(), swept(86_400)), (4, 0));
        assert_eq!((swept(1), marks()), (3, 1));
        assert_eq!((swept(30 * 86_400), marks()), (1, 0));
    });
}
