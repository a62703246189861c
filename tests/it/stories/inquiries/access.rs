//! Who may inquire and answer, and what the others are told: nothing.

use serde_json::{Value, json};

use super::{QUIET, about, accepted, opened, owner, returned, to, untracked};
use crate::cast::at_once::at_once;
use crate::cast::deal::{Deal, id, literal, meddle};
use crate::cast::http::{Caller, faults};
use crate::cast::rival::dawn;
use crate::cast::world::{World, in_a_world_with};
use crate::stories::verify::differences;

/// A key of somebody's company with these scopes, limited to these programs.
fn key(world: &World, owner: &Caller, scopes: Value, programs: Value) -> Caller {
    let body = json!({ "name": "Key", "scopes": scopes, "program_ids": programs });
    world.caller(&owner.post("/v1/api-keys", body, 201))
}

/// A problem without what differs between any two requests.
fn told(mut problem: Value) -> Value {
    problem.as_object_mut().map(|fields| fields.remove("request_id"));
    problem
}

#[test]
fn each_side_has_its_part_and_strangers_have_none() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        deal.acme.post(&format!("{path}/reverse"), returned(), 200);
        let asked = opened(&deal, about("declined", &path));
        let no = json!({ "message": "No." });
        deal.bolt.post(&format!("{asked}/accept"), json!({}), 403);
        deal.bolt.post(&format!("{asked}/decline"), no.clone(), 403);
        deal.acme.post(&format!("{asked}/withdraw"), json!({}), 403);
        deal.crow.get(&asked, 404);
        for (verb, body) in [("accept", json!({})), ("decline", no), ("withdraw", json!({}))] {
            deal.crow.post(&format!("{asked}/{verb}"), body, 404);
        }

        // The brand's own action and a stranger's are as unknown as one that does not exist.
        let nothing = "/v1/actions/act_01k5h2v7xnf8rtq3m9bcw4ze6a";
        let unknown = told(deal.crow.post("/v1/inquiries", about("incorrect", nothing), 422));
        assert_eq!(faults(&unknown), ["/action_id unknown_action"]);
        for caller in [&deal.crow, &deal.acme] {
            let answer = caller.post("/v1/inquiries", about("incorrect", &path), 422);
            assert_eq!(told(answer), unknown);
        }
        // So are programs and event types.
        let mut body = untracked(&deal, "U-1");
        let foreign = told(deal.crow.post("/v1/inquiries", body.clone(), 422));
        assert_eq!(faults(&foreign), ["/program_id unknown_program"]);
        let own = told(deal.acme.post("/v1/inquiries", body.clone(), 422));
        assert_eq!(own, foreign, "the brand is no partner of its own");
        body["program_id"] = json!("prg_01k5h2v7xnf8rtq3m9bcw4ze6a");
        assert_eq!(told(deal.crow.post("/v1/inquiries", body, 422)), foreign);
        let acme = owner(world, "acme0");
        let shop = json!({ "name": "Other", "currency": "EUR", "time_zone": "UTC" });
        let shop = id(&acme.post("/v1/programs", shop, 201));
        let types = format!("/v1/programs/{shop}/event-types");
        let kind = json!({ "name": "Sale", "code": "OTHER", "kind": "sale" });
        let other = id(&acme.post(&types, kind, 201));
        let answers = [other, "evt_01k5h2v7xnf8rtq3m9bcw4ze6a".to_string()].map(|event_type| {
            let mut body = untracked(&deal, "U-1");
            body["event_type_id"] = json!(event_type);
            told(deal.bolt.post("/v1/inquiries", body, 422))
        });
        assert_eq!(answers[0], answers[1]);
        assert_eq!(faults(&answers[0]), ["/event_type_id unknown_event_type"]);
        // What pays nothing by the terms is nothing to ask for.
        let unpaid = json!({ "name": "Unpaid", "code": "UNPAID", "kind": "sale" });
        let types = format!("/v1/programs/{}/event-types", deal.program);
        let mut body = untracked(&deal, "U-1");
        body["event_type_id"] = acme.post(&types, unpaid, 201)["id"].clone();
        let refused = deal.bolt.post("/v1/inquiries", body, 422);
        assert_eq!(faults(&refused), ["/event_type_id no_contract"]);
    });
}

#[test]
fn keys_do_what_their_scopes_and_limits_say() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        let (acme, bolt) = (owner(world, "acme0"), owner(world, "bolt1"));
        let path = deal.tracked("A-1");
        let all = json!(["inquiries:read", "inquiries:write"]);
        let reads = key(world, &bolt, json!(["inquiries:read"]), Value::Null);
        let refused = reads.post("/v1/inquiries", about("incorrect", &path), 403);
        assert_eq!(refused["code"], "scope_missing");
        let writes = key(world, &bolt, all.clone(), Value::Null);
        let asked = writes.post("/v1/inquiries", about("incorrect", &path), 201);
        let asked = format!("/v1/inquiries/{}", id(&asked));
        reads.get(&asked, 200);
        let shop = json!({ "name": "Other", "currency": "EUR", "time_zone": "UTC" });
        let shop = acme.post("/v1/programs", shop, 201)["id"].clone();
        let limited = key(world, &acme, all.clone(), json!([shop]));
        limited.get(&asked, 404);
        limited.post(&format!("{asked}/accept"), json!({ "amount": "90.00" }), 404);
        assert_eq!(limited.get("/v1/inquiries", 200)["data"], json!([]));
        let within = key(world, &acme, all, json!([deal.program]));
        assert_eq!(
            within.get("/v1/inquiries", 200)["data"][0]["id"],
            id(&deal.acme.get(&asked, 200))
        );
        let mute = key(world, &acme, json!(["inquiries:read", "actions:write"]), Value::Null);
        mute.post(&format!("{asked}/accept"), json!({ "amount": "90.00" }), 403);
        within.post(&format!("{asked}/accept"), json!({ "amount": "90.00" }), 200);
    });
}

#[test]
fn a_suspended_company_reads_and_silence_goes_on() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::with_terms(world, json!({ "inquiry_days": 3 }));
        let asked = opened(&deal, untracked(&deal, "U-1"));
        // Nothing is remembered of credentials that come for the first time.
        let fresh = |name: &str| owner(world, name);
        let (acme, bolt) = (fresh("acme0"), fresh("bolt1"));
        meddle(world, "UPDATE companies SET status = 'suspended' WHERE name IN ('Acme', 'Bolt')");
        let refused = bolt.post("/v1/inquiries", untracked(&deal, "U-2"), 403);
        assert_eq!(refused["code"], "company_suspended");
        bolt.post(&format!("{asked}/withdraw"), json!({}), 403);
        let refused = acme.post(&format!("{asked}/accept"), json!({}), 403);
        assert_eq!(refused["code"], "company_suspended");
        assert_eq!(acme.get(&asked, 200)["status"], "open");
        world.travel("2026-03-13T12:00:00Z");
        assert_eq!(super::locks::silent(world), 1);
        assert_eq!(deal.bolt.get(&asked, 200)["decided_by"], "silence");
    });
}

#[test]
fn nobody_answers_what_the_same_person_asked() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        // Somebody of both companies, as no door makes one yet.
        let manager = world.colleague(&deal.acme, "manager");
        let (acme, bolt) = (deal.acme.company_id(), deal.bolt.company_id());
        let (acme, row) = (literal(world, acme), literal(world, "mem_01k5h2v7xnf8rtq3m9bcw4ze6a"));
        let there = literal(world, bolt);
        meddle(
            world,
            &format!(
                "INSERT INTO memberships (id, company_id, user_id, role, created_at)
                 SELECT {row}, {there}, user_id, role, created_at FROM memberships
                 WHERE company_id = {acme} AND role = 'manager'"
            ),
        );
        let mut partner = manager.clone();
        partner.company = Some(bolt.to_string());
        let partner = world.again(&partner);
        let asked = partner.post("/v1/inquiries", untracked(&deal, "U-1"), 201);
        assert!(asked["user_id"].is_string());
        let path = format!("/v1/inquiries/{}", id(&asked));
        for (verb, body) in [("accept", json!({})), ("decline", json!({ "message": "No." }))] {
            let refused = manager.post(&format!("{path}/{verb}"), body, 409);
            assert_eq!(refused["code"], "conflict_of_interest");
        }
        assert_eq!(deal.acme.get(&path, 200)["user_id"], Value::Null);
        accepted(&deal, &path, json!({}));
    });
}

#[test]
fn of_two_at_once_one_opens_and_of_two_ends_one_counts() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        let json = [("Content-Type", "application/json")];
        let path = deal.tracked("A-1");
        for body in [untracked(&deal, "U-1"), about("incorrect", &path)] {
            let told = at_once(4, |_| {
                let body = body.to_string();
                let answer = deal.bolt.send("POST", "/v1/inquiries", &json, body.as_bytes());
                (answer.status, answer.json()["code"].clone())
            });
            assert_eq!(told.iter().filter(|told| told.0 == 201).count(), 1, "{told:?}");
            let open = (409, json!("inquiry_open"));
            assert_eq!(told.iter().filter(|told| **told == open).count(), 3, "{told:?}");
        }
        let asked: Vec<String> =
            (2..6).map(|n| opened(&deal, untracked(&deal, &format!("U-{n}")))).collect();
        for path in &asked {
            let told = at_once(2, |number| {
                let (caller, verb) = [(&deal.acme, "accept"), (&deal.bolt, "withdraw")][number];
                caller.send("POST", &format!("{path}/{verb}"), &json, b"{}").status
            });
            let (mut sorted, status) = (told.clone(), deal.acme.get(path, 200)["status"].clone());
            sorted.sort_unstable();
            assert_eq!(sorted, [200, 409]);
            assert_eq!(status, if told[0] == 200 { "accepted" } else { "withdrawn" });
            let tracked = deal.acme.get(path, 200)["action_id"].is_string();
            assert_eq!(tracked, told[0] == 200, "an order is tracked or not, with its inquiry");
        }
        let once = [("Idempotency-Key", "once")];
        let again =
            || deal.bolt.call("POST", "/v1/inquiries", &once, &untracked(&deal, "U-9"), 201);
        assert_eq!(id(&again().json()), id(&again().json()));
        assert_eq!(differences(world), Vec::<String>::new());
    });
}

#[test]
fn an_action_that_is_another_partners_by_now_stays_as_it_is() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        let dawn = dawn(world, &deal);
        let path = deal.tracked("A-1");
        deal.acme.post(&format!("{path}/reverse"), returned(), 200);
        let asked = opened(&deal, about("declined", &path));
        let before = deal.acme.post(&format!("{path}/reattribute"), to(&dawn), 200);
        let refused = deal.acme.post(&format!("{asked}/accept"), json!({}), 409);
        assert_eq!(refused["code"], "not_credited");
        assert_eq!(deal.acme.get(&path, 200)["version"], before["version"]);

        // It is neither told to the other partner, nor in its way.
        let own = id(&dawn.post("/v1/inquiries", about("incorrect", &path), 201));
        assert_eq!(dawn.all("/v1/inquiries").len(), 1);
        dawn.get(&asked, 404);
        deal.bolt.get(&format!("/v1/inquiries/{own}"), 404);
        let again = dawn.post("/v1/inquiries", about("incorrect", &path), 409);
        assert_eq!(again["code"], "inquiry_open");
        assert!(again["detail"].as_str().unwrap().contains(&own), "{again}");
        deal.acme.post(&format!("{asked}/decline"), json!({ "message": "No." }), 200);
        deal.bolt.post("/v1/inquiries", about("declined", &path), 422);
        assert_eq!(differences(world), Vec::<String>::new());
    });
}
