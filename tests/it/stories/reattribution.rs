//! Another partner earned it: both read their own side, and neither who the other is.

use entente::actions::jobs::lock_due;
use serde_json::{Value, json};

use super::verify::differences;
use crate::cast::at_once::at_once;
use crate::cast::deal::{Deal, id, meddle, run, shown, told};
use crate::cast::http::{Caller, faults};
use crate::cast::rival::{code, dawn, ordered, owner};
use crate::cast::world::{World, in_a_world, in_a_world_with};

const NO_JOBS: &[&str] = &["--no-jobs"];

fn to(partner: &Caller) -> Value {
    json!({ "partner_company_id": partner.company_id(), "reason": "CREDITED_DIFFERENT_MP" })
}

/// Credits an action to a partner, and gives it as it is then.
fn reattributed(deal: &Deal, path: &str, partner: &Caller) -> Value {
    deal.acme.post(&format!("{path}/reattribute"), to(partner), 200)
}

/// `command state sale payout`, and by how much both changed.
fn line(entry: &Value) -> String {
    let amount = |field: &str| entry[field]["amount"].as_str().unwrap();
    let word = |field: &str| entry[field].as_str().unwrap_or("-");
    format!(
        "{} {}>{} {} {} {} {}",
        word("command"),
        word("state_before"),
        word("state"),
        amount("sale_amount"),
        amount("sale_delta"),
        amount("payout"),
        amount("payout_delta"),
    )
}

fn lines(entries: &[Value]) -> Vec<String> {
    entries.iter().map(line).collect()
}

const TRACKED: &str = "track ->pending 100.00 100.00 7.50 7.50";
const APPROVED: &str = "approve pending>approved 100.00 0.00 7.50 0.00";
const LOST: &str = "reattribute approved>reversed 0.00 -100.00 0.00 -7.50";
const GAINED: &str = "reattribute ->pending 100.00 100.00 20.00 20.00";

/// Either partner is told its own half by an event, and the brand both.
fn both_are_told(deal: &Deal, dawn: &Caller) {
    let (bolt, dawns) = (deal.bolt.company_id(), dawn.company_id());
    let last = told(&deal.bolt, 3).pop().unwrap();
    assert_eq!((&last["type"], &last["sequence"]), (&json!("action.reattributed"), &json!(3)));
    assert_eq!(
        last["changes"],
        json!({
            "state": ["approved", "reversed"], "sale_amount": ["100.00", "0.00"],
            "payout": ["7.50", "0.00"], "partner_company_id": [bolt, null],
            "reason": [null, "CREDITED_DIFFERENT_MP"],
        })
    );
    let gained = told(dawn, 1);
    assert_eq!(gained.len(), 1);
    assert_eq!(
        gained[0]["changes"],
        json!({
            "state": [null, "pending"], "sale_amount": [null, "100.00"],
            "payout": [null, "20.00"], "partner_company_id": [null, dawns],
            "reason": [null, "CREDITED_DIFFERENT_MP"],
        })
    );
    assert_eq!(told(&deal.acme, 4).len(), 4);
}

#[test]
fn each_partner_reads_its_own_side_and_the_brand_reads_both() {
    in_a_world_with(NO_JOBS, |world| {
        let deal = Deal::of(world);
        let dawn = dawn(world, &deal);
        let mut order = deal.order("A-1");
        order["sub_ids"] = json!({ "campaign": "bolts" });
        let path = format!("/v1/actions/{}", id(&deal.acme.post("/v1/actions", order, 201)));
        deal.acme.post(&format!("{path}/approve"), json!({}), 200);
        let before = deal.acme.get(&path, 200);
        let mut body = to(&dawn);
        body["note"] = json!("ours alone");
        let after = deal.acme.post(&format!("{path}/reattribute"), body, 200);
        assert_eq!((&after["state"], &after["version"]), (&json!("pending"), &json!(4)));
        assert_eq!(after["payout"]["amount"], "20.00");
        assert_eq!(after["tracked"]["payout"]["amount"], "20.00");
        assert_eq!(after["partner_company_id"], dawn.company_id());
        assert_ne!(after["contract_id"], before["contract_id"]);
        assert_eq!((&after["locks_at"], &after["items"]), (&before["locks_at"], &before["items"]));
        assert_eq!(after["sub_ids"], before["sub_ids"], "the brand reads them as before");

        // The action is Dawn's now, and Bolt's no longer.
        deal.bolt.get(&path, 404);
        deal.bolt.get(&format!("{path}/updates"), 404);
        assert!(deal.bolt.all("/v1/actions").is_empty());
        let theirs = dawn.get(&path, 200);
        assert_eq!(theirs["sub_ids"], Value::Null, "they are another partner's labels");
        assert_eq!(dawn.all("/v1/actions").len(), 1);

        // The ledger.
        let all = deal.acme.all(&format!("{path}/updates?limit=1"));
        assert_eq!(lines(&all), [TRACKED, APPROVED, LOST, GAINED]);
        let partners: Vec<&Value> = all.iter().map(|entry| &entry["partner_company_id"]).collect();
        let (bolt, dawns) = (deal.bolt.company_id(), dawn.company_id());
        assert_eq!(partners, [bolt, bolt, bolt, dawns]);
        assert_eq!(
            (&all[2]["note"], &all[2]["reason"]),
            (&json!("ours alone"), &json!("CREDITED_DIFFERENT_MP"))
        );
        let own = dawn.all(&format!("{path}/updates?limit=1"));
        assert_eq!(lines(&own), [GAINED]);
        assert_eq!((&own[0]["note"], &own[0]["version"]), (&Value::Null, &json!(4)));

        let along = dawn.get(&format!("{path}?expand=updates"), 200)["updates"].clone();
        assert_eq!(along, json!(own));
        for (caller, many) in [(&deal.acme, 1), (&dawn, 0)] {
            assert_eq!(caller.all("/v1/actions?sub_id=campaign:bolts").len(), many);
        }

        // The feeds and the files.
        let feed = |caller: &Caller, many| shown(many, || caller.all("/v1/action-updates?limit=1"));
        assert_eq!(lines(&feed(&deal.acme, 4)), [TRACKED, APPROVED, LOST, GAINED]);
        assert_eq!(lines(&feed(&deal.bolt, 3)), [TRACKED, APPROVED, LOST]);
        assert_eq!(lines(&feed(&dawn, 1)), [GAINED]);
        let file =
            |caller: &Caller| caller.send("GET", "/v1/action-updates/export.csv", &[], b"").text;
        assert_eq!(file(&deal.bolt).lines().count(), 4);
        assert_eq!(file(&dawn).lines().count(), 2);

        both_are_told(&deal, &dawn);

        // Nothing that one partner can read names the other.
        for (caller, other) in [(&deal.bolt, dawns), (&dawn, bolt)] {
            let mut read = serde_json::to_string(&told(caller, 1)).unwrap() + &file(caller);
            for list in ["/v1/actions", "/v1/action-updates", "/v1/events", "/v1/referral-codes"] {
                read += &serde_json::to_string(&caller.all(list)).unwrap();
            }
            assert!(!read.contains(other), "{read}");
        }
        deal.crow.get(&path, 404);
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn what_follows_a_reattribution_goes_by_the_new_terms() {
    in_a_world_with(NO_JOBS, |world| {
        let deal = Deal::of(world);
        let dawn = dawn(world, &deal);
        let path = deal.tracked("A-1");
        let hat = json!({ "op": "reverse_item", "sku": "HAT" });
        let less = json!({ "reason": "ITEM_RETURNED", "operations": [hat] });
        deal.acme.post(&format!("{path}/modify"), less, 200);
        deal.acme.post(&format!("{path}/reverse"), json!({ "reason": "CONS_ERROR" }), 200);
        let figures = |action: &Value| {
            let amount =
                |pointer: &str| action.pointer(pointer).unwrap().as_str().unwrap().to_string();
            [amount("/state"), amount("/sale_amount/amount"), amount("/payout/amount")].join(" ")
        };
        let after = reattributed(&deal, &path, &dawn);
        assert_eq!(
            figures(&after),
            "pending 80.00 16.00",
            "the lid is off, the hat stays reversed"
        );
        assert_eq!(reattributed(&deal, &path, &dawn), after, "it is hers already");
        for (caller, many) in [(&deal.acme, 1), (&dawn, 0), (&deal.bolt, 0)] {
            assert_eq!(
                caller.all("/v1/actions?reason=CONS_ERROR").len(),
                many,
                "of another's time"
            );
        }
        let did = |verb: &str, body: Value| {
            figures(&deal.acme.post(&format!("{path}/{verb}"), body, 200))
        };
        assert_eq!(did("approve", json!({})), "approved 80.00 16.00");
        assert_eq!(did("reverse", json!({ "reason": "CONS_ERROR" })), "reversed 0.00 0.00");
        assert_eq!(did("restore", json!({})), "pending 80.00 16.00");
        assert_eq!(did("reset", json!({})), "pending 100.00 20.00");
        assert_eq!(did("hold", json!({ "reason": "why" })), "pending 100.00 20.00");
        let back = reattributed(&deal, &path, &deal.bolt);
        assert_eq!((figures(&back).as_str(), &back["held"]), ("pending 100.00 7.50", &json!(true)));
        assert_eq!(did("release", json!({})), "pending 100.00 7.50");
        dawn.get(&path, 404);
        // Bolt reads both of its times, and nothing of the one between.
        let own = deal.bolt.all(&format!("{path}/updates"));
        let commands: Vec<&Value> = own.iter().map(|entry| &entry["command"]).collect();
        let expected = ["track", "modify", "reverse", "reattribute", "reattribute", "release"];
        assert_eq!(commands, expected);
        assert_eq!(differences(world), Vec::<String>::new());

        world.travel("2026-03-24T23:00:05Z");
        run(world, async |pool| lock_due(pool, &world.clock, None).await).expect("the job runs");
        let problem = deal.acme.post(&format!("{path}/reattribute"), to(&dawn), 409);
        assert_eq!(problem["code"], "action_locked");
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn what_cannot_be_reattributed_says_why_and_leaves_nothing() {
    in_a_world_with(NO_JOBS, |world| {
        let deal = Deal::of(world);
        let dawn = dawn(world, &deal);
        let path = deal.tracked("A-1");
        let reattribute = format!("{path}/reattribute");
        let told = |body: Value| faults(&deal.acme.post(&reattribute, body, 422));
        assert_eq!(told(to(&deal.crow)), ["/partner_company_id unknown_partner"]);
        let nobody = json!({ "partner_company_id": "co_01k5h2v7xnf8rtq3m9bcw4ze6a", "reason": "TEST_ACTION" });
        assert_eq!(told(nobody), ["/partner_company_id unknown_partner"]);
        let (owner, echo) = (owner(world), world.company("Echo", "partner"));
        let offer = json!({ "partner_company_id": echo.company_id(), "message": "Hello" });
        owner.post("/v1/partnerships", offer, 201);
        assert_eq!(told(to(&echo)), ["/partner_company_id no_contract"]);
        let mut other = to(&dawn);
        other["reason"] = json!("OTHER");
        assert_eq!(told(other), ["/note missing_field"]);
        for (reason, code) in [("ITEM_RETURNED", "reason_not_allowed"), ("MOOD", "unknown_reason")]
        {
            let mut body = to(&dawn);
            body["reason"] = json!(reason);
            assert_eq!(told(body), [format!("/reason {code}")]);
        }
        deal.bolt.post(&reattribute, to(&dawn), 403);
        dawn.post(&reattribute, to(&dawn), 404);
        deal.crow.post(&reattribute, to(&dawn), 404);
        let stale = [("If-Match", "\"7\"")];
        deal.acme.call("POST", &reattribute, &stale, &to(&dawn), 412);
        assert_eq!(deal.acme.get(&path, 200)["version"], 1);

        deal.acme.post(&format!("{path}/hold"), json!({ "reason": "why" }), 200);
        world.travel("2026-03-24T23:00:00Z");
        assert_eq!(deal.acme.post(&reattribute, to(&dawn), 409)["code"], "action_held");
        let closed = deal.tracked_at("A-2", "2026-03-12T10:00:00Z");
        world.travel("2026-06-01T00:00:00Z");
        let problem = deal.acme.post(&format!("{closed}/reattribute"), to(&dawn), 409);
        assert_eq!(problem["code"], "action_locked");
        let limited =
            json!({ "name": "Leads", "scopes": ["actions:write"], "event_type_ids": [deal.lead] });
        let limited =
            world.caller(&crate::cast::rival::owner(world).post("/v1/api-keys", limited, 201));
        limited.post(&reattribute, to(&dawn), 404);
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn a_code_of_the_other_partner_is_not_told_to_the_new_one() {
    in_a_world_with(NO_JOBS, |world| {
        let deal = Deal::of(world);
        let dawn = dawn(world, &deal);
        code(&deal, "BOLT10", &deal.bolt);
        let path = ordered(&deal, "A-1", "BOLT10", "2026-03-09T10:00:00Z");
        assert_eq!(deal.bolt.get(&path, 200)["code"], "BOLT10");
        let after = reattributed(&deal, &path, &dawn);
        assert_eq!(
            (&after["code"], &after["attributed_by"]),
            (&json!("BOLT10"), &json!("partner"))
        );
        assert_eq!(dawn.get(&path, 200)["code"], Value::Null);
    });
}

#[test]
fn batches_go_on_over_an_action_that_changed_hands() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let dawn = dawn(world, &deal);
        let path = deal.tracked("A-1");
        let batch = |amount: &str| {
            let lines = json!({ "event_type_id": deal.sale, "lines": [{
                "order_id": "A-1", "operation": "modify", "reason": "ITEM_RETURNED",
                "amount_delta": amount, "currency": "EUR",
            }] });
            let wait = [("Prefer", "wait=30")];
            let batch = deal.acme.call("POST", "/v1/reversals", &wait, &lines, 200).json();
            assert_eq!(batch["counts"]["applied"], 1, "{batch}");
            format!("/v1/reversals/{}/lines", id(&batch))
        };
        let first = batch("-50.00");
        let told_before = deal.acme.all(&first);
        let after = reattributed(&deal, &path, &dawn);
        assert_eq!(after["payout"]["amount"], "10.00");
        let second = batch("-10.00");
        let action = deal.acme.get(&path, 200);
        assert_eq!(
            (&action["sale_amount"]["amount"], &action["payout"]["amount"]),
            (&json!("40.00"), &json!("8.00"))
        );
        assert_eq!(deal.acme.all(&first), told_before, "what was told stays told");
        assert_eq!(action["version"], 5);
        assert_eq!(deal.acme.all(&second)[0]["outcome"], "applied");
        let own: Vec<String> = lines(&shown(2, || dawn.all("/v1/action-updates")));
        assert_eq!(own[1], "modify pending>pending 40.00 -10.00 8.00 -2.00");
        assert_eq!(shown(3, || deal.bolt.all("/v1/action-updates")).len(), 3);
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn reattributions_at_once_come_one_after_the_other() {
    in_a_world_with(NO_JOBS, |world| {
        let deal = Deal::of(world);
        let dawn = dawn(world, &deal);
        let path = deal.tracked("A-1");
        let partners = [&deal.bolt, &dawn];
        at_once(8, |number| {
            let body = to(partners[number % 2]).to_string();
            let kind = [("Content-Type", "application/json")];
            let status = deal
                .acme
                .send("POST", &format!("{path}/reattribute"), &kind, body.as_bytes())
                .status;
            assert!([200, 409, 412].contains(&status), "{status}");
        });
        assert_eq!(differences(world), Vec::<String>::new());
        let key = [("Idempotency-Key", "once")];
        let other = if deal.acme.get(&path, 200)["partner_company_id"] == deal.bolt.company_id() {
            &dawn
        } else {
            &deal.bolt
        };
        let again = || {
            let path = format!("{path}/reattribute");
            deal.acme.call("POST", &path, &key, &to(other), 200).json()["version"].clone()
        };
        assert_eq!(again(), again());
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn a_ledger_that_credits_somebody_else_than_its_action_is_found() {
    in_a_world_with(NO_JOBS, |world| {
        let deal = Deal::of(world);
        let dawn = dawn(world, &deal);
        let path = deal.tracked("A-1");
        reattributed(&deal, &path, &dawn);
        assert_eq!(differences(world), Vec::<String>::new());
        for (meddling, undoing, what) in [
            ("tracked_payout_minor = 750", "tracked_payout_minor = 2000", "tracked payout"),
            ("partner_company_id = company_id", "", "another partner's"),
        ] {
            let dawns = crate::cast::deal::literal(world, dawn.company_id());
            let undoing = match undoing {
                "" => format!("partner_company_id = {dawns}"),
                undoing => undoing.to_string(),
            };
            meddle(world, &format!("UPDATE actions SET {meddling}"));
            let found = differences(world);
            assert!(found.iter().any(|one| one.contains(what)), "{meddling}: {found:?}");
            meddle(world, &format!("UPDATE actions SET {undoing}"));
            assert_eq!(differences(world), Vec::<String>::new(), "{undoing}");
        }
        // An entry that is no reattribution and names another partner.
        meddle(world, "UPDATE action_updates SET command = 'modify' WHERE version = 3");
        assert!(!differences(world).is_empty());
    });
}

#[test]
fn it_takes_a_manager() {
    in_a_world_with(NO_JOBS, |world: &World| {
        let deal = Deal::of(world);
        let dawn = dawn(world, &deal);
        let path = format!("{}/reattribute", deal.tracked("A-1"));
        let owner = owner(world);
        world.colleague(&owner, "member").post(&path, to(&dawn), 403);
        world.colleague(&owner, "manager").post(&path, to(&dawn), 200);
    });
}
