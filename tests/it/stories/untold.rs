//! What happens and what is told of it are one: where the event cannot be written, nothing was done.
//! So every command leaves an event; the list of commands is held complete.

use std::collections::{BTreeMap, BTreeSet};

use entente::actions::jobs::{clear_due, end_holds, lock_due};
use entente::db::Pool;
use serde_json::{Value, json};

use crate::cast::deal::{Deal, id, meddle, run};
use crate::cast::delegates::sessions_with;
use crate::cast::described;
use crate::cast::files::{PNG, put_logo};
use crate::cast::grants::grant;
use crate::cast::http::Caller;
use crate::cast::members::{offer_token, place, token};
use crate::cast::rival::code;
use crate::cast::tables::rows;
use crate::cast::world::{World, in_a_world_with};
use crate::openapi::operations;

/// What changes nothing that anybody is told of, and why.
const UNTOLD: &[(&str, &str)] = &[
    ("create_session", "a sign-in changes nothing of the company's"),
    ("refresh_session", "nor does staying signed in"),
    ("issue_oauth_token", "nor does a token of a key; that the key was used is noted"),
    ("end_session", "nor does signing out"),
    ("revoke_session", "nor does ending one of one's sessions"),
    ("revoke_other_sessions", "nor all others"),
    ("switch_company", "nor going to another company"),
    ("take_stream_ticket", "nor asking for a ticket"),
    ("update_me", "a person is of no one company, and no company is shown a person's name"),
    ("set_company_tags", "labels are one company's own; its audit log tells of them"),
    ("upload_attachment", "a file is of nothing yet; the audit log tells of it"),
    ("delete_attachment", "nor is it then; of one that is a note's, the note tells"),
    ("link_attachment", "a link only opens what its maker may read"),
    ("preview_contract", "it foretells and keeps nothing"),
    ("request_password_reset", "whether there is such a user is told to nobody"),
    ("resend_registration", "nor whether somebody wants to register"),
    ("request_email_change", "nothing has changed before a letter confirms it"),
    ("enrol_two_factor", "nor this before a code does"),
    ("read_notification", "what somebody has read is nobody else's business"),
    ("read_all_notifications", "nor is this"),
    ("choose_notification_preferences", "nor which letters somebody wants"),
    ("unsubscribe_from_letters", "nor this"),
    ("hide_partnership", "nor what a company still wants to see in its list"),
    ("mark_favourite_partnership", "nor what somebody wants to see first"),
    ("unmark_favourite_partnership", "nor what not"),
    ("update_partnership_change", "a draft is one side's own; its audit log tells of it"),
    ("discard_partnership_change", "likewise"),
    ("test_webhook_endpoint", "it is told to the endpoint, and nothing is kept of it"),
    ("redeliver_webhooks", "what was told is told again"),
    ("redeliver_webhook_delivery", "likewise"),
];

/// What takes a worker, a letter, a picture or a second factor that is not here; their own stories see the events.
const ELSEWHERE: &[&str] = &[
    "confirm_reversal",
    "confirm_password_reset",
    "put_logo",
    "confirm_registration",
    "confirm_email_change",
    "confirm_two_factor",
    "disable_two_factor",
    "renew_recovery_codes",
];

/// From now on no event can be written.
fn silence(world: &World) {
    let sql = if world.database_url.starts_with("sqlite://") {
        "CREATE TRIGGER silence BEFORE INSERT ON events
         BEGIN SELECT RAISE(ABORT, 'nothing is told'); END"
    } else {
        "CREATE OR REPLACE FUNCTION silence() RETURNS trigger LANGUAGE plpgsql
         AS $$ BEGIN RAISE EXCEPTION 'nothing is told'; END $$;
         CREATE TRIGGER silence BEFORE INSERT ON events
         FOR EACH STATEMENT EXECUTE FUNCTION silence()"
    };
    meddle(world, sql);
}

/// And now it can again.
fn speak(world: &World) {
    let of_table = if world.database_url.starts_with("sqlite://") { "" } else { " ON events" };
    meddle(world, &format!("DROP TRIGGER silence{of_table}"));
}

/// The bytes of a batch come before it, and are swept if it never does.
const UPLOADS: &[&str] = &["reversal_parts", "reversal_uploads"];
/// How far the lock job has looked is known before it does anything.
const HORIZONS: &[&str] = &["programs"];

/// All rows but those of some tables.
fn rows_but(world: &World, left_out: &[&str]) -> BTreeMap<String, Vec<String>> {
    let mut rows = rows(world);
    rows.retain(|table, _| !left_out.contains(&table.as_str()));
    rows
}

/// What is said, of what, and who says it.
type Command<'a> = (&'a Caller, &'static str, String, Value);

/// Whoever signs in as an owner of the deal.
fn owner(world: &World, email: &str) -> Caller {
    let login = json!({ "email": email, "password": "correct horse battery" });
    world.caller(&world.nobody().post("/v1/auth/login", login, 200))
}

/// Commands about actions and batches.
fn about_actions(deal: &Deal) -> Vec<Command<'_>> {
    let [new, gone, held, altered] = ["A-1", "A-2", "A-3", "A-4"].map(|order| deal.tracked(order));
    let acme = &deal.acme;
    let returned = json!({ "reason": "ITEM_RETURNED" });
    let less = json!({ "reason": "ITEM_RETURNED", "amount": "50.00" });
    let why = json!({ "reason": "why" });
    acme.post(&format!("{gone}/reverse"), returned.clone(), 200);
    acme.post(&format!("{held}/hold"), why.clone(), 200);
    acme.post(&format!("{altered}/modify"), less.clone(), 200);
    let lines = json!({ "lines": [{ "order_id": "A-1", "operation": "approve" }] });
    let waiting = id(&acme.post("/v1/reversals", lines.clone(), 202));
    let about = |action: &str, verb: &str| format!("{action}/{verb}");
    let orders = json!({ "actions": [deal.order("A-6"), deal.order("A-7")] });
    vec![
        (acme, "POST", "/v1/actions".into(), deal.order("A-5")),
        (acme, "POST", "/v1/actions/batch".into(), orders),
        (acme, "POST", about(&new, "approve"), json!({})),
        (acme, "POST", about(&new, "modify"), less),
        (acme, "POST", about(&new, "reverse"), returned),
        (acme, "POST", about(&new, "hold"), why),
        (acme, "POST", about(&gone, "restore"), json!({})),
        (acme, "POST", about(&altered, "reset"), json!({})),
        (acme, "POST", about(&held, "release"), json!({})),
        (acme, "POST", "/v1/reversals".into(), lines),
        (acme, "POST", format!("/v1/reversals/{waiting}/cancel"), json!({})),
    ]
}

/// Commands about codes, and about who earned what.
fn about_attribution<'a>(deal: &'a Deal, dawn: &Caller) -> Vec<Command<'a>> {
    let acme = &deal.acme;
    let (on, off) = (code(deal, "ON", &deal.bolt), code(deal, "OFF", &deal.bolt));
    acme.post(&format!("{off}/deactivate"), json!({}), 200);
    let new = json!({
        "program_id": deal.program, "code": "NEW", "partner_company_id": deal.bolt.company_id(),
    });
    let other = json!({ "partner_company_id": dawn.company_id() });
    let earned = json!({ "partner_company_id": dawn.company_id(), "reason": "TEST_ACTION" });
    let dry_run = json!({
        "program_id": deal.program, "mode": "dry_run",
        "occurred_after": "2026-03-01T00:00:00Z", "occurred_before": "2026-04-01T00:00:00Z",
    });
    let waiting = id(&acme.post("/v1/reprocessings", dry_run.clone(), 202));
    let reattribute = format!("{}/reattribute", deal.tracked("R-1"));
    vec![
        (acme, "POST", "/v1/referral-codes".into(), new),
        (acme, "POST", format!("{on}/assign"), other),
        (acme, "POST", format!("{on}/deactivate"), json!({})),
        (acme, "POST", format!("{off}/activate"), json!({})),
        (acme, "POST", reattribute, earned),
        (acme, "POST", "/v1/reprocessings".into(), dry_run),
        (acme, "POST", format!("/v1/reprocessings/{waiting}/cancel"), json!({})),
    ]
}

/// Commands about inquiries.
fn about_inquiries(deal: &Deal) -> Vec<Command<'_>> {
    let asked = |order: &str| {
        json!({
            "kind": "untracked", "program_id": deal.program, "event_type_id": deal.sale,
            "order_id": order, "occurred_at": "2026-03-09T10:00:00Z", "currency": "EUR",
            "amount": "100.00", "message": "It came by our link.",
        })
    };
    let [yes, no, back] = ["U-1", "U-2", "U-3"].map(|order| {
        format!("/v1/inquiries/{}", id(&deal.bolt.post("/v1/inquiries", asked(order), 201)))
    });
    vec![
        (&deal.bolt, "POST", "/v1/inquiries".into(), asked("U-4")),
        (&deal.acme, "POST", format!("{yes}/accept"), json!({})),
        (&deal.acme, "POST", format!("{no}/decline"), json!({ "message": "No." })),
        (&deal.bolt, "POST", format!("{back}/withdraw"), json!({})),
    ]
}

/// Commands about programs, contracts, keys and companies.
fn about_agreements<'a>(deal: &Deal, owner: &'a Caller, bolt: &'a Caller) -> Vec<Command<'a>> {
    let program = |name: &str| json!({ "name": name, "currency": "EUR", "time_zone": "UTC" });
    let event_type = |code: &str| json!({ "name": code, "code": code, "kind": "sale" });
    let terms = |event_type: &str| {
        json!({
            "payouts": [{ "event_type_id": event_type, "percent": "8" }],
            "lock": { "after": "day", "months": 0, "days": 15 },
        })
    };
    let new_contract = |name: &str| {
        let program = id(&owner.post("/v1/programs", program(name), 201));
        let types = format!("/v1/programs/{program}/event-types");
        let mut body = terms(&id(&owner.post(&types, event_type(name), 201)));
        body["partner_company_id"] = json!(bolt.company_id());
        body["program_id"] = json!(program);
        body
    };
    let offered = id(&owner.post("/v1/contracts", new_contract("FIRST"), 201));
    let offered = |answer: &str| format!("/v1/contracts/{offered}/{answer}");
    let contract = |verb: &str| format!("/v1/contracts/{}/{verb}", deal.contract);
    let key = json!({ "name": "Short", "scopes": ["events:read"] });
    let spare = id(&owner.post("/v1/api-keys", key.clone(), 201));
    let renamed = json!({ "name": "Another" });
    let feed = json!({ "url": "https://1.1.1.1/", "event_types": ["program.*"] });
    let endpoint = id(&owner.post("/v1/webhook-endpoints", feed.clone(), 201));
    let endpoint = format!("/v1/webhook-endpoints/{endpoint}");
    vec![
        (owner, "POST", "/v1/webhook-endpoints".into(), feed),
        (owner, "PATCH", endpoint.clone(), json!({ "description": "Feed" })),
        (owner, "POST", format!("{endpoint}/rotate-secret"), json!({})),
        (owner, "DELETE", endpoint, Value::Null),
        (owner, "POST", "/v1/programs".into(), program("Third")),
        (owner, "PATCH", format!("/v1/programs/{}", deal.program), renamed.clone()),
        (owner, "POST", format!("/v1/programs/{}/event-types", deal.program), event_type("NEW")),
        (owner, "PATCH", format!("/v1/event-types/{}", deal.sale), renamed.clone()),
        (owner, "POST", "/v1/contracts".into(), new_contract("SECOND")),
        (owner, "POST", contract("versions"), terms(&deal.sale)),
        (owner, "POST", contract("end"), json!({})),
        (bolt, "POST", offered("accept"), json!({})),
        (bolt, "POST", offered("decline"), json!({})),
        (owner, "POST", offered("withdraw"), json!({})),
        (owner, "POST", "/v1/api-keys".into(), key),
        (owner, "PATCH", format!("/v1/api-keys/{spare}"), renamed.clone()),
        (owner, "POST", format!("/v1/api-keys/{spare}/rotate"), json!({})),
        (owner, "DELETE", format!("/v1/api-keys/{spare}"), Value::Null),
        (owner, "PATCH", format!("/v1/companies/{}", owner.company_id()), renamed),
        (owner, "POST", sessions_with(bolt), json!({ "reason": "why" })),
    ]
}

/// Where a company is paid.
fn paid() -> Value {
    json!({
        "method": "paypal", "holder": "Acme", "account": "pay@acme.example",
        "password": "correct horse battery",
    })
}

/// Commands about a profile, and about whether a company takes part.
fn about_companies<'a>(owner: &'a Caller, suspended: &'a Caller) -> Vec<Command<'a>> {
    let of = |who: &Caller, part: &str| format!("/v1/companies/{}/{part}", who.company_id());
    let why = || json!({ "reason": "why" });
    suspended.post(&of(suspended, "suspend"), why(), 200);
    let methods = json!({ "methods": [{ "method": "social" }] });
    put_logo(owner, &of(owner, "logo"), PNG, 200);
    vec![
        (owner, "DELETE", of(owner, "logo"), Value::Null),
        (owner, "PATCH", of(owner, "profile/contact"), json!({ "fax": "+49 30 901820" })),
        (owner, "PATCH", of(owner, "profile/address"), json!({ "city": "Berlin" })),
        (owner, "PATCH", of(owner, "profile/tax"), json!({ "tax_id": "12/345" })),
        (owner, "PATCH", of(owner, "profile/payment"), paid()),
        (owner, "PATCH", of(owner, "profile/promotional-methods"), methods),
        (owner, "PATCH", of(owner, "profile/settings"), json!({ "listed": true })),
        (owner, "POST", of(owner, "suspend"), why()),
        (owner, "POST", of(owner, "deactivate"), why()),
        (suspended, "POST", of(suspended, "reactivate"), why()),
    ]
}

/// Commands about partnerships, and a registration.
fn about_partnerships<'a>(
    owner: &'a Caller,
    (dawn, eve): (&'a Caller, &'a Caller),
    nobody: &'a Caller,
) -> Vec<Command<'a>> {
    let offer = |to: &Caller| json!({ "partner_company_id": to.company_id(), "message": "Hello" });
    let active = id(&owner.all("/v1/partnerships")[0]);
    let offered = id(&owner.post("/v1/partnerships", offer(dawn), 201));
    let offered = |answer: &str| format!("/v1/partnerships/{offered}/{answer}");
    let password = json!({ "current": "correct horse battery", "new": "another horse battery" });
    let newcomer = json!({
        "email": "new@example.com", "password": "correct horse battery", "name": "New",
        "company": { "name": "New", "kind": "brand" },
    });
    vec![
        (owner, "POST", "/v1/partnerships".into(), offer(eve)),
        (dawn, "POST", offered("accept"), json!({})),
        (dawn, "POST", offered("decline"), json!({ "comment": "no" })),
        (owner, "POST", offered("withdraw"), json!({})),
        (owner, "POST", format!("/v1/partnerships/{active}/end"), json!({ "reason": "enough" })),
        (nobody, "POST", "/v1/auth/register".into(), newcomer),
        (eve, "POST", "/v1/me/password".into(), password),
    ]
}

/// Commands about what a company keeps about another one.
fn about_relations<'a>(owner: &'a Caller, bolt: &Caller, other: &Caller) -> Vec<Command<'a>> {
    let company = format!("/v1/companies/{}", bolt.company_id());
    let user = |caller: &Caller| json!({ "user_id": caller.get("/v1/me", 200)["user"]["id"] });
    let account_owner = format!("{company}/account-owner");
    owner.put(&account_owner, user(owner), 200);
    let text = |text: &str| json!({ "text": text });
    let notes = format!("{company}/notes");
    let note = format!("/v1/notes/{}", id(&owner.post(&notes, text("More."), 201)));
    vec![
        (owner, "PUT", account_owner.clone(), user(other)),
        (owner, "DELETE", account_owner, Value::Null),
        (owner, "POST", notes, text("Less.")),
        (owner, "PATCH", note.clone(), text("Less.")),
        (owner, "DELETE", note, Value::Null),
    ]
}

/// Commands about people, and about who stands on a partnership.
fn about_people<'a>(world: &World, owner: &'a Caller, bolt: &'a Caller) -> Vec<Command<'a>> {
    let person = |name: &str| json!({ "first_name": name, "last_name": "Smith", "email": "smith@acme.example" });
    let entered = |name: &str| id(&owner.post("/v1/people", person(name), 201));
    let [here, gone, managing] = ["Here", "Gone", "Managing"].map(entered);
    owner.post(&format!("/v1/people/{gone}/leave"), json!({}), 200);
    let all = owner.all("/v1/partnerships?status=active");
    let with_bolt = all.iter().find(|one| one["other_company"]["id"] == bolt.company_id());
    let managers = format!("/v1/partnerships/{}/managers", id(with_bolt.expect("a partnership")));
    owner.post(&managers, json!({ "person_id": managing }), 200);
    let changes = managers.replace("managers", "changes");
    let wish = json!({
        "reason": "why", "operations": [{ "op": "set_description", "description": "New" }],
    });
    let open = format!("/v1/changes/{}", id(&owner.post(&changes, wish.clone(), 201)));
    let draft = json!({ "draft": true, "operations": wish["operations"] });
    let draft = format!("/v1/changes/{}", id(&bolt.post(&changes, draft, 201)));
    let grants = managers.replace("managers", "grants");
    grant(world, owner, bolt, "view_performance", None);
    vec![
        (bolt, "POST", format!("{draft}/propose"), json!({ "reason": "why" })),
        (owner, "DELETE", format!("{grants}/view_performance"), json!({ "reason": "why" })),
        (owner, "PUT", format!("{managers}/visibility"), json!({ "team_visible": true })),
        (bolt, "POST", changes, wish),
        (bolt, "POST", format!("{open}/accept"), json!({})),
        (bolt, "POST", format!("{open}/decline"), json!({ "comment": "no" })),
        (owner, "POST", format!("{open}/withdraw"), json!({})),
        (owner, "POST", "/v1/people".into(), person("New")),
        (owner, "PATCH", format!("/v1/people/{here}"), json!({ "title": "Buyer" })),
        (owner, "POST", format!("/v1/people/{here}/leave"), json!({})),
        (owner, "POST", format!("/v1/people/{gone}/return"), json!({})),
        (owner, "POST", managers.clone(), json!({ "person_id": here })),
        (owner, "DELETE", managers, json!({ "person_id": managing })),
    ]
}

/// Commands about what has locked, and those that make batches besides.
fn about_the_rest<'a>(
    world: &World,
    deal: &'a Deal,
    (owner, other): (&'a Caller, &'a Caller),
) -> Vec<Command<'a>> {
    let locked = ["L-1", "L-2", "L-3"].map(|order| {
        let path = deal.tracked(order);
        deal.acme.post(&format!("{path}/reverse"), json!({ "reason": "CONS_ERROR" }), 200);
        format!("{path}/adjust")
    });
    meddle(world, "UPDATE actions SET locked_at = locks_at WHERE order_id LIKE 'L-%'");
    let program = format!("/v1/programs/{}", deal.program);
    owner.patch(&program, json!({ "make_good_limit": "0.10" }), 200);
    let more = json!({ "reason": "OTHER", "note": "Declined wrongly", "payout_delta": "0.50" });
    let proposed =
        |path: &str| format!("/v1/adjustments/{}", id(&deal.acme.post(path, more.clone(), 201)));
    let [yes, no] = [proposed(&locked[0]), proposed(&locked[1])];
    let import = json!({ "actions": [deal.order("I-1")] });
    let waiting = id(&deal.acme.post("/v1/action-imports", import.clone(), 202));
    let some = deal.tracked("A-8");
    let some = some.rsplit('/').next().expect("an id");
    let bulk = json!({ "operation": "approve", "action_ids": [some] });
    vec![
        (&deal.acme, "POST", locked[2].clone(), more),
        (other, "POST", format!("{yes}/approve"), json!({})),
        (other, "POST", format!("{no}/decline"), json!({ "reason": "No" })),
        (&deal.acme, "POST", "/v1/action-imports".into(), import),
        (&deal.acme, "POST", format!("/v1/action-imports/{waiting}/cancel"), json!({})),
        (&deal.acme, "POST", "/v1/actions/bulk".into(), bulk),
    ]
}

/// Commands about partnerships that are offered to addresses, some minutes after they were.
fn about_addresses<'a>(world: &World, owner: &'a Caller, other: &'a Caller) -> Vec<Command<'a>> {
    let offer = |email: &str| json!({ "email": email, "my_role": "client", "message": "Hello" });
    let email = other.email.as_deref().expect("an address");
    let waiting = id(&owner.post("/v1/partnerships", offer(email), 202));
    let token = json!({ "token": offer_token(world, email) });
    world.travel("2026-03-10T12:10:00Z");
    let waiting = |verb: &str| format!("/v1/partnership-invitations/{waiting}/{verb}");
    vec![
        (owner, "POST", "/v1/partnerships".into(), offer("grace@example.com")),
        (owner, "POST", waiting("resend"), json!({})),
        (owner, "POST", waiting("withdraw"), json!({})),
        (other, "POST", "/v1/partnership-invitations/claim".into(), token),
    ]
}

/// Commands about who belongs to the company.
fn about_members<'a>(
    world: &World,
    owner: &'a Caller,
    (member, nobody): (&'a Caller, &'a Caller),
) -> Vec<Command<'a>> {
    let somebody = |email: &str| json!({ "email": email, "role": "member" });
    let invited = owner.post("/v1/invitations", somebody("grace@example.com"), 201);
    let invited = format!("/v1/invitations/{}", id(&invited));
    world.travel("2026-03-10T12:05:00Z");
    let accept = json!({
        "token": token(world, "grace@example.com"), "name": "Grace",
        "password": "correct horse battery",
    });
    let role = json!({ "role": "viewer" });
    vec![
        (owner, "POST", "/v1/invitations".into(), somebody("hedy@example.com")),
        (owner, "POST", format!("{invited}/resend"), json!({})),
        (owner, "POST", format!("{invited}/revoke"), json!({})),
        (nobody, "POST", "/v1/invitations/accept".into(), accept),
        (owner, "PATCH", place(member), role),
        (member, "DELETE", place(member), Value::Null),
    ]
}

/// Every operation that writes is among the commands, or in the list of those that are not told.
fn hold_complete(commands: &[Command<'_>]) {
    let done = commands.iter().map(|(_, method, path, _)| {
        described::operation_id(method, path)
            .unwrap_or_else(|| panic!("no operation {method} {path}"))
    });
    let untold = UNTOLD.iter().map(|(operation, _)| (*operation).to_string());
    let elsewhere = ELSEWHERE.iter().map(ToString::to_string);
    let held: BTreeSet<String> = done.chain(untold).chain(elsewhere).collect();
    let document = entente::app::document();
    let writing = operations(&document).into_iter().filter(|(method, ..)| method != "GET");
    let writing: BTreeSet<String> = writing
        .map(|(_, _, operation)| operation["operationId"].as_str().expect("a name").to_string())
        .collect();
    assert_eq!(held, writing, "left: the commands here and UNTOLD; right: what the document has");
}

#[test]
fn a_command_that_cannot_be_told_is_not_done() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let (acme, bolt) = (owner(world, "acme0@example.com"), owner(world, "bolt1@example.com"));
        let (dawn, eve) = (world.company("Dawn", "partner"), world.company("Eve", "partner"));
        let nobody = world.nobody();
        let (faye, gus) = (world.company("Faye", "partner"), world.company("Gus", "partner"));
        let rival = crate::cast::rival::dawn(world, &deal);
        let other = world.colleague(&acme, "manager");
        grant(world, &bolt, &acme, "sign_in_as", None);
        let commands = [
            about_the_rest(world, &deal, (&acme, &other)),
            about_actions(&deal),
            about_attribution(&deal, &rival),
            about_inquiries(&deal),
            about_agreements(&deal, &acme, &bolt),
            about_partnerships(&acme, (&dawn, &eve), &nobody),
            about_relations(&acme, &bolt, &other),
            about_companies(&acme, &faye),
            about_members(world, &acme, (&other, &nobody)),
            about_addresses(world, &acme, &gus),
            about_people(world, &acme, &bolt),
        ];
        let commands = commands.concat();
        hold_complete(&commands);
        let before = rows_but(world, UPLOADS);
        silence(world);
        for (number, (caller, method, path, body)) in commands.into_iter().enumerate() {
            // What was not done is not remembered either.
            let key = format!("untold-{number}");
            let once = [("Idempotency-Key", key.as_str())];
            // That the server is at fault stands beside the document, not in it.
            let answer = caller.undescribed().call(method, &path, &once, &body, 500);
            assert_eq!(answer.json()["code"], "internal", "{method} {path}");
            assert!(rows_but(world, UPLOADS) == before, "{method} {path} left something");
        }
    });
}

/// One run of each job: how many actions it changed, none if it failed.
fn jobs(world: &World) -> [Option<u64>; 3] {
    run(world, async |pool: &Pool| {
        let locked = lock_due(pool, &world.clock, None).await;
        let released = end_holds(pool, &world.clock).await;
        let cleared = clear_due(pool, &world.clock).await;
        [locked.ok().map(|locked| locked.actions), released.ok(), cleared.ok()]
    })
}

#[test]
fn what_the_jobs_cannot_tell_they_leave_undone() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        deal.tracked("A-1");
        let held = deal.tracked("A-2");
        deal.tracked_at("A-3", "2026-03-10T10:00:00Z");
        deal.acme.post(&format!("{held}/hold"), json!({ "reason": "why" }), 200);
        world.travel("2026-03-24T23:00:05Z");
        let locked = run(world, async |pool: &Pool| lock_due(pool, &world.clock, None).await);
        assert_eq!(locked.expect("it locks").actions, 1);
        // Now one is due, one is held no longer, and of one the payout is due.
        world.travel("2026-05-09T12:00:05Z");
        let before = rows_but(world, HORIZONS);
        silence(world);
        assert_eq!(jobs(world), [None; 3]);
        assert!(rows_but(world, HORIZONS) == before, "a job left something");
        speak(world);
        assert_eq!(jobs(world), [Some(1), Some(1), Some(2)]);
    });
}
