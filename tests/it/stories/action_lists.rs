//! Both sides list their actions, page by page, whatever comes in between.

use entente::actions::jobs::lock_due;
use serde_json::{Value, json};

use crate::cast::deal::{Deal, id, run};
use crate::cast::many::tracked_many;
use crate::cast::world::{in_a_world, in_a_world_with};

/// The order numbers of a list.
pub fn orders(entries: &[Value]) -> Vec<String> {
    entries.iter().map(|entry| entry["order_id"].as_str().unwrap().to_string()).collect()
}

#[test]
fn every_filter_means_what_it_says_for_both_sides() {
    // No round of the server's own locks what this one is about to lock.
    in_a_world_with(&["--no-jobs"], |world| {
        let deal = Deal::of(world);
        let first = deal.tracked_at("A-1", "2026-03-01T10:00:00Z");
        let second = deal.tracked_at("A-2", "2026-03-02T10:00:00Z");
        let third = deal.tracked_at("A-3", "2026-03-03T10:00:00Z");
        let mut lead = deal.order("L-1");
        lead["event_type_id"] = json!(deal.lead);
        lead["occurred_at"] = json!("2026-02-28T10:00:00Z");
        deal.acme.post("/v1/actions", lead, 201);
        deal.acme.post(&format!("{first}/approve"), json!({}), 200);
        deal.acme.post(&format!("{second}/reverse"), json!({ "reason": "REJECTED" }), 200);
        deal.acme.post(&format!("{third}/hold"), json!({ "reason": "why" }), 200);
        world.travel("2026-03-16T12:00:00Z");
        let locked = run(world, async |pool| lock_due(pool, &world.clock, None).await);
        assert_eq!(locked.expect("the job runs").actions, 1, "the lead, which happened first");

        let (acme, bolt) = (deal.acme.company_id(), deal.bolt.company_id());
        let (crow, sale) = (deal.crow.company_id(), &deal.sale);
        let program = &deal.program;
        for (filter, expected) in [
            (String::new(), "A-3 A-2 A-1 L-1"),
            (format!("program_id={program}"), "A-3 A-2 A-1 L-1"),
            (format!("event_type_id={sale}"), "A-3 A-2 A-1"),
            (format!("partner_company_id={bolt}"), "A-3 A-2 A-1 L-1"),
            (format!("partner_company_id={crow}"), ""),
            (format!("brand_company_id={acme}"), "A-3 A-2 A-1 L-1"),
            (format!("brand_company_id={crow}"), ""),
            ("state=approved".into(), "A-1 L-1"),
            ("state=approved,reversed".into(), "A-2 A-1 L-1"),
            ("locked=false".into(), "A-3 A-2 A-1"),
            ("locked=true".into(), "L-1"),
            ("held=true".into(), "A-3"),
            ("held=false".into(), "A-2 A-1 L-1"),
            ("order_id=A-2".into(), "A-2"),
            (format!("order_id=A-2&event_type_id={sale}"), "A-2"),
            (format!("order_id=A-2&event_type_id={}", deal.lead), ""),
            ("order_id=L-1&state=reversed".into(), ""),
            ("order_id=A-2&occurred_after=2026-03-02T10:00:01Z".into(), ""),
            ("occurred_after=2026-03-02T10:00:00Z".into(), "A-3 A-2"),
            ("occurred_before=2026-03-02T10:00:00Z".into(), "A-1 L-1"),
            ("finance_status=held".into(), "A-3"),
            ("finance_status=pending".into(), "A-2 A-1"),
            ("finance_status=due".into(), "L-1"),
            ("finance_status=due&order_id=A-1".into(), ""),
            ("finance_status=in_payout".into(), ""),
            ("finance_status=paid".into(), ""),
            ("locks_after=2026-03-16T23:00:00Z".into(), "A-3 A-2 A-1"),
            ("locks_before=2026-03-16T23:00:00Z".into(), "L-1"),
            ("held=true&state=pending&order_id=A-3".into(), "A-3"),
        ] {
            for caller in [&deal.acme, &deal.bolt] {
                let found = orders(&caller.all(&format!("/v1/actions?{filter}")));
                assert_eq!(found.join(" "), expected, "{filter}");
            }
            assert!(deal.crow.all(&format!("/v1/actions?{filter}")).is_empty());
        }
        deal.acme.get("/v1/actions?state=nothing", 422);
        deal.acme.get("/v1/actions?order_id=%00", 422);
        deal.acme.get("/v1/actions?q=shoes", 422);
        deal.acme.get("/v1/actions?cursor=nonsense", 422);
    });
}

#[test]
fn a_page_goes_on_where_the_last_one_ended_whatever_comes_in_between() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        for number in 0..7 {
            deal.tracked_at(&format!("A-{number}"), "2026-03-01T10:00:00Z");
        }
        let all = orders(&deal.bolt.all("/v1/actions"));
        let mut seen = Vec::new();
        let mut next = "/v1/actions?limit=2".to_string();
        loop {
            let page = deal.bolt.get(&next, 200);
            seen.extend(orders(page["data"].as_array().unwrap()));
            deal.tracked_at(&format!("new-{}", seen.len()), "2026-03-05T10:00:00Z");
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            next = format!("/v1/actions?limit=2&cursor={cursor}");
        }
        assert_eq!(seen, all);
    });
}

#[test]
fn a_company_that_is_brand_and_partner_has_one_list_of_both() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let other = Deal::of(world);
        let path = deal.tracked_at("mine", "2026-03-01T10:00:00Z");
        other.tracked_at("theirs", "2026-03-02T10:00:00Z");
        deal.tracked_at("mine too", "2026-03-03T10:00:00Z");
        let acme = deal.acme.company_id();
        crate::cast::deal::credit(world, acme, "theirs");
        let all = orders(&deal.acme.all("/v1/actions?limit=1"));
        assert_eq!(all, ["mine too", "theirs", "mine"]);
        let own = format!("/v1/actions?limit=1&brand_company_id={acme}");
        assert_eq!(orders(&deal.acme.all(&own)), ["mine too", "mine"]);
        let earned = format!("/v1/actions?partner_company_id={acme}");
        assert_eq!(orders(&deal.acme.all(&earned)), ["theirs"]);
        assert_eq!(deal.acme.get(&path, 200)["order_id"], "mine");
    });
}

#[test]
fn a_filter_that_no_index_answers_walks_a_bounded_way_a_request() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let first = deal.tracked_at("first", "2026-03-01T10:00:00Z");
        tracked_many(world, &deal, 11_000);
        deal.acme.post(&format!("{first}/approve"), json!({}), 200);
        let page = deal.acme.get("/v1/actions?state=approved", 200);
        assert_eq!(page["data"], json!([]));
        assert!(page["next_cursor"].is_string());
        assert_eq!(orders(&deal.acme.all("/v1/actions?state=approved")), ["first"]);
        assert_eq!(orders(&deal.bolt.all("/v1/actions?state=approved")), ["first"]);
        assert_eq!(id(&deal.bolt.all("/v1/actions?order_id=first")[0]), first[12..]);
    });
}
