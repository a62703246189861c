//! Whoever got the letter registers, shows its token, and finds the offer.

use serde_json::{Value, json};

use super::super::people::person;
use super::invitations::{invited, to};
use crate::cast::at_once::at_once;
use crate::cast::deal::{id, meddle, shown};
use crate::cast::engines::on_both_engines;
use crate::cast::http::{Caller, faults};
use crate::cast::letters::letters_about;
use crate::cast::members::offer_token;
use crate::cast::notices::{QUIET, all_is_told, said, told, words_to};
use crate::cast::world::{World, in_a_world_with};

const CLAIM: &str = "/v1/partnership-invitations/claim";
const BOLT: &str = "ada@bolt.example";

fn newcomer(email: &str, company: &str) -> Value {
    json!({
        "email": email, "password": "correct horse battery", "name": "Ada",
        "company": { "name": company, "kind": "partner" },
    })
}

/// The owner of a company that registers with this address.
fn registered(world: &World, email: &str) -> Caller {
    world.caller(&world.nobody().post("/v1/auth/register", newcomer(email, "Bolt"), 201))
}

fn claimed(by: &Caller, token: &str, status: u16) -> Value {
    by.post(CLAIM, json!({ "token": token }), status)
}

/// What history, feeds and notifications say to both sides of an offer that was received and accepted.
fn both_sides_are_told(world: &World, [acme, bolt]: [&Caller; 2], partnership: &str) {
    for side in [acme, bolt] {
        let history = side.all(&format!("{partnership}/history"));
        let told = |one: &Value| {
            let word = |field: &Value| field.as_str().unwrap_or_default().to_string();
            (word(&one["type"]), word(&one["company"]["name"]))
        };
        let expected = [
            ("partnership.accepted", "Bolt"),
            ("partnership_invitation.claimed", "Bolt"),
            ("partnership.offered", "Acme"),
        ];
        let expected = expected.map(|(kind, name)| (kind.to_string(), name.to_string()));
        assert_eq!(history.iter().map(told).collect::<Vec<_>>(), expected);
    }
    let kind = "/v1/events?type=partnership_invitation.claimed";
    let [ours, theirs] = [acme, bolt].map(|side| shown(1, || side.all(kind)).remove(0));
    assert_eq!((&ours["acted_by"], &theirs["acted_by"]), (&json!("other_company"), &json!("user")));
    assert_eq!((&ours["object"]["status"], &theirs["object"]), (&json!("claimed"), &Value::Null));
    all_is_told(world);
    let has_received = "partnership_answer: Bolt has received the partnership that you offered \
                        by a letter";
    assert_eq!(said(&told(world, acme, 2))[0], has_received);
    let offers = "partnership_offer: Acme offers your company a partnership";
    assert_eq!(said(&told(world, bolt, 1)), [offers]);
}

#[test]
fn a_company_that_was_not_here_registers_and_finds_the_offer() {
    in_a_world_with(QUIET, |world| {
        let acme = world.company("Acme", "brand");
        let mia = person(&acme, "Mia", "Sole");
        let mut body = to(BOLT);
        body["contacts"] = json!([mia]);
        body["grants"] = json!([{ "grant": "view_performance" }]);
        let waiting = acme.post("/v1/partnerships", body, 202);
        let path = format!("/v1/partnership-invitations/{}", id(&waiting));
        world.travel("2026-03-12T12:00:00Z");
        let bolt = registered(world, BOLT);
        assert_eq!(bolt.all("/v1/partnerships"), Vec::<Value>::new());

        let token = offer_token(world, BOLT);
        let offered = bolt.call("POST", CLAIM, &[], &json!({ "token": token }), 201);
        let partnership = offered.header("Location").to_string();
        let found = offered.json();
        let what = [&found["status"], &found["my_role"], &found["other_company"]["name"]];
        assert_eq!(what, [&json!("offered"), &json!("partner"), &json!("Acme")]);
        let when = [&found["created_at"], &found["expires_at"], &found["message"]];
        let until = json!("2026-04-11T12:00:00Z");
        let said_then = json!("Shall we work together?");
        assert_eq!(when, [&json!("2026-03-12T12:00:00Z"), &until, &said_then]);

        // From here on it is an offer like any other, on both sides.
        let acme = world.again(&acme);
        for (side, turn) in [(&bolt, "mine"), (&acme, "theirs")] {
            let list = side.all("/v1/partnerships");
            assert_eq!(list.len(), 1);
            let tile = &list[0]["tile"];
            let what = [&tile["whose_turn"], &tile["label"], &tile["contacts"]["offered"]];
            assert_eq!(what, [&json!(turn), &json!("open"), &json!(1)]);
        }
        let after = acme.get(&path, 200);
        let what = [&after["status"], &after["partnership_id"], &after["version"]];
        assert_eq!(what, [&json!("claimed"), &found["id"], &json!(2)]);
        bolt.get(&path, 404);
        let granted = &bolt.all(&format!("{partnership}/grants"))[0];
        assert_eq!(
            (&granted["grant"], &granted["in_force"]),
            (&json!("view_performance"), &json!(false))
        );
        let active = bolt.post(&format!("{partnership}/accept"), json!({}), 200);
        assert_eq!(active["status"], "active");
        assert_eq!(bolt.all(&format!("{partnership}/grants"))[0]["in_force"], true);
        both_sides_are_told(world, [&acme, &bolt], &partnership);
    });
}

#[test]
fn a_token_counts_for_the_address_that_it_was_sent_to_and_once() {
    in_a_world_with(QUIET, |world| {
        let (acme, crow) = (world.company("Acme", "brand"), world.company("Crow", "partner"));
        let path = invited(&acme, BOLT);
        let token = offer_token(world, BOLT);
        let bolt = registered(world, BOLT);
        world.nobody().post(CLAIM, json!({ "token": token }), 401);
        assert_eq!(claimed(&crow, &token, 403)["code"], "forbidden");
        let key = json!({ "name": "Key", "scopes": ["partnerships:read"] });
        let key = world.caller(&bolt.post("/v1/api-keys", key, 201));
        assert_eq!(claimed(&key, &token, 403)["code"], "key_not_allowed");
        let unknown = claimed(&bolt, "ento_nonsense", 422);
        assert_eq!(faults(&unknown), ["/token partnership_token_invalid"]);
        let same = |answer: Value| assert_eq!(answer["errors"], unknown["errors"]);

        // A newer letter ends the one before.
        world.pass(300);
        acme.post(&format!("{path}/resend"), json!({}), 200);
        same(claimed(&bolt, &token, 422));
        let newer = offer_token(world, BOLT);
        assert_ne!(newer, token);
        let offered = claimed(&bolt, &newer, 201);
        same(claimed(&bolt, &newer, 422));
        assert_eq!(
            acme.post(&format!("{path}/withdraw"), json!({}), 409)["code"],
            "partnership_invitation_over"
        );
        bolt.post(
            &format!("/v1/partnerships/{}/decline", id(&offered)),
            json!({ "comment": "No." }),
            200,
        );

        let withdrawn = invited(&acme, BOLT);
        let token = offer_token(world, BOLT);
        acme.post(&format!("{withdrawn}/withdraw"), json!({}), 200);
        same(claimed(&bolt, &token, 422));
        invited(&acme, BOLT);
        let token = offer_token(world, BOLT);
        world.pass(14 * 24 * 60 * 60);
        same(claimed(&world.again(&bolt), &token, 422));
    });
}

#[test]
fn whoever_has_an_account_chooses_the_company_that_receives_the_offer() {
    in_a_world_with(QUIET, |world| {
        let (acme, dawn) = (world.company("Acme", "brand"), world.company("Dawn", "agency"));
        let email = dawn.email.clone().expect("an address");
        // She belongs to Acme and to Eve as well.
        let eve = world.company("Eve", "partner");
        let here = |company: &Caller, role: &str| {
            let invite = json!({ "email": email, "role": role });
            company.post("/v1/invitations", invite, 201);
            let token = crate::cast::members::token(world, &email);
            world.caller(&dawn.post("/v1/invitations/accept", json!({ "token": token }), 201))
        };
        let (at_acme, at_eve) = (here(&acme, "manager"), here(&eve, "member"));
        invited(&acme, &email);
        let token = offer_token(world, &email);
        assert_eq!(faults(&claimed(&at_acme, &token, 422)), ["/token own_company"]);
        assert_eq!(claimed(&at_eve, &token, 403)["code"], "role_too_low");
        claimed(&dawn, &token, 201);
        assert_eq!(dawn.all("/v1/partnerships").len(), 1);
        assert_eq!(eve.all("/v1/partnerships"), Vec::<Value>::new());

        // The two have one in this direction: the token of another letter goes on counting.
        invited(&acme, &email);
        let token = offer_token(world, &email);
        assert_eq!(claimed(&dawn, &token, 409)["code"], "partnership_exists");
        let path = format!("/v1/partnerships/{}", id(&dawn.all("/v1/partnerships")[0]));
        dawn.post(&format!("{path}/decline"), json!({ "comment": "no" }), 200);
        claimed(&dawn, &token, 201);
    });
}

#[test]
fn what_has_changed_by_the_claim_is_judged_then() {
    in_a_world_with(QUIET, |world| {
        let acme = world.company("Acme", "brand");
        let admin = world.colleague(&acme, "admin");
        let [mia, tom] = ["Mia", "Tom"].map(|name| person(&acme, name, "Sole"));
        let mut body = to(BOLT);
        body["contacts"] = json!([mia, tom]);
        body["grants"] = json!([{ "grant": "sign_in_as" }]);
        admin.post("/v1/partnerships", body, 202);
        let token = offer_token(world, BOLT);
        let bolt = registered(world, BOLT);

        // While the offering company takes no part, nobody agrees with it on anything.
        for status in ["suspended", "deactivated"] {
            meddle(world, &format!("UPDATE companies SET status = '{status}' WHERE name = 'Acme'"));
            assert_eq!(claimed(&bolt, &token, 409)["code"], "company_not_active");
        }
        meddle(world, "UPDATE companies SET status = 'active'");
        // Nor does a company that is suspended itself.
        meddle(world, "UPDATE companies SET status = 'suspended' WHERE name = 'Bolt'");
        let bolt = world.again(&bolt);
        assert_eq!(claimed(&bolt, &token, 403)["code"], "company_suspended");
        meddle(world, "UPDATE companies SET status = 'active'");
        let bolt = world.again(&bolt);

        acme.post(&format!("/v1/people/{mia}/leave"), json!({}), 200);
        let place = crate::cast::members::place(&admin);
        acme.patch(&place, json!({ "role": "manager" }), 200);
        let path = format!("/v1/partnerships/{}", id(&claimed(&bolt, &token, 201)));
        let contacts = bolt.all(&format!("{path}/contacts"));
        assert_eq!(contacts.len(), 1);
        assert_eq!(
            (&contacts[0]["first_name"], &contacts[0]["state"]),
            (&json!("Tom"), &json!("offered"))
        );
        let none = bolt.all(&format!("{path}/grants"));
        assert_eq!(none, Vec::<Value>::new(), "who offered it may no longer give it");
    });
}

#[test]
fn a_token_counts_as_long_as_whoever_sent_it_may_offer() {
    in_a_world_with(QUIET, |world| {
        let acme = world.company("Acme", "brand");
        let manager = world.colleague(&acme, "manager");
        manager.post("/v1/partnerships", to(BOLT), 202);
        let token = offer_token(world, BOLT);
        let bolt = registered(world, BOLT);
        let place = crate::cast::members::place(&manager);
        acme.patch(&place, json!({ "role": "member" }), 200);
        assert_eq!(faults(&claimed(&bolt, &token, 422)), ["/token partnership_token_invalid"]);
        acme.patch(&place, json!({ "role": "manager" }), 200);
        claimed(&bolt, &token, 201);
    });
}

#[test]
fn a_letter_that_does_not_leave_ends_no_other() {
    in_a_world_with(QUIET, |world| {
        let acme = world.company("Acme", "brand");
        let made = acme.post("/v1/partnerships", to(BOLT), 202);
        let token = offer_token(world, BOLT);
        let bolt = registered(world, BOLT);
        for name in ["Crow", "Dawn", "Eve"] {
            let other = world.company(name, "brand");
            for _ in 0..3 {
                let path = format!(
                    "/v1/partnership-invitations/{}",
                    id(&other.post("/v1/partnerships", to(BOLT), 202))
                );
                other.post(&format!("{path}/withdraw"), json!({}), 200);
            }
        }
        world.pass(6 * 60);
        let again = format!("/v1/partnership-invitations/{}/resend", id(&made));
        assert_eq!(acme.post(&again, json!({}), 200)["status"], "pending");
        claimed(&bolt, &token, 201);
    });
}

#[test]
fn of_two_who_show_a_token_at_once_one_is_offered_the_partnership() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let crow = world.company("Crow", "partner");
        let email = bolt.email.clone().expect("an address");
        crow.post("/v1/invitations", json!({ "email": email, "role": "manager" }), 201);
        let join = json!({ "token": crate::cast::members::token(world, &email) });
        let at_crow = world.caller(&bolt.post("/v1/invitations/accept", join, 201));
        let sessions = [world.again(&bolt), at_crow.clone(), bolt.clone(), at_crow];
        for round in 0..3 {
            let path = invited(&acme, &email);
            let token = offer_token(world, &email);
            let body = json!({ "token": token }).to_string();
            let headers = [("Content-Type", "application/json")];
            let answers = at_once(sessions.len(), |number| {
                sessions[number].send("POST", CLAIM, &headers, body.as_bytes())
            });
            let won: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
            assert_eq!(won.len(), 1, "{round}: {answers:?}");
            for lost in answers.iter().filter(|answer| answer.status != 201) {
                assert_eq!(faults(&lost.json()), ["/token partnership_token_invalid"], "{lost:?}");
            }
            let open = acme.all("/v1/partnerships?status=offered");
            assert_eq!((open.len(), &open[0]["id"]), (1, &won[0].json()["id"]));
            assert_eq!(acme.get(&path, 200)["partnership_id"], open[0]["id"]);
            acme.post(&format!("/v1/partnerships/{}/withdraw", id(&open[0])), json!({}), 200);
        }
    });
}

#[test]
fn where_addresses_are_confirmed_whoever_has_not_done_so_receives_nothing() {
    on_both_engines(|url| {
        let open = World::start(url, QUIET);
        let (acme, early) = (open.company("Acme", "brand"), registered(&open, "eve@bolt.example"));
        meddle(
            &open,
            "UPDATE users SET email_confirmed_at = created_at WHERE name = 'Acme''s owner'",
        );
        drop(open);
        let world = World::start(
            url,
            &["--registration", "verified", "--partnership-invitation-days", "1"],
        );
        let acme = world.again(&acme);
        let [for_early, for_new] = ["eve@bolt.example", BOLT].map(|email| {
            let path = invited(&acme, email);
            assert_eq!(acme.get(&path, 200)["expires_at"], "2026-03-11T12:00:00Z");
            offer_token(&world, email)
        });
        let early = world.again(&early);
        assert_eq!(claimed(&early, &for_early, 403)["code"], "email_unconfirmed");
        world.nobody().post("/v1/auth/register", newcomer(BOLT, "Bolt"), 202);
        let letter = letters_about(&world.outbox(), "Confirm your address", 1).remove(0);
        let confirm = json!({ "token": letter.any_token(), "password": "correct horse battery" });
        let bolt = world.caller(&world.nobody().post("/v1/auth/register/confirm", confirm, 201));
        claimed(&bolt, &for_new, 201);
        assert_eq!(bolt.all("/v1/partnerships?whose_turn=mine").len(), 1);
    });
}

#[test]
fn where_registration_is_closed_the_letter_opens_no_company() {
    on_both_engines(|url| {
        let open = World::start(url, QUIET);
        let (acme, bolt) = (open.company("Acme", "brand"), open.company("Bolt", "partner"));
        drop(open);
        let page = "https://app.example/partnership-invitation?token={token}";
        let flags = ["--registration", "closed", "--partnership-invitation-url", page];
        let world = World::start(url, &[QUIET, &flags].concat());
        let email = bolt.email.clone().expect("an address");
        let acme = world.again(&acme);
        for to in [&email, BOLT] {
            invited(&acme, to);
            let letter = words_to(&world, to).remove(0);
            let says = |what: &str| letter.contains(what);
            assert!(says("https://app.example/partnership-invitation?token=ento_"), "{letter}");
            assert!(says("Sign in with the account") && !says("register"), "{letter}");
        }
        let refused = world.nobody().post("/v1/auth/register", newcomer(BOLT, "Bolt"), 403);
        assert_eq!(refused["code"], "registration_closed");
        claimed(&world.again(&bolt), &offer_token(&world, &email), 201);
    });
}
