//! The audit log: who did what to what, from which address, acting for whom.

mod filters;
mod operations;
mod proxies;
mod sign_ins;

use diesel::QueryDsl;
use diesel::RunQueryDsl;
use entente::audit::jobs::sweep;
use entente::db::schema::audit_entries;
use serde_json::{Value, json};

use super::exports::{column, download};
use crate::cast::batch::submitted;
use crate::cast::deal::{Deal, id, literal, meddle, run};
use crate::cast::http::Caller;
use crate::cast::rival;
use crate::cast::world::{World, in_a_world, in_a_world_with};

/// The types of entries, newest first.
pub fn types(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["type"].as_str().expect("a type")).collect()
}

/// The log by a filter.
pub fn log(caller: &Caller, filter: &str) -> Vec<Value> {
    caller.all(&format!("/v1/audit-log?{filter}"))
}

/// Says of entries of a type that a user of another company did it on this one's behalf.
pub fn delegate(world: &World, kind: &str, user: &str) {
    let user = literal(world, user);
    let set = format!("SET delegate_user_id = {user} WHERE type = '{kind}'");
    meddle(world, &format!("UPDATE audit_entries {set}"));
}

#[test]
fn an_entry_tells_who_did_what_to_what_from_where_and_by_which_request() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let given = [("X-Request-Id", "order-4711")];
        let reason = json!({ "reason": "OTHER", "note": "ours alone" });
        deal.acme.call("POST", &format!("{path}/reverse"), &given, &reason, 200);
        let by_key = &log(&deal.acme, "")[0];
        assert!(by_key["id"].as_str().unwrap().starts_with("aud_"));
        assert_eq!(by_key["type"], "action.reversed");
        assert_eq!(path, format!("/v1/actions/{}", by_key["object_id"].as_str().unwrap()));
        assert_eq!(by_key["at"], "2026-03-10T12:00:00Z");
        assert_eq!(by_key["request_id"], "order-4711");
        assert_eq!(by_key["address"], "127.0.0.1");
        assert_eq!(by_key["api_key"]["name"], "Everything");
        assert_eq!((&by_key["user"], &by_key["delegate"]), (&Value::Null, &Value::Null));
        let expected = json!({
            "state": ["pending", "reversed"], "sale_amount": ["100.00", "0.00"],
            "payout": ["7.50", "0.00"], "reason": [null, "OTHER"],
        });
        assert_eq!(by_key["changes"], expected);

        let owner = rival::owner(world);
        let me = owner.get("/v1/me", 200)["user"].clone();
        let patch = json!({ "name": "Acme Ltd" });
        let company = format!("/v1/companies/{}", owner.company_id());
        let request = owner.call("PATCH", &company, &[], &patch, 200);
        let by_person = &log(&owner, "")[0];
        assert_eq!(by_person["type"], "company.updated");
        assert_eq!(by_person["user"], json!({ "id": me["id"], "name": me["name"] }));
        assert_eq!(by_person["api_key"], Value::Null);
        assert_eq!(by_person["request_id"], request.header("X-Request-Id"));
        assert_eq!(by_person["changes"], json!({ "name": ["Acme", "Acme Ltd"] }));
    });
}

#[test]
fn each_side_reads_what_was_done_in_its_own_name_and_a_stranger_nothing() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        deal.acme.post(&format!("{path}/approve"), json!({}), 200);
        let wrong = json!({
            "kind": "incorrect", "action_id": path.rsplit('/').next(), "message": "It was more.",
        });
        let inquiry = format!("/v1/inquiries/{}", id(&deal.bolt.post("/v1/inquiries", wrong, 201)));
        let no = json!({ "message": "It was not." });
        deal.acme.post(&format!("{inquiry}/decline"), no, 200);
        let ours = log(&deal.acme, "");
        let theirs = log(&deal.bolt, "");
        assert_eq!(types(&ours)[..3], ["inquiry.declined", "action.approved", "action.tracked"]);
        // Of the agreement each has done its own part.
        let parts = ["api_key.created", "contract.accepted", "partnership.accepted"];
        assert_eq!(types(&theirs)[..4], [&["inquiry.opened"][..], &parts].concat());
        assert!(types(&ours).contains(&"contract.proposed"));
        for entries in [&ours, &theirs] {
            assert_eq!(types(entries).last(), Some(&"company.registered"));
        }
        let alone = ["api_key.created", "session.started", "company.registered"];
        assert_eq!(types(&log(&deal.crow, "")), alone);
        // Nor by naming what is another's.
        let object = path.rsplit('/').next().unwrap();
        assert!(log(&deal.bolt, &format!("object_id={object}")).is_empty());
        assert!(log(&deal.crow, &format!("object_id={object}")).is_empty());
        assert_eq!(log(&deal.acme, &format!("object_id={object}")).len(), 2);
    });
}

/// What is repeated by an idempotency key, and what is refused, was not done.
#[test]
fn what_was_not_done_is_not_told() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let once = [("Idempotency-Key", "once")];
        let order = deal.order("A-1");
        deal.acme.call("POST", "/v1/actions", &once, &order, 201);
        let before = log(&deal.acme, "");
        deal.acme.call("POST", "/v1/actions", &once, &order, 201);
        deal.acme.post("/v1/actions", order, 409);
        deal.acme.post("/v1/actions", json!({}), 422);
        deal.bolt.post("/v1/actions/act_01k5h2v7xnf8rtq3m9bcw4ze6a/approve", json!({}), 404);
        assert_eq!(log(&deal.acme, ""), before);
    });
}

#[test]
fn a_batch_is_told_by_who_sent_it_and_who_stopped_it_and_not_line_by_line() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        ["A-1", "A-2"].iter().for_each(|order| drop(deal.tracked(order)));
        let line = |order: &str| json!({ "order_id": order, "operation": "approve", "event_type_id": deal.sale });
        let before = log(&deal.acme, "").len();
        let lines = json!({ "lines": [line("A-1"), line("A-2")] });
        let wait = [("Prefer", "wait=30"), ("X-Request-Id", "batch-1")];
        let batch = deal.acme.call("POST", "/v1/reversals", &wait, &lines, 200).json();
        assert_eq!(batch["counts"]["applied"], 2);
        let entries = log(&deal.acme, "");
        assert_eq!(entries.len(), before + 1, "{:?}", types(&entries));
        assert_eq!(entries[0]["type"], "reversal.received");
        assert_eq!(
            (&entries[0]["object_id"], &entries[0]["request_id"]),
            (&batch["id"], &json!("batch-1"))
        );
    });
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let batch = submitted(&deal.acme, "", "Order ID;Reason\r\nA-1;ITEM_RETURNED\r\n");
        let given = [("X-Request-Id", "stop-1")];
        deal.acme.call("POST", &format!("{batch}/cancel"), &given, &json!({}), 200);
        let entries = log(&deal.acme, "type=reversal.*");
        assert_eq!(types(&entries), ["reversal.cancelled", "reversal.received"]);
        assert_eq!(
            (&entries[0]["request_id"], &entries[0]["address"]),
            (&json!("stop-1"), &json!("127.0.0.1"))
        );
    });
}

#[test]
fn admins_read_it_and_keys_that_were_made_for_it_even_while_the_company_is_suspended() {
    in_a_world(|world| {
        let owner = world.company("Acme", "brand");
        let program = json!({ "name": "Shop", "currency": "EUR", "time_zone": "UTC" });
        let program = id(&owner.post("/v1/programs", program, 201));
        let key = |scopes: Value, programs: Value| {
            let body = json!({ "name": "Key", "scopes": scopes, "program_ids": programs });
            world.caller(&owner.post("/v1/api-keys", body, 201))
        };
        let made_for_it = key(json!(["audit:read"]), Value::Null);
        let limited = key(json!(["audit:read"]), json!([program]));
        let other = key(json!(["events:read"]), Value::Null);
        let [admin, manager] = ["admin", "manager"].map(|role| world.colleague(&owner, role));
        let all = log(&owner, "");
        for path in ["/v1/audit-log", "/v1/audit-log/export.csv"] {
            assert_eq!(other.get(path, 403)["code"], "scope_missing");
            assert_eq!(manager.get(path, 403)["code"], "role_too_low");
        }
        assert!(log(&limited, "").is_empty());
        assert!(column(&download(&limited, "/v1/audit-log/export.csv"), "id").is_empty());
        meddle(world, "UPDATE companies SET status = 'suspended' WHERE name = 'Acme'");
        for reader in [&made_for_it, &admin, &owner] {
            assert_eq!(log(reader, ""), all);
            assert_eq!(
                column(&download(reader, "/v1/audit-log/export.csv"), "id").len(),
                all.len()
            );
        }
    });
}

#[test]
fn who_acted_for_the_company_is_told_by_name_in_the_list_and_in_the_file() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let owner = rival::owner(world);
        owner.patch("/v1/me", json!({ "name": "=Ada" }), 200);
        let company = format!("/v1/companies/{}", owner.company_id());
        owner.patch(&company, json!({ "name": "Acme Ltd" }), 200);
        let bolt = json!({ "email": "bolt1@example.com", "password": "correct horse battery" });
        let bolt = world.nobody().post("/v1/auth/login", bolt, 200)["user"].clone();
        delegate(world, "company.updated", bolt["id"].as_str().unwrap());
        let delegated = log(&deal.acme, "delegated=true");
        assert_eq!(types(&delegated), ["company.updated"]);
        assert_eq!(delegated[0]["delegate"], json!({ "id": bolt["id"], "name": "Bolt's owner" }));
        assert_eq!(delegated[0]["user"]["name"], "=Ada");
        let rest = log(&deal.acme, "delegated=false");
        assert_eq!(rest.len(), log(&deal.acme, "").len() - 1);

        let filter = "/v1/audit-log/export.csv?type=company.updated";
        let given = [("X-Request-Id", "-1")];
        owner.call("PATCH", &company, &given, &json!({ "website": "https://acme.test" }), 200);
        let file = download(&deal.acme, filter);
        let name = file.header("Content-Disposition");
        assert_eq!(name, "attachment; filename=\"audit-log.csv\"");
        let rows: Vec<&str> = file.text.trim_end().split("\r\n").collect();
        assert_eq!(rows.len(), 3);
        let columns = "id,at,type,object_id,user_id,user_name,api_key_id,api_key_name,\
                       delegate_user_id,delegate_name,delegate_company_id,delegate_company_name,\
                       on_behalf_of_company_id,on_behalf_of_company_name,session_id,\
                       address,request_id,changes";
        assert_eq!(rows[0], columns);
        // Texts that are formulas are none here: the name, and the id that a client chose.
        assert!(rows[1].contains(",'=Ada,,,,,,,,,,127.0.0.1,'-1,"), "{}", rows[1]);
        assert!(rows[2].contains(",'=Ada,,,usr_"), "{}", rows[2]);
        assert!(rows[2].contains(",Bolt's owner,,,,,,127.0.0.1,"), "{}", rows[2]);
        assert!(rows[2].ends_with(r#","{""name"":[""Acme"",""Acme Ltd""]}""#), "{}", rows[2]);
    });
}

/// How many entries there are.
fn kept(world: &World) -> i64 {
    run(world, async |pool| {
        let counted = pool.read(|db| Ok(audit_entries::table.count().get_result(db)?));
        counted.await.expect("a number")
    })
}

#[test]
fn what_is_older_than_it_is_kept_goes_piece_by_piece() {
    in_a_world_with(&["--no-jobs", "--audit-days", "10"], |world| {
        let acme = world.company("Acme", "brand");
        world.travel("2026-03-10T12:00:01Z");
        let program = json!({ "name": "Shop", "currency": "EUR", "time_zone": "UTC" });
        acme.post("/v1/programs", program, 201);
        let id = if world.database_url.starts_with("sqlite://") {
            "randomblob(16)"
        } else {
            "gen_random_uuid()"
        };
        // More than one piece of what was first.
        let one = "SELECT * FROM audit_entries WHERE type = 'company.registered'";
        let many =
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)";
        let columns = "company_id, type, object_id, user_id, changes, at";
        let copy = format!(
            "{many} INSERT INTO audit_entries (id, {columns}) \
             SELECT {id}, {columns} FROM ({one}) AS one, n"
        );
        meddle(world, &copy);
        assert_eq!(kept(world), 1503);
        let swept = |at: &str| {
            world.travel(at);
            let done = run(world, async |pool| sweep(pool, &world.clock, 10).await);
            done.expect("it is done")
        };
        assert_eq!(swept("2026-03-20T12:00:00Z"), 0);
        assert_eq!(swept("2026-03-20T12:00:00.000001Z"), 1502);
        assert_eq!(kept(world), 1);
        assert_eq!(swept("2026-03-20T12:00:01.000001Z"), 1);
    });
}
