//! What becomes of people, invitations and sessions while a company is suspended or deactivated.

use serde_json::{Value, json};

use super::QUIET;
use crate::cast::deal::{id, meddle};
use crate::cast::http::{Caller, faults};
use crate::cast::members::{ACCEPT, accepted, joined, place, shown, token};
use crate::cast::world::in_a_world_with;

#[test]
fn a_suspended_company_is_left_and_ends_memberships_but_gives_no_roles() {
    in_a_world_with(QUIET, |world| {
        let acme = world.company("Acme", "brand");
        let [member, viewer] = ["member", "viewer"].map(|role| world.colleague(&acme, role));
        let guest = joined(world, &acme, "guest@example.com", "viewer");
        meddle(world, "UPDATE companies SET status = 'suspended' WHERE name = 'Acme'");
        let acme = world.again(&acme);
        let refused = |told: Value| assert_eq!(told["code"], "company_suspended");
        refused(acme.patch(&place(&viewer), json!({ "role": "member" }), 403));
        let body = json!({ "email": "new@example.com", "role": "viewer" });
        refused(acme.post("/v1/invitations", body, 403));
        acme.delete(&place(&viewer), 204);
        member.delete(&place(&member), 204);
        guest.delete("/v1/sessions", 204);
        assert_eq!(acme.all("/v1/users").len(), 2);
    });
}

#[test]
fn a_deactivated_company_lets_its_owner_in_alone_and_keeps_its_people() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let invite = |by: &Caller, email: &str, role: &str| {
            by.post("/v1/invitations", json!({ "email": email, "role": role }), 201);
            token(world, email)
        };
        let owner = acme.email.clone().expect("an address");
        let at_bolt = world.caller(&shown(&acme, &invite(&bolt, &owner, "viewer")).json());
        let grace = joined(world, &acme, "grace@example.com", "admin");
        let waiting = invite(&acme, "hedy@example.com", "viewer");
        let company = |verb: &str| format!("/v1/companies/{}/{verb}", acme.company_id());
        acme.post(&company("deactivate"), json!({ "reason": "We are done." }), 200);

        // Nobody joins, and nobody is in any more; where else one is signed in, one stays.
        let refused = shown(&world.nobody(), &waiting);
        assert_eq!(faults(&refused.json()), ["/token invitation_token_invalid"]);
        grace.get("/v1/me", 401);
        at_bolt.get("/v1/me", 200);
        let gone = |told: Value| assert_eq!(told["code"], "company_deactivated", "{told}");
        let login = json!({ "email": "grace@example.com", "password": "correct horse battery" });
        gone(world.nobody().post("/v1/auth/login", login, 403));

        // She has nowhere to sign in, and joins another company by her password.
        let elsewhere = invite(&bolt, "grace@example.com", "member");
        world.nobody().post(ACCEPT, json!({ "token": elsewhere }), 401);
        let known = json!({ "token": elsewhere, "password": "correct horse battery" });
        let grace = world.caller(&world.nobody().post(ACCEPT, known, 201));
        let home = json!({ "company_id": acme.company_id() });
        gone(grace.post("/v1/auth/switch", home.clone(), 403));
        assert_eq!(grace.all("/v1/sessions").len(), 1, "what was refused left no session");

        // The owner goes there, sees to his own sessions, and goes away; he changes nobody.
        let back = world.caller(&at_bolt.post("/v1/auth/switch", home.clone(), 200));
        assert_eq!(back.get("/v1/me", 200)["company"]["status"], "deactivated");
        let own = back.all("/v1/sessions");
        assert_eq!((own.len(), &own[0]["current"]), (1, &json!(true)));
        gone(back.get("/v1/users", 403));
        gone(back.delete(&place(&back), 403));
        let someone = json!({ "email": "ida@example.com", "role": "viewer" });
        gone(back.post("/v1/invitations", someone, 403));
        back.post("/v1/auth/switch", json!({ "company_id": bolt.company_id() }), 200);
        at_bolt.delete(&format!("/v1/sessions/{}", id(&at_bolt.all("/v1/sessions")[0])), 204);

        // All is as before once it is back, for whoever has a place there or was asked to.
        back.post(&company("reactivate"), json!({ "reason": "We are not." }), 200);
        let hedy = accepted(world, &waiting);
        assert_eq!(hedy.get("/v1/me", 200)["role"], "viewer");
        let grace = world.caller(&grace.post("/v1/auth/switch", home, 200));
        assert_eq!(grace.get("/v1/me", 200)["role"], "admin");
        assert_eq!(grace.all("/v1/users").len(), 3);
    });
}
