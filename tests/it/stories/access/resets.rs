//! Another password for somebody who does not know theirs.

use serde_json::{Value, json};

use crate::cast::at_once::at_once;
use crate::cast::deal::told_of;
use crate::cast::http::faults;
use crate::cast::letters::{letters, until};
use crate::cast::tables::{rows, texts};
use crate::cast::world::{World, in_a_world, in_a_world_with};

const ASK: &str = "/v1/auth/password-resets";
const CONFIRM: &str = "/v1/auth/password-resets/confirm";
const NEW: &str = "another horse battery";

fn ask(world: &World, email: &str) {
    assert!(world.nobody().post(ASK, json!({ "email": email }), 202).is_null());
}

fn confirm(world: &World, token: &str, password: &str, status: u16) -> Value {
    world.nobody().post(CONFIRM, json!({ "token": token, "password": password }), status)
}

fn login(world: &World, email: &str, password: &str, status: u16) -> Value {
    let body = json!({ "email": email, "password": password });
    world.nobody().post("/v1/auth/login", body, status)
}

/// Waits until every wish was answered, by a letter or by silence.
fn all_answered(world: &World) {
    let open = "SELECT 'one' AS text FROM password_resets WHERE answered_at IS NULL";
    until(|| texts(world, open), Vec::is_empty);
}

#[test]
fn somebody_chooses_a_new_password_and_is_signed_out_everywhere() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let other = world.again(&acme);
        ask(world, "ACME0@example.com");
        let letter = letters(&world.outbox(), 1).pop().unwrap();
        assert_eq!(letter.header("To"), "acme0@example.com");
        assert_eq!(letter.header("Subject"), "Choose a new password");
        assert!(letter.header("List-Unsubscribe").is_empty(), "it is essential");
        let token = letter.token();
        assert!(token.starts_with("entp_") && token.len() == 5 + 43, "{token}");

        // Asking changes nothing.
        acme.get("/v1/me", 200);
        login(world, "acme0@example.com", "correct horse battery", 200);
        confirm(world, token, NEW, 204);
        acme.get("/v1/me", 401);
        other.get("/v1/me", 401);
        bolt.get("/v1/me", 200);
        login(world, "acme0@example.com", "correct horse battery", 401);
        let acme = world.caller(&login(world, "acme0@example.com", NEW, 200));

        let all = letters(&world.outbox(), 2);
        let subjects: Vec<_> = all.iter().map(|letter| letter.header("Subject")).collect();
        assert_eq!(subjects, ["Choose a new password", "Your password was changed"]);
        assert_eq!(all[1].header("To"), "acme0@example.com");

        let events = told_of("user.", &acme, 1);
        let me = acme.get("/v1/me", 200);
        assert_eq!(events[0]["type"], "user.password_changed");
        assert_eq!(events[0]["object_id"], me["user"]["id"]);
        assert_eq!((&events[0]["user_id"], &events[0]["sequence"]), (&me["user"]["id"], &json!(2)));
        assert_eq!(events[0]["changes"], json!({}));
        let others = bolt.all("/v1/events");
        assert!(others.iter().all(|event| event["type"] != "user.password_changed"), "{others:?}");
    });
}

#[test]
fn a_session_that_ended_with_the_old_password_is_not_refreshed() {
    in_a_world(|world| {
        world.company("Acme", "brand");
        let first = login(world, "acme0@example.com", "correct horse battery", 200);
        ask(world, "acme0@example.com");
        let letter = letters(&world.outbox(), 1).pop().unwrap();
        confirm(world, letter.token(), NEW, 204);
        let shown = json!({ "refresh_token": first["refresh_token"] });
        world.nobody().post("/v1/auth/refresh", shown, 401);
    });
}

#[test]
fn a_token_counts_once_for_an_hour_and_only_the_newest() {
    in_a_world(|world| {
        world.company("Acme", "brand");
        let refused = |token: &str| {
            let mut problem = confirm(world, token, NEW, 422);
            assert_eq!(faults(&problem), ["/token reset_token_invalid"]);
            problem["request_id"].take();
            problem
        };
        let unknown = refused("entp_nonsense");
        ask(world, "acme0@example.com");
        let first = letters(&world.outbox(), 1).remove(0);
        world.travel("2026-03-10T12:10:00Z");
        ask(world, "acme0@example.com");
        let all = letters(&world.outbox(), 2);
        let second = all.iter().find(|letter| letter.token() != first.token()).unwrap();
        assert_eq!(refused(first.token()), unknown, "a newer one was made");

        world.travel("2026-03-10T13:10:00Z");
        assert_eq!(refused(second.token()), unknown, "an hour is over");
        world.travel("2026-03-10T13:09:59.999999Z");
        confirm(world, second.token(), NEW, 204);
        assert_eq!(refused(second.token()), unknown, "it was used");
    });
}

#[test]
fn of_several_who_show_one_token_at_once_one_has_it() {
    in_a_world(|world| {
        world.company("Acme", "brand");
        ask(world, "acme0@example.com");
        let letter = letters(&world.outbox(), 1).pop().unwrap();
        let password = |number: usize| format!("horse number {number} battery");
        let answers = at_once(4, |number| {
            let body = json!({ "token": letter.token(), "password": password(number) }).to_string();
            let headers = [("Content-Type", "application/json")];
            world.nobody().send("POST", CONFIRM, &headers, body.as_bytes()).status
        });
        let won: Vec<_> = (0..4).filter(|number| answers[*number] == 204).collect();
        assert_eq!(won.len(), 1, "{answers:?}");
        login(world, "acme0@example.com", &password(won[0]), 200);
        letters(&world.outbox(), 2);
    });
}

#[test]
fn an_address_that_nobody_has_is_answered_alike_and_leaves_as_much() {
    in_a_world_with(&["--no-jobs"], |world| {
        world.company("Acme", "brand");
        let left = |email: &str| {
            let before = rows(world);
            let body = json!({ "email": email }).to_string();
            let headers = [("Content-Type", "application/json")];
            let answer = world.nobody().send("POST", ASK, &headers, body.as_bytes());
            let mut names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
            names.sort();
            let after = rows(world).into_iter();
            let grown =
                after.map(|(table, rows)| (table.clone(), rows.len() - before[&table].len()));
            let grown: Vec<_> = grown.filter(|(_, more)| *more > 0).collect();
            (answer.status, answer.text, names, grown)
        };
        let known = left("acme0@example.com");
        assert_eq!((known.0, known.1.as_str()), (202, ""));
        assert_eq!(
            known.3,
            [("password_resets".to_string(), 1)],
            "whatever it is, it is done later"
        );
        assert_eq!(left("nobody@example.com"), known);
    });
}

#[test]
fn nobody_gets_a_letter_who_is_no_user_and_no_more_than_five_an_hour_who_is() {
    in_a_world(|world| {
        world.company("Acme", "brand");
        for _ in 0..7 {
            ask(world, "nobody@example.com");
            ask(world, "acme0@example.com");
        }
        all_answered(world);
        let to = |count: usize| {
            let all = letters(&world.outbox(), count);
            assert!(all.iter().all(|letter| letter.header("To") == "acme0@example.com"));
        };
        to(5);
        world.travel("2026-03-10T13:00:00Z");
        ask(world, "acme0@example.com");
        all_answered(world);
        to(6);
        assert_eq!(texts(world, "SELECT 'one' AS text FROM password_resets").len(), 11);
        assert_eq!(texts(world, "SELECT 'one' AS text FROM mails").len(), 6);
    });
}

#[test]
fn all_faults_are_told_at_once_and_the_token_is_no_excuse() {
    in_a_world(|world| {
        let problem = world.nobody().post(ASK, json!({ "email": "ada", "x": 1 }), 422);
        assert_eq!(faults(&problem), ["/email bad_format", "/x unknown_field"]);
        let problem = world.nobody().post(CONFIRM, json!({ "password": "short" }), 422);
        assert_eq!(faults(&problem), ["/password too_short", "/token missing_field"]);
        let problem = confirm(world, "entp_nonsense", "short", 422);
        assert_eq!(faults(&problem), ["/password too_short"]);
    });
}

#[test]
fn of_a_token_that_was_sent_nothing_but_its_digest_is_stored() {
    in_a_world(|world| {
        world.company("Acme", "brand");
        ask(world, "acme0@example.com");
        let letter = letters(&world.outbox(), 1).pop().unwrap();
        let sent = "SELECT 'one' AS text FROM mails WHERE status = 'sent'";
        until(|| texts(world, sent), |sent| sent.len() == 1);
        let stored: String = rows(world).into_values().flatten().collect();
        assert!(stored.contains("acme0@example.com"), "this looks in the wrong place");
        assert!(!stored.contains(letter.token()), "the token stands in a table");
    });
}

#[test]
fn the_page_on_which_a_password_is_chosen_is_the_operators() {
    let flags = ["--password-reset-url", "https://app.example/#/new/{token}?from=mail"];
    in_a_world_with(&flags, |world| {
        world.company("Acme", "brand");
        ask(world, "acme0@example.com");
        let letter = letters(&world.outbox(), 1).pop().unwrap();
        let token = letter.behind("https://app.example/#/new/").trim_end_matches("?from=mail");
        confirm(world, token, NEW, 204);
    });
}
