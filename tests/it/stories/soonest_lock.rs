//! What has not locked, soonest lock first, and the filters that screens of pending payouts need.

use entente::actions::jobs::lock_due;
use serde_json::{Value, json};

use super::action_lists::orders;
use super::exports::{column, download};
use crate::cast::deal::{Deal, credit, id, run};
use crate::cast::http::{Caller, faults};
use crate::cast::many::tracked_many;
use crate::cast::world::{World, in_a_world, in_a_world_with};

/// Everybody's view of a filter: orders, joined by a space.
fn seen(caller: &Caller, filter: &str) -> String {
    orders(&caller.all(&format!("/v1/actions?limit=2&{filter}"))).join(" ")
}

/// A key of a company that reaches one program or one event type alone.
pub fn limited(world: &World, of: &Caller, limit: Value) -> Caller {
    let mut body = json!({
        "name": "Limited", "scopes": ["actions:read", "actions:write", "reversals:read", "reversals:write"],
    });
    body.as_object_mut().unwrap().extend(limit.as_object().unwrap().clone());
    let mut key = world.caller(&world.colleague(of, "admin").post("/v1/api-keys", body, 201));
    key.company = of.company.clone();
    key
}

/// Orders that are late, reversed, modified and held, one that has locked, and one of another kind.
fn a_busy_month(world: &World) -> Deal {
    let deal = Deal::of(world);
    let tracked = |order: &str, occurred_at: &str, status: Value| {
        let mut body = deal.order(order);
        (body["occurred_at"], body["customer_status"]) = (json!(occurred_at), status);
        body["sub_ids"] = match order {
            "less" => json!({ "click.id": "7" }),
            "held" => json!({ "campaign": "spring: a new\"start" }),
            _ => json!({ "campaign": "7" }),
        };
        format!("/v1/actions/{}", id(&deal.acme.post("/v1/actions", body, 201)))
    };
    tracked("late", "2026-02-01T10:00:00Z", json!("new"));
    let fraud = tracked("fraud", "2026-03-01T10:00:00Z", json!("new"));
    let less = tracked("less", "2026-03-02T10:00:00Z", json!("returning"));
    let held = tracked("held", "2026-03-03T10:00:00Z", Value::Null);
    tracked("locked", "2026-02-25T10:00:00Z", json!("new"));
    let mut lead = deal.order("lead");
    (lead["event_type_id"], lead["occurred_at"]) =
        (json!(deal.lead), json!("2026-02-28T10:00:00Z"));
    deal.acme.post("/v1/actions", lead, 201);
    let command = |path: &str, verb: &str, body: Value| {
        deal.acme.post(&format!("{path}/{verb}"), body, 200);
    };
    command(&fraud, "reverse", json!({ "reason": "ITEM_RETURNED" }));
    command(&fraud, "restore", json!({}));
    command(&fraud, "reverse", json!({ "reason": "CONS_FRAUD" }));
    command(&less, "modify", json!({ "reason": "ITEM_RETURNED", "amount": "50.00" }));
    command(&less, "approve", json!({}));
    command(&held, "hold", json!({ "reason": "CONS_FRAUD" }));
    world.travel("2026-03-13T12:00:00Z");
    run(world, async |pool| lock_due(pool, &world.clock, None).await).expect("the job runs");
    deal
}

#[test]
fn a_list_is_narrowed_by_everything_that_a_screen_of_payouts_shows() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = a_busy_month(world);
        let all = "held less fraud lead locked late";
        for (filter, expected) in [
            ("late=true", "late"),
            ("late=false", "held less fraud lead locked"),
            ("reason=CONS_FRAUD", "fraud"),
            ("reason=ITEM_RETURNED", "less"),
            ("reason=OTHER", ""),
            ("sub_id=campaign:7", "fraud locked late"),
            ("sub_id=campaign:spring:%20a%20new%22start", "held"),
            ("sub_id=click.id:7", "less"),
            ("sub_id=click.id:7&order_id=fraud", ""),
            ("sub_id=id:7", ""),
            ("reason=CONS_FRAUD&state=pending", ""),
            ("reason=CONS_FRAUD&order_id=fraud", "fraud"),
            ("reason=CONS_FRAUD&order_id=less", ""),
            ("locked=true&finance_status=due", "locked"),
            ("late=true&locked=false&state=pending,approved", "late"),
        ] {
            for caller in [&deal.acme, &deal.bolt] {
                assert_eq!(seen(caller, filter), expected, "{filter}");
                let file = download(caller, &format!("/v1/actions/export.csv?{filter}"));
                assert_eq!(column(&file, "order_id").join(" "), expected, "{filter}");
            }
            assert_eq!(seen(&deal.crow, filter), "", "{filter}");
        }
        for (filter, ours, theirs) in [
            ("customer_status=new", "fraud locked late", ""),
            ("customer_status=returning", "less", ""),
            ("customer_status=New", "", ""),
            ("customer_status=new&order_id=late", "late", ""),
            ("as=brand", all, ""),
            ("as=partner", "", all),
            ("as=brand&order_id=less", "less", ""),
        ] {
            assert_eq!(seen(&deal.acme, filter), ours, "{filter}");
            assert_eq!(seen(&deal.bolt, filter), theirs, "{filter}");
        }
        for (query, fault) in [
            ("reason=BECAUSE", "reason unknown_value"),
            ("customer_status=%0A", "customer_status bad_characters"),
            ("late=perhaps", "late wrong_type"),
            ("sub_id=campaign", "sub_id bad_format"),
            ("sub_id=$.campaign:7", "sub_id bad_format"),
            ("as=stranger", "as unknown_value"),
            ("sort=id", "sort unknown_value"),
            ("sort=locks_at&locked=true", "locked not_allowed"),
        ] {
            for path in ["/v1/actions", "/v1/actions/export.csv", "/v1/actions/summary"] {
                let told = deal.acme.get(&format!("{path}?{query}"), 422);
                assert_eq!(faults(&told), [fault], "{path}?{query}");
            }
        }
    });
}

#[test]
fn what_locks_next_comes_first_and_what_has_locked_not_at_all() {
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = a_busy_month(world);
        for (filter, expected) in [
            ("", "lead fraud less held late"),
            ("locked=false", "lead fraud less held late"),
            ("state=pending", "lead held late"),
            ("held=true", "held"),
            ("held=false", "lead fraud less late"),
            ("finance_status=pending", "lead fraud less late"),
            ("finance_status=held", "held"),
            ("finance_status=due", ""),
            ("finance_status=paid", ""),
            ("late=true", "late"),
            ("sub_id=click.id:7", "less"),
            ("reason=CONS_FRAUD", "fraud"),
            ("order_id=less", "less"),
            ("order_id=locked", ""),
            ("locks_before=2026-03-17T12:00:00Z", "lead fraud"),
            ("locks_after=2026-03-17T12:00:00Z", "less held late"),
            ("occurred_after=2026-03-01T10:00:00Z", "fraud less held"),
            ("occurred_before=2026-03-01T10:00:00Z", "lead late"),
            ("occurred_before=2026-03-01T10:00:00Z&order_id=fraud", ""),
        ] {
            let filter = format!("sort=locks_at&{filter}");
            for caller in [&deal.acme, &deal.bolt] {
                assert_eq!(seen(caller, &filter), expected, "{filter}");
                let file = download(caller, &format!("/v1/actions/export.csv?{filter}"));
                assert_eq!(column(&file, "order_id").join(" "), expected, "{filter}");
            }
            assert_eq!(seen(&deal.crow, &filter), "", "{filter}");
        }
        let of_sale = limited(world, &deal.acme, json!({ "event_type_ids": [deal.sale] }));
        assert_eq!(seen(&of_sale, "sort=locks_at"), "fraud less held late");
        assert_eq!(seen(&of_sale, "sort=-occurred_at"), "held less fraud locked late");
    });
}

#[test]
fn pages_by_lock_are_exact_among_those_that_lock_at_the_same_moment() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        for number in 0..7 {
            deal.tracked_at(&format!("A-{number}"), "2026-03-01T10:00:00Z");
        }
        let path = "/v1/actions?sort=locks_at&limit=2";
        let all = orders(&deal.acme.all("/v1/actions?sort=locks_at"));
        assert_eq!(all.len(), 7);
        for caller in [&deal.acme, &deal.bolt] {
            let (mut found, mut next) = (Vec::new(), path.to_string());
            loop {
                let page = caller.get(&next, 200);
                found.extend(orders(page["data"].as_array().unwrap()));
                // What locks sooner is inserted before the cursor, and is not seen by this reader.
                let sooner = format!("{}-{}", caller.company_id(), found.len());
                deal.tracked_at(&sooner, "2026-02-27T10:00:00Z");
                let Some(cursor) = page["next_cursor"].as_str() else { break };
                next = format!("{path}&cursor={cursor}");
            }
            found.retain(|order| order.starts_with("A-"));
            assert_eq!(found, all);
        }
        let page = deal.acme.get("/v1/actions?sort=locks_at&limit=2", 200);
        let cursor = page["next_cursor"].as_str().unwrap();
        let told = deal.acme.get(&format!("/v1/actions?cursor={cursor}"), 422);
        assert_eq!(faults(&told), ["cursor bad_cursor"]);
        let cursor = deal.acme.get("/v1/actions?limit=2", 200)["next_cursor"].clone();
        let cursor = cursor.as_str().unwrap();
        let told = deal.acme.get(&format!("/v1/actions?sort=locks_at&cursor={cursor}"), 422);
        assert_eq!(faults(&told), ["cursor bad_cursor"]);
    });
}

#[test]
fn both_sides_of_a_company_are_one_list_by_lock() {
    in_a_world(|world| {
        let (deal, other) = (Deal::of(world), Deal::of(world));
        deal.tracked_at("mine", "2026-03-01T10:00:00Z");
        other.tracked_at("theirs", "2026-03-02T10:00:00Z");
        deal.tracked_at("mine too", "2026-03-03T10:00:00Z");
        credit(world, deal.acme.company_id(), "theirs");
        let all = orders(&deal.acme.all("/v1/actions?sort=locks_at&limit=1"));
        assert_eq!(all, ["mine", "theirs", "mine too"]);
        let earned = orders(&deal.acme.all("/v1/actions?sort=locks_at&limit=1&as=partner"));
        assert_eq!(earned, ["theirs"]);
    });
}

#[test]
fn a_filter_walks_a_bounded_way_in_the_order_of_locks_too() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        tracked_many(world, &deal, 11_000);
        let last = deal.tracked_at("last", "2026-03-10T11:00:00Z");
        deal.acme.post(&format!("{last}/approve"), json!({}), 200);
        let path = "/v1/actions?sort=locks_at&state=approved";
        let page = deal.acme.get(path, 200);
        assert_eq!(page["data"], json!([]));
        assert!(page["next_cursor"].is_string());
        assert_eq!(orders(&deal.acme.all(path)), ["last"]);
        assert_eq!(orders(&deal.bolt.all(path)), ["last"]);
    });
}
