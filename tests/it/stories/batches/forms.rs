//! The forms in which a file may come: whatever it is wrapped in, its lines are the same.

use serde_json::{Value, json};

use super::{Batch, adds_up, ended, reverse, to};
use crate::cast::deal::Deal;
use crate::cast::http::{Answer, Caller};
use crate::cast::world::in_a_world;

/// Sends bytes as what they are said to be.
fn send(caller: &Caller, query: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let path = format!("/v1/reversals{query}");
    let mut all = vec![("Prefer", "wait=30")];
    all.extend_from_slice(headers);
    caller.send("POST", &path, &all, body)
}

/// Sends a file that makes a batch, and waits for its end.
fn sent(caller: &Caller, query: &str, headers: &[(&str, &str)], body: &[u8]) -> Batch {
    let answer = send(caller, query, headers, body);
    assert_eq!(answer.status, 200, "{headers:?} was answered {}", answer.text);
    ended(caller, answer.json())
}

/// The status and the code of a refusal, with the codes of its faults.
fn refused(answer: &Answer) -> (u16, String) {
    let problem = answer.json();
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    let mut codes = vec![problem["code"].clone()];
    codes.extend(errors.iter().map(|error| error["code"].clone()));
    let codes: Vec<&str> = codes.iter().filter_map(Value::as_str).collect();
    (answer.status, codes.join(" "))
}

/// A table of a batch.
fn table(caller: &Caller, batch: &Batch, name: &str) -> Vec<String> {
    let answer = caller.send("GET", &format!("{}/{name}", batch.path), &[], b"");
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.text.lines().map(str::to_string).collect()
}

const NDJSON: (&str, &str) = ("Content-Type", "application/x-ndjson");

#[test]
fn a_file_of_json_lines_is_done_line_by_line() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        for order in ["A-1", "A-2"] {
            deal.tracked(order);
        }
        let file = format!(
            "\u{feff}{}\r\n\r\n{{\"order_id\": \"A-2\", oops\r\n  \r\n7\r\n{}\r\n{}",
            to("A-1", "60.00"),
            reverse("A-9"),
            reverse("A-2"),
        );
        let batch = sent(&deal.acme, "?event_type_id=SALE", &[NDJSON], file.as_bytes());
        let expected = [
            "applied",
            "rejected unreadable_line",
            "rejected wrong_type",
            "rejected action_not_found",
            "applied",
        ];
        assert_eq!(batch.told(), expected, "{:?}", batch.lines);
        let numbers: Vec<&Value> = batch.lines.iter().map(|line| &line["line"]).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5]);
        assert_eq!(batch.head["channel"], "upload");
        assert_eq!(batch.lines[0]["input"]["amount"], "60.00");

        let rejected = table(&deal.acme, &batch, "rejected.csv");
        assert_eq!(rejected.len(), 4, "{rejected:?}");
        assert!(rejected[0].ends_with(",allow_increase,error_code,error_message"));
        assert!(rejected[3].starts_with(",,A-9,,,reverse,ITEM_RETURNED,"), "{rejected:?}");
        let results = table(&deal.acme, &batch, "results.csv");
        assert!(results[1].starts_with("1,applied,"), "{results:?}");
        assert_eq!(results.len(), 6);

        let again = send(&deal.acme, "?event_type_id=SALE", &[NDJSON], file.as_bytes()).json();
        assert_eq!(again["code"], "duplicate_file");
        assert_eq!(again["duplicate_of"], batch.head["id"]);
        let other = [("Content-Type", "application/jsonl")];
        let dry = sent(&deal.acme, "?mode=dry_run", &other, reverse("A-1").to_string().as_bytes());
        assert_eq!((dry.told(), &dry.head["mode"]), (vec!["applied".into()], &json!("dry_run")));
        adds_up(world);
    });
}

#[test]
fn a_file_of_no_json_lines_leaves_no_batch() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let refuse = |body: &[u8]| refused(&send(&acme, "", &[NDJSON], body));
        assert_eq!(refuse(b""), (422, "invalid empty_file".into()));
        assert_eq!(refuse(b"\xef\xbb\xbf \r\n\n"), (422, "invalid empty_file".into()));
        assert_eq!(refuse(b"{}\n\xff\n"), (422, "invalid not_utf8".into()));
        assert_eq!(acme.get("/v1/reversals", 200)["data"], json!([]));
    });
}
