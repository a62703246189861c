//! A partnership is offered by a letter to an address, sent again and taken back; and nobody learns whether
//! somebody has an account there.

use entente::partnerships::invitations::jobs::expire_invitations;
use serde_json::{Value, json};

use super::super::people::person;
use crate::cast::at_once::at_once;
use crate::cast::deal::{id, run, shown};
use crate::cast::delegates::{acting, together};
use crate::cast::http::{Caller, faults};
use crate::cast::members::offer_token;
use crate::cast::notices::{QUIET, all_is_told, said, told, words_to};
use crate::cast::world::{World, in_a_world_with};

const BOLT: &str = "ada@bolt.example";

/// An offer to an address, in which the offering company is the client.
pub fn to(email: &str) -> Value {
    json!({ "email": email, "my_role": "client", "message": "Shall we work together?" })
}

/// Acme's offer to an address; its path.
pub fn invited(acme: &Caller, email: &str) -> String {
    let waiting = acme.call("POST", "/v1/partnerships", &[], &to(email), 202);
    let path = format!("/v1/partnership-invitations/{}", id(&waiting.json()));
    assert_eq!(waiting.header("Location"), path);
    path
}

/// What became of those that are overdue.
pub fn expire(world: &World) -> u64 {
    let done = run(world, async |pool| expire_invitations(pool, &world.clock).await);
    done.expect("the job runs")
}

#[test]
fn an_address_is_written_to_and_the_company_sees_what_becomes_of_it() {
    in_a_world_with(QUIET, |world| {
        let acme = world.company("Acme", "brand");
        let mia = person(&acme, "Mia", "Sole");
        let body = json!({
            "email": "Ada@Bolt.example", "company_name": "Bolt", "my_role": "partner",
            "message": "Click http://evil.example", "contacts": [mia],
            "grants": [{ "grant": "share_accounts" }],
        });
        let made = acme.call("POST", "/v1/partnerships", &[], &body, 202);
        let (waiting, me) = (made.json(), acme.get("/v1/me", 200)["user"]["id"].clone());
        let expected = json!({
            "id": waiting["id"], "status": "pending", "my_role": "partner", "email": BOLT,
            "company_name": "Bolt", "message": "Click http://evil.example", "contacts": [mia],
            "grants": [{ "grant": "share_accounts", "level": "count" }], "invited_by": me,
            "created_at": "2026-03-10T12:00:00Z", "sent_at": "2026-03-10T12:00:00Z",
            "expires_at": "2026-03-24T12:00:00Z", "answered_at": null, "partnership_id": null,
            "version": 1,
        });
        assert_eq!((&waiting, made.header("ETag")), (&expected, "\"1\""));
        let path = made.header("Location").to_string();
        assert_eq!(acme.get(&path, 200), expected);
        assert_eq!(acme.all("/v1/partnerships"), Vec::<Value>::new(), "nobody is the other side");
        // A repeat is told the same, and writes to nobody.
        let once = [("Idempotency-Key", "once")];
        let eve = to("eve@bolt.example");
        let first = acme.call("POST", "/v1/partnerships", &once, &eve, 202);
        let again = acme.call("POST", "/v1/partnerships", &once, &eve, 202);
        assert_eq!((first.json(), again.header("Idempotency-Replayed")), (again.json(), "true"));
        assert_eq!(words_to(world, "eve@bolt.example").len(), 1);

        // The letter says who offers, and nothing that the company could write to strangers.
        let letters = words_to(world, BOLT);
        assert_eq!(letters.len(), 1);
        let says = |what: &str| assert!(letters[0].contains(what), "{what}: {}", letters[0]);
        says("Hello ada@bolt.example,");
        says("Acme's owner of Acme offers your company a partnership.");
        says("within 14 days");
        says("register your company");
        assert!(!letters[0].contains("evil"), "{}", letters[0]);
        let token = offer_token(world, BOLT);
        assert!(!waiting.to_string().contains(&token));
        assert!(token.starts_with("ento_") && token.len() == 5 + 43, "{token}");
    });
}

#[test]
fn whether_somebody_has_the_address_is_told_nowhere() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let known = bolt.email.clone().expect("an address");
        let both = [known.as_str(), "nobody@example.com"].map(|email| {
            let answer = acme.call("POST", "/v1/partnerships", &[], &to(email), 202);
            let token = offer_token(world, email);
            let letter = words_to(world, email).remove(0);
            let plain = |text: &str| text.replace(email, "(address)").replace(&token, "(token)");
            let mut body = answer.json();
            body["id"].take();
            (answer.status, plain(&body.to_string()), plain(&letter))
        });
        assert_eq!(both[0], both[1]);
        assert_eq!(bolt.all("/v1/partnerships"), Vec::<Value>::new());
        assert_eq!(told(world, &bolt, 0), Vec::<Value>::new(), "the letter alone tells");
    });
}

#[test]
fn what_is_wrong_with_an_offer_to_an_address_is_told_at_once() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let refused = |body: Value| faults(&acme.post("/v1/partnerships", body, 422));
        let with = |more: Value| {
            let mut body = to(BOLT);
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        let company = bolt.company_id();
        let both = with(json!({ "client_company_id": company }));
        assert_eq!(refused(both), [" one_of_fields"]);
        assert_eq!(refused(json!({ "message": "hello" })), [" one_of_fields"]);
        let no_role = json!({ "email": BOLT, "message": "hello" });
        assert_eq!(refused(no_role), ["/my_role missing_field"]);
        let beside = json!({
            "client_company_id": company, "message": "hello", "my_role": "client",
            "company_name": "Bolt",
        });
        assert_eq!(refused(beside), ["/company_name not_allowed", "/my_role not_allowed"]);
        assert_eq!(refused(to("no address")), ["/email bad_format"]);
        let theirs = person(&bolt, "Tom", "Sole");
        let people = json!({ "contacts": [theirs, theirs] });
        assert_eq!(refused(with(people)), ["/contacts/1 duplicate"]);
        assert_eq!(refused(with(json!({ "contacts": [theirs] }))), ["/contacts/0 unknown_person"]);
        let grant = json!({ "grants": [{ "grant": "manage_status", "level": "count" }] });
        assert_eq!(refused(with(grant)), ["/grants/0/level bad_level"]);
        assert_eq!(words_to(world, BOLT), Vec::<String>::new());
    });
}

#[test]
fn who_may_offer_to_an_address_and_see_that_it_was_done() {
    in_a_world_with(QUIET, |world| {
        let (acme, crow) = (world.company("Acme", "brand"), world.company("Crow", "brand"));
        let [member, manager] = ["member", "manager"].map(|role| world.colleague(&acme, role));
        let key = json!({ "name": "Key", "scopes": ["partnerships:read"] });
        let key = world.caller(&acme.post("/v1/api-keys", key, 201));
        let agency = world.company("Dawn", "agency");
        together(&acme, &agency);
        let delegate = acting(world, &agency, &acme, "company");
        let mut granting = to(BOLT);
        granting["grants"] = json!([{ "grant": "view_performance" }]);
        for (who, body, code) in [
            (&member, to(BOLT), "role_too_low"),
            (&key, to(BOLT), "key_not_allowed"),
            (&delegate, to(BOLT), "not_for_delegates"),
            (&manager, granting.clone(), "role_too_low"),
        ] {
            assert_eq!(who.post("/v1/partnerships", body, 403)["code"], code);
        }
        let plain = invited(&manager, "eve@bolt.example");
        let waiting = acme.post("/v1/partnerships", granting, 202);
        let granting = format!("/v1/partnership-invitations/{}", id(&waiting));
        world.pass(300);
        // What only an admin could offer, only an admin sends again.
        manager.post(&format!("{plain}/resend"), json!({}), 200);
        let refused = manager.post(&format!("{granting}/resend"), json!({}), 403);
        assert_eq!(refused["code"], "role_too_low");
        assert_eq!(
            delegate.post(&format!("{plain}/resend"), json!({}), 403)["code"],
            "not_for_delegates"
        );
        acme.post(&format!("{granting}/resend"), json!({}), 200);
        for who in [&member, &key] {
            assert_eq!(who.all("/v1/partnership-invitations").len(), 2);
            assert_eq!(who.get(&plain, 200)["email"], "eve@bolt.example");
        }
        assert_eq!(crow.all("/v1/partnership-invitations"), Vec::<Value>::new());
        crow.get(&plain, 404);
        crow.post(&format!("{plain}/withdraw"), json!({}), 404);
        assert_eq!(
            member.post(&format!("{plain}/withdraw"), json!({}), 403)["code"],
            "role_too_low"
        );
        let closed = delegate.get("/v1/partnership-invitations", 403);
        assert_eq!(closed["code"], "not_for_delegates");
        delegate.get(&plain, 403);
        delegate.post(&format!("{plain}/withdraw"), json!({}), 403);
        manager.post(&format!("{plain}/withdraw"), json!({}), 200);
    });
}

/// Of what expired the company is told, by nobody's deed.
fn of_what_expired_it_is_told(world: &World, acme: &Caller) {
    let kind = "/v1/events?type=partnership_invitation.*";
    let kinds = |events: &[Value]| {
        let kind =
            |one: &Value| one["type"].as_str().unwrap().rsplit('.').next().unwrap().to_string();
        events.iter().map(kind).collect::<Vec<_>>()
    };
    let events = shown(11, || acme.all(kind));
    assert_eq!(
        kinds(&events),
        [
            "created",
            "created",
            "resent",
            "resent",
            "withdrawn",
            "created",
            "created",
            "withdrawn",
            "expired",
            "expired",
            "created"
        ]
    );
    assert_eq!(
        (&events[8]["acted_by"], &events[9]["acted_by"]),
        (&json!("system"), &json!("system"))
    );
    all_is_told(world);
    let over = "partnership_answer: Nobody received a partnership that your company offered by a \
                letter, so it has expired";
    assert_eq!(said(&told(world, acme, 2)), [over, over]);
}

#[test]
fn one_waits_for_an_address_in_a_direction_until_it_is_withdrawn_or_expires() {
    in_a_world_with(QUIET, |world| {
        let acme = world.company("Acme", "brand");
        let first = invited(&acme, BOLT);
        let again = acme.post("/v1/partnerships", to("ADA@bolt.example"), 409);
        assert_eq!(again["code"], "partnership_already_invited");
        let mut other_way = to(BOLT);
        other_way["my_role"] = json!("partner");
        acme.post("/v1/partnerships", other_way, 202);
        let lately = acme.post(&format!("{first}/resend"), json!({}), 409);
        assert_eq!(lately["code"], "partnership_invitation_sent_lately");
        world.pass(300);
        let resent = acme.post(&format!("{first}/resend"), json!({}), 200);
        let when = [&resent["sent_at"], &resent["expires_at"]];
        assert_eq!(when, ["2026-03-10T12:05:00Z", "2026-03-24T12:05:00Z"]);
        world.pass(300);
        acme.post(&format!("{first}/resend"), json!({}), 200);
        world.pass(300);
        let acme = world.again(&acme);
        assert_eq!(acme.post(&format!("{first}/resend"), json!({}), 409)["code"], lately["code"]);
        let back = acme.post(&format!("{first}/withdraw"), json!({}), 200);
        let what = (&back["status"], &back["answered_at"], &back["version"]);
        assert_eq!(what, (&json!("withdrawn"), &json!("2026-03-10T12:15:00Z"), &json!(4)));
        for verb in ["withdraw", "resend"] {
            let over = acme.post(&format!("{first}/{verb}"), json!({}), 409);
            assert_eq!(over["code"], "partnership_invitation_over");
        }
        let third = invited(&acme, BOLT);
        let many = invited(&acme, "eve@bolt.example");
        acme.post(&format!("{third}/withdraw"), json!({}), 200);
        let much = acme.post("/v1/partnerships", to(BOLT), 409);
        assert_eq!(much["code"], "too_many_partnership_invitations");

        // Two wait; the days of one are over.
        world.travel("2026-03-24T12:14:59Z");
        let acme = world.again(&acme);
        let by = |status: &str| acme.all(&format!("/v1/partnership-invitations?status={status}"));
        assert_eq!([by("pending").len(), by("expired").len(), by("withdrawn").len()], [1, 1, 2]);
        assert_eq!(expire(world), 1);
        world.travel("2026-03-24T12:15:00Z");
        // Nothing depends on the job being on time.
        assert_eq!(acme.get(&many, 200)["status"], "expired");
        let late = acme.post(&format!("{many}/resend"), json!({}), 409);
        assert_eq!(late["code"], "partnership_invitation_over");
        let anew = invited(&acme, "eve@bolt.example");
        assert_eq!((expire(world), &acme.get(&many, 200)["version"]), (0, &json!(2)));
        assert_eq!(acme.get(&anew, 200)["status"], "pending");
        let order: Vec<String> =
            acme.all("/v1/partnership-invitations?limit=2").iter().map(id).collect();
        assert!(order.len() == 5 && order.is_sorted_by(|one, next| one > next), "{order:?}");
        of_what_expired_it_is_told(world, &acme);
    });
}

#[test]
fn of_many_who_offer_at_once_to_an_address_one_does() {
    in_a_world_with(QUIET, |world| {
        let acme = world.company("Acme", "brand");
        let (body, headers) = (to(BOLT).to_string(), [("Content-Type", "application/json")]);
        let answers =
            at_once(4, |_| acme.send("POST", "/v1/partnerships", &headers, body.as_bytes()));
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [202, 409, 409, 409], "{answers:?}");
        assert_eq!(acme.all("/v1/partnership-invitations").len(), 1);
        assert_eq!(words_to(world, BOLT).len(), 1);
    });
}

#[test]
fn an_address_gets_ten_letters_a_day_whoever_writes_and_nobody_is_told() {
    in_a_world_with(QUIET, |world| {
        let companies = ["Acme", "Bolt", "Crow", "Dawn"].map(|name| world.company(name, "brand"));
        for company in &companies {
            for _ in 0..3 {
                let path = invited(company, "sales@eve.example");
                company.post(&format!("{path}/withdraw"), json!({}), 200);
            }
        }
        assert_eq!(words_to(world, "sales@eve.example").len(), 10);
        world.pass(24 * 60 * 60);
        let acme = world.again(&companies[0]);
        invited(&acme, "sales@eve.example");
        assert_eq!(words_to(world, "sales@eve.example").len(), 11);
    });
}
