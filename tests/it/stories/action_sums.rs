//! What actions come to: by every filter the sums of the list, and never of more rows than there may be.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::soonest_lock::limited;
use crate::cast::deal::{Deal, credit};
use crate::cast::http::Caller;
use crate::cast::many::tracked_many;
use crate::cast::world::in_a_world;

/// How many, and what they are worth in cents: sales and payouts.
type Sum = (i64, i64, i64);

fn cents(money: &Value) -> i64 {
    money["amount"].as_str().unwrap().replace('.', "").parse().unwrap()
}

/// The groups of a summary, or of a list, by what a company is to them, state and finance status.
type Sums = BTreeMap<String, Sum>;

fn summary(caller: &Caller, filter: &str) -> Sums {
    let told = caller.get(&format!("/v1/actions/summary?{filter}"), 200);
    let mut sums = Sums::new();
    for side in told["sides"].as_array().unwrap() {
        assert_eq!((&side["capped"], &side["counted_to"]), (&json!(false), &Value::Null));
        let mut all = (0, 0, 0);
        for group in side["groups"].as_array().unwrap() {
            let [of, state, status] = [&side["as"], &group["state"], &group["finance_status"]];
            let count = group["count"].as_i64().unwrap();
            let sum = (count, cents(&group["sale_amount"]), cents(&group["payout"]));
            all = (all.0 + sum.0, all.1 + sum.1, all.2 + sum.2);
            sums.insert(format!("{of} {state} {status}"), sum);
        }
        assert_eq!(side["count"], all.0);
        for total in side["totals"].as_array().unwrap() {
            assert_eq!(total["currency"], "EUR");
            assert_eq!((cents(&total["sale_amount"]), cents(&total["payout"])), (all.1, all.2));
        }
    }
    sums
}

fn of_list(caller: &Caller, filter: &str) -> Sums {
    let mut sums = Sums::new();
    for action in caller.all(&format!("/v1/actions?limit=200&{filter}")) {
        let own = action["brand_company_id"] == caller.company_id();
        let of = if own { json!("brand") } else { json!("partner") };
        let (state, status) = (&action["state"], &action["finance_status"]);
        let sum = sums.entry(format!("{of} {state} {status}")).or_default();
        let (sale, payout) = (cents(&action["sale_amount"]), cents(&action["payout"]));
        *sum = (sum.0 + 1, sum.1 + sale, sum.2 + payout);
    }
    sums
}

#[test]
fn by_every_filter_a_summary_is_the_sum_of_the_list() {
    in_a_world(|world| {
        let (deal, other) = (Deal::of(world), Deal::of(world));
        let first = deal.tracked_at("A-1", "2026-03-01T10:00:00Z");
        let second = deal.tracked_at("A-2", "2026-03-02T10:00:00Z");
        let third = deal.tracked_at("A-3", "2026-03-03T10:00:00Z");
        deal.tracked_at("late", "2026-02-01T10:00:00Z");
        deal.tracked_at("A-4", "2026-03-04T10:00:00Z");
        other.tracked_at("theirs", "2026-03-02T10:00:00Z");
        credit(world, deal.acme.company_id(), "theirs");
        let less = json!({ "reason": "ITEM_RETURNED", "amount": "33.33" });
        deal.acme.post(&format!("{first}/modify"), less, 200);
        deal.acme.post(&format!("{first}/approve"), json!({}), 200);
        deal.acme.post(&format!("{second}/reverse"), json!({ "reason": "CONS_FRAUD" }), 200);
        deal.acme.post(&format!("{third}/hold"), json!({ "reason": "why" }), 200);
        let whole = summary(&deal.acme, "");
        assert_eq!(whole[r#""brand" "approved" "pending""#], (1, 3_333, 250));
        assert_eq!(whole[r#""brand" "pending" "pending""#], (2, 20_000, 1_500));
        assert_eq!(whole[r#""partner" "pending" "pending""#], (1, 10_000, 750));
        let bolt = deal.bolt.company_id();
        let of_lead = limited(world, &deal.acme, json!({ "event_type_ids": [deal.lead] }));
        for filter in [
            "",
            "as=brand",
            "as=partner",
            "state=approved",
            "state=pending,reversed",
            "held=true",
            "held=false",
            "locked=false",
            "late=true",
            "reason=CONS_FRAUD",
            "customer_status=new",
            "finance_status=held",
            "finance_status=pending",
            "finance_status=due",
            "finance_status=paid",
            "order_id=A-2",
            "order_id=theirs",
            "order_id=A-2&occurred_before=2026-03-01T00:00:00Z",
            "occurred_after=2026-03-02T10:00:00Z",
            "occurred_before=2026-03-02T10:00:00Z",
            "locks_after=2026-03-17T12:00:00Z",
            "locks_before=2026-03-17T12:00:00Z",
            &format!("partner_company_id={bolt}"),
            &format!("program_id={}", deal.program),
            &format!("event_type_id={}", deal.sale),
            &format!("event_type_id={}", deal.lead),
        ] {
            for sort in ["", "&sort=locks_at"] {
                let filter = format!("{filter}{sort}");
                for caller in [&deal.acme, &deal.bolt, &deal.crow, &other.acme, &of_lead] {
                    assert_eq!(summary(caller, &filter), of_list(caller, &filter), "{filter}");
                }
            }
        }
        let sides = |query: &str| {
            let told = deal.acme.get(&format!("/v1/actions/summary{query}"), 200);
            let sides = told["sides"].as_array().unwrap().clone();
            sides.into_iter().map(|side| side["as"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(sides(""), ["brand", "partner"]);
        assert_eq!(sides("?as=partner"), ["partner"]);
        deal.acme.get("/v1/actions/summary?limit=5", 422);
        deal.acme.get("/v1/actions/summary?q=shoes", 422);
    });
}

#[test]
fn a_long_list_is_summed_up_so_far_and_says_so() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        // The last of all is one too many.
        deal.tracked_at("oldest", "2026-03-01T10:00:00Z");
        tracked_many(world, &deal, 9_999);
        let told = deal.acme.get("/v1/actions/summary?as=brand", 200);
        let side = &told["sides"][0];
        assert_eq!((&side["count"], &side["capped"]), (&json!(10_000), &json!(false)));
        deal.tracked_at("new", "2026-03-10T10:00:00Z");
        for caller in [&deal.acme, &deal.bolt] {
            let side = if caller.company_id() == deal.acme.company_id() { 0 } else { 1 };
            let told = caller.get("/v1/actions/summary", 200);
            let told = &told["sides"][side];
            assert_eq!((&told["count"], &told["capped"]), (&json!(10_000), &json!(true)));
            assert_eq!(told["counted_to"], "2026-03-09T10:00:00Z");
            assert_eq!(told["totals"][0]["sale_amount"]["amount"], "1000000.00");
            // By lock the oldest comes first, and the newest is the one too many.
            let told = caller.get("/v1/actions/summary?sort=locks_at", 200);
            let told = &told["sides"][side];
            assert_eq!((&told["count"], &told["capped"]), (&json!(10_000), &json!(true)));
            // What a filter means is counted among the first 10,000 alone.
            let rest = "/v1/actions/summary?occurred_before=2026-03-09T10:00:00Z";
            assert_eq!(caller.get(rest, 200)["sides"][side]["count"], 1);
            let none = caller.get("/v1/actions/summary?state=reversed", 200);
            let none = &none["sides"][side];
            assert_eq!((&none["count"], &none["capped"]), (&json!(0), &json!(true)));
        }
    });
}

#[test]
fn amounts_that_nobody_can_add_up_are_refused() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        for number in 0..2 {
            let mut order = deal.order(&format!("A-{number}"));
            order["items"] = json!([{ "quantity": 1, "amount": "90000000000000000.00" }]);
            deal.acme.post("/v1/actions", order, 201);
        }
        deal.acme.get("/v1/actions/summary", 422);
        deal.acme.get("/v1/actions/summary?order_id=A-1", 200);
    });
}
