//! Batches longer than what the door looks at and than a stored part: their lines are whole wherever
//! they were cut, and what is wrong far down is found.

use std::io::BufRead;

use serde_json::{Value, json};

use super::{adds_up, now, reverse};
use crate::cast::deal::{Deal, id};
use crate::cast::http::{Answer, Caller};
use crate::cast::many::tracked_many;
use crate::cast::world::in_a_world;

/// What is stored together, as the door cuts it.
const PART: usize = 1 << 20;
/// What is looked at before there is a batch.
const WINDOW: usize = 64 * 1024;

fn sent(caller: &Caller, kind: &str, body: &[u8]) -> Answer {
    let headers = [("Content-Type", kind), ("Prefer", "wait=30")];
    let answer = caller.send("POST", "/v1/reversals", &headers, body);
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer
}

/// A note of letters that a cut goes through the middle of, different in every line.
fn note(number: usize) -> String {
    format!("{}{number}", "€ß".repeat(200 + number % 7))
}

/// The rows of a CSV file about orders that nobody has, but for some.
fn rows(known: &[usize]) -> Vec<String> {
    let order = |number: usize| match known.contains(&number) {
        true => format!("A-{number}"),
        false => format!("ORD-{number}"),
    };
    let row = |number| format!("{},ITEM_RETURNED,{}", order(number), note(number));
    (0..3_200).map(row).collect()
}

#[test]
fn lines_are_whole_wherever_the_parts_of_a_file_were_cut() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let header = "order_id,reason,note\n";
        // Those through which the parts are cut are about actions there are.
        let plain = rows(&[]);
        let at = |border: usize| {
            let mut end = header.len();
            plain.iter().position(|row| {
                end += row.len() + 1;
                end > border
            })
        };
        let known = [at(WINDOW).unwrap(), at(PART).unwrap(), at(2 * PART).unwrap()];
        let paths = known.map(|number| deal.tracked(&format!("A-{number}")));
        let rows = rows(&known);
        let file = format!("{header}{}\n", rows.join("\n"));
        assert!(file.len() > 3 * PART, "{}", file.len());

        let batch = sent(&deal.acme, "text/csv", file.as_bytes()).json();
        let counts = json!({
            "total": rows.len(), "applied": 3, "unchanged": 0, "duplicate": 0,
            "rejected": rows.len() - 3,
        });
        assert_eq!((&batch["status"], &batch["counts"]), (&"completed".into(), &counts));
        assert_eq!(batch["size_bytes"], file.len());
        for path in paths {
            assert_eq!(now(&deal, &path), "0.00 0.00 reversed");
        }
        let results = format!("/v1/reversals/{}/results.csv", id(&batch));
        let results = deal.acme.send("GET", &results, &[], b"").text;
        let mut told = results.lines();
        assert_eq!(told.next().unwrap().split(',').count(), 7 + 3);
        for (number, row) in rows.iter().enumerate() {
            let told = told.next().unwrap_or_default();
            let line = format!("{},", number + 2);
            assert!(told.starts_with(&line) && told.ends_with(&format!(",{row}")), "{told}");
            let outcome = match known.contains(&number) {
                true => "applied,".to_string(),
                false => format!("rejected,action_not_found,no action of order ORD-{number},"),
            };
            assert!(told[line.len()..].starts_with(&outcome), "{told}");
        }
        assert_eq!(told.next(), None);
        adds_up(world);
    });
}

#[test]
fn lines_of_json_are_whole_as_well() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let noted = |number: usize| {
            let mut line = reverse(&format!("ORD-{number}"));
            line["note"] = json!(note(number));
            line
        };
        let lines: Vec<Value> = (0..1_200).map(noted).collect();
        let body = json!({ "lines": lines }).to_string();
        assert!(body.len() > PART + WINDOW, "{}", body.len());
        let batch = sent(&deal.acme, "application/json", body.as_bytes()).json();
        let told = deal.acme.all(&format!("/v1/reversals/{}/lines?limit=200", id(&batch)));
        assert_eq!(told.len(), lines.len());
        for (line, told) in lines.iter().zip(told) {
            assert_eq!(told["input"], *line);
            let order = line["order_id"].as_str().unwrap();
            assert_eq!(told["message"], format!("no action of order {order}"));
        }
    });
}

#[test]
fn what_is_wrong_beyond_what_the_door_looks_at_rejects_the_batch_with_its_line() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let good = "A-1,ITEM_RETURNED\n".repeat(WINDOW / 10);
        let long = format!("\"{}\",OTHER\n", "x".repeat(70_000));
        let line = 2 + WINDOW / 10;
        for (fault, code) in [
            (&b"\"A-2,ITEM_RETURNED\n"[..], "unclosed_quote"),
            (b"A-\xff2,ITEM_RETURNED\n", "not_utf8"),
            (b"A-\x002,ITEM_RETURNED\n", "binary_file"),
            (long.as_bytes(), "record_too_long"),
        ] {
            let file = [b"order_id,reason\n", good.as_bytes(), fault].concat();
            let batch = sent(&deal.acme, "text/csv", &file).json();
            assert_eq!((&batch["status"], &batch["code"]), (&"rejected".into(), &code.into()));
            assert_eq!(batch["fault_line"], line, "{batch}");
            let none = json!({
                "total": null, "applied": 0, "unchanged": 0, "duplicate": 0, "rejected": 0,
            });
            assert_eq!(batch["counts"], none);
        }
        assert_eq!(now(&deal, &path), "100.00 7.50 pending", "no line was done");
    });
}

#[test]
fn the_longest_batch_that_is_done_all_or_nothing_tells_all_its_faults_and_does_nothing() {
    const LINES: usize = 100_000;
    const ORDERS: usize = 250;
    in_a_world(|world| {
        let deal = Deal::of(world);
        tracked_many(world, &deal, ORDERS);
        // Faults at both ends and in every chunk there can be.
        let fault = |number: usize| match number {
            0 | 99_999 => Some(("NOBODY,ITEM_RETURNED,-0.01", "action_not_found")),
            number if number % 9_973 == 1 => Some(("7,ITEM_RETURNED,a cent", "bad_number")),
            number if number % 9_973 == 2 => Some(("7,MOOD,-0.01", "unknown_reason")),
            number if number % 9_973 == 3 => Some(("7,ITEM_RETURNED,-100.01", "exceeds_remaining")),
            _ => None,
        };
        let mut file = String::from("order_id,reason,amount_delta\n");
        for number in 0..LINES {
            let good = || format!("{},ITEM_RETURNED,-0.01", number % ORDERS);
            file.push_str(&fault(number).map_or_else(good, |(row, _)| row.to_string()));
            file.push('\n');
        }
        let path = "/v1/reversals?mode=all_or_nothing";
        let answer = deal.acme.send("POST", path, &[("Content-Type", "text/csv")], file.as_bytes());
        assert_eq!(answer.status, 202, "{}", answer.text);
        let path = format!("/v1/reversals/{}", id(&answer.json()));
        // Told until it has ended, however long that takes.
        let events = deal.acme.listen(&format!("{path}/events"));
        assert!(events.lines().all(|line| line.is_ok()), "the stream breaks off");
        let batch = deal.acme.get(&path, 200);
        let told = (&batch["status"], &batch["code"]);
        assert_eq!(told, (&"rejected".into(), &"batch_rejected".into()), "{batch}");
        assert_eq!(batch["counts"]["rejected"], LINES, "every line has its outcome");

        let results = deal.acme.send("GET", &format!("{path}/results.csv"), &[], b"").text;
        assert_eq!(results.lines().count(), 1 + LINES);
        for (number, told) in results.lines().skip(1).enumerate() {
            let code = fault(number).map_or("batch_rejected", |(_, code)| code);
            let wanted = format!("{},rejected,{code},", number + 2);
            assert!(told.starts_with(&wanted), "{told} instead of {wanted}");
        }
        let actions = deal.acme.all("/v1/actions?limit=200");
        let untouched = |action: &Value| action["version"] == 1 && action["state"] == "pending";
        assert_eq!(actions.iter().filter(|action| untouched(action)).count(), ORDERS);
        assert_eq!(deal.acme.all("/v1/action-updates?limit=200&command=modify"), [json!(null); 0]);
    });
}
