//! Orders that come again: in the same file, in another, at the same moment.

use serde_json::{Value, json};

use super::{adds_up, and, imported, order, send, tracked};
use crate::cast::at_once::at_once;
use crate::cast::deal::{Deal, id};
use crate::cast::world::{in_a_world, in_a_world_with};

#[test]
fn an_order_is_tracked_once_wherever_it_comes_from() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let single = deal.tracked("A-1");
        let noted = and(order(&deal, "A-2"), json!({ "note": "again" }));
        let other = and(order(&deal, "A-2"), json!({ "amount": "90.00" }));
        let import = imported(
            &deal.acme,
            "",
            &[
                order(&deal, "A-1"),
                order(&deal, "A-2"),
                order(&deal, "A-3"),
                noted,
                other,
                order(&deal, " A-2 "),
            ],
        );
        let expected = [
            "unchanged duplicate_order",
            "applied",
            "applied",
            "duplicate_of_line",
            "unchanged duplicate_order",
            "unchanged duplicate_order",
        ];
        assert_eq!(import.told(), expected, "{:?}", import.lines);
        assert_eq!(import.message(3), "equal to line 2");
        let action = |at: usize| &import.lines[at]["action_id"];
        assert_eq!(format!("/v1/actions/{}", action(0).as_str().unwrap()), single);
        assert!((3..6).all(|at| action(at) == action(1)), "{:?}", import.lines);
        assert_eq!(tracked(&deal), ["A-1 100.00", "A-2 100.00", "A-3 100.00"]);
        // And the other way round.
        let refused = deal.acme.post("/v1/actions", deal.order("A-3"), 409);
        assert_eq!(refused["code"], "duplicate_order");
        adds_up(world);
    });
}

#[test]
fn a_dedup_window_counts_within_a_file_as_between_reports() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let lead = |occurred_at: &str| {
            let more = json!({ "event_type_id": "LEAD", "occurred_at": occurred_at });
            and(order(&deal, "L-1"), more)
        };
        let moments = [
            "2025-12-01T10:00:00Z",
            "2026-01-01T10:00:00Z",
            "2026-01-20T10:00:00Z",
            "2026-03-03T10:00:00Z",
            "2026-01-31T10:00:00Z",
        ];
        // Nothing was agreed on before the year began.
        let wanted =
            ["rejected no_contract", "applied", "unchanged duplicate_order", "applied", "applied"];
        let one_by_one: Vec<String> = {
            let other = Deal::of(world);
            moments
                .iter()
                .map(|moment| {
                    let more = json!({
                        "event_type_id": other.lead, "occurred_at": moment,
                        "partner_company_id": other.bolt.company_id(),
                    });
                    let report = and(order(&other, "L-1"), more);
                    let kind = [("Content-Type", "application/json")];
                    let body = report.to_string();
                    let answer = other.acme.send("POST", "/v1/actions", &kind, body.as_bytes());
                    match answer.status {
                        201 => "applied".into(),
                        409 => "unchanged duplicate_order".into(),
                        _ => {
                            let code = answer.json()["errors"][0]["code"].clone();
                            format!("rejected {}", code.as_str().unwrap())
                        }
                    }
                })
                .collect()
        };
        assert_eq!(one_by_one, wanted);
        let reports: Vec<Value> = moments.iter().map(|moment| lead(moment)).collect();
        let import = imported(&deal.acme, "", &reports);
        assert_eq!(import.told(), one_by_one, "{:?}", import.lines);
        adds_up(world);
    });
}

#[test]
fn of_twins_at_once_one_is_tracked_and_the_others_name_it() {
    in_a_world_with(&["--reversal-chunk-lines", "50"], |world| {
        let deal = Deal::of(world);
        let orders: Vec<String> = (0..200).map(|n| format!("T-{n}")).collect();
        let results = at_once(4, |number| match number {
            // By the single door, while imports are on their way.
            0 => {
                let reports = orders.iter().rev().map(|order| deal.order(order));
                let reports: Vec<Value> = reports.collect();
                let body = json!({ "actions": reports });
                let answer = deal.acme.post("/v1/actions/batch", body, 200);
                let tracked = answer["data"].as_array().unwrap().iter();
                tracked.filter(|result| result["status"] == "tracked").count()
            }
            number => {
                let lines = orders.iter().map(|order_id| {
                    let more = json!({ "note": format!("by {number}") });
                    format!("{}\n", and(order(&deal, order_id), more))
                });
                let lines: String = lines.collect();
                let answer = send(&deal.acme, super::NDJSON, "?force=true", lines.as_bytes());
                let import = super::ended(&deal.acme, answer.json());
                assert!(import.lines.iter().all(|line| line["action_id"].is_string()));
                let count = |outcome: &str| {
                    import.lines.iter().filter(|line| line["outcome"] == outcome).count()
                };
                assert_eq!(count("applied") + count("unchanged"), 200, "{}", import.head);
                count("applied")
            }
        });
        assert_eq!(results.iter().sum::<usize>(), 200, "{results:?}");
        assert_eq!(tracked(&deal).len(), 200);
        adds_up(world);
    });
}

#[test]
fn a_dry_run_tells_and_tracks_nothing_and_all_or_nothing_is_just_that() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        deal.tracked("A-1");
        let good = [order(&deal, "A-1"), order(&deal, "A-2"), order(&deal, "A-2")];
        let dry = imported(&deal.acme, "?mode=dry_run", &good);
        assert_eq!(dry.told(), ["unchanged duplicate_order", "applied", "duplicate_of_line"]);
        let ids: Vec<bool> = dry.lines.iter().map(|line| line["action_id"].is_string()).collect();
        assert_eq!(ids, [true, false, false], "what is not tracked has no id");
        assert_eq!(tracked(&deal), ["A-1 100.00"]);

        let bad = and(order(&deal, "A-3"), json!({ "amount": "-1.00" }));
        let refused = [order(&deal, "A-1"), order(&deal, "A-2"), bad];
        let refused = imported(&deal.acme, "?mode=all_or_nothing", &refused);
        assert_eq!(refused.head["status"], "rejected");
        assert_eq!(refused.head["code"], "batch_rejected");
        let expected =
            ["rejected batch_rejected", "rejected batch_rejected", "rejected out_of_range"];
        assert_eq!(refused.told(), expected, "{:?}", refused.lines);
        assert_eq!(tracked(&deal), ["A-1 100.00"]);
        let whole = imported(&deal.acme, "?mode=all_or_nothing", &good);
        assert_eq!(whole.told(), ["unchanged duplicate_order", "applied", "duplicate_of_line"]);
        assert_eq!(tracked(&deal), ["A-1 100.00", "A-2 100.00"]);
        adds_up(world);
    });
}

#[test]
fn what_comes_too_late_locks_in_its_own_time() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let late = and(order(&deal, "A-1"), json!({ "occurred_at": "2026-01-15T10:00:00Z" }));
        let import = imported(&deal.acme, "", &[late, order(&deal, "A-2")]);
        assert_eq!(import.told(), ["applied", "applied"]);
        let late: Vec<bool> = import
            .lines
            .iter()
            .map(|line| {
                let action = line["action_id"].as_str().unwrap();
                let action = deal.acme.get(&format!("/v1/actions/{action}"), 200);
                action["late"].as_bool().unwrap()
            })
            .collect();
        assert_eq!(late, [true, false]);
        assert!(!id(&import.head).is_empty());
    });
}
