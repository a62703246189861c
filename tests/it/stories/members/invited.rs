//! Whoever is invited joins: somebody new, and somebody who has an account.

use serde_json::{Value, json};

use super::QUIET;
use crate::cast::at_once::at_once;
use crate::cast::authenticator::Authenticator;
use crate::cast::deal::{id, meddle, told_of};
use crate::cast::http::{Answer, Caller, faults};
use crate::cast::members::{ACCEPT, accepted, place, shown, token};
use crate::cast::tables::texts;
use crate::cast::world::{World, in_a_world, in_a_world_with};

fn invite(by: &Caller, email: &str, role: &str) -> String {
    let body = json!({ "email": email, "role": role });
    format!("/v1/invitations/{}", id(&by.post("/v1/invitations", body, 201)))
}

/// A problem without what no two requests have in common.
fn problem(answer: &Answer) -> (u16, Value) {
    let mut problem = answer.json();
    problem["request_id"].take();
    (answer.status, problem)
}

fn login(world: &World, email: &str, password: &str, status: u16) -> Value {
    let login = json!({ "email": email, "password": password });
    world.nobody().post("/v1/auth/login", login, status)
}

#[test]
fn somebody_new_joins_with_a_name_and_a_password() {
    in_a_world_with(QUIET, |world| {
        let acme = world.company("Acme", "brand");
        let path = invite(&acme, "grace@example.com", "manager");
        let token = token(world, "grace@example.com");
        let nobody = world.nobody();
        let only = nobody.post(ACCEPT, json!({ "token": token }), 422);
        assert_eq!(faults(&only), ["/name missing_field", "/password missing_field"]);
        let short = json!({ "token": token, "name": "Grace", "password": "short" });
        assert_eq!(faults(&nobody.post(ACCEPT, short, 422)), ["/password too_short"]);

        let joined = shown(&nobody, &token);
        assert_eq!((joined.status, joined.header("cache-control")), (201, "no-store"));
        let answer = joined.json();
        assert_eq!(answer["company"]["id"], acme.company_id());
        assert_eq!(answer["user"]["email"], "grace@example.com");
        let grace = world.caller(&answer);
        let me = grace.get("/v1/me", 200);
        assert_eq!((&me["role"], &me["user"]["name"]), (&json!("manager"), &json!("Grace")));
        assert_eq!(joined.header("Location"), place(&grace));
        let refresh = json!({ "refresh_token": answer["refresh_token"] });
        world.nobody().post("/v1/auth/refresh", refresh, 200);
        login(world, "grace@example.com", "correct horse battery", 200);

        let after = acme.get(&path, 200);
        assert_eq!((&after["status"], &after["version"]), (&json!("accepted"), &json!(2)));
        // The owner sees addresses and who was here, a manager sees neither.
        let people = acme.all("/v1/users?limit=1");
        let found: Vec<_> = people.iter().map(|one| (&one["name"], &one["role"])).collect();
        let owner = (&json!("Acme's owner"), &json!("owner"));
        assert_eq!(found, [owner, (&json!("Grace"), &json!("manager"))]);
        assert_eq!(people[1]["email"], "grace@example.com");
        assert_eq!(people[1]["last_seen_at"], "2026-03-10T12:00:00Z");
        assert_eq!(
            place(&grace),
            format!("/v1/memberships/{}", people[1]["membership_id"].as_str().unwrap())
        );
        for one in grace.all("/v1/users") {
            assert!(one["email"].is_null() && one["last_seen_at"].is_null(), "{one}");
        }
        let one = grace.get(&place(&grace), 200);
        assert_eq!(
            one,
            json!({
                "id": people[1]["membership_id"], "user_id": people[1]["id"], "name": "Grace",
                "role": "manager", "created_at": "2026-03-10T12:00:00Z", "version": 1,
            })
        );
        let crow = world.company("Crow", "brand");
        crow.get(&place(&grace), 404);
        assert_eq!(crow.all("/v1/users").len(), 1);
    });
}

#[test]
fn tokens_that_do_not_count_are_answered_alike() {
    in_a_world_with(QUIET, |world| {
        let acme = world.company("Acme", "brand");
        let unknown = problem(&shown(&world.nobody(), "enti_nonsense"));
        assert_eq!(unknown.0, 422);
        assert_eq!(faults(&unknown.1), ["/token invitation_token_invalid"]);
        let tokens = ["used", "revoked", "suspended", "late"].map(|name| {
            let email = format!("{name}@example.com");
            (invite(&acme, &email, "viewer"), token(world, &email))
        });
        let [used, revoked, suspended, late] = &tokens;
        let refused = |token: &str| assert_eq!(problem(&shown(&world.nobody(), token)), unknown);
        accepted(world, &used.1);
        refused(&used.1);
        acme.post(&format!("{}/revoke", revoked.0), json!({}), 200);
        refused(&revoked.1);
        for status in ["suspended", "deactivated"] {
            meddle(world, &format!("UPDATE companies SET status = '{status}'"));
            refused(&suspended.1);
        }
        meddle(world, "UPDATE companies SET status = 'active'");
        accepted(world, &suspended.1);
        world.travel("2026-03-17T12:00:00Z");
        refused(&late.1);
        // Nor is anything learnt by being signed in.
        let answer = shown(&world.again(&acme), &late.1);
        assert_eq!(problem(&answer), unknown);
        assert_eq!(texts(world, "SELECT email AS text FROM users").len(), 3);
    });
}

#[test]
fn whoever_has_an_account_joins_by_it_and_by_nothing_else() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let crow = world.company("Crow", "brand");
        let email = bolt.email.clone().expect("an address");
        invite(&acme, &email, "admin");
        let token = token(world, &email);
        let key = json!({ "name": "Key", "scopes": ["companies:read"] });
        let key = world.caller(&bolt.post("/v1/api-keys", key, 201));
        let users = || {
            texts(world, "SELECT email || name || password_hash AS text FROM users ORDER BY email")
        };
        let before = users();
        for (caller, status, code) in [
            (&world.nobody(), 401, "unauthenticated"),
            (&crow, 403, "forbidden"),
            (&key, 403, "key_not_allowed"),
            (&world.with_credential("nonsense"), 401, "unauthenticated"),
        ] {
            let (found, told) = problem(&shown(caller, &token));
            assert_eq!((found, &told["code"]), (status, &json!(code)), "{told}");
            assert!(!told.to_string().contains(&email), "{told}");
        }
        let joined = shown(&bolt, &token);
        assert_eq!(joined.status, 201, "{}", joined.text);
        assert_eq!(users(), before, "name and password are not looked at");
        let at_acme = world.caller(&joined.json());
        let me = at_acme.get("/v1/me", 200);
        assert_eq!(
            (&me["company"]["id"], &me["role"]),
            (&json!(acme.company_id()), &json!("admin"))
        );
        let names: Vec<_> =
            me["memberships"].as_array().unwrap().iter().map(|one| &one["company_name"]).collect();
        assert_eq!(names, ["Bolt", "Acme"]);
        assert_eq!(bolt.get("/v1/me", 200)["company"]["id"], bolt.company_id());
        // Bolt is told nothing of what its owner does elsewhere.
        assert_eq!(bolt.all("/v1/users").len(), 1);
        assert_eq!(told_of("membership.created", &acme, 1).len(), 1);
        let bolts = bolt.all("/v1/events?type=membership.*,invitation.*");
        assert_eq!(bolts, Vec::<Value>::new());
        let refused = json!({ "email": email, "role": "viewer" });
        assert_eq!(acme.post("/v1/invitations", refused, 409)["code"], "already_member");
    });
}

/// Nobody can sign in who belongs to no company: such a person shows the password with the token.
#[test]
fn whoever_belongs_nowhere_any_more_comes_back_by_the_password() {
    in_a_world_with(QUIET, |world| {
        let acme = world.company("Acme", "brand");
        invite(&acme, "grace@example.com", "member");
        let grace = accepted(world, &token(world, "grace@example.com"));
        acme.delete(&place(&grace), 204);
        grace.get("/v1/me", 401);
        login(world, "grace@example.com", "correct horse battery", 401);
        invite(&acme, "grace@example.com", "viewer");
        let token = token(world, "grace@example.com");
        let nobody = world.nobody();
        let show = |more: Value, status: u16| {
            let mut body = json!({ "token": token });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            nobody.post(ACCEPT, body, status)
        };
        show(json!({}), 401);
        show(json!({ "password": "not the password" }), 401);
        let back = show(json!({ "password": "correct horse battery", "name": "Eve" }), 201);
        assert_eq!(back["user"]["name"], "Grace");
        assert_eq!(world.caller(&back).get("/v1/me", 200)["role"], "viewer");
        // What the person had before stays as dead as it was.
        grace.get("/v1/me", 401);
    });
}

/// The letter stands in for no second factor, and whoever got it has confirmed the address.
#[test]
fn whoever_comes_back_shows_the_second_factor_too() {
    in_a_world_with(QUIET, |world| {
        let acme = world.company("Acme", "brand");
        invite(&acme, "grace@example.com", "member");
        let grace = accepted(world, &token(world, "grace@example.com"));
        let (app, codes) = Authenticator::enabled(world, &grace);
        acme.delete(&place(&grace), 204);
        invite(&acme, "grace@example.com", "viewer");
        meddle(world, "UPDATE users SET email_confirmed_at = NULL");
        let token = token(world, "grace@example.com");
        let show = |more: Value, status: u16| {
            let mut body = json!({ "token": token, "password": "correct horse battery" });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            world.nobody().post(ACCEPT, body, status)
        };
        assert_eq!(show(json!({}), 401)["code"], "two_factor_required");
        let used = show(json!({ "code": app.code(world) }), 422);
        assert_eq!(faults(&used), ["/code code_wrong"]);
        let both = json!({ "code": app.code_in(world, 1), "recovery_code": codes[0] });
        assert_eq!(show(both, 422)["code"], "invalid");
        let back = show(json!({ "recovery_code": codes[0] }), 201);
        assert_eq!(world.caller(&back).get("/v1/me/two-factor", 200)["recovery_codes_left"], 9);
        let confirmed = "SELECT email AS text FROM users WHERE email_confirmed_at IS NOT NULL";
        assert_eq!(texts(world, confirmed), ["grace@example.com"]);
    });
}

/// Guesses at a password count, whichever door they come by.
#[test]
fn whoever_guesses_with_a_token_has_to_wait() {
    in_a_world_with(QUIET, |world| {
        let acme = world.company("Acme", "brand");
        invite(&acme, "grace@example.com", "member");
        let grace = accepted(world, &token(world, "grace@example.com"));
        acme.delete(&place(&grace), 204);
        invite(&acme, "grace@example.com", "viewer");
        let token = token(world, "grace@example.com");
        let show = |password: &str| {
            let body = json!({ "token": token, "password": password }).to_string();
            let json = [("Content-Type", "application/json")];
            world.nobody().send("POST", ACCEPT, &json, body.as_bytes())
        };
        let told: Vec<u16> = (0..12).map(|_| show("not the password").status).collect();
        let first = told.iter().position(|status| *status == 429).expect("a time to wait");
        assert!(first > 0 && told[..first].iter().all(|status| *status == 401), "{told:?}");
        let waits = show("correct horse battery");
        assert_eq!((waits.status, &waits.json()["code"]), (429, &json!("too_many_attempts")));
        world.pass(waits.header("Retry-After").parse().expect("seconds"));
        assert_eq!(show("correct horse battery").status, 201);
    });
}

#[test]
fn of_several_who_show_one_token_at_once_one_joins() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        invite(&acme, "grace@example.com", "viewer");
        let new = token(world, "grace@example.com");
        let bolt = world.company("Bolt", "partner");
        invite(&acme, bolt.email.as_deref().unwrap(), "viewer");
        let known = token(world, bolt.email.as_deref().unwrap());
        for (caller, token) in [(world.nobody(), new), (bolt, known)] {
            let answers = at_once(4, |_| shown(&caller, &token));
            let mut told: Vec<_> = answers.iter().map(|answer| answer.status).collect();
            told.sort_unstable();
            assert_eq!(told, [201, 422, 422, 422], "{answers:#?}");
        }
        assert_eq!(acme.all("/v1/users").len(), 3);
        assert_eq!(acme.all("/v1/invitations?status=accepted").len(), 2);
    });
}
