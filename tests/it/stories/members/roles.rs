//! Roles change, people leave and are removed, and a company keeps an owner.

use serde_json::{Value, json};

use super::QUIET;
use crate::cast::at_once::at_once;
use crate::cast::deal::told_of;
use crate::cast::http::Caller;
use crate::cast::members::{joined, place};
use crate::cast::notices::{QUIET as NOTICES, all_is_told, letters, said, words_to};
use crate::cast::world::{in_a_world, in_a_world_with};

fn patch(by: &Caller, path: &str, role: &str) -> (u16, Value) {
    let headers = [("Content-Type", "application/json")];
    let body = json!({ "role": role }).to_string();
    let answer = by.send("PATCH", path, &headers, body.as_bytes());
    (answer.status, answer.json())
}

#[test]
fn roles_change_up_to_ones_own_and_at_once() {
    in_a_world_with(QUIET, |world| {
        let acme = world.company("Acme", "brand");
        let [admin, manager, viewer] =
            ["admin", "manager", "viewer"].map(|role| world.colleague(&acme, role));
        let (own, first) = (place(&acme), place(&admin));
        let (second, third) = (place(&manager), place(&viewer));
        for (by, path, role, status, code) in [
            (&viewer, &third, "owner", 403, "role_too_low"),
            (&manager, &third, "member", 403, "role_too_low"),
            (&admin, &own, "viewer", 403, "role_too_low"),
            (&admin, &third, "owner", 403, "role_too_low"),
            (&admin, &first, "owner", 403, "role_too_low"),
            (&acme, &own, "admin", 409, "last_owner"),
        ] {
            let (found, told) = patch(by, path, role);
            assert_eq!((found, &told["code"]), (status, &json!(code)), "{path} {role}: {told}");
        }
        // An admin makes a manager another admin, and that one has it by the token he has.
        manager.get("/v1/invitations", 403);
        assert_eq!(admin.patch(&second, json!({ "role": "admin" }), 200)["version"], 2);
        manager.get("/v1/invitations", 200);
        let same = acme.call("PATCH", &second, &[], &json!({ "role": "admin" }), 200);
        assert_eq!(same.header("ETag"), "\"2\"", "nothing has changed");
        acme.call("PATCH", &second, &[("If-Match", "\"1\"")], &json!({ "role": "viewer" }), 412);
        acme.patch(&first, json!({ "role": "viewer" }), 200);
        admin.get("/v1/invitations", 403);
        acme.patch(&second, json!({}), 422);
        let told = told_of("membership.", &acme, 2);
        let changes: Vec<_> = told.iter().map(|event| &event["changes"]).collect();
        let expected =
            [json!({ "role": ["manager", "admin"] }), json!({ "role": ["admin", "viewer"] })];
        assert_eq!(changes, expected.iter().collect::<Vec<_>>());
        // An owner may be less as soon as there is another one.
        acme.patch(&third, json!({ "role": "owner" }), 200);
        acme.patch(&own, json!({ "role": "member" }), 200);
        assert_eq!(acme.get("/v1/me", 200)["role"], "member");
    });
}

#[test]
fn whoever_leaves_or_is_removed_is_out_at_once() {
    in_a_world_with(QUIET, |world| {
        let acme = world.company("Acme", "brand");
        let [admin, manager] = ["admin", "manager"].map(|role| world.colleague(&acme, role));
        let again = world.again(&manager);
        let company = manager.get("/v1/me", 200)["memberships"][0]["company_id"].clone();
        let elsewhere =
            world.caller(&manager.post("/v1/auth/switch", json!({ "company_id": company }), 200));
        let key = json!({ "name": "Feed", "scopes": ["events:read"] });
        let key = world.caller(&admin.post("/v1/api-keys", key, 201));
        assert_eq!(acme.delete(&place(&acme), 409)["code"], "last_owner");
        assert_eq!(admin.delete(&place(&acme), 403)["code"], "role_too_low");
        assert_eq!(manager.delete(&place(&admin), 403)["code"], "role_too_low");

        let gone = place(&manager);
        admin.delete(&gone, 204);
        for dead in [&manager, &again] {
            dead.get("/v1/me", 401);
            dead.get("/v1/notifications/unread-count", 401);
        }
        assert_eq!(elsewhere.get("/v1/me", 200)["memberships"].as_array().unwrap().len(), 1);
        acme.get(&gone, 404);
        let back = json!({ "company_id": acme.company_id() });
        elsewhere.post("/v1/auth/switch", back, 422);
        let letter = words_to(world, manager.email.as_deref().unwrap()).remove(0);
        assert!(letter.contains("has removed you from Acme"), "{letter}");

        // An admin leaves: nobody has to write to him, and his key is the company's.
        let before = letters(world).len();
        admin.delete(&place(&admin), 204);
        admin.get("/v1/me", 401);
        assert_eq!(letters(world).len(), before);
        key.get("/v1/events", 200);
        assert_eq!(acme.all("/v1/users").len(), 1);
        let told = told_of("membership.removed", &acme, 2);
        assert_eq!(told[0]["changes"]["role"], json!(["manager", null]));
        assert!(told.iter().all(|event| event["object"].is_null()), "there is nothing to show");
        // His other company is told nothing of it.
        assert_eq!(elsewhere.all("/v1/events?type=membership.*"), Vec::<Value>::new());
    });
}

/// Whoever is removed looks after nobody any more, and those who find another one are told.
#[test]
fn whom_somebody_looked_after_nobody_does_once_he_is_removed() {
    in_a_world_with(NOTICES, |world| {
        let (acme, bolt) = (world.company("Acme", "agency"), world.company("Bolt", "partner"));
        let offer = json!({ "partner_company_id": bolt.company_id(), "message": "Hello" });
        acme.post("/v1/partnerships", offer, 201);
        let [boss, viewer] = ["manager", "viewer"].map(|role| world.colleague(&acme, role));
        let user = viewer.get("/v1/me", 200)["user"]["id"].clone();
        let at_bolt = |what: &str| format!("/v1/companies/{}/{what}", bolt.company_id());
        acme.put(&at_bolt("account-owner"), json!({ "user_id": user }), 200);
        let tag = acme.send("GET", &at_bolt("relation"), &[], b"").header("etag").to_string();
        acme.delete(&place(&viewer), 204);

        let relation = acme.send("GET", &at_bolt("relation"), &[], b"");
        assert_eq!(relation.json()["account_owner"], Value::Null);
        assert_ne!(relation.header("etag"), tag, "whoever has read it from before is told so");
        let history = acme.all(&at_bolt("account-owner/history"));
        assert_eq!(history.len(), 1);
        assert_eq!(history[0]["user"]["id"], user, "what he did stays under his name");
        assert_eq!(
            (&history[0]["cleared_because"], &history[0]["cleared_by"]),
            (&json!("member_left"), &Value::Null)
        );
        let told = told_of("account_owner.cleared", &acme, 1);
        assert_eq!((&told[0]["acted_by"], &told[0]["user_id"]), (&json!("system"), &Value::Null));
        let removed = told_of("membership.removed", &acme, 1);
        assert_eq!(removed[0]["acted_by"], "user");
        all_is_told(world);
        let gone = "account_owner: Bolt has no account owner any more, because that one left your \
                    company";
        assert_eq!(said(&boss.all("/v1/notifications")), [gone]);
        // The owner knows that he has removed somebody, and not what came of it.
        assert_eq!(said(&acme.all("/v1/notifications")), [gone]);
    });
}

/// Each has read that there is another owner, and none may go by that.
#[test]
fn a_company_keeps_an_owner_whatever_its_owners_do_at_once() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let mut owners = vec![acme.clone()];
        owners.extend((0..3).map(|_| world.colleague(&acme, "owner")));
        let watch = world.caller(&acme.post(
            "/v1/api-keys",
            json!({ "name": "Watch", "scopes": ["events:read"] }),
            201,
        ));
        let places: Vec<String> = owners.iter().map(place).collect();
        let left =
            at_once(4, |number| owners[number].send("DELETE", &places[number], &[], b"").status);
        let stayed: Vec<_> = (0..4).filter(|number| left[*number] != 204).collect();
        assert_eq!(stayed.len(), 1, "{left:?}");
        let last = &owners[stayed[0]];
        assert_eq!(left[stayed[0]], 409);
        assert_eq!(last.get("/v1/me", 200)["role"], "owner");
        assert_eq!(told_of("membership.removed", &watch, 3).len(), 3);

        // Two who take it from each other: one is first, and the other is no owner then.
        let other = joined(world, last, "other@example.com", "owner");
        let (pair, mutual) = ([last, &other], [place(&other), place(last)]);
        let told = at_once(2, |number| patch(pair[number], &mutual[number], "member").0);
        let mut sorted = told.clone();
        sorted.sort_unstable();
        assert_eq!(sorted[0], 200, "{told:?}");
        assert_eq!(sorted[1], 403, "{told:?}");
        let roles = pair.map(|one| one.get("/v1/me", 200)["role"].as_str().unwrap().to_string());
        assert_eq!(roles.iter().filter(|role| *role == "owner").count(), 1, "{roles:?}");
    });
}
