//! A company submits reversals for a brand that lets it do so.

use serde_json::{Value, json};

use super::audit::log;
use super::managing::revoked;
use crate::cast::batch::{is_completed, submitted, until};
use crate::cast::deal::{Deal, id, keyed, shown};
use crate::cast::delegates::together;
use crate::cast::grants::grant;
use crate::cast::http::{Caller, faults};
use crate::cast::rival::{self, owner};
use crate::cast::world::{World, in_a_world};

/// Acme lets Dawn, an agency, submit for it: the deal, Acme's owner, Dawn's, and their partnership.
struct Lent {
    deal: Deal,
    acme: Caller,
    dawn: Caller,
    key: Caller,
    partnership: String,
}

impl Lent {
    fn of(world: &World) -> Self {
        let deal = Deal::of(world);
        let mut acme = owner(world);
        acme.company = deal.acme.company.clone();
        let dawn = world.company("Dawn", "agency");
        let partnership = together(&acme, &dawn);
        grant(world, &acme, &dawn, "submit_reversals", None);
        let key = keyed(world, &dawn);
        Self { deal, acme, dawn, key, partnership }
    }

    fn query(&self) -> String {
        format!("?company_id={}", self.acme.company_id())
    }

    /// Lines that somebody sends for Acme, and what became of each.
    fn lines(&self, by: &Caller, lines: Value) -> Vec<String> {
        let path = format!("/v1/reversals{}", self.query());
        let batch = id(&by.post(&path, json!({ "lines": lines }), 202));
        let batch = format!("/v1/reversals/{batch}");
        until(by, &batch, is_completed);
        let word = |line: &Value| {
            let code = line["code"].as_str().or(line["outcome"].as_str());
            code.expect("a word").to_string()
        };
        by.all(&format!("{batch}/lines")).iter().map(word).collect()
    }
}

fn reversing(order: &str) -> Value {
    json!({ "order_id": order, "operation": "reverse", "reason": "ITEM_RETURNED" })
}

fn file(order: &str) -> String {
    format!("order_id,reason\n{order},ITEM_RETURNED\n")
}

#[test]
fn whoever_is_let_submits_for_a_brand_and_sees_its_own_batches_alone() {
    in_a_world(|world| {
        let lent = Lent::of(world);
        let Lent { deal, acme, dawn, key, .. } = &lent;
        let action = deal.tracked("A-1");
        deal.tracked("A-2");
        deal.tracked("A-3");
        let own = submitted(&deal.acme, "", &file("A-3"));
        until(&deal.acme, &own, is_completed);

        let by_key = submitted(key, &lent.query(), &file("A-1"));
        let state = until(key, &by_key, is_completed);
        assert_eq!(state["counts"]["applied"], 1);
        assert_eq!(state["company_id"], acme.company_id());
        assert_eq!(state["submitted_by_company_id"], dawn.company_id());
        assert_eq!(deal.acme.get(&action, 200)["state"], "reversed");
        let results = key.send("GET", &format!("{by_key}/results.csv"), &[], b"");
        assert!(results.status == 200 && results.text.contains("A-1"), "{}", results.text);
        assert_eq!(lent.lines(dawn, json!([reversing("A-2")])), ["applied"]);

        // The brand sees who submitted what.
        let batches = deal.acme.all("/v1/reversals");
        let me = dawn.get("/v1/me", 200)["user"]["id"].clone();
        let dawns = json!(dawn.company_id());
        let who: Vec<Value> = batches
            .iter()
            .map(|one| json!([one["submitted_by_company_id"], one["delegate_user_id"]]))
            .collect();
        assert_eq!(who[..2], [json!([dawns, me]), json!([dawns, null])]);
        assert_eq!(who[2], json!([acme.company_id(), null]));
        assert!(batches.iter().take(2).all(|one| one["user_id"].is_null()));

        // The submitter sees its own, and nothing of others'.
        let listed = key.all(&format!("/v1/reversals{}", lent.query()));
        assert_eq!(listed.len(), 2);
        assert_eq!(key.all(&format!("/v1/reversals{}&limit=1", lent.query())), listed);
        assert!(key.all("/v1/reversals").is_empty(), "of its own it has none");
        for path in [own.clone(), format!("{own}/lines"), format!("{own}/results.csv")] {
            assert_eq!(key.send("GET", &path, &[], b"").status, 404, "{path}");
        }
        key.get(&action, 404);
        for stranger in [&deal.bolt, &deal.crow] {
            stranger.get(&by_key, 404);
            assert!(stranger.all(&format!("/v1/reversals{}", lent.query())).is_empty());
        }
        // Both are told, and read who did it.
        for reader in [acme, dawn] {
            let by_dawn = |one: &Value| one["object"]["submitted_by_company_id"] == dawns;
            let ends = || reader.all("/v1/events?type=reversal.completed").into_iter();
            assert_eq!(shown(2, || ends().filter(by_dawn).collect()).len(), 2);
        }
        let theirs = &log(acme, "type=reversal.received")[0];
        assert_eq!(theirs["delegate"]["id"], me);
        assert_eq!(theirs["delegate_company"]["name"], "Dawn");
        let ours = &log(dawn, "type=reversal.received")[0];
        assert_eq!((&ours["user"]["id"], &ours["on_behalf_of"]["name"]), (&me, &json!("Acme")));
        assert_eq!(log(acme, "type=reversal.received")[1]["delegate_company"]["name"], "Dawn");
    });
}

#[test]
fn it_takes_the_grant_and_ends_with_it() {
    in_a_world(|world| {
        let lent = Lent::of(world);
        let Lent { deal, acme, dawn, key, partnership } = &lent;
        deal.tracked("A-1");
        let send = |by: &Caller, query: &str| {
            let kind = [("Content-Type", "text/csv")];
            by.send("POST", &format!("/v1/reversals{query}"), &kind, file("A-1").as_bytes())
        };
        let unknown = "?company_id=co_01k5h2v7xnf8rtq3m9bcw4ze6a";
        let refused = |by: &Caller, query: &str| {
            let answer = send(by, query);
            assert_eq!(answer.status, 422, "{}", answer.text);
            assert_eq!(faults(&answer.json()), ["company_id unknown_company"]);
        };
        refused(key, unknown);
        refused(&deal.crow, &lent.query());
        refused(&deal.bolt, &lent.query());
        let viewer = world.colleague(dawn, "viewer");
        assert_eq!(send(&viewer, &lent.query()).json()["code"], "role_too_low");
        let reader = json!({ "name": "Reader", "scopes": ["reversals:read"] });
        let reader = world.caller(&dawn.post("/v1/api-keys", reader, 201));
        assert_eq!(send(&reader, &lent.query()).json()["code"], "scope_missing");
        let types = format!("/v1/reversals{}&event_type_id=NONE", lent.query());
        let kind = [("Content-Type", "text/csv")];
        let answer = key.send("POST", &types, &kind, file("A-1").as_bytes());
        assert_eq!(faults(&answer.json()), ["event_type_id unknown_event_type"]);

        // A brand that is suspended is submitted for by nobody.
        let status = |verb: &str| {
            let path = format!("/v1/companies/{}/{verb}", acme.company_id());
            acme.post(&path, json!({ "reason": "why" }), 200);
        };
        status("suspend");
        assert_eq!(send(key, &lent.query()).json()["code"], "company_suspended");
        status("reactivate");

        // What the brand ran is not the submitter's affair: its own file is run, and repeated then.
        until(&deal.acme, &submitted(&deal.acme, "", &file("A-1")), is_completed);
        let first = submitted(key, &lent.query(), &file("A-1"));
        until(key, &first, is_completed);
        let again = send(key, &lent.query()).json();
        assert_eq!(
            (&again["status"], &again["code"], &again["duplicate_of"]),
            (&json!("rejected"), &json!("duplicate_file"), &key.get(&first, 200)["id"])
        );

        let batch = submitted(key, &format!("{}&force=true", lent.query()), &file("A-1"));
        until(key, &batch, is_completed);
        revoked(partnership, acme, "submit_reversals");
        refused(key, &lent.query());
        // What it sent it still reads, and stops no more.
        assert_eq!(key.get(&batch, 200)["counts"]["unchanged"], 1);
        assert_eq!(key.all(&format!("{batch}/lines")).len(), 1);
        assert_eq!(key.post(&format!("{batch}/cancel"), json!({}), 403)["code"], "grant_missing");
    });
}

#[test]
fn it_only_lowers_and_where_it_is_paid_itself_it_reaches_its_own() {
    in_a_world(|world| {
        let lent = Lent::of(world);
        let Lent { deal, acme, dawn, key, .. } = &lent;
        deal.tracked("A-1");
        deal.tracked("A-2");
        let eve = rival::partner(world, deal, "Eve", json!({}));
        let mut order = deal.order("E-1");
        order["partner_company_id"] = json!(eve.company_id());
        let theirs = deal.acme.post("/v1/actions", order, 201)["id"].clone();
        // Whatever its keys and people may do at home: the grant is for reversals.
        let approve = json!({ "order_id": "A-1", "operation": "approve" });
        let lower = json!({
            "order_id": "A-1", "operation": "modify", "reason": "ORDER_UPDATE", "sku": "SHOE",
            "amount": "10.00",
        });
        for (by, expected) in [(dawn, "applied"), (key, "unchanged")] {
            assert_eq!(lent.lines(by, json!([approve, lower])), ["forbidden", expected]);
        }
        // A partner that is let submit reaches what it is paid for itself.
        grant(world, acme, &deal.bolt, "submit_reversals", None);
        let by_id =
            json!({ "action_id": theirs, "operation": "reverse", "reason": "OTHER", "note": "n" });
        let lines = json!([reversing("A-2"), reversing("E-1"), by_id, approve]);
        let became = lent.lines(&deal.bolt, lines);
        let hidden = "action_not_found";
        assert_eq!(became, ["applied", hidden, hidden, "forbidden"]);
        let batch = id(&deal.bolt.all(&format!("/v1/reversals{}", lent.query()))[0]);
        let lines = deal.bolt.all(&format!("/v1/reversals/{batch}/lines"));
        assert!(lines[1]["action_id"].is_null() && lines[2]["action_id"].is_null());
        // Dawn is paid in no program of Acme's, and reaches all of them.
        assert_eq!(lent.lines(key, json!([reversing("E-1")])), ["applied"]);
    });
}

#[test]
fn what_a_guard_stops_the_brand_confirms() {
    in_a_world(|world| {
        let lent = Lent::of(world);
        let Lent { deal, acme, dawn, key, .. } = &lent;
        let guard = json!({ "reversal_guard": { "lines": 1, "payout_percent": 1 } });
        acme.patch(&format!("/v1/programs/{}", deal.program), guard, 200);
        deal.tracked("A-1");
        deal.tracked("A-2");
        let batch = submitted(key, &lent.query(), &format!("{}A-2,ITEM_RETURNED\n", file("A-1")));
        let waits = |state: &Value| state["status"] == "needs_confirmation";
        let state = until(key, &batch, waits);
        assert_eq!(state["confirmation"]["programs"], json!([]), "what is open is the brand's own");
        assert_eq!(state["detail"], "somebody of the brand has to confirm it");
        let seen = acme.get(&batch, 200);
        assert_eq!(seen["confirmation"]["programs"][0]["open_payout"]["amount"], "15.00");
        assert_eq!(dawn.post(&format!("{batch}/confirm"), json!({}), 403)["code"], "forbidden");
        acme.post(&format!("{batch}/confirm"), json!({}), 200);
        until(key, &batch, is_completed);
        // A key has submitted it: whoever may stop such work is told, on both sides.
        for reader in [acme, dawn] {
            let done = |one: &Value| one["kind"] == "batch_done";
            let told = || reader.all("/v1/notifications?limit=200").into_iter().filter(done);
            assert_eq!(shown(1, || told().collect()).len(), 1);
        }

        // As long as it is let, it stops what it has sent.
        let other = submitted(key, &format!("{}&force=true", lent.query()), &file("A-1"));
        let stopped = key.send(
            "POST",
            &format!("{other}/cancel"),
            &[("Content-Type", "application/json")],
            b"{}",
        );
        assert!([200, 409].contains(&stopped.status), "{}", stopped.text);
    });
}
