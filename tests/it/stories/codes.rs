//! Coupon codes: who has one, and who is credited for an order that carries it.

use serde_json::{Value, json};

use crate::cast::at_once::at_once;
use crate::cast::deal::{Deal, id, told_of};
use crate::cast::http::{Caller, faults};
use crate::cast::rival::{code, dawn, order, ordered, owner};
use crate::cast::world::in_a_world_with;

const NO_JOBS: &[&str] = &["--no-jobs"];

fn new(deal: &Deal, text: &str, partner: &Caller) -> Value {
    json!({
        "program_id": deal.program, "code": text, "partner_company_id": partner.company_id(),
    })
}

/// What a list of codes shows.
fn texts(caller: &Caller, filter: &str) -> Vec<String> {
    let all = caller.all(&format!("/v1/referral-codes?limit=1&{filter}"));
    all.iter().map(|code| code["code"].as_str().unwrap().to_string()).collect()
}

#[test]
fn a_code_is_the_brands_to_give_and_its_owners_to_see() {
    in_a_world_with(NO_JOBS, |world| {
        let deal = Deal::of(world);
        let dawn = dawn(world, &deal);
        let made = deal.acme.call(
            "POST",
            "/v1/referral-codes",
            &[],
            &new(&deal, "BOLT10", &deal.bolt),
            201,
        );
        let code = made.json();
        let path = format!("/v1/referral-codes/{}", id(&code));
        assert_eq!((made.header("Location"), made.header("ETag")), (path.as_str(), "\"1\""));
        assert!(id(&code).starts_with("code_"));
        assert_eq!((&code["active"], &code["valid_until"]), (&json!(true), &Value::Null));
        assert_eq!(code["valid_from"], code["created_at"]);
        assert_eq!(deal.acme.get(&path, 200), code);
        assert_eq!(deal.bolt.get(&path, 200), code);
        for stranger in [&deal.crow, &dawn] {
            stranger.get(&path, 404);
            assert_eq!(texts(stranger, ""), Vec::<String>::new());
            stranger.post(&format!("{path}/deactivate"), json!({}), 404);
        }
        for verb in ["assign", "deactivate", "activate"] {
            let body = if verb == "assign" {
                json!({ "partner_company_id": deal.bolt.company_id() })
            } else {
                json!({})
            };
            deal.bolt.post(&format!("{path}/{verb}"), body, 403);
        }

        deal.acme.post("/v1/referral-codes", new(&deal, "DAWN10", &dawn), 201);
        let off = deal.acme.post("/v1/referral-codes", new(&deal, "OLD", &deal.bolt), 201);
        deal.acme.post(&format!("/v1/referral-codes/{}/deactivate", id(&off)), json!({}), 200);
        let (bolt, dawns) = (deal.bolt.company_id(), dawn.company_id());
        for (filter, expected) in [
            (String::new(), &["OLD", "DAWN10", "BOLT10"][..]),
            (format!("program_id={}", deal.program), &["OLD", "DAWN10", "BOLT10"]),
            (format!("partner_company_id={bolt}"), &["OLD", "BOLT10"]),
            (format!("partner_company_id={dawns}"), &["DAWN10"]),
            ("code=bolt10".into(), &["BOLT10"]),
            ("code=%ef%bf%bd".into(), &[]),
            ("active=true".into(), &["DAWN10", "BOLT10"]),
            ("active=false".into(), &["OLD"]),
        ] {
            assert_eq!(texts(&deal.acme, &filter), expected, "{filter}");
        }
        deal.acme.get("/v1/referral-codes?code=%00", 422);
        assert_eq!(texts(&deal.bolt, ""), ["OLD", "BOLT10"]);
        assert_eq!(texts(&dawn, ""), ["DAWN10"]);
    });
}

#[test]
fn a_limited_key_sees_the_codes_of_its_programs() {
    in_a_world_with(NO_JOBS, |world| {
        let deal = Deal::of(world);
        let path = code(&deal, "BOLT10", &deal.bolt);
        let owner = owner(world);
        let other = json!({ "name": "Other", "currency": "EUR", "time_zone": "UTC" });
        let other = id(&owner.post("/v1/programs", other, 201));
        for (limit, only, seen) in [
            ("program_ids", &deal.program, true),
            ("event_type_ids", &deal.lead, true),
            ("program_ids", &other, false),
        ] {
            let scopes = ["codes:read", "codes:write"];
            let key = json!({ "name": "Some", "scopes": scopes, limit: [only] });
            let key = world.caller(&owner.post("/v1/api-keys", key, 201));
            let status = if seen { 200 } else { 404 };
            key.get(&path, status);
            key.post(&format!("{path}/activate"), json!({}), status);
            assert_eq!(texts(&key, "").len(), usize::from(seen), "{limit}");
            let made = if seen { 409 } else { 422 };
            key.post("/v1/referral-codes", new(&deal, "bolt10", &deal.bolt), made);
        }
        let reader = json!({ "name": "Reader", "scopes": ["codes:read"] });
        let reader = world.caller(&owner.post("/v1/api-keys", reader, 201));
        reader.post(&format!("{path}/deactivate"), json!({}), 403);
    });
}

#[test]
fn what_is_wrong_with_a_code_is_told_at_once() {
    in_a_world_with(NO_JOBS, |world| {
        let deal = Deal::of(world);
        let told = |body: Value| faults(&deal.acme.post("/v1/referral-codes", body, 422));
        let mut body = new(&deal, "none", &deal.crow);
        body["valid_from"] = json!("2026-03-01T00:00:00Z");
        body["valid_until"] = json!("2026-03-01T00:00:00Z");
        assert_eq!(
            told(body),
            [
                "/code reserved_word",
                "/partner_company_id unknown_partner",
                "/valid_until out_of_range"
            ]
        );
        let mut body = new(&deal, "A B", &deal.bolt);
        body["program_id"] = json!("prg_01k5h2v7xnf8rtq3m9bcw4ze6a");
        assert_eq!(told(body), ["/code bad_characters", "/program_id unknown_program"]);
        assert_eq!(told(new(&deal, "A", &deal.acme)), ["/partner_company_id unknown_partner"]);
        assert_eq!(told(new(&deal, "\u{0}", &deal.bolt)), ["/code bad_characters"]);

        let path = code(&deal, "BOLT10", &deal.bolt);
        let ahead = json!({
            "partner_company_id": deal.crow.company_id(), "from": "2026-03-10T12:00:00.000001Z",
        });
        assert_eq!(
            faults(&deal.acme.post(&format!("{path}/assign"), ahead, 422)),
            ["/from out_of_range", "/partner_company_id unknown_partner"]
        );
        // A partner without a contract in the program is known, and has no code of it.
        let (owner, echo) = (owner(world), world.company("Echo", "partner"));
        let offer = json!({ "partner_company_id": echo.company_id(), "message": "Hello" });
        owner.post("/v1/partnerships", offer, 201);
        assert_eq!(told(new(&deal, "ECHO", &echo)), ["/partner_company_id no_contract"]);
    });
}

#[test]
fn codes_that_look_alike_are_one_and_a_freed_one_rests() {
    in_a_world_with(NO_JOBS, |world| {
        let deal = Deal::of(world);
        let path = code(&deal, "SAVE10", &deal.bolt);
        let refused = |text: &str| {
            let problem = deal.acme.post("/v1/referral-codes", new(&deal, text, &deal.bolt), 409);
            problem["code"].as_str().unwrap().to_string()
        };
        for text in ["SAVE10", "save10", "\u{ff33}ave10", "SAVE1O", "S\u{410}VE10"] {
            assert_eq!(refused(text), "referral_code_taken", "{text}");
        }
        let made = at_once(4, |_| {
            let body = new(&deal, "FRESH", &deal.bolt).to_string();
            let kind = [("Content-Type", "application/json")];
            deal.acme.send("POST", "/v1/referral-codes", &kind, body.as_bytes()).status
        });
        assert_eq!(made.iter().filter(|status| **status == 201).count(), 1, "{made:?}");
        assert_eq!(made.iter().filter(|status| **status == 409).count(), 3, "{made:?}");

        let off = deal.acme.post(&format!("{path}/deactivate"), json!({}), 200);
        assert_eq!((&off["active"], &off["version"]), (&json!(false), &json!(2)));
        assert_eq!(deal.acme.post(&format!("{path}/deactivate"), json!({}), 200), off);
        assert_eq!(refused("save10"), "referral_code_resting");
        world.travel("2026-09-06T11:59:59Z");
        assert_eq!(refused("save10"), "referral_code_resting");
        world.travel("2026-09-06T12:00:00Z");
        let new = deal.acme.post("/v1/referral-codes", new(&deal, "save10", &deal.bolt), 201);
        let problem = deal.acme.post(&format!("{path}/activate"), json!({}), 409);
        assert_eq!(problem["code"], "referral_code_taken");
        deal.acme.post(&format!("/v1/referral-codes/{}/deactivate", id(&new)), json!({}), 200);
        let problem = deal.acme.post(&format!("{path}/activate"), json!({}), 409);
        assert_eq!(problem["code"], "referral_code_resting");
        let again = format!("/v1/referral-codes/{}/activate", id(&new));
        assert_eq!(deal.acme.post(&again, json!({}), 200)["version"], 3);
    });
}

#[test]
fn whoever_had_the_code_at_the_moment_of_the_order_is_credited() {
    in_a_world_with(NO_JOBS, |world| {
        let deal = Deal::of(world);
        let dawn = dawn(world, &deal);
        let path = code(&deal, "Save10", &deal.bolt);
        let assign = |partner: &Caller, from: Value| {
            let body = json!({ "partner_company_id": partner.company_id(), "from": from });
            deal.acme.post(&format!("{path}/assign"), body, 200)
        };
        let given = assign(&dawn, json!("2026-03-05T00:00:00Z"));
        assert_eq!(given["partner_company_id"], dawn.company_id());
        let span = |partner: &Caller, from: &str, until: Value| json!({ "partner_company_id": partner.company_id(), "from": from, "until": until });
        let (first, second) = ("2026-01-01T00:00:00Z", "2026-03-05T00:00:00Z");
        let bolts = span(&deal.bolt, first, json!(second));
        assert_eq!(given["owners"], json!([bolts, span(&dawn, second, Value::Null)]));
        assert_eq!(assign(&dawn, json!("2026-03-06T00:00:00Z")), given, "it has it already");
        // Whoever has it sees itself only; whoever had it, nothing.
        assert_eq!(dawn.get(&path, 200)["owners"], json!([span(&dawn, second, Value::Null)]));
        deal.bolt.get(&path, 404);

        for (order_id, moment, partner, payout) in [
            ("A-1", "2026-03-04T23:59:59.999999Z", &deal.bolt, "7.50"),
            ("A-2", "2026-03-05T00:00:00Z", &dawn, "20.00"),
            ("A-3", "2026-01-01T00:00:00Z", &deal.bolt, "7.50"),
        ] {
            let action = deal.acme.get(&ordered(&deal, order_id, " sAVE10 ", moment), 200);
            assert_eq!(action["partner_company_id"], partner.company_id(), "{order_id}");
            assert_eq!(action["payout"]["amount"], payout);
            assert_eq!(
                (&action["code"], &action["attributed_by"]),
                (&json!("sAVE10"), &json!("code"))
            );
            let theirs = partner.get(&format!("/v1/actions/{}", id(&action)), 200);
            assert_eq!(theirs["code"], "sAVE10", "it is credited by it");
        }
        let found = |caller: &Caller, code: &str| {
            let all = caller.all(&format!("/v1/actions?limit=1&code={code}"));
            all.iter().map(|one| one["order_id"].as_str().unwrap().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(found(&deal.acme, "SAVE10"), ["A-2", "A-1", "A-3"]);
        assert_eq!(found(&deal.bolt, "save10"), ["A-1", "A-3"]);
        assert_eq!(found(&deal.acme, "other"), Vec::<String>::new());
        let csv = deal.acme.send("GET", "/v1/actions/export.csv?code=save10", &[], b"").text;
        let mut lines = csv.lines();
        assert!(lines.next().unwrap().ends_with(",updated_at,code,attributed_by"));
        assert!(lines.next().unwrap().ends_with(",sAVE10,code"));
    });
}

#[test]
fn a_code_that_was_nobodys_then_is_unknown_however_it_came_to_that() {
    in_a_world_with(NO_JOBS, |world| {
        let deal = Deal::of(world);
        let dawn = dawn(world, &deal);
        let moment = "2026-03-09T10:00:00Z";
        let refused = |code: &str, moment: &str| {
            let order = order(&deal, "A-1", code, moment);
            faults(&deal.acme.post("/v1/actions", order, 422))
        };
        let unknown = ["/code unknown_code"];
        assert_eq!(refused("NOBODYS", moment), unknown);
        assert_eq!(refused("  ", moment), unknown);

        // Of another program.
        let owner = owner(world);
        let side = json!({ "name": "Side", "currency": "EUR", "time_zone": "UTC" });
        let side = id(&owner.post("/v1/programs", side, 201));
        let lead = json!({ "name": "Lead", "code": "SIDE", "kind": "lead" });
        let lead = id(&owner.post(&format!("/v1/programs/{side}/event-types"), lead, 201));
        let login = json!({ "email": "bolt1@example.com", "password": "correct horse battery" });
        let bolt = world.caller(&world.nobody().post("/v1/auth/login", login, 200));
        crate::cast::deal::contract(
            &owner,
            &bolt,
            &side,
            (&lead, &lead),
            json!({
                "payouts": [{ "event_type_id": lead, "percent": "1" }],
            }),
        );
        let mut elsewhere = new(&deal, "SIDE10", &deal.bolt);
        elsewhere["program_id"] = json!(side);
        elsewhere["valid_from"] = json!("2026-01-01T00:00:00Z");
        deal.acme.post("/v1/referral-codes", elsewhere, 201);
        assert_eq!(refused("SIDE10", moment), unknown);

        // Before and after its window.
        let mut body = new(&deal, "SHORT", &deal.bolt);
        body["valid_from"] = json!("2026-03-02T00:00:00Z");
        body["valid_until"] = json!("2026-03-03T00:00:00Z");
        deal.acme.post("/v1/referral-codes", body, 201);
        assert_eq!(refused("SHORT", "2026-03-01T23:59:59Z"), unknown);
        assert_eq!(refused("SHORT", "2026-03-03T00:00:00Z"), unknown);
        ordered(&deal, "A-2", "SHORT", "2026-03-02T00:00:00Z");

        // While it was off; orders from before, reported late, still count.
        let path = code(&deal, "OFF", &deal.bolt);
        deal.acme.post(&format!("{path}/deactivate"), json!({}), 200);
        assert_eq!(refused("OFF", "2026-03-10T12:00:00Z"), unknown);
        ordered(&deal, "A-3", "OFF", "2026-03-10T11:59:59Z");
        world.travel("2026-03-11T12:00:00Z");
        deal.acme.post(&format!("{path}/activate"), json!({}), 200);
        assert_eq!(refused("OFF", "2026-03-11T11:59:59Z"), unknown);
        ordered(&deal, "A-4", "OFF", "2026-03-11T12:00:00Z");

        // Its owner had no contract then: that is another matter.
        let mut early = new(&deal, "EARLY", &dawn);
        early["valid_from"] = json!("2025-01-01T00:00:00Z");
        deal.acme.post("/v1/referral-codes", early, 201);
        assert_eq!(refused("EARLY", "2025-06-01T00:00:00Z"), ["/code no_contract"]);
        let mut nobody = deal.order("A-5");
        nobody.as_object_mut().unwrap().remove("partner_company_id");
        let problem = deal.acme.post("/v1/actions", nobody, 422);
        assert_eq!(faults(&problem), ["/partner_company_id missing_field"]);
    });
}

#[test]
fn a_partner_that_is_named_wins_over_the_code() {
    in_a_world_with(NO_JOBS, |world| {
        let deal = Deal::of(world);
        let dawn = dawn(world, &deal);
        code(&deal, "BOLT10", &deal.bolt);
        let mut named = deal.order("A-1");
        named["partner_company_id"] = json!(dawn.company_id());
        named["code"] = json!("bolt10");
        let mut unknown = named.clone();
        unknown["order_id"] = json!("A-2");
        unknown["code"] = json!("WHATEVER");
        let by_code = order(&deal, "A-3", "BOLT10", "2026-03-09T10:00:00Z");
        let neither = order(&deal, "A-4", "WHATEVER", "2026-03-09T10:00:00Z");
        let actions = json!({ "actions": [named, unknown, by_code, neither] });
        let tracked = deal.acme.post("/v1/actions/batch", actions, 200);
        let said = |at: usize, field: &str| tracked["data"][at]["action"][field].clone();
        for at in [0, 1] {
            assert_eq!(said(at, "partner_company_id"), dawn.company_id());
            assert_eq!(said(at, "attributed_by"), "partner");
        }
        assert_eq!((said(0, "code"), said(1, "code")), (json!("bolt10"), json!("WHATEVER")));
        assert_eq!(said(2, "partner_company_id"), deal.bolt.company_id());
        assert_eq!(tracked["data"][3]["status"], "rejected");
        assert_eq!(tracked["data"][3]["errors"][0]["pointer"], "/actions/3/code");
        // A code that is another's says who that is: whoever is not credited by it does not read it.
        let path = format!("/v1/actions/{}", said(0, "id").as_str().unwrap());
        assert_eq!(dawn.get(&path, 200)["code"], Value::Null);
        assert!(dawn.all("/v1/actions?code=bolt10").is_empty());
        assert_eq!(deal.acme.all("/v1/actions?code=bolt10").len(), 2);
    });
}

#[test]
fn each_partner_is_told_its_own_part_of_a_codes_life() {
    in_a_world_with(NO_JOBS, |world| {
        let deal = Deal::of(world);
        let dawn = dawn(world, &deal);
        let path = code(&deal, "BOLT10", &deal.bolt);
        let to_dawn = json!({ "partner_company_id": dawn.company_id() });
        deal.acme.post(&format!("{path}/assign"), to_dawn, 200);
        deal.acme.post(&format!("{path}/deactivate"), json!({}), 200);
        deal.acme.post(&format!("{path}/activate"), json!({}), 200);
        let told = |caller: &Caller, many: usize| {
            let events = told_of("referral_code.", caller, many);
            let text = serde_json::to_string(&events).unwrap();
            let kind = |event: &Value| event["type"].as_str().unwrap()[14..].to_string();
            (events.iter().map(kind).collect::<Vec<_>>(), text)
        };
        let all = ["created", "withdrawn", "assigned", "deactivated", "activated"];
        assert_eq!(told(&deal.acme, 5).0, all);
        let (bolts, text) = told(&deal.bolt, 2);
        assert_eq!(bolts, ["created", "withdrawn"]);
        assert!(!text.contains(dawn.company_id()));
        let (dawns, text) = told(&dawn, 3);
        assert_eq!(dawns, ["assigned", "deactivated", "activated"]);
        assert!(!text.contains(deal.bolt.company_id()));
        assert!(text.contains(path.rsplit('/').next().unwrap()));
    });
}

#[test]
fn whoever_loses_some_of_the_past_is_told_too() {
    in_a_world_with(NO_JOBS, |world| {
        let deal = Deal::of(world);
        let dawn = dawn(world, &deal);
        let path = code(&deal, "BOLT10", &deal.bolt);
        let assign = |partner: &Caller, from: &str| {
            let body = json!({ "partner_company_id": partner.company_id(), "from": from });
            deal.acme.post(&format!("{path}/assign"), body, 200)
        };
        let told = |caller: &Caller, many: usize| -> Vec<(String, i64)> {
            let events = told_of("referral_code.", caller, many);
            let kind = |event: &Value| event["type"].as_str().unwrap()[14..].to_string();
            events.iter().map(|one| (kind(one), one["sequence"].as_i64().unwrap())).collect()
        };
        let of = |word: &str, sequence| (word.to_string(), sequence);
        assign(&dawn, "2026-03-01T00:00:00Z");
        // Dawn has it now and had it not in February: Bolt, who has it no more, loses that month.
        let given = assign(&dawn, "2026-02-01T00:00:00Z");
        assert_eq!((&given["version"], given["owners"].as_array().unwrap().len()), (&json!(5), 2));
        let bolts = [of("created", 1), of("withdrawn", 2), of("withdrawn", 4)];
        assert_eq!(told(&deal.bolt, 3), bolts);
        assert_eq!(told(&dawn, 2), [of("assigned", 3), of("assigned", 5)]);

        // Back to Bolt from January on: Dawn loses all, and Bolt gets back what was its own in part.
        let back = assign(&deal.bolt, "2026-01-15T00:00:00Z");
        assert_eq!((&back["version"], back["owners"].as_array().unwrap().len()), (&json!(7), 1));
        assert_eq!(told(&dawn, 3)[2], of("withdrawn", 6));
        assert_eq!(told(&deal.bolt, 4)[3], of("assigned", 7));
        assert_eq!(assign(&deal.bolt, "2026-01-16T00:00:00Z"), back, "it has it already");
    });
}
