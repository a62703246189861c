//! The sample files of this repository, sent as they are, and what becomes of each of their lines.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{Batch, adds_up, ended};
use crate::cast::shop::Shop;
use crate::cast::world::{World, in_a_world};

/// Orders that a brand has, each of 200.00.
const ORDERS: &[&str] = &[
    "ORD-1001", "ORD-1002", "ORD-1003", "ORD-1004", "ORD-1005", "ORD-1008", "ORD-1010", "ORD-1011",
    "ORD-1012", "0001001", "0001002", "-77",
];

/// A file, what its lines come to, and what the orders are worth then that it changes.
type Example = (&'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

/// In euros; the event type's code is `sale`.
const OWN: &[Example] = &[
    (
        "awin.csv",
        &["applied", "applied", "applied", "unknown_operation"],
        &[("ORD-1001", "0.00"), ("ORD-1002", "79.90")],
    ),
    ("corrected.csv", &["applied", "applied"], &[("ORD-1008", "12.50"), ("-77", "0.00")]),
    (
        "entente.csv",
        &["action_not_found", "applied", "unknown_event_type", "not_reversed"],
        &[("ORD-1002", "187.50")],
    ),
    (
        "formulas.csv",
        &["applied", "applied", "action_not_found"],
        &[("0001001", "160.00"), ("0001002", "0.00")],
    ),
    (
        "french.csv",
        &["bad_number", "bad_number", "bad_number", "applied"],
        &[("ORD-1004", "45.00")],
    ),
    ("old-mac.csv", &["applied", "applied"], &[("ORD-1001", "0.00"), ("ORD-1002", "79.90")]),
    ("packed.csv.gz", &["applied", "applied"], &[("ORD-1001", "0.00"), ("ORD-1002", "79.90")]),
    ("shift-jis.csv", &["applied", "applied"], &[("ORD-1001", "0.00"), ("ORD-1002", "79.90")]),
    ("unicode-text.txt", &["applied", "applied"], &[("ORD-1001", "0.00"), ("ORD-1002", "79.90")]),
    ("windows-1252.csv", &["applied", "applied"], &[("ORD-1001", "0.00"), ("ORD-1002", "79.90")]),
    ("quoted-newlines.csv", &["applied", "applied"], &[("ORD-1001", "0.00"), ("ORD-1002", "0.00")]),
    (
        "returns.csv",
        &[
            "applied",
            "applied",
            "applied",
            "applied",
            "applied",
            "action_not_found",
            "order_id_mangled",
            "bad_number",
            "duplicate_of_line",
            "unknown_reason",
            "applied",
            "applied",
        ],
        &[
            ("ORD-1001", "0.00"),
            ("ORD-1002", "79.90"),
            ("ORD-1003", "0.00"),
            ("ORD-1004", "45.00"),
            ("ORD-1005", "0.00"),
            ("ORD-1011", "120.00"),
            ("ORD-1012", "0.00"),
        ],
    ),
    (
        "semicolons.csv",
        &["applied", "bad_number", "applied"],
        &[("ORD-1001", "0.00"), ("ORD-1003", "79.90")],
    ),
    (
        "spreadsheet.csv",
        &[
            "applied",
            "applied",
            "bad_number",
            "bad_number",
            "bad_number",
            "bad_number",
            "order_id_mangled",
            "action_not_found",
            "missing_field",
        ],
        &[("0001001", "79.90"), ("0001002", "0.00")],
    ),
    ("tabs.tsv", &["applied", "applied"], &[("ORD-1001", "160.00"), ("ORD-1002", "180.00")]),
];

/// In euros; the event type's code is another platform's number.
const IMPACT: &[Example] = &[
    (
        "impact-items.csv",
        &["applied", "applied", "applied", "missing_field"],
        &[("ORD-1001", "120.00"), ("ORD-1002", "179.90"), ("ORD-1003", "180.00")],
    ),
    (
        "impact-several-items.csv",
        &["applied", "applied", "exceeds_remaining", "sku_not_found", "applied"],
        &[("ORD-1001", "60.00"), ("ORD-1002", "100.00"), ("ORD-1005", "180.00")],
    ),
    (
        "impact-orders.csv",
        &["applied", "applied", "missing_field", "unchanged", "action_not_found"],
        &[("ORD-1001", "0.00"), ("ORD-1002", "79.90")],
    ),
];

/// The same, in dollars.
const CJ: &[Example] = &[
    ("cj-cancellation.csv", &["applied"], &[("ORD-1001", "0.00")]),
    (
        "cj-restatement.csv",
        &["applied", "applied", "applied"],
        &[("ORD-1001", "50.00"), ("ORD-1002", "0.00"), ("ORD-1003", "80.00")],
    ),
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/reversals")
}

fn sent(shop: &Shop, kind: &str, body: &[u8]) -> Batch {
    let headers = [("Content-Type", kind), ("Prefer", "wait=30")];
    let answer = shop.acme.send("POST", "/v1/reversals", &headers, body);
    assert_eq!(answer.status, 200, "{}", answer.text);
    ended(&shop.acme, answer.json())
}

/// The code of a line that was rejected, and what became of any other.
fn came_to(line: &Value) -> &str {
    line["code"].as_str().or(line["outcome"].as_str()).unwrap_or_default()
}

fn worths(shop: &Shop) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let actions = shop.acme.all("/v1/actions");
    let worth =
        |action: &Value| (text(&action["order_id"]), text(&action["sale_amount"]["amount"]));
    actions.iter().map(worth).collect()
}

/// Sends each file to a brand whose orders are as they were tracked.
fn told(world: &World, currency: &str, code: &str, examples: &[Example]) {
    let shop = Shop::of(world, currency, code, "10");
    for order in ORDERS {
        shop.tracked(
            order,
            &[("SHOE-42", 2, "80.00"), ("SHOE-43", 1, "100.00"), ("HAT-1", 1, "20.00")],
        );
    }
    let reset = |order: &&str| json!({ "order_id": order, "operation": "reset" });
    let resets = json!({ "lines": ORDERS.iter().map(reset).collect::<Vec<Value>>() }).to_string();
    for (name, lines, changed) in examples {
        let file = fs::read(folder().join(name)).expect("a sample");
        let kind = match name.split_once('.') {
            Some(("shift-jis", _)) => "text/csv; charset=shift_jis",
            Some(("windows-1252", _)) => "text/csv; charset=windows-1252",
            Some((_, "csv.gz")) => "application/gzip",
            // The second is what Excel calls a text file.
            Some((_, "tsv" | "txt")) => "text/tab-separated-values",
            _ => "text/csv",
        };
        let batch = sent(&shop, kind, &file);
        let told: Vec<&str> = batch.lines.iter().map(came_to).collect();
        assert_eq!(told, *lines, "{name}: {:#?}", batch.lines);
        for (order, worth) in worths(&shop) {
            let changed = changed.iter().find(|(changed, _)| *changed == order);
            assert_eq!(worth, changed.map_or("200.00", |(_, worth)| worth), "{name}: {order}");
        }
        sent(&shop, "application/json", resets.as_bytes());
    }
}

#[test]
fn the_sample_files_do_what_they_say() {
    in_a_world(|world| {
        told(world, "EUR", "sale", OWN);
        told(world, "EUR", "31415", IMPACT);
        told(world, "USD", "31415", CJ);
        adds_up(world);
    });
}

#[test]
fn every_sample_file_takes_part() {
    let told = OWN.iter().chain(IMPACT).chain(CJ).map(|(name, ..)| name.to_string());
    let files = fs::read_dir(folder()).expect("the samples");
    let there = files.map(|file| file.unwrap().file_name().to_string_lossy().into_owned());
    assert_eq!(told.collect::<BTreeSet<_>>(), there.collect::<BTreeSet<_>>());
}
