//! Somebody of one company signs in as another: how it begins, what is open, what both see, how it ends.

mod conflicts;
mod endings;
mod exclusions;
mod pair;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::cast::authenticator::Authenticator;
use crate::cast::deal::{id, shown};
use crate::cast::delegates::{acting, sessions_with, signed_in_as, together};
use crate::cast::grants::grant;
use crate::cast::http::Caller;
use crate::cast::members::{ACCEPT, token};
use crate::cast::notices::{QUIET, told};
use crate::cast::world::{World, in_a_world, in_a_world_with};

/// What a token says.
fn claims(token: &Value) -> Value {
    let claims = token.as_str().expect("a token").split('.').nth(1).expect("claims");
    let bytes = URL_SAFE_NO_PAD.decode(claims).expect("base64");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// The user that somebody is.
fn user(caller: &Caller) -> Value {
    caller.get("/v1/me", 200)["user"]["id"].clone()
}

/// Fields of entries.
fn fields(entries: &[Value], names: &[&str]) -> Vec<Value> {
    let of = |entry: &Value| names.iter().map(|name| entry[*name].clone()).collect::<Vec<_>>();
    entries.iter().map(|entry| json!(of(entry))).collect()
}

#[test]
fn it_takes_a_grant_a_manager_and_a_company_that_one_works_with() {
    in_a_world(|world| {
        let [acme, bolt] =
            [("Acme", "agency"), ("Bolt", "partner")].map(|(n, k)| world.company(n, k));
        let why = || json!({ "reason": "Ticket 1042" });
        let path = sessions_with(&bolt);
        // A company that one does not work with is like one that there is not.
        let unknown = "/v1/companies/co_01k5h2v7xnf8rtq3m9bcw4ze6a/sessions";
        let [mut foreign, mut none] =
            [path.as_str(), unknown].map(|path| acme.post(path, why(), 404));
        for problem in [&mut foreign, &mut none] {
            problem["request_id"].take();
        }
        assert_eq!(foreign, none);
        together(&acme, &bolt);
        assert_eq!(acme.post(&path, why(), 403)["code"], "grant_missing");
        grant(world, &bolt, &acme, "manage_profile", Some("profile"));
        assert_eq!(acme.post(&path, why(), 403)["code"], "grant_missing");
        grant(world, &bolt, &acme, "sign_in_as", Some("relationship"));
        // Who grants it is not granted it, nobody acts for the own company, and it takes a manager.
        assert_eq!(bolt.post(&sessions_with(&acme), why(), 403)["code"], "grant_missing");
        assert_eq!(acme.post(&sessions_with(&acme), why(), 403)["code"], "forbidden");
        let member = world.colleague(&acme, "member");
        assert_eq!(member.post(&path, why(), 403)["code"], "role_too_low");
        acme.post(&path, json!({ "reason": "" }), 422);
        signed_in_as(&world.colleague(&acme, "manager"), &bolt);
        // A key is nobody who could be named.
        let key = json!({ "name": "Key", "scopes": ["companies:read"] });
        let key = world.caller(&acme.post("/v1/api-keys", key, 201));
        assert_eq!(key.post(&path, why(), 403)["code"], "key_not_allowed");
    });
}

/// A company that asks its own people for a second factor asks whoever acts for it, too.
#[test]
fn where_a_second_factor_is_required_a_delegate_has_one() {
    in_a_world(|world| {
        let (acme, bolt) = (world.company("Acme", "agency"), world.company("Bolt", "partner"));
        together(&acme, &bolt);
        grant(world, &bolt, &acme, "sign_in_as", Some("relationship"));
        let company = format!("/v1/companies/{}", bolt.company_id());
        bolt.patch(&company, json!({ "require_two_factor": true }), 200);
        let refused = acme.post(&sessions_with(&bolt), json!({ "reason": "Ticket 1042" }), 403);
        assert_eq!(refused["code"], "two_factor_enrolment_required");
        Authenticator::enabled(world, &acme);
        let delegate = world.caller(&signed_in_as(&acme, &bolt));
        assert_eq!(delegate.get("/v1/me", 200)["company"]["id"], bolt.company_id());
    });
}

/// The whole life: what is got, what is done, what both see of it, and the end.
#[test]
fn both_names_are_in_both_logs_and_either_side_sees_and_ends_it() {
    in_a_world_with(QUIET, |world| {
        let [acme, bolt] =
            [("Acme", "agency"), ("Bolt", "partner")].map(|(n, k)| world.company(n, k));
        together(&acme, &bolt);
        grant(world, &bolt, &acme, "sign_in_as", Some("company"));
        let answer = signed_in_as(&acme, &bolt);
        let said = claims(&answer["access_token"]);
        let actor = json!({ "sub": user(&acme), "company": acme.company_id() });
        assert_eq!((&said["sub"], &said["act"]), (&json!(bolt.company_id()), &actor));
        assert_eq!(
            (&answer["company"]["name"], &answer["user"]["id"]),
            (&json!("Bolt"), &user(&acme))
        );
        let delegate = world.caller(&answer);
        let me = delegate.get("/v1/me", 200);
        assert_eq!((&me["user"]["id"], &me["role"]), (&user(&acme), &json!("manager")));
        assert_eq!(
            (&me["company"]["id"], &me["memberships"]),
            (&json!(bolt.company_id()), &json!([]))
        );
        let session = me["delegation"]["session_id"].clone();
        assert_eq!(
            me["delegation"],
            json!({
                "session_id": session, "company": { "id": acme.company_id(), "name": "Acme" },
                "level": "company", "reason": "Ticket 1042", "expires_at": "2026-03-10T13:00:00Z",
            })
        );
        assert_eq!(acme.get("/v1/me", 200)["delegation"], Value::Null);

        let program = json!({ "name": "Shop", "currency": "EUR", "time_zone": "UTC" });
        let program = id(&delegate.post("/v1/programs", program, 201));
        delegate.patch(&format!("/v1/programs/{program}"), json!({ "name": "Store" }), 200);

        // Both read the same of it.
        let seen = bolt.all(&sessions_with(&bolt));
        for (who, path) in [(&acme, sessions_with(&bolt)), (&bolt, sessions_with(&acme))] {
            assert_eq!(who.all(&path), seen);
        }
        assert_eq!((seen.len(), &seen[0]["id"]), (1, &session));
        let shown_to_both = json!({
            "user": { "id": user(&acme), "name": "Acme's owner" },
            "company": { "id": acme.company_id(), "name": "Acme" },
            "for_company": { "id": bolt.company_id(), "name": "Bolt" },
            "level": "company", "reason": "Ticket 1042", "status": "active", "writes": 2,
            "started_at": "2026-03-10T12:00:00Z", "expires_at": "2026-03-10T13:00:00Z",
            "ended_at": null, "ended_because": null, "version": 1, "id": session,
        });
        assert_eq!(seen[0], shown_to_both);
        let one = format!("/v1/delegated-sessions/{}", session.as_str().unwrap());
        assert_eq!(acme.get(&one, 200), seen[0]);
        assert_eq!(world.company("Crow", "brand").get(&one, 404)["code"], "not_found");

        in_the_logs(&acme, &bolt, session.as_str().unwrap());
        let notices = told(world, &bolt, 1);
        assert_eq!(notices[0]["title"], "Acme has signed in as your company");
        assert_eq!((&notices[0]["kind"], &notices[0]["object_id"]), (&json!("security"), &session));
        let events = shown(1, || bolt.all("/v1/events?type=delegated_session.*"));
        assert_eq!(events[0]["object"]["id"], session);
        assert_eq!(events[0]["acted_by"], "other_company");

        bolt.delete(&format!("/v1/sessions/{}", session.as_str().unwrap()), 204);
        delegate.get("/v1/me", 401);
        let ended = acme.get(&one, 200);
        assert_eq!(
            (&ended["ended_because"], &ended["status"]),
            (&json!("company"), &json!("ended"))
        );
        assert_eq!(
            (&ended["ended_at"], &ended["version"]),
            (&json!("2026-03-10T12:00:00Z"), &json!(2))
        );
        acme.get("/v1/me", 200);
    });
}

/// What was done is in the log of the company it was done for, and in that of whose person did it.
fn in_the_logs(acme: &Caller, bolt: &Caller, session: &str) {
    let path = format!("/v1/audit-log?session_id={session}");
    let names = ["type", "user", "delegate", "delegate_company", "on_behalf_of", "changes"];
    let person = json!({ "id": user(acme), "name": "Acme's owner" });
    let (acme_shown, bolt_shown) = (
        json!({ "id": acme.company_id(), "name": "Acme" }),
        json!({ "id": bolt.company_id(), "name": "Bolt" }),
    );
    let theirs = fields(&bolt.all(&path), &names);
    let by_delegate =
        |kind: &str, changes: Value| json!([kind, null, person, acme_shown, null, changes]);
    assert_eq!(
        theirs,
        [
            by_delegate("program.updated", json!({ "name": ["Shop", "Store"] })),
            by_delegate("program.created", json!({})),
            by_delegate("delegated_session.started", json!({})),
        ]
    );
    let own = fields(&acme.all(&path), &names);
    // What was changed is the other company's, and is in its log.
    let for_bolt = |kind: &str| json!([kind, person, null, null, bolt_shown, {}]);
    assert_eq!(own, [for_bolt("program.updated"), for_bolt("program.created")]);
    let started = acme.all("/v1/audit-log?type=delegated_session.started");
    assert_eq!(fields(&started, &["user", "object_id"]), [json!([person, session])]);
    let delegated = bolt.all("/v1/audit-log?delegated=true");
    assert_eq!(delegated.len(), 3);
    let file = bolt.send("GET", "/v1/audit-log/export.csv?delegated=true", &[], b"").text;
    assert!(
        file.contains(&format!(",Acme's owner,{},Acme,,,{session},", acme.company_id())),
        "{file}"
    );
}

/// An hour at most, whatever is refreshed; and a refresh token counts once.
#[test]
fn it_is_refreshed_within_its_hour_and_no_longer() {
    in_a_world(|world| {
        let [acme, bolt] =
            [("Acme", "agency"), ("Bolt", "partner")].map(|(n, k)| world.company(n, k));
        together(&acme, &bolt);
        grant(world, &bolt, &acme, "sign_in_as", None);
        let first = signed_in_as(&acme, &bolt);
        assert_eq!(first["expires_in"], 900);
        let refreshed = |answer: &Value, status: u16| {
            let shown = json!({ "refresh_token": answer["refresh_token"] });
            world.nobody().post("/v1/auth/refresh", shown, status)
        };
        world.travel("2026-03-10T12:50:00Z");
        assert_eq!(world.caller(&first).get("/v1/me", 401)["code"], "unauthenticated");
        let second = refreshed(&first, 200);
        assert_eq!(
            (&second["expires_in"], &second["company"]["name"]),
            (&json!(600), &json!("Bolt"))
        );
        assert_eq!(claims(&second["access_token"])["act"]["sub"], user(&world.again(&acme)));
        let delegate = world.caller(&second);
        assert_eq!(delegate.get("/v1/me", 200)["delegation"]["level"], "relationship");
        // His own sign-ins are others.
        let own = world.again(&acme);
        assert_eq!(own.all("/v1/sessions").len(), 3);
        world.travel("2026-03-10T13:00:00Z");
        delegate.get("/v1/me", 401);
        refreshed(&second, 401);
        let sessions = own.all(&sessions_with(&bolt));
        let over = fields(&sessions, &["ended_because", "ended_at", "status"]);
        assert_eq!(over, [json!(["time", "2026-03-10T13:00:00Z", "ended"])]);

        // A token that comes back ends the session.
        let first = signed_in_as(&own, &bolt);
        let second = world.caller(&refreshed(&first, 200));
        refreshed(&first, 401);
        second.get("/v1/me", 401);
        let sessions = own.all(&sessions_with(&bolt));
        assert_eq!(fields(&sessions, &["ended_because"]), [json!(["sign_in"]), json!(["time"])]);
    });
}

/// Somebody of both companies is in each what he is there, and his session is listed by itself.
#[test]
fn whoever_belongs_to_both_acts_as_a_delegate_all_the_same() {
    in_a_world(|world| {
        let [acme, bolt] =
            [("Acme", "agency"), ("Bolt", "partner")].map(|(n, k)| world.company(n, k));
        together(&acme, &bolt);
        let delegate = acting(world, &acme, &bolt, "relationship");
        // Acme's owner becomes one of Bolt's admins; as a delegate that helps him nothing.
        let email = acme.email.as_deref().expect("an address");
        bolt.post("/v1/invitations", json!({ "email": email, "role": "admin" }), 201);
        acme.post(ACCEPT, json!({ "token": token(world, email) }), 201);
        assert_eq!(acme.get("/v1/me", 200)["memberships"].as_array().map(Vec::len), Some(2));
        let me = delegate.get("/v1/me", 200);
        assert_eq!((&me["role"], &me["memberships"]), (&json!("manager"), &json!([])));
        assert_eq!(delegate.get("/v1/users", 403)["code"], "not_for_delegates");
        let switched = json!({ "company_id": bolt.company_id() });
        let admin = world.caller(&acme.post("/v1/auth/switch", switched, 200));
        admin.get("/v1/users", 200);
        assert_eq!(admin.all("/v1/sessions").len(), 2, "what it is a delegate in is none of them");
    });
}

/// What a delegate asked once more is answered once more, and to nobody else.
#[test]
fn a_repeated_request_of_a_delegate_is_its_own() {
    in_a_world(|world: &World| {
        let [acme, bolt] =
            [("Acme", "agency"), ("Bolt", "partner")].map(|(n, k)| world.company(n, k));
        together(&acme, &bolt);
        let first = acting(world, &acme, &bolt, "company");
        let second = acting(world, &acme, &bolt, "company");
        let program = json!({ "name": "Shop", "currency": "EUR", "time_zone": "UTC" });
        let once = [("Idempotency-Key", "one")];
        let made = |who: &Caller| who.call("POST", "/v1/programs", &once, &program, 201).json();
        assert_eq!(made(&first), made(&first));
        assert_ne!(made(&first)["id"], made(&second)["id"]);
        assert_ne!(made(&first)["id"], made(&bolt)["id"]);
    });
}
