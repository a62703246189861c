//! What a brand finds when its batch has ended: lines that say what became of them, files to work
//! on with, events as for any other change, and counters.

use serde_json::{Value, json};

use crate::cast::deal::{Deal, told};
use crate::cast::http::{Answer, Caller};
use crate::cast::world::{World, in_a_world, in_a_world_with};

/// Submits lines, waits for the end, and gives where the batch is.
fn submitted(caller: &Caller, lines: &Value) -> String {
    let wait = [("Prefer", "wait=30")];
    let body = json!({ "lines": lines });
    caller.call("POST", "/v1/reversals", &wait, &body, 200).header("Location").to_string()
}

fn submitted_csv(caller: &Caller, text: &str) -> String {
    let headers = [("Content-Type", "text/csv"), ("Prefer", "wait=30")];
    let answer = caller.send("POST", "/v1/reversals", &headers, text.as_bytes());
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.header("Location").to_string()
}

fn file(caller: &Caller, batch: &str, name: &str) -> Vec<String> {
    let answer: Answer = caller.send("GET", &format!("{batch}/{name}"), &[], b"");
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.text.lines().map(ToString::to_string).collect()
}

/// The value of a metric's sample; nothing if there is none.
fn sample(world: &World, name: &str) -> Option<u64> {
    let text = world.nobody().send("GET", "/metrics", &[], b"").text;
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    Some(value.parse().expect("a whole number"))
}

#[test]
fn a_batch_tells_the_same_events_as_calls_one_by_one() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let (one, other) = (deal.tracked("A-1"), deal.tracked("A-2"));
        let less = json!({ "reason": "ORDER_ERROR", "amount": "60.00" });
        deal.acme.post(&format!("{one}/modify"), less, 200);
        deal.acme.post(&format!("{one}/reverse"), json!({ "reason": "ITEM_RETURNED" }), 200);
        let id = other.rsplit('/').next().unwrap();
        let lines = json!([
            { "action_id": id, "operation": "modify", "reason": "ORDER_ERROR", "amount": "60.00" },
            { "action_id": id, "operation": "reverse", "reason": "ITEM_RETURNED" },
        ]);
        submitted(&deal.acme, &lines);

        let events = told(&deal.bolt, 6);
        let of = |path: &str| -> Vec<(Value, Value)> {
            let id = path.rsplit('/').next().unwrap();
            let events = events.iter().filter(|event| event.to_string().contains(id));
            events.map(|event| (event["type"].clone(), event["changes"].clone())).collect()
        };
        assert_eq!(of(&one), of(&other), "{events:#?}");
        let changes = &of(&other)[1].1;
        assert_eq!(changes["sale_amount"], json!(["100.00", "60.00"]));
        assert_eq!(changes["reason"], json!([null, "ORDER_ERROR"]));
    });
}

#[test]
fn lines_say_what_became_of_them() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        for order in ["A-1", "A-2", "A-3"] {
            deal.tracked(order);
        }
        let text = "order_id,event_type_id,reason\nA-1,SALE,ITEM_RETURNED\nA-2,SALE,CHANGED_MIND\n\
                    A-3,SALE,ITEM_RETURNED\nA-1,SALE,ITEM_RETURNED\n";
        let batch = submitted_csv(&deal.acme, text);
        let lines = deal.acme.all(&format!("{batch}/lines"));
        let message = |place: usize| lines[place]["message"].as_str().unwrap_or_default();
        assert_eq!(lines[1]["code"], "unknown_reason");
        let said = message(1);
        assert!(said.starts_with("`CHANGED_MIND` is no reason; accepted: "), "{said}");
        assert!(said.contains("ITEM_RETURNED"), "{said}");
        assert_eq!((message(0), &lines[0]["outcome"]), ("", &json!("applied")));
        assert_eq!(
            (message(3), &lines[3]["outcome"]),
            ("equal to line 2", &"duplicate_of_line".into())
        );
        let rows = file(&deal.acme, &batch, "results.csv");
        assert!(rows[4].starts_with("5,duplicate_of_line,,equal to line 2,,act_"), "{rows:#?}");
    });
}

#[test]
fn files_about_a_batch_lose_nothing_and_name_no_column_twice() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let id = path.rsplit('/').next().unwrap();
        let more = json!({ "action_id": id, "operation": "modify", "reason": "ITEM_RETURNED",
            "amount": "900.00", "allow_increase": true });
        let of_json = submitted(&deal.acme, &json!([more]));
        let of_csv = submitted_csv(&deal.acme, &format!("action_id,reason\n{id},ITEM_RETURNED\n"));
        for batch in [&of_json, &of_csv] {
            let rows = file(&deal.acme, batch, "results.csv");
            let columns: Vec<&str> = rows[0].split(',').collect();
            let distinct: std::collections::BTreeSet<_> = columns.iter().collect();
            assert_eq!(distinct.len(), columns.len(), "{columns:?}");
            assert_eq!(columns[5], "matched_action_id");
            assert_eq!(
                rows[1].matches(id).count(),
                2,
                "what it named, and what was found: {rows:#?}"
            );
        }
        let rejected = file(&deal.acme, &of_json, "rejected.csv");
        assert!(rejected[0].contains(",note,allow_increase,error_code,"), "{rejected:#?}");
        let again = submitted_csv(&deal.acme, &rejected.join("\n"));
        let line = &deal.acme.all(&format!("{again}/lines"))[0];
        assert_eq!(line["input"]["allow_increase"], "true", "{line}");
    });
}

#[test]
fn lines_are_counted_by_outcome_for_the_metrics() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        deal.tracked("A-1");
        assert_eq!(sample(world, "entente_reversal_lines_total{outcome=\"applied\"}"), None);
        let text = "order_id,event_type_id,reason\nA-1,SALE,ITEM_RETURNED\nA-2,SALE,ITEM_RETURNED\n\
                    A-1,SALE,ITEM_RETURNED\nA-3,SALE,ITEM_RETURNED\n";
        submitted_csv(&deal.acme, text);
        for (outcome, lines) in [("applied", 1), ("duplicate_of_line", 1), ("rejected", 2)] {
            let name = format!("entente_reversal_lines_total{{outcome=\"{outcome}\"}}");
            assert_eq!(sample(world, &name), Some(lines), "{outcome}");
        }
        assert_eq!(sample(world, "entente_jobs_waiting"), Some(0));
    });
}

#[test]
fn work_that_waits_is_counted_for_the_metrics() {
    in_a_world_with(&["--no-jobs"], |world| {
        let acme = world.company("Acme", "brand");
        for order in ["A-1", "A-2"] {
            let text = format!("order_id,reason\n{order},ITEM_RETURNED\n");
            let headers = [("Content-Type", "text/csv")];
            assert_eq!(acme.send("POST", "/v1/reversals", &headers, text.as_bytes()).status, 202);
        }
        assert_eq!(sample(world, "entente_jobs_waiting"), Some(2));
    });
}
