//! Another address to sign in with, and another password.

use serde_json::{Value, json};

use crate::cast::deal::told_of;
use crate::cast::http::{Answer, Caller, faults};
use crate::cast::letters::{Arrived, letters, letters_about};
use crate::cast::tables::{rows, texts};
use crate::cast::world::{World, in_a_world, in_a_world_with};

const PASSWORD: &str = "correct horse battery";
const NEW: &str = "another horse battery";

fn login(world: &World, email: &str, password: &str, status: u16) -> Value {
    let body = json!({ "email": email, "password": password });
    world.nobody().post("/v1/auth/login", body, status)
}

fn ask(person: &Caller, email: &str, status: u16) -> Answer {
    let body = json!({ "email": email, "password": PASSWORD });
    person.call("POST", "/v1/me/email", &[], &body, status)
}

fn confirm(world: &World, token: &str, status: u16) -> Value {
    world.nobody().post("/v1/me/email/confirm", json!({ "token": token }), status)
}

/// The letters that ask to confirm another address, once there are so many.
fn asked(world: &World, many: usize) -> Vec<Arrived> {
    letters_about(&world.outbox(), "Confirm your address", many)
}

#[test]
fn another_address_counts_once_a_letter_to_it_has_confirmed_it() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let other = world.again(&acme);
        let wrong = json!({ "email": "ada@new.example", "password": "not the password" });
        let problem = acme.post("/v1/me/email", wrong, 422);
        assert_eq!(faults(&problem), ["/password password_wrong"]);
        // Whoever has a letter of the old address must not choose a password for the new one.
        world.nobody().post("/v1/auth/password-resets", json!({ "email": acme.email }), 202);
        let reset = letters(&world.outbox(), 1).remove(0);

        assert_eq!(ask(&acme, "ADA@new.example", 202).text, "");
        let letter = asked(world, 1).remove(0);
        assert_eq!(letter.header("To"), "ada@new.example");
        let token = letter.behind("/email-change?token=");
        assert!(token.starts_with("entm_") && token.len() == 5 + 43, "{token}");
        let notice = letters_about(&world.outbox(), "Another address was asked for", 1).remove(0);
        assert_eq!(notice.header("To"), "acme0@example.com");
        assert!(notice.text.contains("ada@new.example") && !notice.text.contains("entm_"));
        login(world, "ada@new.example", PASSWORD, 401);
        login(world, "acme0@example.com", PASSWORD, 200);

        confirm(world, token, 204);
        login(world, "acme0@example.com", PASSWORD, 401);
        login(world, "ada@new.example", PASSWORD, 200);
        assert_eq!(acme.get("/v1/me", 200)["user"]["email"], "ada@new.example");
        other.get("/v1/me", 200);
        let told = letters_about(&world.outbox(), "Your address was changed", 1).remove(0);
        assert_eq!(told.header("To"), "acme0@example.com");
        assert_eq!(told_of("user.", &acme, 1)[0]["type"], "user.email_confirmed");
        let chosen = json!({ "token": reset.token(), "password": NEW });
        let problem = world.nobody().post("/v1/auth/password-resets/confirm", chosen, 422);
        assert_eq!(faults(&problem), ["/token reset_token_invalid"]);
        let stored: String = rows(world).into_values().flatten().collect();
        assert!(!stored.contains(token), "the token stands in a table");
    });
}

/// Whoever did not ask for another address is told to choose another password: that ends the wish.
#[test]
fn a_wish_for_another_address_ends_with_the_password_it_was_made_by() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let token = |many: usize| {
            let letters = asked(world, many);
            letters[many - 1].behind("/email-change?token=").to_string()
        };
        ask(&acme, "eve@evil.example", 202);
        let first = token(1);
        let chosen = json!({ "current": PASSWORD, "new": NEW });
        acme.call("POST", "/v1/me/password", &[], &chosen, 204);
        let problem = confirm(world, &first, 422);
        assert_eq!(faults(&problem), ["/token email_token_invalid"]);

        let again = json!({ "email": "eve@evil.example", "password": NEW });
        acme.call("POST", "/v1/me/email", &[], &again, 202);
        let second = token(2);
        world.nobody().post("/v1/auth/password-resets", json!({ "email": acme.email }), 202);
        let reset = letters_about(&world.outbox(), "Choose a new password", 1).remove(0);
        let chosen = json!({ "token": reset.token(), "password": PASSWORD });
        world.nobody().call("POST", "/v1/auth/password-resets/confirm", &[], &chosen, 204);
        confirm(world, &second, 422);
        login(world, "acme0@example.com", PASSWORD, 200);
    });
}

#[test]
fn an_address_that_somebody_has_is_answered_alike_and_cannot_be_taken() {
    in_a_world_with(&["--no-jobs"], |world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let left = |email: &str| {
            let before = rows(world);
            let answer = ask(&acme, email, 202);
            let mut names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
            names.sort();
            let after = rows(world).into_iter();
            let grown =
                after.map(|(table, rows)| (table.clone(), rows.len() - before[&table].len()));
            let grown: Vec<_> = grown.filter(|(_, more)| *more > 0).collect();
            (answer.text, names, grown)
        };
        let new = left("ada@new.example");
        assert_eq!(new.2, [("email_changes".to_string(), 1), ("mails".to_string(), 2)]);
        assert_eq!(left("Bolt1@example.com"), new);
        let counts = "SELECT email AS text FROM email_changes WHERE hash IS NOT NULL";
        assert!(texts(world, counts).is_empty(), "the newer wish ends the older, and counts not");
        let told = "SELECT text FROM mails WHERE subject = 'This address is yours already'";
        assert!(texts(world, told)[0].contains("Hello Bolt's owner"));
        bolt.get("/v1/me", 200);
    });
}

#[test]
fn a_token_counts_once_for_a_day_only_the_newest_and_while_the_address_is_free() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let refused = |token: &str| {
            assert_eq!(faults(&confirm(world, token, 422)), ["/token email_token_invalid"]);
        };
        refused("entm_nonsense");
        ask(&acme, "one@new.example", 202);
        ask(&acme, "two@new.example", 202);
        let all = asked(world, 2);
        let to = |letters: &[Arrived], to: &str| {
            let found = letters.iter().find(|one| one.header("To") == to).expect("a letter");
            found.any_token().to_string()
        };
        refused(&to(&all, "one@new.example"));
        let second = to(&all, "two@new.example");
        world.pass(86_400);
        refused(&second);
        world.pass(-1);
        confirm(world, &second, 204);
        refused(&second);

        let acme = world.caller(&login(world, "two@new.example", PASSWORD, 200));
        ask(&acme, "bolt1@example.com", 202);
        let third = to(&asked(world, 3), "bolt1@example.com");
        world.company("Bolt", "partner");
        refused(&third);
        for number in 0..4 {
            ask(&acme, &format!("more{number}@new.example"), 202);
        }
        let waits = ask(&acme, "more4@new.example", 429);
        assert_eq!(waits.header("Retry-After"), "3600");
        assert_eq!(waits.json()["code"], "too_many_attempts");
    });
}

#[test]
fn another_password_ends_all_sessions_but_the_one_in_which_it_was_chosen() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let other = world.again(&acme);
        let key = json!({ "name": "Feed", "scopes": ["events:read"] });
        let key = world.caller(&acme.post("/v1/api-keys", key, 201));
        let change = |current: &str, new: &str, status| {
            // Nothing is kept for a repeat, of which the digest would tell who guesses right.
            let once = [("Idempotency-Key", "key-1")];
            let body = json!({ "current": current, "new": new });
            acme.call("POST", "/v1/me/password", &once, &body, status).json()
        };
        let problem = change("not the password", "short", 422);
        assert_eq!(faults(&problem), ["/new too_short"]);
        let problem = change("not the password", NEW, 422);
        assert_eq!(faults(&problem), ["/current password_wrong"]);
        other.get("/v1/me", 200);

        change(PASSWORD, NEW, 204);
        let kept = "SELECT 'one' AS text FROM idempotency_keys";
        assert!(texts(world, kept).is_empty());
        acme.get("/v1/me", 200);
        other.get("/v1/me", 401);
        key.get("/v1/events", 200);
        login(world, "acme0@example.com", PASSWORD, 401);
        login(world, "acme0@example.com", NEW, 200);
        let letter = letters(&world.outbox(), 1).remove(0);
        assert_eq!(letter.header("Subject"), "Your password was changed");
        assert_eq!(told_of("user.", &acme, 1)[0]["type"], "user.password_changed");
    });
}
