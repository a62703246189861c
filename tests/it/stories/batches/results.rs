//! What is told about a batch: modes, lists, tables and the feed.

use serde_json::{Value, json};

use super::{
    Batch, adds_up, and, by, file_of, now, plain, reverse, state_of, submit, submit_file,
    submit_with, to,
};
use crate::cast::deal::{Deal, told};
use crate::cast::http::Caller;
use crate::cast::world::in_a_world;

#[test]
fn a_dry_run_answers_every_line_writes_nothing_and_does_not_use_the_file_up() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        deal.tracked("A-2");
        let once = and(to("A-2", "50.00"), json!({ "external_ref": "RMA-1" }));
        let lines = json!([to("A-1", "60.00"), by("A-1", "-10.00"), reverse("A-9"), once]);
        let file = file_of(&lines);
        let before = state_of(&deal);
        let expected = ["applied", "applied", "rejected action_not_found", "applied"];
        let dry = submit_file(&deal.acme, "?mode=dry_run", &file);
        assert_eq!(dry.told(), expected, "{:?}", dry.lines);
        let dry = submit_with(&deal.acme, json!({ "mode": "dry_run" }), &lines);
        assert_eq!(dry.told(), expected, "{:?}", dry.lines);
        assert_eq!(
            (&dry.head["status"], &dry.head["mode"]),
            (&json!("completed"), &json!("dry_run"))
        );
        assert_eq!(state_of(&deal), before);

        let real = submit_file(&deal.acme, "", &file);
        assert_eq!(real.told(), expected, "{:?}", real.lines);
        assert_eq!(now(&deal, &path), "50.00 3.75 pending");
        let csv = [("Content-Type", "text/csv")];
        let again = deal.acme.send("POST", "/v1/reversals", &csv, file.as_bytes());
        assert_eq!((again.status, &again.json()["duplicate_of"]), (200, &real.head["id"]));
        adds_up(world);
    });
}

#[test]
fn all_or_nothing_names_every_fault_and_does_nothing() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        deal.tracked("A-2");
        let once = and(reverse("A-2"), json!({ "external_ref": "RMA-1" }));
        let lines = json!([to("A-1", "60.00"), reverse("A-9"), once, to("A-1", "x")]);
        let before = state_of(&deal);
        let all = || json!({ "mode": "all_or_nothing" });
        let batch = submit_with(&deal.acme, all(), &lines);
        let expected = [
            "rejected batch_rejected",
            "rejected action_not_found",
            "rejected batch_rejected",
            "rejected bad_number",
        ];
        assert_eq!(batch.told(), expected, "{:?}", batch.lines);
        assert_eq!(
            (&batch.head["status"], &batch.head["code"]),
            (&json!("rejected"), &json!("batch_rejected"))
        );
        assert_eq!(state_of(&deal), before);
        let file = submit_file(&deal.acme, "?mode=all_or_nothing", &file_of(&lines));
        assert_eq!(file.told(), expected, "{:?}", file.lines);
        assert_eq!(state_of(&deal), before);

        // Mended, it runs: neither the file nor the reference was used up.
        let mended = json!([lines[0], lines[2]]);
        let batch = submit_with(&deal.acme, all(), &mended);
        assert_eq!(batch.told(), ["applied", "applied"], "{:?}", batch.lines);
        assert_eq!(batch.head["status"], "completed");
        assert_eq!(now(&deal, &path), "60.00 4.50 pending");
        adds_up(world);
    });
}

/// A file of 14 rows on as many orders: the even ones are there, the odd ones are not.
fn half_good(deal: &Deal) -> String {
    let mut file = String::from("Order ID;Note;Reason;Amount\n");
    for n in 0..14 {
        if n % 2 == 0 {
            deal.tracked(&format!("A-{n}"));
        }
        file.push_str(&format!("A-{n};\"one; \"\"two\"\"\n{n}\";ITEM_RETURNED; 5.00\n"));
    }
    file
}

#[test]
fn results_are_listed_by_outcome_page_by_page_and_as_a_table_in_the_inputs_order() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let batch = submit_file(&deal.acme, "", &half_good(&deal));
        let numbers = |query: &str| -> Vec<i64> {
            let lines = deal.acme.all(&format!("{}/lines{query}", batch.path));
            lines.iter().map(|line| line["line"].as_i64().unwrap()).collect()
        };
        let every: Vec<i64> = (2..16).collect();
        let (good, bad): (Vec<i64>, Vec<i64>) = every.iter().partition(|n| *n % 2 == 0);
        for limit in ["", "&limit=1", "&limit=3", "&limit=200"] {
            let filtered = |word: &str| numbers(&format!("?outcome={word}{limit}"));
            assert_eq!(filtered("applied"), good);
            assert_eq!(filtered("rejected"), bad);
            assert_eq!(filtered("unchanged"), Vec::<i64>::new());
            assert_eq!(numbers(&limit.replacen('&', "?", 1)), every);
        }
        let page = deal.acme.get(&format!("{}/lines?limit=5", batch.path), 200);
        assert_eq!(page["data"].as_array().map(Vec::len), Some(5));

        let answer = deal.acme.send("GET", &format!("{}/results.csv", batch.path), &[], b"");
        assert!(answer.header("Content-Type").starts_with("text/csv"));
        let mut rows =
            csv::ReaderBuilder::new().delimiter(b';').from_reader(answer.text.as_bytes());
        let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 14, "{}", answer.text);
        for (n, row) in rows.iter().enumerate() {
            assert_eq!(row[0], (n + 2).to_string());
            assert_eq!(&row[1], if n % 2 == 0 { "applied" } else { "rejected" });
            assert_eq!(row[7], format!("A-{n}"));
            assert_eq!(row[8], format!("one; \"two\"\n{n}"));
        }
        let table = deal.acme.send("GET", &format!("{}/rejected.csv", batch.path), &[], b"").text;
        assert!(
            table.contains("A-1;\"one; \"\"two\"\"\n1\";ITEM_RETURNED; 5.00;action_not_found"),
            "{table}"
        );
        deal.crow.get(&format!("{}/results.csv", batch.path), 404);
    });
}

/// Cells that a table must give back as they are: a comma in quotes, quotes, what a spreadsheet would
/// take for a formula, an apostrophe; and no line that can be done.
const FAULTY: &str = "\u{feff}OrderID,Reason,Amount,Category,Note\r\n\
                      A-1,ITEM_RETURNED,\"5,00\",,=1+1\r\n\
                      -7,NONSENSE,5.00,,\"a \"\"b\"\"\"\r\n\
                      A-9,ITEM_RETURNED,5.00,,@x\r\n\
                      'A-3,ITEM_RETURNED,x,,+1\r\n";

#[test]
fn what_was_rejected_is_mended_and_sent_again_as_it_came() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        for order in ["A-1", "-7", "'A-3"] {
            deal.tracked(order);
        }
        let first = submit_file(&deal.acme, "", FAULTY);
        let expected = [
            "rejected bad_number",
            "rejected unknown_reason",
            "rejected action_not_found",
            "rejected bad_number",
        ];
        assert_eq!(first.told(), expected);
        let table = |batch: &Batch| {
            deal.acme.send("GET", &format!("{}/rejected.csv", batch.path), &[], b"").text
        };
        // As it is, it gives the same again: nothing in it has moved.
        let same = submit_file(&deal.acme, "", &table(&first));
        assert_eq!(same.told(), expected);
        let inputs = |batch: &Batch| -> Vec<Value> {
            let told = json!({ "error_code": null, "error_message": null });
            batch.lines.iter().map(|line| and(line["input"].clone(), told.clone())).collect()
        };
        assert_eq!(inputs(&same), inputs(&first));
        assert_eq!(table(&same), table(&first));

        let mended = table(&first)
            .replace("\"5,00\"", "5.00")
            .replace("NONSENSE", "ORDER_ERROR")
            .replace("RETURNED,x", "RETURNED,5.00");
        let second = submit_file(&deal.acme, "", &mended);
        let expected = ["applied", "applied", "rejected action_not_found", "applied"];
        assert_eq!(second.told(), expected, "{:?}", second.lines);
        let notes: Vec<&str> =
            second.lines.iter().map(|line| line["input"]["Note"].as_str().unwrap()).collect();
        assert_eq!(notes, ["=1+1", "a \"b\"", "@x", "+1"]);
        adds_up(world);
    });
}

/// The feed, once it shows that many events of a type, and with them all that came before.
#[test]
fn long_rows_are_given_back_a_few_at_a_time_and_none_is_lost() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let long = "x".repeat(60_000);
        let row = |order: usize| format!("A-{order},ITEM_RETURNED,{long}\n");
        let rows: String = (0..50).map(row).collect();
        let batch = submit_file(&deal.acme, "", &format!("order_id,reason,category\n{rows}"));
        assert_eq!(batch.head["counts"]["rejected"], 50);
        for file in ["results.csv", "rejected.csv"] {
            let text = deal.acme.send("GET", &format!("{}/{file}", batch.path), &[], b"").text;
            let found: Vec<&str> = text
                .lines()
                .filter_map(|line| line.split(',').find(|c| c.starts_with("A-")))
                .collect();
            let expected: Vec<String> = (0..50).map(|order| format!("A-{order}")).collect();
            assert_eq!(found, expected, "{file}");
            assert_eq!(text.matches(&long).count(), 50, "{file}");
        }
    });
}

fn feed(caller: &Caller, kind: &str, many: usize) -> Vec<Value> {
    let began = std::time::Instant::now();
    loop {
        let events = caller.all("/v1/events");
        if events.iter().filter(|event| event["type"] == kind).count() == many {
            return events;
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "no {kind}: {events:?}");
    }
}

/// The events of the action, in the order of its lines.
fn in_order(events: &[Value], action: &str) {
    let of_action: Vec<&Value> = events.iter().filter(|e| e["object_id"] == action).collect();
    let sequences: Vec<i64> = of_action.iter().map(|e| e["sequence"].as_i64().unwrap()).collect();
    assert_eq!(sequences, [1, 2, 3, 4]);
    assert_eq!(of_action[1]["changes"]["sale_amount"], json!(["100.00", "90.00"]));
    assert_eq!(of_action[2]["changes"]["sale_amount"], json!(["90.00", "80.00"]));
}

#[test]
fn the_feed_tells_of_every_applied_line_once_and_of_the_batch_to_its_brand_alone() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let paths = ["A-1", "A-2"].map(|order| deal.tracked(order));
        let old = feed(&deal.acme, "action.tracked", 2).len();
        let lines = json!([
            to("A-1", "90.00"),
            reverse("A-2"),
            by("A-1", "-10.00"),
            reverse("A-9"),
            plain("A-1", "approve"),
            to("A-1", "x"),
        ]);
        let batch = submit(&deal.acme, &lines);
        let expected = ["action.modified", "action.modified", "action.approved", "action.reversed"];
        let events = feed(&deal.acme, "reversal.completed", 1);
        let words: Vec<&str> = events.iter().map(|e| e["type"].as_str().unwrap()).collect();
        let tail = &words[old..];
        assert_eq!(tail.first(), Some(&"reversal.received"), "{words:?}");
        assert_eq!(tail.last(), Some(&"reversal.completed"), "{words:?}");
        assert!(events.iter().filter(|e| e["object_id"] == batch.head["id"]).count() <= 3);
        let mut sorted: Vec<&str> = tail[1..tail.len() - 1].to_vec();
        sorted.retain(|word| word.starts_with("action."));
        sorted.sort_unstable();
        let mut all = expected.to_vec();
        all.sort_unstable();
        assert_eq!(sorted, all);

        let first = paths[0].rsplit('/').next().unwrap();
        in_order(&events, first);
        assert_eq!(told(&deal.bolt, 6).len(), 6);
        let partners = deal.bolt.all("/v1/events");
        let batches = |events: &[Value]| {
            events.iter().any(|e| e["type"].as_str().unwrap().starts_with("reversal."))
        };
        assert!(!batches(&partners) && batches(&events));
        assert!(deal.crow.all("/v1/events").iter().all(|e| e["object_id"] != first));
    });
}
