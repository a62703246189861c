//! Both sides follow every change of their actions, and miss none.

use serde_json::{Value, json};

use crate::cast::deal::{Deal, credit, id, shown};
use crate::cast::http::Caller;
use crate::cast::many::tracked_many;
use crate::cast::world::{World, in_a_world};

/// What somebody is told of changes, once that is `many` entries.
fn followed(caller: &Caller, filter: &str, many: usize) -> Vec<Value> {
    shown(many, || caller.all(&format!("/v1/action-updates?{filter}")))
}

/// `order:command` of each entry.
fn told(entries: &[Value]) -> String {
    let word = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_string();
    let all: Vec<String> = entries
        .iter()
        .map(|entry| format!("{}:{}", word(entry, "order_id"), word(entry, "command")))
        .collect();
    all.join(" ")
}

#[test]
fn every_change_is_told_in_order_with_its_action_and_without_what_is_the_brands() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let first = deal.tracked("A-1");
        deal.tracked("A-2");
        deal.acme.post(&format!("{first}/approve"), json!({}), 200);
        let batch = json!({ "lines": [{ "order_id": "A-2", "event_type_id": deal.sale,
            "operation": "reverse", "reason": "ITEM_RETURNED", "note": "ours" }] });
        let headers = [("Prefer", "wait=30")];
        let batch = deal.acme.call("POST", "/v1/reversals", &headers, &batch, 200).json();

        let ours = followed(&deal.acme, "", 4);
        let theirs = followed(&deal.bolt, "", 4);
        for entries in [&ours, &theirs] {
            assert_eq!(told(entries), "A-1:track A-2:track A-1:approve A-2:reverse");
        }
        for entry in ours.iter().chain(&theirs) {
            assert_eq!(entry["program_id"], json!(deal.program));
            assert_eq!(entry["event_type_id"], json!(deal.sale));
            assert_eq!(entry["brand_company_id"], deal.acme.company_id());
            assert_eq!(entry["partner_company_id"], deal.bolt.company_id());
        }
        let (own, other) = (&ours[3], &theirs[3]);
        assert_eq!(own["sale_delta"]["amount"], "-100.00");
        assert_eq!(own["payout_delta"], other["payout_delta"]);
        assert_eq!((&own["note"], &own["line"]), (&json!("ours"), &json!(1)));
        assert_eq!(own["reversal_id"], batch["id"]);
        assert!(own["api_key_id"].is_string());
        for hidden in ["note", "line", "reversal_id", "api_key_id", "user_id"] {
            assert!(other[hidden].is_null(), "{hidden} is the brand's");
        }
        assert!(deal.crow.all("/v1/action-updates").is_empty());
        let alone = deal.acme.all(&format!("{first}/updates"));
        assert_eq!(alone[1]["id"], ours[2]["id"]);
    });
}

#[test]
fn every_filter_of_the_feed_means_what_it_says() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let first = deal.tracked("A-1");
        let mut lead = deal.order("L-1");
        lead["event_type_id"] = json!(deal.lead);
        deal.acme.post("/v1/actions", lead, 201);
        world.travel("2026-03-11T12:00:00Z");
        deal.acme.post(&format!("{first}/approve"), json!({}), 200);
        let batch = json!({ "lines": [{ "order_id": "L-1", "event_type_id": deal.lead,
            "operation": "reverse", "reason": "ITEM_RETURNED" }] });
        let headers = [("Prefer", "wait=30")];
        let batch = deal.acme.call("POST", "/v1/reversals", &headers, &batch, 200).json();
        let batch = format!("reversal_id={}", batch["id"].as_str().unwrap());
        followed(&deal.acme, "", 4);

        let (acme, bolt) = (deal.acme.company_id(), deal.bolt.company_id());
        let crow = deal.crow.company_id();
        let all = "A-1:track L-1:track A-1:approve L-1:reverse";
        for (filter, expected) in [
            (String::new(), all),
            (format!("program_id={}", deal.program), all),
            (format!("event_type_id={}", deal.lead), "L-1:track L-1:reverse"),
            (format!("brand_company_id={acme}"), all),
            (format!("brand_company_id={crow}"), ""),
            (format!("partner_company_id={bolt}"), all),
            (format!("partner_company_id={crow}"), ""),
            ("command=track".into(), "A-1:track L-1:track"),
            ("command=lock".into(), ""),
            ("updated_after=2026-03-11T12:00:00Z".into(), "A-1:approve L-1:reverse"),
            (format!("command=track&event_type_id={}", deal.sale), "A-1:track"),
        ] {
            for caller in [&deal.acme, &deal.bolt] {
                let found = caller.all(&format!("/v1/action-updates?limit=1&{filter}"));
                assert_eq!(told(&found), expected, "{filter}");
            }
            assert!(deal.crow.all(&format!("/v1/action-updates?{filter}")).is_empty());
        }
        assert_eq!(told(&deal.acme.all(&format!("/v1/action-updates?{batch}"))), "L-1:reverse");
        assert_eq!(told(&deal.bolt.all(&format!("/v1/action-updates?{batch}"))), "");
        deal.acme.get("/v1/action-updates?command=nothing", 422);
        deal.acme.get("/v1/action-updates?cursor=nonsense", 422);
        deal.acme.get("/v1/action-updates?state=pending", 422);
    });
}

#[test]
fn a_company_that_is_brand_and_partner_follows_both_in_one_order() {
    in_a_world(|world| {
        let (deal, other) = (Deal::of(world), Deal::of(world));
        deal.tracked("mine");
        let theirs = other.tracked("theirs");
        credit(world, deal.acme.company_id(), "theirs");
        other.acme.post(&format!("{theirs}/approve"), json!({}), 200);
        let last = deal.tracked("mine too");
        deal.acme.post(&format!("{last}/approve"), json!({}), 200);
        let all = "mine:track theirs:track theirs:approve mine too:track mine too:approve";
        assert_eq!(told(&followed(&deal.acme, "limit=1", 5)), all);
        let own = format!("limit=1&brand_company_id={}", deal.acme.company_id());
        assert_eq!(
            told(&deal.acme.all(&format!("/v1/action-updates?{own}"))),
            "mine:track mine too:track mine too:approve"
        );
    });
}

#[test]
fn a_limited_key_follows_only_what_it_may_see() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        deal.tracked("A-1");
        let mut lead = deal.order("L-1");
        lead["event_type_id"] = json!(deal.lead);
        deal.acme.post("/v1/actions", lead, 201);
        followed(&deal.acme, "", 2);
        let login = json!({ "email": "acme0@example.com", "password": "correct horse battery" });
        let owner = world.caller(&world.nobody().post("/v1/auth/login", login, 200));
        let program = json!({ "name": "Other", "currency": "EUR", "time_zone": "UTC" });
        let other = id(&owner.post("/v1/programs", program, 201));
        for (limit, only, expected) in [
            ("event_type_ids", &deal.lead, "L-1:track"),
            ("program_ids", &deal.program, "A-1:track L-1:track"),
            ("program_ids", &other, ""),
        ] {
            let key = json!({ "name": "Some", "scopes": ["actions:read"], limit: [only] });
            let key = world.caller(&owner.post("/v1/api-keys", key, 201));
            assert_eq!(told(&key.all("/v1/action-updates")), expected, "{limit}");
        }
    });
}

#[test]
fn a_filter_walks_a_bounded_way_and_the_cursor_goes_on() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        tracked_many(world, &deal, 11_000);
        let last = deal.tracked("last");
        deal.acme.post(&format!("{last}/approve"), json!({}), 200);
        let rare = "command=approve";
        assert_eq!(told(&followed(&deal.acme, rare, 1)), "last:approve");
        let page = deal.acme.get(&format!("/v1/action-updates?{rare}"), 200);
        assert_eq!((&page["data"], page["next_cursor"].is_string()), (&json!([]), true));
        assert_eq!(told(&deal.bolt.all(&format!("/v1/action-updates?{rare}"))), "last:approve");
    });
}

/// A transaction that began before others and ends after them is not overtaken.
#[test]
fn what_commits_late_is_not_lost() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        deal.tracked("A-2");
        followed(&deal.acme, "", 2);
        let page = deal.acme.get("/v1/action-updates?limit=1", 200);
        let cursor = page["next_cursor"].as_str().unwrap().to_string();
        let beside = !world.database_url.starts_with("sqlite://");
        if beside {
            overlapped(world, &deal);
        }
        deal.acme.post(&format!("{path}/approve"), json!({}), 200);
        followed(&deal.acme, "", if beside { 4 } else { 3 });
        let rest = deal.acme.all(&format!("/v1/action-updates?cursor={cursor}"));
        assert!(told(&rest).starts_with("A-2:track"), "{}", told(&rest));
        assert!(told(&rest).ends_with("A-1:approve"), "{}", told(&rest));
    });
}

/// While an older transaction is open, what newer ones wrote is not shown.
fn overlapped(world: &World, deal: &Deal) {
    use diesel::connection::SimpleConnection;
    use diesel::{Connection, PgConnection};
    let mut slow = PgConnection::establish(&world.database_url).expect("the database");
    slow.batch_execute("BEGIN; SELECT pg_current_xact_id();").expect("it begins");
    deal.tracked("A-3");
    assert_eq!(told(&deal.acme.all("/v1/action-updates")), "A-1:track A-2:track");
    slow.batch_execute("COMMIT").expect("it ends");
    assert_eq!(followed(&deal.acme, "", 3).len(), 3);
}
