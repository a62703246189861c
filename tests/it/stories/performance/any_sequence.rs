//! Whatever is done to actions, in whatever order, and whenever the ledgers are taken into the sums: the
//! figures are what the actions come to, added up one by one.

use std::collections::BTreeMap;

use entente::actions::jobs::{clear_due, lock_due};
use entente::kernel::time::{Instant, Zone};
use entente::performance::jobs;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{fold_all, minor, only, wrong};
use crate::cast::batch::{is_completed, submitted, until};
use crate::cast::deal::{Deal, id, run};
use crate::cast::http::Caller;
use crate::cast::rival::dawn;
use crate::cast::world::in_a_world;

/// How many commands are given.
const STEPS: usize = 60;

/// Numbers that look like chance and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, many: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % many
    }
}

/// Actions, reversed and locked ones, tracked, sale and payout, of a day.
type Sums = BTreeMap<String, [i128; 6]>;

/// The figures of each day, added up from the list of actions.
fn naive(caller: &Caller, partner: &Caller, zone: &Zone) -> Sums {
    let mut sums = Sums::new();
    for action in caller.all("/v1/actions?limit=200") {
        if action["partner_company_id"] != partner.company_id() {
            continue;
        }
        let at: Instant = action["occurred_at"].as_str().unwrap().parse().unwrap();
        let one = [
            1,
            i128::from(action["state"] == "reversed"),
            i128::from(action["locked_at"].is_string()),
            minor(&action["tracked"]["sale_amount"]),
            minor(&action["sale_amount"]),
            minor(&action["payout"]),
        ];
        let sum = sums.entry(at.day_in(zone).to_string()).or_default();
        sum.iter_mut().zip(one).for_each(|(sum, one)| *sum += one);
    }
    sums
}

/// The same, as the door tells them.
fn told(caller: &Caller, partner: &Caller) -> Sums {
    let company = partner.company_id();
    let path = format!("/v1/companies/{company}/performance?from=2026-02-01&to=2026-04-30");
    let answer = caller.get(&path, 200);
    let days = only(&answer)["series"].as_array().unwrap().iter();
    let names = ["actions", "reversed_count", "locked", "tracked_amount", "sale_amount", "payout"];
    let days = days.filter(|day| day["actions"] != 0);
    days.map(|day| (day["from"].as_str().unwrap().to_string(), names.map(|name| minor(&day[name]))))
        .collect()
}

/// One command, of whatever kind; most of them fit, and those that do not change nothing.
fn step(deal: &Deal, chance: &mut Chance, (paths, partners): (&mut Vec<String>, [&Caller; 2])) {
    let send = |path: String, body: Value| {
        let headers = [("Content-Type", "application/json")];
        let answer = deal.acme.send("POST", &path, &headers, body.to_string().as_bytes());
        assert!(answer.status < 500, "{path} {body}: {}", answer.text);
        answer
    };
    let kind = chance.below(14);
    if kind < 4 || paths.is_empty() {
        let mut order = deal.order(&format!("A-{}", paths.len()));
        order["partner_company_id"] = json!(partners[chance.below(2)].company_id());
        let day = 1 + chance.below(9);
        order["occurred_at"] = json!(format!("2026-03-0{day}T{:02}:30:00Z", chance.below(24)));
        let tracked = send("/v1/actions".into(), order);
        assert_eq!(tracked.status, 201, "{}", tracked.text);
        paths.push(format!("/v1/actions/{}", id(&tracked.json())));
        return;
    }
    let path = paths[chance.below(paths.len())].clone();
    let hat = json!({ "op": "reverse_item", "sku": "HAT" });
    let partner = partners[chance.below(2)].company_id();
    let (verb, body) = match kind {
        4 => ("approve", json!({})),
        5 | 6 => ("reverse", json!({ "reason": "CONS_FRAUD" })),
        7 => ("restore", json!({})),
        8 => ("modify", json!({ "reason": "ITEM_RETURNED", "operations": [hat] })),
        9 => {
            let amount = format!("{}.50", 10 + chance.below(140));
            (
                "modify",
                json!({ "reason": "ORDER_UPDATE", "allow_increase": true, "amount": amount }),
            )
        }
        10 => ("reset", json!({})),
        11 | 12 => {
            let body = json!({ "partner_company_id": partner, "reason": "CREDITED_DIFFERENT_MP" });
            ("reattribute", body)
        }
        _ => {
            let reason = json!({ "reason": "why" });
            (if chance.below(2) == 0 { "hold" } else { "release" }, reason)
        }
    };
    let body = if verb == "release" { json!({}) } else { body };
    send(format!("{path}/{verb}"), body);
    if chance.below(8) == 0 {
        a_batch(deal, paths.len(), chance.below(1_000_000));
    }
}

/// A file of returns, unlike any other, worked off by the server's own worker.
fn a_batch(deal: &Deal, orders: usize, mark: usize) {
    let line = |number: usize| format!("A-{number},modify,ITEM_RETURNED,-1.00,{mark}\n");
    let rows: String = (0..orders.min(5)).map(line).collect();
    let file = format!("order_id,operation,reason,amount_delta,note\n{rows}");
    let batch = submitted(&deal.acme, "", &file);
    until(&deal.acme, &batch, is_completed);
}

#[test]
fn figures_are_what_the_actions_come_to_whatever_is_done_to_them() {
    in_a_world(|world| {
        let deal = Deal::with_terms(world, json!({ "after_lock": "clawback" }));
        let dawn = dawn(world, &deal);
        let zone: Zone = "Europe/Berlin".parse().unwrap();
        let mut chance = Chance(20_260_220);
        let mut paths = Vec::new();
        for number in 0..STEPS {
            step(&deal, &mut chance, (&mut paths, [&deal.bolt, &dawn]));
            if chance.below(5) == 0 {
                // Three at once, and the server's own: each slice is added once.
                run(world, async |pool| {
                    join_all((0..3).map(|_| jobs::once(pool, 4))).await;
                });
            }
            if number == STEPS * 3 / 4 {
                world.travel("2026-03-20T23:00:05Z");
                run(world, async |pool| {
                    lock_due(pool, &world.clock, None).await.expect("the job runs");
                    clear_due(pool, &world.clock).await.expect("the job runs");
                });
                let less = json!({ "reason": "ITEM_RETURNED", "amount_delta": "-1.00" });
                let headers = [("Content-Type", "application/json")];
                for path in &paths {
                    let path = format!("{path}/adjust");
                    deal.acme.send("POST", &path, &headers, less.to_string().as_bytes());
                }
            }
            if number % 20 == 19 {
                for partner in [&deal.bolt, &dawn] {
                    let expected = naive(&deal.acme, partner, &zone);
                    assert_eq!(told(&deal.acme, partner), expected, "after {number} steps");
                    assert_eq!(told(partner, partner), expected, "after {number} steps");
                }
                assert_eq!(wrong(world), Vec::<String>::new(), "after {number} steps");
            }
        }
        fold_all(world);
        for partner in [&deal.bolt, &dawn] {
            assert_eq!(told(partner, partner), naive(&deal.acme, partner, &zone));
        }
        assert_eq!(wrong(world), Vec::<String>::new());
    });
}
