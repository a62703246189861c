//! Registering where an address has to be confirmed first.

use std::time::{Duration, Instant};

use entente::users::model::Registration;
use serde_json::{Value, json};

use crate::cast::at_once::at_once;
use crate::cast::engines::on_both_engines;
use crate::cast::http::{Answer, faults};
use crate::cast::letters::{Arrived, letters_about};
use crate::cast::tables::{rows, texts};
use crate::cast::world::{World, in_a_world_with, settings};

const PASSWORD: &str = "correct horse battery";
const CONFIRM: &str = "/v1/auth/register/confirm";
const RESEND: &str = "/v1/auth/register/resend";
const VERIFIED: [&str; 2] = ["--registration", "verified"];

fn register(world: &World, email: &str) -> Answer {
    let body = json!({
        "email": email, "password": PASSWORD, "name": "Ada",
        "company": { "name": "Acme", "kind": "brand", "website": "https://acme.example" },
    });
    world.nobody().call("POST", "/v1/auth/register", &[], &body, 202)
}

fn confirm(world: &World, token: &str, password: &str, status: u16) -> Value {
    world.nobody().post(CONFIRM, json!({ "token": token, "password": password }), status)
}

/// The letters that ask to confirm a registration, once there are so many.
fn asked(world: &World, many: usize) -> Vec<Arrived> {
    letters_about(&world.outbox(), "Confirm your address", many)
}

#[test]
fn nobody_is_a_user_before_a_letter_has_confirmed_it() {
    in_a_world_with(&VERIFIED, |world| {
        assert_eq!(register(world, "ADA@acme.example").text, "");
        let login = json!({ "email": "ada@acme.example", "password": PASSWORD });
        world.nobody().post("/v1/auth/login", login.clone(), 401);
        for table in ["users", "companies", "events"] {
            assert!(texts(world, &format!("SELECT 'one' AS text FROM {table}")).is_empty());
        }
        let letter = asked(world, 1).remove(0);
        assert_eq!(letter.header("To"), "ada@acme.example");
        let token = letter.behind("/register?token=");
        assert!(token.starts_with("entn_") && token.len() == 5 + 43, "{token}");

        // Whoever opens the link of somebody else's registration has no account for it.
        let problem = confirm(world, token, "not the password", 422);
        assert_eq!(faults(&problem), ["/password password_wrong"]);
        let problem = confirm(world, "entn_nonsense", PASSWORD, 422);
        assert_eq!(faults(&problem), ["/token registration_token_invalid"]);
        let answers = at_once(3, |_| {
            let body = json!({ "token": token, "password": PASSWORD }).to_string();
            let headers = [("Content-Type", "application/json")];
            world.nobody().send("POST", CONFIRM, &headers, body.as_bytes())
        });
        let (made, rest): (Vec<_>, Vec<_>) =
            answers.iter().partition(|answer| answer.status == 201);
        assert_eq!((made.len(), rest.len()), (1, 2));
        assert!(rest.iter().all(|answer| answer.status == 422));

        let session = made[0].json();
        let company = session["company"]["id"].as_str().unwrap();
        assert_eq!(made[0].header("Location"), format!("/v1/companies/{company}"));
        let ada = world.caller(&session);
        assert_eq!(ada.get("/v1/me", 200)["role"], "owner");
        let program = json!({ "name": "Shop", "currency": "EUR", "time_zone": "UTC" });
        ada.post("/v1/programs", program, 201);
        world.nobody().post("/v1/auth/login", login, 200);
        let stored: String = rows(world).into_values().flatten().collect();
        assert!(!stored.contains(token), "the token stands in a table");
    });
}

/// Whoever reads the letter and guesses at the password has to wait.
#[test]
fn guesses_with_the_token_of_a_letter_count() {
    in_a_world_with(&VERIFIED, |world| {
        register(world, "ada@acme.example");
        let letter = asked(world, 1).remove(0);
        let token = letter.behind("/register?token=");
        let show = |password: &str| {
            let body = json!({ "token": token, "password": password }).to_string();
            let headers = [("Content-Type", "application/json")];
            world.nobody().send("POST", CONFIRM, &headers, body.as_bytes())
        };
        let told: Vec<u16> = (0..12).map(|_| show("not the password").status).collect();
        let first = told.iter().position(|status| *status == 429).expect("a time to wait");
        assert!(first > 0 && told[..first].iter().all(|status| *status == 422), "{told:?}");
        let waits = show(PASSWORD);
        assert_eq!((waits.status, &waits.json()["code"]), (429, &json!("too_many_attempts")));
        world.pass(waits.header("Retry-After").parse().expect("seconds"));
        assert_eq!(show(PASSWORD).status, 201);
    });
}

/// What a registration leaves: which tables grew by how much, and what was answered.
fn left(world: &World, email: &str) -> (u16, String, Vec<String>, Vec<(String, usize)>) {
    let before = rows(world);
    let answer = register(world, email);
    let mut names: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
    names.sort();
    let grown = rows(world).into_iter();
    let grown = grown.map(|(table, rows)| (table.clone(), rows.len() - before[&table].len()));
    (answer.status, answer.text, names, grown.filter(|(_, more)| *more > 0).collect())
}

#[test]
fn an_address_that_somebody_has_is_answered_alike_and_leaves_as_much() {
    in_a_world_with(&[&VERIFIED[..], &["--no-jobs"]].concat(), |world| {
        register(world, "ada@acme.example");
        let one = "SELECT text FROM mails WHERE subject = 'Confirm your address'";
        let letter = Arrived::new(&texts(world, one)[0]);
        confirm(world, letter.any_token(), PASSWORD, 201);

        let known = left(world, "Ada@acme.example");
        assert_eq!(known.3, [("mails".to_string(), 1), ("registrations".to_string(), 1)]);
        assert_eq!(left(world, "new@acme.example"), known);
        let told = "SELECT text FROM mails WHERE subject = 'You are registered already'";
        assert!(texts(world, told)[0].contains("sign in with it"));
        // Nothing of it can be confirmed, and no password is kept.
        let kept = "SELECT password_hash AS text FROM registrations WHERE hash IS NULL";
        assert!(texts(world, kept).iter().all(String::is_empty));

        let takes = |email: &str| {
            let began = Instant::now();
            register(world, email);
            began.elapsed()
        };
        let (mut known, mut new) = (Duration::MAX, Duration::MAX);
        for round in 0..40 {
            if round >= 4 && known < new * 2 && new < known * 2 {
                break;
            }
            // So that each is heard.
            world.pass(3_600);
            known = known.min(takes("ada@acme.example"));
            new = new.min(takes(&format!("new{round}@acme.example")));
        }
        assert!(known < new * 2 && new < known * 2, "known {known:?}, new {new:?}");
    });
}

#[test]
fn five_letters_an_hour_are_sent_and_each_counts_for_a_day() {
    in_a_world_with(&VERIFIED, |world| {
        let resend = |email: &str| {
            assert!(world.nobody().post(RESEND, json!({ "email": email }), 202).is_null());
        };
        register(world, "ada@acme.example");
        for many in 2..=5 {
            resend("Ada@acme.example");
            asked(world, many);
        }
        resend("nobody@acme.example");
        register(world, "ada@acme.example");
        resend("ada@acme.example");
        world.pass(3_600);
        register(world, "eve@acme.example");
        let all = asked(world, 6);
        let of = |to: &str| all.iter().filter(|one| one.header("To") == to).collect::<Vec<_>>();
        let (adas, eves) = (of("ada@acme.example"), of("eve@acme.example"));
        assert_eq!((adas.len(), eves.len()), (5, 1));

        world.pass(86_400 - 3_601);
        confirm(world, adas[2].any_token(), PASSWORD, 201);
        for other in [adas[0], adas[2], adas[4]] {
            let problem = confirm(world, other.any_token(), PASSWORD, 422);
            assert_eq!(faults(&problem), ["/token registration_token_invalid"]);
        }
        world.pass(3_601);
        confirm(world, eves[0].any_token(), PASSWORD, 422);
    });
}

/// Whoever registered where nobody asked for it confirms their address later.
#[test]
fn an_address_that_was_never_confirmed_changes_nothing_until_it_is() {
    on_both_engines(|url| {
        let world = World::start(url, &[]);
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        drop(world);
        let world = World::start(url, &VERIFIED);
        let acme = world.again(&acme);
        let program = json!({ "name": "Shop", "currency": "EUR", "time_zone": "UTC" });
        let offer = json!({ "partner_company_id": bolt.company_id(), "message": "Hello" });
        acme.get("/v1/programs", 200);
        for (path, body) in [("/v1/programs", &program), ("/v1/partnerships", &offer)] {
            assert_eq!(acme.post(path, body.clone(), 403)["code"], "email_unconfirmed", "{path}");
        }
        let own = json!({ "email": acme.email, "password": PASSWORD });
        acme.post("/v1/me/email", own, 202);
        let letter = asked(&world, 1).remove(0);
        let token = json!({ "token": letter.behind("/email-change?token=") });
        world.nobody().post("/v1/me/email/confirm", token, 204);
        acme.post("/v1/programs", program, 201);
    });
}

#[test]
fn an_address_is_to_be_confirmed_where_letters_leave_unless_it_is_said_otherwise() {
    let mail = ["--smtp-url", "smtp://mail.example", "--mail-from", "us@example.com"];
    let of = |flags: &[&str]| settings(flags).reception().registration;
    assert_eq!(of(&[]), Registration::Open);
    assert_eq!(of(&mail), Registration::Verified);
    assert_eq!(of(&[&mail[..], &["--registration", "open"]].concat()), Registration::Open);
    assert_eq!(of(&["--registration", "closed"]), Registration::Closed);
    let page = ["--registration-url", "https://app.example/#/new/{token}"];
    assert_eq!(
        settings(&page).reception().registration_link.with("t"),
        "https://app.example/#/new/t"
    );
    let page = ["--email-change-url", "https://app.example/#/mail/{token}"];
    assert_eq!(settings(&page).reception().email_link.with("t"), "https://app.example/#/mail/t");
}

#[test]
fn a_server_that_is_closed_confirms_nobody_either() {
    on_both_engines(|url| {
        let world = World::start(url, &VERIFIED);
        register(&world, "ada@acme.example");
        let letter = asked(&world, 1).remove(0);
        drop(world);
        let world = World::start(url, &["--registration", "closed"]);
        let problem = confirm(&world, letter.any_token(), PASSWORD, 403);
        assert_eq!(problem["code"], "registration_closed");
        world.nobody().post(RESEND, json!({ "email": "ada@acme.example" }), 403);
        drop(world);
        // One that takes everybody takes who waits.
        let world = World::start(url, &["--registration", "open"]);
        world.nobody().post(RESEND, json!({ "email": "ada@acme.example" }), 202);
        confirm(&world, letter.any_token(), PASSWORD, 201);
    });
}
