//! Every operation of the document that changes something leaves an entry.

use std::collections::BTreeSet;

use entente::app;
use serde_json::json;

use crate::cast::authenticator::Authenticator;
use crate::cast::batch::submitted;
use crate::cast::deal::{Deal, id};
use crate::cast::files::{PNG, put_logo, uploaded};
use crate::cast::grants::grant;
use crate::cast::http::Caller;
use crate::cast::journal::{self, Sent};
use crate::cast::letters::letters_about;
use crate::cast::rival;
use crate::cast::tables::texts;
use crate::cast::world::{World, in_a_world_with};
use crate::openapi::operations;
use crate::stories::events::everything;

/// Operations that change nothing that anybody would ask about, although they are no reading.
const SILENT: &[&str] = &[
    // The session goes on, and its next token is nobody's business.
    "refresh_session",
    // A ticket reads what its holder may, for a minute.
    "take_stream_ticket",
    // Nothing is kept of it.
    "issue_oauth_token",
    "preview_contract",
    // Whether there is such a user is nobody's business, and the letter goes to the user alone.
    "request_password_reset",
    // Nor whether somebody wants to register.
    "resend_registration",
    // What a letter or a code has not confirmed has changed nothing.
    "request_email_change",
    "enrol_two_factor",
    // What concerns one person alone, and nobody else sees.
    "read_notification",
    "read_all_notifications",
    "choose_notification_preferences",
    "unsubscribe_from_letters",
    "mark_favourite_partnership",
    "unmark_favourite_partnership",
    // A link reads one file, for five minutes.
    "link_attachment",
    // What was sent is in the log of deliveries.
    "test_webhook_endpoint",
    "redeliver_webhooks",
    "redeliver_webhook_delivery",
];

/// Files come and go.
fn files(owner: &Caller) {
    let taken = uploaded(owner, "picture.png", PNG, 201).json();
    let file = format!("/v1/attachments/{}", id(&taken));
    owner.post(&format!("{file}/link"), json!({}), 200);
    owner.delete(&file, 204);
    let logo = format!("/v1/companies/{}/logo", owner.company_id());
    put_logo(owner, &logo, PNG, 200);
    owner.delete(&logo, 204);
}

/// What the story of events does not do.
fn the_rest(world: &World) {
    let deal = Deal::of(world);
    let owner = rival::owner(world);
    owner.patch("/v1/me", json!({ "name": "Ada" }), 200);
    let orders = json!({ "actions": [deal.order("B-1"), deal.order("B-2")] });
    deal.acme.post("/v1/actions/batch", orders, 200);
    let action = deal.tracked("C-1");
    let ids = json!([action.rsplit('/').next()]);
    deal.acme.post("/v1/actions/bulk", json!({ "operation": "approve", "action_ids": ids }), 202);
    let preview = json!({
        "event_type_id": deal.sale, "occurred_at": "2026-03-09T10:00:00Z",
        "currency": "EUR", "amount": "10.00",
    });
    owner.post(&format!("/v1/contracts/{}/preview", deal.contract), preview, 200);
    let paid = json!({
        "method": "paypal", "holder": "Acme", "account": "pay@acme.example",
        "password": "correct horse battery",
    });
    owner.patch(&format!("/v1/companies/{}/profile/payment", owner.company_id()), paid, 200);
    stopped(&deal);
    agreements(world, &owner, &deal.bolt);
    sessions(world, &owner);
    files(&owner);
    let pair = world.registered("Eve", "brand");
    let next = json!({ "refresh_token": pair["refresh_token"] });
    let next = world.nobody().post("/v1/auth/refresh", next, 200);
    world.caller(&next).post("/v1/auth/logout", json!({}), 204);
}

/// A draft that is thrown away and one that is proposed, a grant that is taken back, and a team that is
/// shown.
fn agreements(world: &World, owner: &Caller, partner: &Caller) {
    let path = format!("/v1/partnerships/{}", id(&owner.all("/v1/partnerships")[0]));
    let describe = json!([{ "op": "set_description", "description": "Shoes" }]);
    let wish = json!({ "draft": true, "reason": "why", "operations": describe });
    let draft = || {
        let made = owner.post(&format!("{path}/changes"), wish.clone(), 201);
        format!("/v1/changes/{}", id(&made))
    };
    owner.delete(&draft(), 204);
    let kept = draft();
    owner.patch(&kept, json!({ "reason": "because" }), 200);
    owner.post(&format!("{kept}/propose"), json!({}), 200);
    grant(world, owner, partner, "view_performance", None);
    let revoked = format!("{path}/grants/view_performance");
    owner.call("DELETE", &revoked, &[], &json!({ "reason": "why" }), 204);
    owner.put(&format!("{path}/managers/visibility"), json!({ "team_visible": true }), 200);
}

/// A session that is ended, all others that are, and one in another company.
fn sessions(world: &World, owner: &Caller) {
    world.again(owner);
    let newest = owner.all("/v1/sessions");
    owner.delete(&format!("/v1/sessions/{}", id(&newest[0])), 204);
    world.again(owner);
    owner.delete("/v1/sessions", 204);
    let own = json!({ "company_id": owner.company_id() });
    owner.post("/v1/auth/switch", own, 200);
}

/// One of each that waits, and is stopped.
fn stopped(deal: &Deal) {
    let stop = |path: String| drop(deal.acme.post(&format!("{path}/cancel"), json!({}), 200));
    stop(submitted(&deal.acme, "", "Order ID;Reason\r\nA-1;ITEM_RETURNED\r\n"));
    let import = json!({ "actions": [{ "order_id": "I-1" }] });
    let import = deal.acme.post("/v1/action-imports", import, 202);
    stop(format!("/v1/action-imports/{}", id(&import)));
    let dry_run = json!({
        "program_id": deal.program, "mode": "dry_run",
        "occurred_after": "2026-03-01T00:00:00Z", "occurred_before": "2026-04-01T00:00:00Z",
    });
    let dry_run = deal.acme.post("/v1/reprocessings", dry_run, 202);
    stop(format!("/v1/reprocessings/{}", id(&dry_run)));
}

/// Everything about how somebody signs in.
fn signing_in(world: &World) {
    let newcomer = json!({
        "email": "ada@acme.example", "password": "correct horse battery", "name": "Ada",
        "company": { "name": "Acme", "kind": "brand" },
    });
    world.nobody().post("/v1/auth/register", newcomer, 202);
    let letter = letters_about(&world.outbox(), "Confirm your address", 1).remove(0);
    world.nobody().post("/v1/auth/register/resend", json!({ "email": "ada@acme.example" }), 202);
    letters_about(&world.outbox(), "Confirm your address", 2);
    let token = json!({ "token": letter.any_token(), "password": "correct horse battery" });
    let ada = world.caller(&world.nobody().post("/v1/auth/register/confirm", token, 201));
    let (app, _) = Authenticator::enabled(world, &ada);
    for (path, status) in [("recovery-codes", 200), ("disable", 204)] {
        world.pass(30);
        let proof = json!({ "password": "correct horse battery", "code": app.code(world) });
        ada.post(&format!("/v1/me/two-factor/{path}"), proof, status);
    }
    let other = json!({ "email": "ada@new.example", "password": "correct horse battery" });
    ada.post("/v1/me/email", other, 202);
    let letter = letters_about(&world.outbox(), "Confirm your address", 3);
    let to_it = letter.iter().find(|one| one.header("To") == "ada@new.example").expect("one");
    world.nobody().post("/v1/me/email/confirm", json!({ "token": to_it.any_token() }), 204);
    let change = json!({ "current": "correct horse battery", "new": "another horse battery" });
    ada.post("/v1/me/password", change, 204);
}

/// A make-good that waits for a second person, who says yes.
fn second_person(world: &World, deal: &Deal) {
    let owner: Caller = rival::owner(world);
    let more = json!({ "reason": "OTHER", "note": "Too much", "payout_delta": "0.50" });
    let locked = owner.all("/v1/actions?order_id=A-1");
    let path = format!("/v1/actions/{}/adjust", id(&locked[0]));
    let proposed = id(&deal.acme.post(&path, more, 201));
    // Who made the key that has asked may not answer.
    let other = world.colleague(&owner, "manager");
    other.post(&format!("/v1/adjustments/{proposed}/approve"), json!({}), 200);
}

#[test]
fn every_operation_that_changes_something_leaves_an_entry() {
    let told = |world: &World, sent: Vec<Sent>, seen: &mut BTreeSet<String>| {
        let ids = "SELECT request_id AS text FROM audit_entries WHERE request_id IS NOT NULL";
        let ids: BTreeSet<String> = texts(world, ids).into_iter().collect();
        let (with, without): (Vec<_>, Vec<_>) =
            sent.into_iter().partition(|sent| ids.contains(&sent.request_id));
        let nowhere = "SELECT type AS text FROM audit_entries WHERE address IS NULL \
                       OR address <> '127.0.0.1' OR request_id IS NULL";
        assert_eq!(texts(world, nowhere), Vec::<String>::new(), "from nowhere");
        seen.extend(with.into_iter().map(|sent| sent.operation));
        let without: BTreeSet<String> = without.into_iter().map(|sent| sent.operation).collect();
        without
    };
    let seen = std::cell::RefCell::new(Vec::new());
    in_a_world_with(&[], |world| {
        let sent = journal::of(|| {
            let (deal, _) = everything(world);
            second_person(world, &deal);
        });
        let mut with = BTreeSet::new();
        // To revoke a key once more changes nothing.
        let without = told(world, sent, &mut with);
        let expected = ["request_password_reset", "revoke_api_key"].map(ToString::to_string);
        assert_eq!(without, BTreeSet::from(expected));
        seen.borrow_mut().push(with);
    });
    in_a_world_with(&["--no-jobs"], |world| {
        let sent = journal::of(|| the_rest(world));
        let mut with = BTreeSet::new();
        let without = told(world, sent, &mut with);
        assert!(without.iter().all(|one| SILENT.contains(&one.as_str())), "{without:?}");
        seen.borrow_mut().push(with);
    });
    in_a_world_with(&["--registration", "verified"], |world| {
        let sent = journal::of(|| signing_in(world));
        let mut with = BTreeSet::new();
        let mut without = told(world, sent, &mut with);
        // Before it is confirmed there is no company to tell.
        assert!(without.remove("register_company"));
        assert!(without.iter().all(|one| SILENT.contains(&one.as_str())), "{without:?}");
        seen.borrow_mut().push(with);
    });
    let with: BTreeSet<String> = seen.into_inner().into_iter().flatten().collect();
    let document = app::document();
    let writing = operations(&document).into_iter().filter(|(method, ..)| method != "GET");
    let writing = writing.map(|(.., operation)| operation["operationId"].as_str().unwrap().into());
    let writing: BTreeSet<String> =
        writing.filter(|one: &String| !SILENT.contains(&&**one)).collect();
    assert_eq!(with, writing, "left: what left an entry; right: what changes something");
}
