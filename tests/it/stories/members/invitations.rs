//! People are invited: by whom, how often, and what the company sees of it.

use entente::access::secret::digest;
use serde_json::{Value, json};

use super::QUIET;
use crate::cast::deal::{id, meddle, told_of};
use crate::cast::http::{Caller, faults};
use crate::cast::members::{accepted, place, shown, token};
use crate::cast::notices::words_to;
use crate::cast::tables::rows;
use crate::cast::world::{in_a_world, in_a_world_with};

const DOOR: &str = "/v1/invitations";

fn invite(by: &Caller, email: &str, role: &str, status: u16) -> Value {
    by.post(DOOR, json!({ "email": email, "role": role }), status)
}

#[test]
fn an_invitation_is_a_letter_and_the_company_sees_the_address_alone() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let body = json!({ "email": "Grace@Example.com", "role": "manager", "name": "Grace" });
        let made = acme.call("POST", DOOR, &[], &body, 201);
        let invitation = made.json();
        assert_eq!(made.header("Location"), format!("{DOOR}/{}", id(&invitation)));
        let me = acme.get("/v1/me", 200);
        let expected = json!({
            "id": invitation["id"], "email": "grace@example.com", "name": "Grace",
            "role": "manager", "status": "pending", "invited_by": me["user"]["id"],
            "created_at": "2026-03-10T12:00:00Z", "sent_at": "2026-03-10T12:00:00Z",
            "expires_at": "2026-03-17T12:00:00Z", "answered_at": null, "version": 1,
        });
        assert_eq!(invitation, expected);
        assert_eq!(acme.get(&format!("{DOOR}/{}", id(&invitation)), 200), expected);
        let letter = words_to(world, "grace@example.com").remove(0);
        assert!(letter.starts_with("Hello Grace,\n"), "{letter}");
        assert!(letter.contains("Acme's owner asks you to join Acme as manager."), "{letter}");
        assert!(!letter.contains("unsubscribe"), "it is no news that anybody subscribed to");

        // Of the token there is the digest, but for the letter that waits.
        let secret = token(world, "grace@example.com");
        assert!(secret.starts_with("enti_") && !made.text.contains(&secret));
        meddle(world, "DELETE FROM mails");
        let stored: String = rows(world).into_values().flatten().collect();
        assert!(!stored.contains(&secret), "the token stands in a table");
        let kept = digest(secret.as_bytes()).into_iter().map(|byte| format!("{byte:02x}"));
        assert!(stored.to_lowercase().contains(&kept.collect::<String>()));

        // Somebody who has an account is invited alike, in answer and letter.
        let known = bolt.email.clone().expect("an address");
        let [new, known] = ["somebody@example.com", known.as_str()].map(|email| {
            let mut told = invite(&acme, email, "viewer", 201);
            told["id"].take();
            let words = words_to(world, email).remove(0).replace(&token(world, email), "TOKEN");
            let hide = |text: String| text.replace(email, "ADDRESS");
            (hide(told.to_string()), hide(words))
        });
        assert_eq!(new, known);
        bolt.get(&format!("{DOOR}/{}", id(&invitation)), 404);
    });
}

#[test]
fn nobody_is_invited_twice_above_the_inviter_or_without_end() {
    in_a_world_with(QUIET, |world| {
        let acme = world.company("Acme", "brand");
        let (admin, manager) = (world.colleague(&acme, "admin"), world.colleague(&acme, "manager"));
        let code = |told: Value| told["code"].as_str().expect("a code").to_string();
        assert_eq!(code(invite(&manager, "grace@example.com", "viewer", 403)), "role_too_low");
        assert_eq!(code(invite(&admin, "grace@example.com", "owner", 403)), "role_too_low");
        let key = json!({ "name": "Key", "scopes": ["companies:read"] });
        let key = world.caller(&acme.post("/v1/api-keys", key, 201));
        assert_eq!(code(invite(&key, "grace@example.com", "viewer", 403)), "key_not_allowed");
        let wrong = json!({ "email": "grace", "role": "boss", "plan": "enterprise" });
        let problem = admin.post(DOOR, wrong, 422);
        assert_eq!(
            faults(&problem),
            ["/email bad_format", "/plan unknown_field", "/role unknown_value"]
        );
        assert_eq!(acme.all(DOOR), Vec::<Value>::new());

        let own = acme.email.clone().expect("an address").to_uppercase();
        assert_eq!(code(invite(&admin, &own, "viewer", 409)), "already_member");
        let first = invite(&admin, "grace@example.com", "admin", 201);
        let twice = invite(&acme, "GRACE@example.com", "viewer", 409);
        assert_eq!(code(twice), "already_invited");

        // Another one once it was revoked; but not for ever.
        for _ in 0..2 {
            let waiting = format!("{DOOR}/{}", id(&acme.all(DOOR)[0]));
            assert_eq!(
                acme.post(&format!("{waiting}/revoke"), json!({}), 200)["status"],
                "revoked"
            );
            let again = acme.post(&format!("{waiting}/revoke"), json!({}), 409);
            assert_eq!(code(again), "invitation_over");
            invite(&admin, "grace@example.com", "viewer", 201);
        }
        let waiting = format!("{DOOR}/{}", id(&acme.all(DOOR)[0]));
        acme.post(&format!("{waiting}/revoke"), json!({}), 200);
        let too_many = invite(&admin, "grace@example.com", "viewer", 409);
        assert_eq!(code(too_many), "too_many_invitations");
        let gone = format!("{DOOR}/{}/resend", id(&first));
        assert_eq!(code(admin.post(&gone, json!({}), 409)), "invitation_over");
        assert_eq!(
            words_to(world, "grace@example.com").len(),
            3,
            "a letter for each that was made"
        );
    });
}

#[test]
fn a_letter_is_sent_again_and_only_its_own_link_counts_then() {
    in_a_world_with(&["--no-jobs", "--invitation-days", "2"], |world| {
        let acme = world.company("Acme", "brand");
        let admin = world.colleague(&acme, "admin");
        let path = format!("{DOOR}/{}", id(&invite(&acme, "grace@example.com", "owner", 201)));
        let resend = format!("{path}/resend");
        let soon = acme.post(&resend, json!({}), 409);
        assert_eq!(soon["code"], "invitation_sent_lately");
        world.travel("2026-03-10T12:05:00Z");
        // An admin gives nobody what takes an owner, by no letter either.
        assert_eq!(admin.post(&resend, json!({}), 403)["code"], "role_too_low");
        assert_eq!(admin.post(&format!("{path}/revoke"), json!({}), 403)["code"], "role_too_low");
        let first = token(world, "grace@example.com");
        let stale = [("If-Match", "\"7\"")];
        acme.call("POST", &resend, &stale, &json!({}), 412);
        let sent = acme.post(&resend, json!({}), 200);
        assert_eq!((&sent["version"], &sent["status"]), (&json!(2), &json!("pending")));
        assert_eq!(sent["expires_at"], "2026-03-12T12:05:00Z");
        let second = token(world, "grace@example.com");
        assert_ne!(first, second);
        let refused = shown(&world.nobody(), &first);
        assert_eq!(faults(&refused.json()), ["/token invitation_token_invalid"]);

        // Once its days are over it is shown as what it is, and can be sent again.
        world.travel("2026-03-12T12:05:00Z");
        let acme = world.again(&acme);
        assert_eq!(acme.get(&path, 200)["status"], "expired");
        assert_eq!(acme.all("/v1/invitations?status=pending"), Vec::<Value>::new());
        assert_eq!(acme.all("/v1/invitations?status=expired").len(), 1);
        acme.post(&resend, json!({}), 200);
        assert_eq!(acme.all("/v1/invitations?status=pending").len(), 1);
        let joined = accepted(world, &token(world, "grace@example.com"));
        assert_eq!(joined.get("/v1/me", 200)["role"], "owner");
        let all = told_of("invitation.", &acme, 4);
        let kinds: Vec<_> = all.iter().map(|event| event["type"].as_str().unwrap()).collect();
        let [created, resent, accepted] =
            ["created", "resent", "accepted"].map(|what| format!("invitation.{what}"));
        assert_eq!(kinds, [&created, &resent, &resent, &accepted]);
    });
}

#[test]
fn one_whose_days_are_over_makes_room_for_another() {
    in_a_world_with(QUIET, |world| {
        let acme = world.company("Acme", "brand");
        let old = id(&invite(&acme, "grace@example.com", "viewer", 201));
        world.travel("2026-03-17T12:00:00Z");
        let acme = world.again(&acme);
        let new = id(&invite(&acme, "grace@example.com", "member", 201));
        let old = acme.get(&format!("{DOOR}/{old}"), 200);
        assert_eq!((&old["status"], &old["version"]), (&json!("expired"), &json!(2)));
        let gone = format!("{DOOR}/{}/resend", id(&old));
        assert_eq!(acme.post(&gone, json!({}), 409)["code"], "invitation_over");

        // The list: newest first, page by page, by status.
        invite(&acme, "hedy@example.com", "viewer", 201);
        acme.post(&format!("{DOOR}/{new}/revoke"), json!({}), 200);
        let addresses = |query: &str| -> Vec<String> {
            let all = acme.all(&format!("{DOOR}?{query}")).into_iter();
            all.map(|one| one["email"].as_str().unwrap()[..5].to_string()).collect()
        };
        assert_eq!(addresses("limit=1"), ["hedy@", "grace", "grace"]);
        for (status, found) in [
            ("pending", vec!["hedy@"]),
            ("revoked", vec!["grace"]),
            ("expired", vec!["grace"]),
            ("accepted", vec![]),
        ] {
            assert_eq!(addresses(&format!("status={status}")), found, "{status}");
        }
        assert_eq!(faults(&acme.get("/v1/invitations?status=sent", 422)), ["status unknown_value"]);
    });
}

/// Nobody is invited in the name of somebody who could not do so himself any more.
#[test]
fn an_invitation_ends_with_the_rights_of_whoever_made_it() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let (second, admin) = (world.colleague(&acme, "owner"), world.colleague(&acme, "admin"));
        let invited = |by: &Caller, email: &str, role: &str| {
            format!("{DOOR}/{}", id(&invite(by, email, role, 201)))
        };
        let [owner, viewer] = [("o@example.com", "owner"), ("v@example.com", "viewer")]
            .map(|(email, role)| invited(&second, email, role));
        let other = invited(&admin, "a@example.com", "viewer");
        let status = |path: &str| acme.get(path, 200)["status"].as_str().unwrap().to_string();
        let all = || [&owner, &viewer, &other].map(|path| status(path));
        acme.patch(&place(&second), json!({ "role": "admin" }), 200);
        assert_eq!(all(), ["revoked", "pending", "pending"]);
        acme.patch(&place(&second), json!({ "role": "manager" }), 200);
        assert_eq!(all(), ["revoked", "revoked", "pending"]);
        admin.delete(&place(&admin), 204);
        assert_eq!(all(), ["revoked", "revoked", "revoked"]);
        assert_eq!(told_of("invitation.revoked", &acme, 3).len(), 3);
    });
}
