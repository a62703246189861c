//! Every change leaves an event, and every type that the table lists comes about.

use std::collections::{BTreeMap, BTreeSet};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use entente::actions::jobs::{clear_due, lock_due};
use entente::events::kinds::EventKind;
use entente::partnerships::invitations::jobs::expire_invitations;
use entente::partnerships::jobs::expire_offers;
use serde_json::{Value, json};

use crate::cast::deal::{Deal, id, run, shown};
use crate::cast::delegates::{sessions_with, signed_in_as};
use crate::cast::grants::grant;
use crate::cast::http::Caller;
use crate::cast::letters::letters;
use crate::cast::members::{accepted, offer_token, token};
use crate::cast::rival;
use crate::cast::world::{World, in_a_world};

/// The types that the table lists.
fn listed() -> BTreeSet<String> {
    EventKind::ALL.iter().map(EventKind::to_string).collect()
}

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().expect("a type")).collect()
}

/// What somebody is told once the last of it is of this type: on PostgreSQL an event shows when no
/// older transaction of the whole server is still open.
fn until(caller: &Caller, last: &str) -> Vec<Value> {
    let began = std::time::Instant::now();
    loop {
        let events = caller.all("/v1/events");
        if types(&events).last() == Some(&last) {
            return events;
        }
        assert!(began.elapsed().as_secs() < 120, "no {last}: {:?}", types(&events));
    }
}

/// The same where something of this kind may have happened to another thing before.
fn until_about(caller: &Caller, last: &str, object: &Value) -> Vec<Value> {
    let began = std::time::Instant::now();
    loop {
        let events = until(caller, last);
        if events.last().is_some_and(|event| event["object_id"] == *object) {
            return events;
        }
        assert!(began.elapsed().as_secs() < 120, "no {last} of {object}");
    }
}

/// Acme's owner, signed in at this moment.
fn owner(world: &World) -> Caller {
    let login = json!({ "email": "acme0@example.com", "password": "correct horse battery" });
    world.caller(&world.nobody().post("/v1/auth/login", login, 200))
}

/// Everything that can be done to what a company is and makes, but for actions and batches.
fn agreements(world: &World, deal: &Deal, owner: &Caller) {
    let company = format!("/v1/companies/{}", owner.company_id());
    owner.patch(&company, json!({ "name": "Acme Ltd" }), 200);
    profile(owner);
    grant(world, &deal.bolt, owner, "sign_in_as", None);
    signed_in_as(owner, &deal.bolt);
    let session = id(&owner.all(&sessions_with(&deal.bolt))[0]);
    owner.delete(&format!("/v1/sessions/{session}"), 204);
    let program = format!("/v1/programs/{}", deal.program);
    owner.patch(&program, json!({ "name": "Another" }), 200);
    let sale = format!("/v1/event-types/{}", deal.sale);
    owner.patch(&sale, json!({ "name": "Another" }), 200);
    let key = json!({ "name": "Short", "scopes": ["events:read"] });
    let key = format!("/v1/api-keys/{}", id(&owner.post("/v1/api-keys", key, 201)));
    owner.patch(&key, json!({ "name": "Shorter" }), 200);
    owner.post(&format!("{key}/rotate"), json!({}), 200);
    owner.delete(&key, 204);
    owner.delete(&key, 204);

    let email = "bolt1@example.com";
    let login = json!({ "email": email, "password": "correct horse battery" });
    let bolt = world.caller(&world.nobody().post("/v1/auth/login", login, 200));
    let contract = format!("/v1/contracts/{}", deal.contract);
    let terms = |percent: &str| {
        json!({
            "payouts": [{ "event_type_id": deal.sale, "percent": percent }],
            "lock": { "after": "day", "months": 0, "days": 15 },
        })
    };
    for (percent, who, answer) in
        [("8", &bolt, "accept"), ("9", &bolt, "decline"), ("10", owner, "withdraw")]
    {
        owner.post(&format!("{contract}/versions"), terms(percent), 201);
        who.post(&format!("{contract}/{answer}"), json!({}), 200);
    }
    let mut other = terms("5");
    other["partner_company_id"] = json!(bolt.company_id());
    let program = json!({ "name": "Side", "currency": "EUR", "time_zone": "UTC" });
    let program = id(&owner.post("/v1/programs", program, 201));
    let lead = json!({ "name": "Lead", "code": "SIDE", "kind": "lead" });
    let lead = id(&owner.post(&format!("/v1/programs/{program}/event-types"), lead, 201));
    other["program_id"] = json!(program);
    other["payouts"][0]["event_type_id"] = json!(lead);
    for (who, answer) in [(&bolt, "decline"), (owner, "withdraw")] {
        let proposed = id(&owner.post("/v1/contracts", other.clone(), 201));
        who.post(&format!("/v1/contracts/{proposed}/{answer}"), json!({}), 200);
    }
    partnerships(world, owner);
    kept(deal, owner);
    people(world, owner);
    webhooks(owner);
    let waiting = addressed(owner);
    members(world, owner);
    received(world, owner, waiting);
}

/// Somebody who joins, is somebody else and leaves, and one who stays; an invitation that is revoked.
fn members(world: &World, owner: &Caller) {
    for email in ["grace@example.com", "hedy@example.com"] {
        let body = json!({ "email": email, "role": "member", "name": "Grace" });
        let invitation = owner.post("/v1/invitations", body, 201);
        let joined = accepted(world, &token(world, email));
        let place = format!(
            "/v1/memberships/{}",
            joined.get("/v1/me", 200)["memberships"][0]["id"].as_str().expect("an id")
        );
        owner.patch(&place, json!({ "role": "manager" }), 200);
        if email.starts_with("grace") {
            joined.delete(&place, 204);
        }
        let path = format!("/v1/invitations/{}", id(&invitation));
        owner.post(&format!("{path}/revoke"), json!({}), 409);
    }
    let body = json!({ "email": "ida@example.com", "role": "viewer" });
    let path = format!("/v1/invitations/{}", id(&owner.post("/v1/invitations", body, 201)));
    world.travel("2026-03-10T12:05:00Z");
    owner.post(&format!("{path}/resend"), json!({}), 200);
    owner.post(&format!("{path}/revoke"), json!({}), 200);
}

/// Partnerships that are offered to addresses: one for a company that comes, one that is taken back, and one
/// that nobody ever receives.
fn addressed(owner: &Caller) -> [String; 2] {
    let offer = |email: &str| {
        let body = json!({ "email": email, "my_role": "client", "message": "Hello" });
        let waiting = owner.post("/v1/partnerships", body, 202);
        format!("/v1/partnership-invitations/{}", id(&waiting))
    };
    offer("nobody@hal.example");
    ["ines@hal.example", "ida@hal.example"].map(offer)
}

/// What becomes of the first two, some minutes later.
fn received(world: &World, owner: &Caller, [claimed, withdrawn]: [String; 2]) {
    owner.post(&format!("{claimed}/resend"), json!({}), 200);
    owner.post(&format!("{withdrawn}/withdraw"), json!({}), 200);
    let newcomer = json!({
        "email": "ines@hal.example", "password": "correct horse battery", "name": "Ines",
        "company": { "name": "Hal", "kind": "partner" },
    });
    let hal = world.caller(&world.nobody().post("/v1/auth/register", newcomer, 201));
    let token = json!({ "token": offer_token(world, "ines@hal.example") });
    hal.post("/v1/partnership-invitations/claim", token, 201);
}

/// Everything that a company keeps about another one.
fn kept(deal: &Deal, owner: &Caller) {
    let bolt = format!("/v1/companies/{}", deal.bolt.company_id());
    let me = owner.get("/v1/me", 200)["user"]["id"].clone();
    owner.put(&format!("{bolt}/account-owner"), json!({ "user_id": me }), 200);
    owner.delete(&format!("{bolt}/account-owner"), 204);
    owner.put(&format!("{bolt}/tags"), json!({ "tags": ["fashion"] }), 200);
    let note = json!({ "text": "They want more." });
    let note = format!("/v1/notes/{}", id(&owner.post(&format!("{bolt}/notes"), note, 201)));
    owner.patch(&note, json!({ "pinned": true }), 200);
    owner.delete(&note, 204);
}

/// An endpoint from its beginning to its end, and one that stays, to which nothing is ever sent.
fn webhooks(owner: &Caller) {
    let endpoint = json!({ "url": "https://1.1.1.1/", "event_types": ["company.registered"] });
    let path = format!(
        "/v1/webhook-endpoints/{}",
        id(&owner.post("/v1/webhook-endpoints", endpoint.clone(), 201))
    );
    owner.patch(&path, json!({ "description": "Feed" }), 200);
    owner.post(&format!("{path}/rotate-secret"), json!({}), 200);
    owner.patch(&path, json!({ "enabled": false }), 200);
    owner.delete(&path, 204);
    owner.post("/v1/webhook-endpoints", endpoint, 201);
}

/// A user of the company who did not know their password any more.
fn forgotten(world: &World, owner: &Caller) {
    let viewer = world.colleague(owner, "viewer");
    world.nobody().post("/v1/auth/password-resets", json!({ "email": viewer.email }), 202);
    let letter = letters(&world.outbox(), 1).remove(0);
    let chosen = json!({ "token": letter.token(), "password": "another horse battery" });
    world.nobody().post("/v1/auth/password-resets/confirm", chosen, 204);
}

/// An offer that is declined, one that is taken back, and a partnership that ends.
fn partnerships(world: &World, owner: &Caller) {
    let dawn = world.company("Dawn", "partner");
    let offered = || {
        let offer = json!({ "partner_company_id": dawn.company_id(), "message": "Hello" });
        format!("/v1/partnerships/{}", id(&owner.post("/v1/partnerships", offer, 201)))
    };
    let path = offered();
    dawn.post(&format!("{path}/decline"), json!({ "comment": "no" }), 200);
    owner.post(&format!("{}/withdraw", offered()), json!({}), 200);
    let path = offered();
    dawn.post(&format!("{path}/accept"), json!({}), 200);
    in_and_out(world, &dawn);
    owner.post(&format!("{path}/end"), json!({ "reason": "enough" }), 200);
}

/// A company is suspended, deactivated and reactivated; its owner, signed in anew.
fn in_and_out(world: &World, owner: &Caller) -> Caller {
    let path = |verb: &str| format!("/v1/companies/{}/{verb}", owner.company_id());
    let why = || json!({ "reason": "why" });
    owner.post(&path("suspend"), why(), 200);
    owner.post(&path("deactivate"), why(), 200);
    let again = world.again(owner);
    again.post(&path("reactivate"), why(), 200);
    again
}

/// Each section of a profile is edited.
fn profile(owner: &Caller) {
    let path = |section: &str| format!("/v1/companies/{}/profile/{section}", owner.company_id());
    for (section, body) in [
        ("contact", json!({ "phone": "+49 30 901820" })),
        ("address", json!({ "country": "DE" })),
        ("tax", json!({ "vat_id": "DE136695976" })),
        ("promotional-methods", json!({ "methods": [{ "method": "social" }] })),
        ("settings", json!({ "listed": true })),
    ] {
        owner.patch(&path(section), body, 200);
    }
}

/// A person on a partnership as its contact and its manager, who leaves and returns; and an offer that
/// nobody ever answers.
fn people(world: &World, owner: &Caller) {
    let person = json!({
        "first_name": "Ada", "last_name": "Lovelace", "email": "ada@acme.example",
    });
    let person = id(&owner.post("/v1/people", person, 201));
    let path = format!("/v1/people/{person}");
    owner.patch(&path, json!({ "title": "Buyer" }), 200);
    let (faye, gus) = (world.company("Faye", "partner"), world.company("Gus", "partner"));
    let offered = |to: &Caller| {
        let offer = json!({
            "partner_company_id": to.company_id(), "message": "Hello", "contacts": [person],
        });
        format!("/v1/partnerships/{}", id(&owner.post("/v1/partnerships", offer, 201)))
    };
    let partnership = offered(&faye);
    faye.post(&format!("{partnership}/accept"), json!({}), 200);
    let wish = json!({ "op": "set_description", "description": "New" });
    let wish = json!({ "reason": "why", "operations": [wish] });
    for (who, answer) in [(&faye, "accept"), (&faye, "decline"), (owner, "withdraw")] {
        let change = id(&owner.post(&format!("{partnership}/changes"), wish.clone(), 201));
        let said = if answer == "decline" { json!({ "comment": "no" }) } else { json!({}) };
        who.post(&format!("/v1/changes/{change}/{answer}"), said, 200);
    }
    let managers = format!("{partnership}/managers");
    let body = json!({ "person_id": person });
    let visibility = format!("{managers}/visibility");
    owner.put(&visibility, json!({ "team_visible": true }), 200);
    owner.post(&managers, body.clone(), 200);
    owner.call("DELETE", &managers, &[], &body, 204);
    owner.post(&managers, body, 200);
    owner.put(&visibility, json!({ "team_visible": false }), 200);
    grant(world, owner, &faye, "view_performance", None);
    let given = format!("{partnership}/grants/view_performance");
    owner.call("DELETE", &given, &[], &json!({ "reason": "why" }), 204);
    owner.post(&format!("{path}/leave"), json!({}), 200);
    owner.post(&format!("{path}/return"), json!({}), 200);
    owner.post(&format!("{partnership}/end"), json!({ "reason": "enough" }), 200);
    owner.post(&format!("{partnership}/hide"), json!({}), 200);
    offered(&gus);
}

/// Everything that can be done to an action, by hand and by the clock.
fn actions(world: &World, deal: &Deal) {
    let path = deal.tracked("A-1");
    let less = json!({ "reason": "ITEM_RETURNED", "amount": "50.00" });
    for (verb, body) in [
        ("approve", json!({})),
        ("modify", less),
        ("reverse", json!({ "reason": "CONS_FRAUD" })),
        ("restore", json!({})),
        ("reset", json!({})),
        ("hold", json!({ "reason": "why" })),
        ("release", json!({})),
    ] {
        deal.acme.post(&format!("{path}/{verb}"), body, 200);
    }
    world.travel("2026-06-30T00:00:00Z");
    run(world, async |pool| {
        lock_due(pool, &world.clock, None).await.expect("it locks");
        clear_due(pool, &world.clock).await.expect("it clears");
        expire_offers(pool, &world.clock).await.expect("offers expire");
        expire_invitations(pool, &world.clock).await.expect("these, too");
    });
    let less = json!({ "reason": "ITEM_RETURNED", "amount_delta": "-10.00" });
    deal.acme.post(&format!("{path}/adjust"), less, 201);
    let (owner, program) = (owner(world), format!("/v1/programs/{}", deal.program));
    owner.patch(&program, json!({ "make_good_limit": "0.10" }), 200);
    let more = json!({ "reason": "OTHER", "note": "Too much", "payout_delta": "0.50" });
    let proposed = id(&deal.acme.post(&format!("{path}/adjust"), more, 201));
    let no = json!({ "reason": "No" });
    owner.post(&format!("/v1/adjustments/{proposed}/decline"), no, 200);
}

/// Everything that can be done to a code, and attribution run again by it.
fn attribution(world: &World, deal: &Deal) {
    let dawn = rival::dawn(world, deal);
    let path = rival::code(deal, "SAVE10", &deal.bolt);
    let to = |partner: &Caller| json!({ "partner_company_id": partner.company_id() });
    deal.acme.post(&format!("{path}/assign"), to(&dawn), 200);
    deal.acme.post(&format!("{path}/deactivate"), json!({}), 200);
    deal.acme.post(&format!("{path}/activate"), json!({}), 200);
    let mut other = to(&dawn);
    other["reason"] = json!("CREDITED_DIFFERENT_MP");
    deal.acme.post(&format!("{}/reattribute", deal.tracked("R-1")), other, 200);
    let dry_run = json!({
        "program_id": deal.program, "mode": "dry_run",
        "occurred_after": "2026-03-01T00:00:00Z", "occurred_before": "2026-04-01T00:00:00Z",
    });
    deal.acme.post("/v1/reprocessings", dry_run, 202);
    until(&deal.acme, "reprocessing.completed");
}

/// Three inquiries, each with another end.
fn inquiries(deal: &Deal) {
    for (order, caller, end) in [
        ("U-1", &deal.acme, "accept"),
        ("U-2", &deal.acme, "decline"),
        ("U-3", &deal.bolt, "withdraw"),
    ] {
        let body = json!({
            "kind": "untracked", "program_id": deal.program, "event_type_id": deal.sale,
            "order_id": order, "occurred_at": "2026-03-09T10:00:00Z", "currency": "EUR",
            "amount": "100.00", "message": "It came by our link.",
        });
        let path = format!("/v1/inquiries/{}", id(&deal.bolt.post("/v1/inquiries", body, 201)));
        let said = if end == "decline" { json!({ "message": "No." }) } else { json!({}) };
        caller.post(&format!("{path}/{end}"), said, 200);
    }
}

/// One batch and one import that are worked off, one of each that is refused as a whole.
fn batches(deal: &Deal) {
    let wait = [("Prefer", "wait=30")];
    let lines = json!([{ "order_id": "A-9", "operation": "approve", "event_type_id": deal.sale }]);
    let good = json!({ "lines": lines });
    let whole = json!({ "mode": "all_or_nothing", "lines": lines });
    let orders = json!([{ "order_id": "I-1" }]);
    let import = json!({ "actions": orders });
    let whole_import = json!({ "mode": "all_or_nothing", "actions": orders });
    for (door, kind, batch, status) in [
        ("/v1/reversals", "reversal", good, "completed"),
        ("/v1/reversals", "reversal", whole, "rejected"),
        ("/v1/action-imports", "action_import", import, "completed"),
        ("/v1/action-imports", "action_import", whole_import, "rejected"),
    ] {
        let batch = deal.acme.call("POST", door, &wait, &batch, 200).json();
        assert_eq!(batch["status"], status);
        let events = until_about(&deal.acme, &format!("{kind}.{status}"), &batch["id"]);
        let mut own: Vec<&Value> =
            events.iter().filter(|event| event["object_id"] == batch["id"]).collect();
        own.sort_by_key(|event| event["sequence"].as_i64());
        let told: Vec<&Value> = own.iter().map(|event| &event["changes"]["status"]).collect();
        let expected = [
            json!([null, "received"]),
            json!(["received", "processing"]),
            json!(["processing", status]),
        ];
        assert_eq!(told, expected.iter().collect::<Vec<_>>());
    }
}

/// A batch beyond a guard, which a person confirms.
fn guarded(deal: &Deal, owner: &Caller) {
    let program = format!("/v1/programs/{}", deal.program);
    let guard = json!({ "reversal_guard": { "lines": 1, "payout_percent": 100 } });
    owner.patch(&program, guard, 200);
    let lines: Vec<Value> = ["G-1", "G-2"]
        .map(|order| {
            deal.tracked(order);
            json!({ "order_id": order, "operation": "approve", "event_type_id": deal.sale })
        })
        .into();
    let body = json!({ "lines": lines });
    let batch = deal.acme.post("/v1/reversals", body, 202);
    until(&deal.acme, "reversal.needs_confirmation");
    owner.post(&format!("/v1/reversals/{}/confirm", id(&batch)), json!({}), 200);
    until(&deal.acme, "reversal.completed");
    owner.patch(&program, json!({ "reversal_guard": null }), 200);
}

/// Whether a thing counts its progress as versions, too, which is told of at its ends only; or a user's,
/// who change their names without anybody being told.
fn is_worked_off(object: &str) -> bool {
    ["rev_", "imp_", "rpr_", "usr_"].iter().any(|kind| object.starts_with(kind))
}

/// Everything that can happen, and what Acme is told of it.
pub fn everything(world: &World) -> (Deal, Vec<Value>) {
    let deal = Deal::with_terms(world, json!({ "after_lock": "clawback", "clawback_days": 365 }));
    let owner = owner(world);
    agreements(world, &deal, &owner);
    forgotten(world, &owner);
    let owner = in_and_out(world, &owner);
    attribution(world, &deal);
    inquiries(&deal);
    guarded(&deal, &owner);
    actions(world, &deal);
    batches(&deal);
    let contract = format!("/v1/contracts/{}", deal.contract);
    self::owner(world).post(&format!("{contract}/end"), json!({}), 200);
    let events = until(&deal.acme, "contract.ended");
    (deal, events)
}

#[test]
fn every_change_leaves_an_event_of_a_type_that_the_table_lists() {
    in_a_world(|world| {
        let (deal, events) = everything(world);
        assert!(deal.crow.all("/v1/events").len() < 5, "a stranger is told of itself alone");

        let mut emitted: BTreeSet<String> =
            types(&events).into_iter().map(str::to_string).collect();
        // Cancelling takes a batch that waits; the story of batches does it.
        emitted.insert("reversal.cancelled".into());
        emitted.insert("action_import.cancelled".into());
        // An inquiry is settled by a second person, once its action has locked: its own story does it.
        emitted.insert("inquiry.settled".into());
        emitted.insert("reprocessing.cancelled".into());
        // How people sign in is told by stories of its own.
        let of_people = listed().into_iter().filter(|kind| kind.starts_with("user."));
        emitted.extend(of_people.filter(|kind| kind != "user.password_changed"));
        assert_eq!(emitted, listed(), "left: what happened; right: events/kinds.rs");

        let mut versions: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
        // Of another company one is told a part.
        let own = |event: &&Value| {
            let object = event["object_id"].as_str().unwrap();
            !is_worked_off(object) && !event["type"].as_str().unwrap().contains(".other_")
        };
        for event in events.iter().filter(own) {
            let object = event["object_id"].as_str().unwrap();
            versions.entry(object).or_default().push(event["sequence"].as_i64().unwrap());
        }
        for (object, versions) in versions {
            let expected: Vec<i64> = (1..).take(versions.len()).collect();
            assert_eq!(versions, expected, "{object}: each version is told once, in order");
        }
    });
}

/// A transaction that began before others and ends after them is not overtaken.
#[test]
fn what_commits_late_is_not_lost() {
    in_a_world(|world| {
        if world.database_url.starts_with("sqlite://") {
            // One writer: nothing overlaps.
            return;
        }
        let deal = Deal::of(world);
        let owner = owner(world);
        let company = format!("/v1/companies/{}", owner.company_id());
        let before = until(&deal.acme, "api_key.created");
        let mut slow = PgConnection::establish(&world.database_url).expect("the database");
        // The oldest event once more, as a writer would have put it down who is not done yet.
        slow.batch_execute(
            "BEGIN;
             INSERT INTO events (id, company_id, other_company_id, type, object_id, sequence,
                                 changes, user_id, api_key_id, delegate_user_id, at)
             SELECT gen_random_uuid(), company_id, other_company_id, 'company.updated', object_id,
                    77, changes, user_id, api_key_id, delegate_user_id, at
             FROM events WHERE type = 'company.registered'",
        )
        .expect("it is written and not committed");
        owner.patch(&company, json!({ "name": "Meanwhile" }), 200);
        let now = deal.acme.all("/v1/events");
        assert_eq!(types(&now), types(&before), "what is newer waits for what is older");
        // Whoever reads to the end here keeps a cursor before both.
        let page = deal.acme.get("/v1/events?limit=1", 200);
        let cursor = page["next_cursor"].as_str().unwrap();
        slow.batch_execute("COMMIT").expect("it ends");
        let all = shown(before.len() + 2, || deal.acme.all("/v1/events"));
        let sequences: Vec<i64> = all[before.len()..]
            .iter()
            .filter(|event| event["type"] == "company.updated")
            .map(|event| event["sequence"].as_i64().unwrap())
            .collect();
        assert_eq!(sequences, [77, 2], "in the order in which they began");
        let rest = deal.acme.all(&format!("/v1/events?cursor={cursor}"));
        assert_eq!(rest.len(), all.len() - 1);
    });
}
