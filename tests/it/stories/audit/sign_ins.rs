//! Sign-ins are no events, and the audit log tells of them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{log, types};
use crate::cast::deal::meddle;
use crate::cast::http::{Answer, Caller};
use crate::cast::tables::Stored;
use crate::cast::world::{World, in_a_world};

const PASSWORD: &str = "correct horse battery";

fn tried(world: &World, email: &str, password: &str, company: Option<&str>) -> Answer {
    let mut login = json!({ "email": email, "password": password });
    if let Some(company) = company {
        login["company_id"] = json!(company);
    }
    let body = login.to_string();
    let kind = [("Content-Type", "application/json")];
    world.nobody().send("POST", "/v1/auth/login", &kind, body.as_bytes())
}

/// The refused sign-ins in a log, once there are so many: no answer waits for them.
fn refused(reader: &Caller, many: usize) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let entries = log(reader, "type=user.sign_in_refused");
        if entries.len() >= many {
            return entries;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{entries:?}");
    }
}

#[test]
fn who_signs_in_and_out_is_told() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let email = acme.email.clone().unwrap();
        let answer = tried(world, &email, PASSWORD, None);
        let again = world.caller(&answer.json());
        let user = again.get("/v1/me", 200)["user"].clone();
        let out = again.call("POST", "/v1/auth/logout", &[], &json!({}), 204);
        let entries = log(&acme, "type=session.*");
        assert_eq!(types(&entries), ["session.ended", "session.started", "session.started"]);
        for (entry, answer) in entries.iter().zip([&out, &answer]) {
            assert_eq!(entry["user"], json!({ "id": user["id"], "name": user["name"] }));
            assert_eq!(entry["request_id"], answer.header("X-Request-Id"));
            assert_eq!(entry["address"], "127.0.0.1");
            assert!(entry["object_id"].as_str().unwrap().starts_with("ses_"));
            assert_eq!(entry["changes"], json!({}));
        }
        assert_eq!(entries[0]["object_id"], entries[1]["object_id"]);
        // The tokens are spent: nothing ends twice.
        again.post("/v1/auth/logout", json!({}), 401);
        assert_eq!(log(&acme, "type=session.*"), entries);
    });
}

#[test]
fn a_refused_sign_in_is_told_to_every_company_of_the_person_and_to_no_other() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let admin = world.colleague(&acme, "admin");
        let email = admin.email.clone().unwrap();
        let own = world.caller(&tried(world, &email, PASSWORD, None).json());
        let stranger = world.company("Crow", "brand");
        assert_eq!(tried(world, "nobody@example.com", "not the password", None).status, 401);
        let wrong = tried(world, &email, "not the password", None);
        assert_eq!(wrong.status, 401);
        for reader in [&acme, &own] {
            let entries = refused(reader, 1);
            assert_eq!(entries.len(), 1);
            assert_eq!(entries[0]["request_id"], wrong.header("X-Request-Id"));
            assert_eq!(entries[0]["user"]["id"], entries[0]["object_id"]);
            assert_eq!(entries[0]["address"], "127.0.0.1");
        }
        // The right password, for a company that is another's.
        let elsewhere = tried(world, &email, PASSWORD, Some(stranger.company_id()));
        assert_eq!(elsewhere.status, 401);
        assert_eq!(refused(&acme, 2)[0]["request_id"], elsewhere.header("X-Request-Id"));
        assert!(log(&stranger, "type=user.*").is_empty());
        assert!(!Stored::in_world(world).holds(b"not the password"));
    });
}

/// Whoever guesses passwords all day fills no log.
#[test]
fn of_one_person_sixty_refused_sign_ins_are_told_in_an_hour() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let email = acme.email.clone().unwrap();
        tried(world, &email, "not the password", None);
        refused(&acme, 1);
        let id = if world.database_url.starts_with("sqlite://") {
            "randomblob(16)"
        } else {
            "gen_random_uuid()"
        };
        let columns = "company_id, type, object_id, user_id, changes, at";
        let copy = format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 59) \
             INSERT INTO audit_entries (id, {columns}) SELECT {id}, {columns} FROM \
             (SELECT * FROM audit_entries WHERE type = 'user.sign_in_refused') AS one, n"
        );
        meddle(world, &copy);
        assert_eq!(refused(&acme, 60).len(), 60);
        tried(world, &email, "not the password", None);
        world.travel("2026-03-10T13:00:00.000001Z");
        let later = tried(world, &email, "not the password", None);
        let owner = world.caller(&tried(world, &email, PASSWORD, None).json());
        let entries = refused(&owner, 61);
        assert_eq!(entries.len(), 61, "the one in between was one too many");
        assert_eq!(entries[0]["request_id"], later.header("X-Request-Id"));
    });
}

#[test]
fn a_refresh_token_that_comes_back_ends_the_session_and_is_told_once() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let email = acme.email.clone().unwrap();
        let pair = tried(world, &email, PASSWORD, None).json();
        let shown = json!({ "refresh_token": pair["refresh_token"] });
        let refresh = |status| world.nobody().call("POST", "/v1/auth/refresh", &[], &shown, status);
        refresh(200);
        let reused = refresh(401);
        refresh(401);
        let entries = log(&acme, "type=session.revoked");
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0]["request_id"], reused.header("X-Request-Id"));
        assert_eq!(entries[0]["user"]["id"], pair["user"]["id"]);
        let token = pair["refresh_token"].as_str().unwrap();
        assert!(!Stored::in_world(world).holds(token.as_bytes()));
    });
}

#[test]
fn another_name_of_a_person_is_told_where_the_person_was_signed_in() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let admin = world.colleague(&acme, "admin");
        admin.patch("/v1/me", json!({ "name": "Ada" }), 200);
        let entries = log(&acme, "type=user.updated");
        assert_eq!(entries[0]["changes"], json!({ "name": ["admin's owner", "Ada"] }));
        assert_eq!(entries[0]["user"]["name"], "Ada", "as the person is called now");
        assert_eq!(entries[0]["object_id"], entries[0]["user"]["id"]);
    });
}
