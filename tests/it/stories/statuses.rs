//! A company is suspended, deactivated and comes back: what it may in between, and what others see.

use std::process::Command;

use entente::actions::jobs::lock_due;
use serde_json::{Value, json};

use crate::cast::deal::{Deal, id, run, shown};
use crate::cast::http::{Caller, faults};
use crate::cast::notices::{QUIET, all_is_told, letters, said, tell, told};
use crate::cast::process::PROGRAM;
use crate::cast::rival::{self, owner};
use crate::cast::tables::texts;
use crate::cast::world::{World, in_a_world, in_a_world_with};

/// Bolt's owner, signed in at this moment.
fn bolts_owner(world: &World) -> Caller {
    let login = json!({ "email": "bolt1@example.com", "password": "correct horse battery" });
    world.caller(&world.nobody().post("/v1/auth/login", login, 200))
}

fn company(of: &Caller, part: &str) -> String {
    format!("/v1/companies/{}{part}", of.company_id())
}

/// A command about the caller's own company.
fn becomes(caller: &Caller, verb: &str, reason: &str, status: u16) -> Value {
    caller.post(&company(caller, &format!("/{verb}")), json!({ "reason": reason }), status)
}

#[test]
fn a_status_changes_by_its_owner_and_its_history_is_the_companys_own() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let bolt = world.company("Bolt", "partner");
        let offer = json!({ "partner_company_id": bolt.company_id(), "message": "Hello" });
        acme.post("/v1/partnerships", offer, 201);
        let history = company(&acme, "/status-history");
        assert!(acme.all(&history).is_empty());
        assert_eq!(becomes(&acme, "reactivate", "why", 409)["code"], "status_unchanged");
        world.colleague(&acme, "admin").post(
            &company(&acme, "/suspend"),
            json!({ "reason": "x" }),
            403,
        );
        assert_eq!(faults(&becomes(&acme, "suspend", "", 422)), ["/reason too_short"]);

        let suspended = becomes(&acme, "suspend", "Holidays", 200);
        assert_eq!((&suspended["status"], &suspended["version"]), (&json!("suspended"), &json!(2)));
        assert_eq!(becomes(&acme, "suspend", "again", 409)["code"], "status_unchanged");
        becomes(&acme, "deactivate", "For good", 200);
        let acme = world.again(&acme);
        assert_eq!(becomes(&acme, "suspend", "why", 403)["code"], "company_deactivated");
        let back = becomes(&acme, "reactivate", "Not for good", 200);
        assert_eq!((&back["status"], &back["version"]), (&json!("active"), &json!(4)));

        let changes = acme.all(&format!("{history}?limit=1"));
        let told: Vec<_> = changes
            .iter()
            .map(|one| (one["status"].as_str().unwrap(), one["reason"].as_str().unwrap()))
            .collect();
        let expected =
            [("active", "Not for good"), ("deactivated", "For good"), ("suspended", "Holidays")];
        assert_eq!(told, expected);
        let me = acme.get("/v1/me", 200)["user"]["id"].clone();
        assert!(changes.iter().all(|one| one["user_id"] == me && one["by"] == "company"));
        bolt.get(&history, 403);
        world.company("Crow", "brand").get(&history, 404);

        // Others learn that it is so, and neither why nor by whom.
        let events =
            shown(3, || bolt.all("/v1/events?type=company.*").into_iter().skip(1).collect());
        let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap()).collect();
        let others = ["suspended", "deactivated", "reactivated"];
        assert_eq!(kinds, others.map(|what| format!("company.other_{what}")));
        for event in &events {
            assert_eq!(event["object_id"], acme.company_id());
            assert_eq!((&event["user_id"], &event["acted_by"]), (&Value::Null, &json!("system")));
            assert_eq!(event["changes"], json!({}));
            assert!(event["object"]["status"].is_null());
        }
        let own = shown(3, || acme.all("/v1/events?type=company.*").into_iter().skip(1).collect());
        assert_eq!(own[0]["changes"], json!({ "status": ["active", "suspended"] }));
        assert!(!format!("{own:?}{events:?}").contains("Holidays"));
    });
}

#[test]
fn what_a_suspended_partner_has_earned_goes_on_without_it() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let (acme, bolt) = (owner(world), bolts_owner(world));
        let key = id(&bolt.post(
            "/v1/api-keys",
            json!({ "name": "Old", "scopes": ["events:read"] }),
            201,
        ));
        let (earned, other) = (deal.tracked("A-1"), deal.tracked("A-2"));
        // Two offers that were made before: one by it, one to it.
        let dawn = world.company("Dawn", "brand");
        let offer = |to: &Caller, side: &str| json!({ side: to.company_id(), "message": "Hello" });
        let ours = id(&bolt.post("/v1/partnerships", offer(&dawn, "client_company_id"), 201));
        becomes(&bolt, "suspend", "Holidays", 200);

        // It reads, by people and keys, and writes nothing.
        let profile = bolt.get(&company(&bolt, "/profile"), 200);
        let editable = ["contact", "tax", "settings"].map(|name| profile[name]["editable"].clone());
        assert_eq!(editable, [false; 3].map(Value::from));
        let refused = |caller: &Caller, path: &str, body: Value| {
            assert_eq!(caller.post(path, body, 403)["code"], "company_suspended", "{path}");
        };
        refused(&bolt, "/v1/partnerships", offer(&dawn, "client_company_id"));
        refused(&bolt, &format!("/v1/partnerships/{ours}/withdraw"), json!({}));
        let wrong = json!({ "kind": "incorrect", "action_id": earned.rsplit('/').next(), "message": "More." });
        refused(&deal.bolt, "/v1/inquiries", wrong);
        assert_eq!(deal.bolt.all("/v1/actions").len(), 2);
        let export = deal.bolt.send("GET", "/v1/actions/export.csv", &[], b"");
        assert!(export.status == 200 && export.text.contains("A-1"), "{export:?}");
        bolt.delete(&format!("/v1/api-keys/{key}"), 204);
        world.again(&bolt).patch("/v1/me", json!({ "name": "Ben" }), 200);

        // Nobody agrees on anything new with it.
        let crow = world.company("Crow", "brand");
        let problem = crow.post("/v1/partnerships", offer(&bolt, "partner_company_id"), 422);
        assert_eq!(faults(&problem), ["/partner_company_id unknown_company"]);
        let accept = format!("/v1/partnerships/{ours}/accept");
        assert_eq!(dawn.post(&accept, json!({}), 409)["code"], "company_not_active");
        let terms = json!({
            "program_id": deal.program, "partner_company_id": bolt.company_id(),
            "payouts": [{ "event_type_id": deal.sale, "percent": "9" }],
            "lock": { "after": "day", "months": 0, "days": 15 },
        });
        let problem = acme.post("/v1/contracts", terms, 422);
        assert_eq!(faults(&problem), ["/partner_company_id unknown_company"]);

        // The brand tracks and edits as ever, and what is due locks.
        deal.acme.post(&format!("{earned}/approve"), json!({}), 200);
        let returned = json!({ "reason": "ITEM_RETURNED", "amount": "50.00" });
        assert_eq!(
            deal.acme.post(&format!("{other}/modify"), returned, 200)["payout"]["amount"],
            "3.75"
        );
        deal.tracked("A-3");
        world.travel("2026-03-24T23:00:05Z");
        let locked = run(world, async |pool| lock_due(pool, &world.clock, None).await);
        assert_eq!(locked.expect("it locks").actions, 3);

        // It may still go, and come back.
        let bolt = bolts_owner(world);
        let active = bolt.all("/v1/partnerships?status=active");
        let end = format!("/v1/partnerships/{}/end", id(&active[0]));
        bolt.post(&end, json!({ "reason": "enough" }), 200);
        becomes(&bolt, "reactivate", "Back", 200);
        dawn_accepts(world, &accept);
    });
}

/// Once both take part, what was offered can be accepted.
fn dawn_accepts(world: &World, accept: &str) {
    let login = json!({ "email": "dawn3@example.com", "password": "correct horse battery" });
    let dawn = world.caller(&world.nobody().post("/v1/auth/login", login, 200));
    dawn.post(accept, json!({}), 200);
}

#[test]
fn a_deactivated_company_is_gone_for_others_and_earns_nothing_from_then_on() {
    in_a_world_with(QUIET, |world| {
        let deal = Deal::of(world);
        let (acme, bolt) = (owner(world), bolts_owner(world));
        let code = rival::code(&deal, "SAVE10", &deal.bolt);
        let earned = deal.tracked("A-1");
        let card = company(&bolt, "");
        acme.get(&card, 200);
        becomes(&bolt, "deactivate", "We are done", 200);

        acme.get(&card, 404);
        let names = |caller: &Caller| -> Vec<Value> {
            caller.all("/v1/companies").iter().map(|one| one["name"].clone()).collect()
        };
        assert_eq!(names(&acme), [json!("Acme")]);
        let offer = json!({ "client_company_id": bolt.company_id(), "message": "Hello" });
        let problem = acme.post("/v1/partnerships", offer, 422);
        assert_eq!(faults(&problem), ["/client_company_id unknown_company"]);
        // What it has stays, and the partnership can be read and ended.
        assert_eq!(acme.all("/v1/partnerships?status=active")[0]["other_company"]["name"], "Bolt");
        deal.acme.post(&format!("{earned}/approve"), json!({}), 200);

        // What occurred before is still credited to it; from then on nothing is, whoever names it.
        deal.tracked("A-2");
        world.travel("2026-03-10T13:00:00Z");
        let mut order = deal.order("A-3");
        order["occurred_at"] = json!("2026-03-10T12:30:00Z");
        let problem = deal.acme.post("/v1/actions", order.clone(), 422);
        assert_eq!(faults(&problem), ["/partner_company_id unknown_partner"]);
        let by_code = rival::order(&deal, "A-3", "SAVE10", "2026-03-10T12:30:00Z");
        assert_eq!(faults(&deal.acme.post("/v1/actions", by_code, 422)), ["/code no_contract"]);

        // Its people are told nothing any more.
        let told_bolt = || {
            all_is_told(world);
            let rows = "SELECT 'one' AS text FROM notifications, users \
                        WHERE users.id = user_id AND email = 'bolt1@example.com'";
            let written = letters(world).into_iter().filter(|letter| letter.contains("bolt1@"));
            (texts(world, rows).len(), written.count())
        };
        let before = told_bolt();
        deal.acme.post(&format!("{code}/deactivate"), json!({}), 200);
        assert_eq!(told_bolt(), before);

        // Once it is back, everything counts again.
        let bolt = bolts_owner(world);
        becomes(&bolt, "reactivate", "We are back", 200);
        deal.bolt.get("/v1/actions", 200);
        deal.acme.post("/v1/actions", order, 201);
        owner(world).get(&card, 200);
        deal.acme.post(&format!("{code}/activate"), json!({}), 200);
        assert!(told_bolt() > before);
    });
}

#[test]
fn those_whom_a_status_concerns_are_told_once() {
    in_a_world_with(QUIET, |world| {
        let (acme, bolt) = (world.company("Acme", "brand"), world.company("Bolt", "partner"));
        let offer = json!({ "partner_company_id": bolt.company_id(), "message": "Hello" });
        acme.post("/v1/partnerships", offer, 201);
        let other = world.colleague(&acme, "admin");
        becomes(&acme, "suspend", "Holidays", 200);
        let all = told(world, &bolt, 2);
        let expected = [
            "partnership_offer: Acme offers your company a partnership",
            "company_status: Acme was suspended: it agrees on nothing new for now",
        ];
        assert_eq!(said(&all), expected);
        assert_eq!(
            (&all[0]["object_type"], &all[0]["object_id"]),
            (&json!("company"), &json!(acme.company_id()))
        );
        assert_eq!(all[0]["company"]["name"], "Acme");
        let own = told(world, &other, 1);
        assert_eq!(said(&own), ["company_status: Your company was suspended: it can only read"]);
        assert_eq!(own[0]["company"], Value::Null);
        tell(world);
        assert!(acme.all("/v1/notifications").is_empty(), "who did it knows");
        assert!(!letters(world).iter().any(|letter| letter.contains("Holidays")));
    });
}

/// Runs `entente admin` on the world's database; what it printed, and what it said of a failure.
fn admin(world: &World, arguments: &[&str]) -> Result<String, String> {
    let home = tempfile::tempdir().expect("a folder");
    let done = Command::new(PROGRAM)
        .arg("admin")
        .args(arguments)
        .env("DATABASE_URL", &world.database_url)
        .env("DATA_DIR", home.path())
        .env("DB_CONNECTIONS", "1")
        .current_dir(home.path())
        .output()
        .expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    if done.status.success() { Ok(text(done.stdout)) } else { Err(text(done.stderr)) }
}

#[test]
fn what_the_operator_says_the_operator_takes_back() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let id = acme.company_id().to_string();
        let why = ["--reason", "Fraud is looked into"];
        let said = admin(world, &["suspend", &id, why[0], why[1]]);
        assert_eq!(said, Ok(format!("Acme ({id}) is suspended\n")));
        // Who signs in anew is not remembered from before.
        let acme = world.again(&acme);
        assert_eq!(becomes(&acme, "reactivate", "No", 409)["code"], "status_kept_by_operator");
        becomes(&acme, "deactivate", "Then so", 200);
        let acme = world.again(&acme);
        assert_eq!(becomes(&acme, "reactivate", "No", 409)["code"], "status_kept_by_operator");
        let history = acme.all(&company(&acme, "/status-history"));
        assert_eq!((&history[1]["by"], &history[1]["user_id"]), (&json!("operator"), &Value::Null));
        assert_eq!(history[1]["reason"], why[1]);

        let again = admin(world, &["reactivate", &id, "--reason", "It was none"]);
        assert_eq!(again, Ok(format!("Acme ({id}) is active\n")));
        let again = admin(world, &["reactivate", &id, "--reason", "Once more"]);
        assert_eq!(again, Err("entente: the company is active already\n".into()));
        let nobody = "co_01k5h2v7xnf8rtq3m9bcw4ze6a";
        let unknown = admin(world, &["suspend", nobody, "--reason", "why"]);
        assert_eq!(unknown, Err("entente: no such company\n".into()));
        world.again(&acme).patch(&company(&acme, ""), json!({ "name": "Acme & Co" }), 200);
    });
}
