//! Whom something concerns is told of it, and nobody else is.

mod digests;
mod letters;
mod lists;
mod preferences;
mod streams;
mod teams;

use entente::events::kinds::EventKind;
use entente::events::model::Event;
use entente::reprocessings::runner::Runner;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::cast::at_once::at_once;
use crate::cast::deal::{Deal, id, run};
use crate::cast::http::Caller;
use crate::cast::notices::{QUIET, all_is_told, happens, notifier, offers, said, some, tell, told};
use crate::cast::rival::owner;
use crate::cast::tables::texts;
use crate::cast::world::{World, in_a_world, in_a_world_with};

fn signed_in(world: &World, email: &str) -> Caller {
    let login = json!({ "email": email, "password": "correct horse battery" });
    world.caller(&world.nobody().post("/v1/auth/login", login, 200))
}

fn by(world: &World, sql: &str) -> usize {
    texts(world, sql).len()
}

/// What a list says, once everything was told; nothing of what was told before.
fn since(world: &World, caller: &Caller, before: usize) -> Vec<String> {
    said(&told(world, caller, before)).split_off(before)
}

/// What a partner is told of agreements, one after the other.
const TOLD_TO_BOLT: &[&str] = &[
    "partnership_offer: Acme offers your company a partnership",
    "partnership_offer: Acme offers your company a partnership",
    "partnership_answer: Acme has taken its offer of a partnership back",
    "partnership_offer: Acme offers your company a partnership",
    "contract_proposal: Acme proposes a contract",
    "contract_proposal: Acme proposes a contract",
    "contract_answer: Acme has taken a proposed contract back",
    "contract_proposal: Acme proposes a contract",
    "contract_proposal: Acme proposes other terms for a contract",
    "contract_proposal: Acme proposes other terms for a contract",
    "contract_proposal: Acme proposes other terms for a contract",
    "contract_answer: Acme has taken proposed terms back",
];
/// What the brand is told of them.
const TOLD_TO_ACME: &[&str] = &[
    "partnership_answer: Bolt has declined the partnership that you offered",
    "partnership_answer: Bolt has accepted the partnership that you offered",
    "contract_answer: Bolt has declined the contract that you proposed",
    "contract_answer: Bolt has accepted the contract that you proposed",
    "contract_answer: Bolt has declined the terms that you proposed",
    "contract_answer: Bolt has accepted the terms that you proposed",
    "partnership_answer: Bolt has ended the partnership with your company",
    "contract_answer: Bolt has ended a contract with your company",
];

#[test]
fn agreements_are_told_to_the_managers_of_the_other_side() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let manager = world.colleague(&acme, "manager");
        let below = ["viewer", "member"].map(|role| world.colleague(&acme, role));
        let offer = |from: &Caller| {
            let body = json!({ "partner_company_id": bolt.company_id(), "message": "Hello" });
            format!("/v1/partnerships/{}", id(&from.post("/v1/partnerships", body, 201)))
        };
        let first = offer(&acme);
        bolt.post(&format!("{first}/decline"), json!({ "comment": "No." }), 200);
        acme.post(&format!("{}/withdraw", offer(&acme)), json!({}), 200);
        let partnership = offer(&manager);
        bolt.post(&format!("{partnership}/accept"), json!({}), 200);
        let program = json!({ "name": "Shop", "currency": "EUR", "time_zone": "UTC" });
        let program = id(&acme.post("/v1/programs", program, 201));
        let sale = json!({ "name": "Sale", "code": "SALE", "kind": "sale" });
        let sale = id(&acme.post(&format!("/v1/programs/{program}/event-types"), sale, 201));
        let contract = || {
            let body = json!({
                "program_id": program, "partner_company_id": bolt.company_id(),
                "starts_on": "2026-01-01",
                "payouts": [{ "event_type_id": sale, "percent": "7.5" }],
                "lock": { "after": "day", "months": 0, "days": 15 },
            });
            format!("/v1/contracts/{}", id(&acme.post("/v1/contracts", body, 201)))
        };
        bolt.post(&format!("{}/decline", contract()), json!({}), 200);
        acme.post(&format!("{}/withdraw", contract()), json!({}), 200);
        let running = contract();
        bolt.post(&format!("{running}/accept"), json!({}), 200);
        let terms = json!({
            "payouts": [{ "event_type_id": sale, "percent": "8" }],
            "lock": { "after": "day", "months": 0, "days": 15 },
        });
        for word in ["decline", "accept"] {
            acme.post(&format!("{running}/versions"), terms.clone(), 201);
            bolt.post(&format!("{running}/{word}"), json!({}), 200);
        }
        acme.post(&format!("{running}/versions"), terms, 201);
        acme.post(&format!("{running}/withdraw"), json!({}), 200);
        bolt.post(&format!("{partnership}/end"), json!({ "reason": "Enough." }), 200);
        all_is_told(world);

        assert_eq!(since(world, &bolt, 0), TOLD_TO_BOLT);
        for caller in [&acme, &manager] {
            assert_eq!(since(world, caller, 0), TOLD_TO_ACME);
        }
        for caller in &below {
            assert_eq!(since(world, caller, 0), [""; 0]);
        }
        let newest = told(world, &bolt, TOLD_TO_BOLT.len()).swap_remove(0);
        assert_eq!(newest["object_type"], "contract");
        assert_eq!(newest["object_id"], running.rsplit('/').next().unwrap());
        let company = json!({ "id": acme.company_id(), "name": "Acme" });
        assert_eq!((&newest["company"], &newest["read_at"]), (&company, &Value::Null));
        let event = newest["event_id"].as_str().unwrap().to_string();
        assert!(bolt.all("/v1/events").iter().any(|one| one["id"] == event.as_str()));
    });
}

#[test]
fn codes_are_told_to_the_partner_who_has_or_had_them() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        let dawn = crate::cast::rival::dawn(world, &deal);
        all_is_told(world);
        let people = [("bolt1", &deal.bolt), ("dawn3", &dawn)];
        let people = people.map(|(name, _)| signed_in(world, &format!("{name}@example.com")));
        let before = people.clone().map(|person| told(world, &person, 0).len());
        let acme_before = told(world, &owner(world), 0).len();
        let path = crate::cast::rival::code(&deal, "SAVE10", &deal.bolt);
        for word in ["deactivate", "activate"] {
            deal.acme.post(&format!("{path}/{word}"), json!({}), 200);
        }
        let to_dawn = json!({ "partner_company_id": dawn.company_id() });
        deal.acme.post(&format!("{path}/assign"), to_dawn, 200);
        all_is_told(world);
        let of_bolt = [
            "code_changes: Acme has given your company a coupon code",
            "code_changes: Acme has deactivated a coupon code of your company",
            "code_changes: Acme has activated a coupon code of your company again",
            "code_changes: Acme has given a coupon code of your company to somebody else",
        ];
        assert_eq!(since(world, &people[0], before[0]), of_bolt);
        let of_dawn = ["code_changes: Acme has given your company a coupon code"];
        assert_eq!(since(world, &people[1], before[1]), of_dawn);
        assert_eq!(since(world, &owner(world), acme_before), [""; 0]);
    });
}

#[test]
fn an_inquiry_is_told_to_the_brand_and_its_answer_to_whoever_opened_it() {
    in_a_world_with(QUIET, |world| {
        let terms = json!({ "inquiry_days": 3, "inquiry_default": "accept" });
        let deal = Deal::with_terms(world, terms);
        let acme = owner(world);
        let bolt = signed_in(world, "bolt1@example.com");
        let member = world.colleague(&bolt, "member");
        all_is_told(world);
        let counted = |caller: &Caller| told(world, caller, 0).len();
        let before = [counted(&acme), counted(&bolt), counted(&member)];
        let open = |by: &Caller, order: &str| {
            let action = deal.tracked(order);
            let body = json!({
                "kind": "incorrect", "action_id": action.rsplit('/').next().unwrap(),
                "amount": "90.00", "message": "Not right.",
            });
            format!("/v1/inquiries/{}", id(&by.post("/v1/inquiries", body, 201)))
        };
        let (one, two) = (open(&member, "A-1"), open(&member, "A-2"));
        let of_key = open(&deal.bolt, "A-3");
        let silent = open(&member, "A-4");
        member.post(&format!("{}/withdraw", open(&member, "A-5")), json!({}), 200);
        acme.post(&format!("{one}/accept"), json!({}), 200);
        acme.post(&format!("{two}/decline"), json!({ "message": "No." }), 200);
        deal.acme.post(&format!("{of_key}/decline"), json!({ "message": "No." }), 200);
        all_is_told(world);
        let opened = "inquiry_opened: Bolt has opened an inquiry, which waits for your answer";
        let taken = "inquiry_opened: Bolt has taken an inquiry back";
        assert_eq!(since(world, &acme, before[0]), [opened, opened, opened, opened, opened, taken]);
        let (yes, no) = (
            "inquiry_answered: Acme has accepted an inquiry of your company",
            "inquiry_answered: Acme has declined an inquiry of your company",
        );
        assert_eq!(since(world, &member, before[2]), [yes, no]);
        assert_eq!(since(world, &bolt, before[1]), [no], "a key's is told to managers");

        world.travel("2026-03-13T12:00:00Z");
        assert_ne!(silent, of_key);
        let answered = run(world, async |pool| {
            entente::inquiries::jobs::answer_for_silence(pool, &world.clock).await
        });
        assert_eq!(answered.expect("silence answers"), 1);
        all_is_told(world);
        let [acme, bolt, member] = [&acme, &bolt, &member].map(|person| world.again(person));
        let kept = "inquiry_answered: Nobody answered an inquiry in time, so it was accepted";
        assert_eq!(since(world, &acme, before[0] + 6), [format!("{kept} (Bolt)")]);
        assert_eq!(since(world, &member, before[2] + 2), [format!("{kept} (Acme)")]);
        assert_eq!(since(world, &bolt, before[1] + 1), [""; 0]);
    });
}

#[test]
fn whoever_did_it_is_not_told_and_keys_and_endpoints_are_for_admins() {
    in_a_world_with(QUIET, |world| {
        let acme = world.company("Acme", "brand");
        let admin = world.colleague(&acme, "admin");
        let manager = world.colleague(&acme, "manager");
        let body = json!({ "name": "Feed", "scopes": ["events:read"] });
        let key = id(&acme.post("/v1/api-keys", body, 201));
        admin.delete(&format!("/v1/api-keys/{key}"), 204);
        let company = acme.company_id().parse().unwrap();
        let disabled = Event::new(EventKind::WebhookEndpointDisabled, some(), company, world.now());
        happens(world, vec![disabled]);
        all_is_told(world);
        let endpoint = "webhook_disabled: A webhook endpoint was disabled";
        assert_eq!(since(world, &acme, 0), ["security: An API key was revoked", endpoint]);
        assert_eq!(since(world, &admin, 0), ["security: An API key was made", endpoint]);
        assert_eq!(since(world, &manager, 0), [""; 0]);
        let made = told(world, &admin, 2).pop().unwrap();
        assert_eq!((&made["object_id"], &made["company"]), (&json!(key), &Value::Null));
    });
}

#[test]
fn an_adjustment_to_be_approved_is_told_to_the_other_managers() {
    in_a_world_with(QUIET, |world| {
        let acme = world.company("Acme", "brand");
        let maker = world.colleague(&acme, "manager");
        let made = maker.get("/v1/me", 200)["user"]["id"].as_str().unwrap().parse().unwrap();
        let company = acme.company_id().parse().unwrap();
        let proposed = Event {
            user_id: Some(made),
            ..Event::new(EventKind::AdjustmentProposed, some(), company, world.now())
        };
        happens(world, vec![proposed]);
        all_is_told(world);
        let waits = "An adjustment waits for a second person to approve it";
        assert_eq!(since(world, &acme, 0), [format!("adjustment_to_approve: {waits}")]);
        assert_eq!(since(world, &maker, 0), [""; 0]);
    });
}

#[test]
fn whoever_sent_a_batch_is_told_of_its_end_and_of_nothing_else() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let acme = owner(world);
        let member = world.colleague(&acme, "member");
        all_is_told(world);
        let before = told(world, &acme, 0).len();
        let wait = |caller: &Caller, path: &str, kind: &str, body: &str| {
            let headers = [("Content-Type", kind), ("Prefer", "wait=30")];
            let answer = caller.send("POST", path, &headers, body.as_bytes());
            assert_eq!(answer.status, 200, "{}", answer.text);
        };
        // Thousands of orders are tracked, and then reversed.
        let order = |number: usize| format!("{}\n", deal.order(&format!("A-{number}")));
        let orders: String = (0..2_000).map(order).collect();
        wait(&member, "/v1/action-imports", "application/x-ndjson", &orders);
        let line = |number: usize| format!("A-{number},ITEM_RETURNED\n");
        let lines: String = (0..2_000).map(line).collect();
        wait(&member, "/v1/reversals", "text/csv", &format!("order_id,reason\n{lines}"));
        // The same file again is rejected; a key's batch is its managers'.
        wait(&member, "/v1/reversals", "text/csv", &format!("order_id,reason\n{lines}"));
        wait(&deal.acme, "/v1/reversals", "text/csv", "order_id,reason\nB-1,ITEM_RETURNED\n");
        let march = json!({
            "program_id": deal.program, "mode": "dry_run",
            "occurred_after": "2026-03-01T00:00:00Z", "occurred_before": "2026-04-01T00:00:00Z",
        });
        acme.post("/v1/reprocessings", march, 202);
        let of_member = [
            "import_done: An import is done: every line has its result",
            "batch_done: A batch is done: every line has its result",
            "batch_done: A batch was rejected",
        ];
        assert_eq!(said(&told(world, &member, 3)), of_member);
        let of_acme = [
            "batch_done: A batch is done: every line has its result",
            "reprocessing_done: A reprocessing is done: every action has its result",
        ];
        told(world, &acme, before + 2);
        all_is_told(world);
        assert_eq!(since(world, &acme, before), of_acme);
        assert_eq!(told(world, &member, 3).len(), 3);
        let bolt = signed_in(world, "bolt1@example.com");
        let about = |one: &Value| one["object_type"].as_str().unwrap().to_string();
        let of_bolt: Vec<String> = told(world, &bolt, 0).iter().map(about).collect();
        assert!(of_bolt.iter().all(|kind| ["contract", "partnership"].contains(&&**kind)));
    });
}

#[test]
fn what_somebody_else_has_stopped_is_told() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        let acme = owner(world);
        let member = world.colleague(&acme, "member");
        all_is_told(world);
        let before = told(world, &acme, 0).len();
        let sent = |caller: &Caller, path: &str, body: Value| {
            format!("{path}/{}", id(&caller.post(path, body, 202)))
        };
        let line = json!({ "lines": [{ "order_id": "A-1", "operation": "approve" }] });
        let orders = json!({ "actions": [{ "order_id": "A-0" }] });
        let one = sent(&member, "/v1/reversals", line.clone());
        acme.post(&format!("{one}/cancel"), json!({}), 200);
        let one = sent(&member, "/v1/action-imports", orders);
        acme.post(&format!("{one}/cancel"), json!({}), 200);
        let one = sent(&member, "/v1/reversals", line);
        member.post(&format!("{one}/cancel"), json!({}), 200);
        let march = json!({
            "program_id": deal.program, "mode": "dry_run",
            "occurred_after": "2026-03-01T00:00:00Z", "occurred_before": "2026-04-01T00:00:00Z",
        });
        let one = sent(&acme, "/v1/reprocessings", march.clone());
        deal.acme.post(&format!("{one}/cancel"), json!({}), 200);
        let one = sent(&acme, "/v1/reprocessings", march);
        acme.post(&format!("{one}/cancel"), json!({}), 200);
        run(world, async |pool| {
            let lease = SignedDuration::from_secs(10);
            Runner::new(pool.clone(), world.clock.clone(), lease).run_one().await
        })
        .expect("there is nothing left to do");
        all_is_told(world);
        let of_member = ["batch_done: A batch was stopped", "import_done: An import was stopped"];
        assert_eq!(since(world, &member, 0), of_member);
        let of_acme = ["reprocessing_done: A reprocessing was stopped"];
        assert_eq!(since(world, &acme, before), of_acme);
    });
}

#[test]
fn two_servers_tell_nobody_twice() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        for round in 1..=3 {
            offers(world, &acme, &bolt, 700);
            at_once(4, |_| tell(world));
            assert_eq!(told(world, &bolt, round * 700).len(), round * 700);
        }
        let rows = "SELECT 'x' AS text FROM notifications GROUP BY event_id, user_id";
        assert_eq!(by(world, rows), 2_100);
        let mails = by(world, "SELECT address AS text FROM mails");
        assert_eq!(mails, 2_100, "each was told by a letter too, once");
        let done = run(world, async |pool| notifier(world, pool).tell().await);
        assert_eq!(done.expect("nothing is left"), 0);
    });
}
