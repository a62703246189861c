//! What is wrong with a line is what would be wrong with a single report, and all of it is told.

use serde_json::{Value, json};

use super::{CSV, and, imported, order, sent, tracked};
use crate::cast::deal::Deal;
use crate::cast::http::faults;
use crate::cast::world::in_a_world;

/// Reports with something wrong, and its codes.
fn hopeless(deal: &Deal) -> Vec<(Value, &'static [&'static str])> {
    let with = |more: Value| and(order(deal, "F-1"), more);
    let items = |items: Value| with(json!({ "amount": null, "items": items }));
    let item = |more: Value| items(json!([and(json!({ "quantity": 1, "amount": "1.00" }), more)]));
    let labels: Value =
        (0..21).map(|n| (n.to_string(), json!("x"))).collect::<serde_json::Map<_, _>>().into();
    vec![
        (with(json!({ "order_id": "" })), &["too_short"]),
        (with(json!({ "order_id": "  " })), &["too_short"]),
        (with(json!({ "order_id": "x".repeat(65) })), &["too_long"]),
        (with(json!({ "order_id": 5 })), &["wrong_type"]),
        (with(json!({ "order_id": "A\u{7}" })), &["bad_characters"]),
        (with(json!({ "order_id": "A\u{0}" })), &["bad_characters"]),
        (with(json!({ "occurred_at": "2026-03-10T12:10:01Z" })), &["out_of_range"]),
        (with(json!({ "occurred_at": "yesterday" })), &["bad_format"]),
        (with(json!({ "currency": "USD" })), &["currency_mismatch"]),
        (with(json!({ "currency": "EURO" })), &["bad_format"]),
        (with(json!({ "partner_company_id": deal.crow.company_id() })), &["unknown_partner"]),
        (with(json!({ "partner_company_id": "co_x" })), &["bad_format"]),
        (with(json!({ "partner_company_id": deal.acme.company_id() })), &["no_contract"]),
        (with(json!({ "occurred_at": "2025-12-31T10:00:00Z" })), &["no_contract"]),
        (with(json!({ "amount": "12,50" })), &["bad_number"]),
        (with(json!({ "amount": "12.505" })), &["too_precise"]),
        (with(json!({ "amount": "-1.00" })), &["out_of_range"]),
        (with(json!({ "amount": 12.5 })), &["wrong_type"]),
        (with(json!({ "amount": null })), &["missing_field"]),
        (with(json!({ "colour": "red" })), &["unknown_field"]),
        (with(json!({ "note": "n".repeat(2_001) })), &["too_long"]),
        (with(json!({ "sub_ids": labels })), &["too_many"]),
        (with(json!({ "items": [{ "quantity": 1, "amount": "1.00" }] })), &["conflicting_fields"]),
        (items(json!([])), &["too_few"]),
        (item(json!({ "quantity": 0 })), &["out_of_range"]),
        (item(json!({ "amount": "x" })), &["bad_number"]),
        (item(json!({ "size": "L" })), &["unknown_field"]),
        (
            with(json!({ "order_id": "", "amount": 1, "colour": "red" })),
            &["too_short", "unknown_field", "wrong_type"],
        ),
        (
            with(json!({ "amount": "-1.00", "currency": "USD", "note": "\u{7}" })),
            &["bad_characters", "currency_mismatch", "out_of_range"],
        ),
    ]
}

#[test]
fn a_line_has_the_faults_that_a_single_report_has() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let hopeless = hopeless(&deal);
        let reports: Vec<Value> = hopeless.iter().map(|(report, _)| report.clone()).collect();
        let import = imported(&deal.acme, "", &reports);
        for ((report, codes), line) in hopeless.iter().zip(&import.lines) {
            let single = and(report.clone(), json!({ "event_type_id": deal.sale }));
            let problem = deal.acme.post("/v1/actions", single, 422);
            let found = faults(&problem);
            let mut told: Vec<&str> =
                found.iter().map(|fault| fault.split(' ').nth(1).unwrap()).collect();
            told.sort();
            assert_eq!(told, *codes, "{report}: {found:?}");
            assert_eq!(line["outcome"], "rejected", "{report}");
            let code = line["code"].as_str().unwrap();
            assert!(codes.contains(&code), "{report}: {line}");
            let message = line["message"].as_str().unwrap();
            let many = message.split("; ").count();
            assert!(many >= codes.len(), "{report}: all faults are told: {message}");
        }
        assert_eq!(tracked(&deal), [""; 0]);
    });
}

#[test]
fn faults_that_only_lines_have_are_told_too() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let with = |more: Value| and(order(&deal, "F-1"), more);
        let mut untyped = order(&deal, "F-1");
        untyped.as_object_mut().unwrap().remove("event_type_id");
        let lines = [
            (untyped.to_string(), "missing_field", "event_type_id"),
            (with(json!({ "event_type_id": "CALL" })).to_string(), "unknown_event_type", ""),
            (with(json!({ "event_type_id": 5 })).to_string(), "unknown_event_type", ""),
            (
                with(json!({ "order_id": "1.23E+12" })).to_string(),
                "order_id_mangled",
                "spreadsheet",
            ),
            (
                with(json!({ "event_type_id": "CALL", "amount": "-1" })).to_string(),
                "out_of_range",
                "",
            ),
            ("{\"order_id\": oops".into(), "unreadable_line", "not JSON"),
            ("[1]".into(), "wrong_type", "a JSON object"),
            ("{\"order_id\": \"A\", \"order_id\": \"B\"}".into(), "unreadable_line", "order_id"),
            ("{}".into(), "missing_field", "occurred_at"),
        ];
        let body: String = lines.iter().map(|(line, ..)| format!("{line}\n")).collect();
        let import = sent(&deal.acme, super::NDJSON, "", &body);
        for ((line, code, says), told) in lines.iter().zip(&import.lines) {
            assert_eq!(
                (&told["outcome"], &told["code"]),
                (&"rejected".into(), &json!(code)),
                "{line} {told}"
            );
            assert!(told["message"].as_str().unwrap().contains(says), "{line} {told}");
        }
        let head = "order_id,occurred_at,amount,sku,quantity,sub_ids,items\n";
        let rows = [
            ("A-1,2026-03-09 10:00,5.00,S,two,,", "bad_number", "quantity `two`"),
            ("A-1,2026-03-09 10:00,5.00", "wrong_cell_count", "3 cells"),
            ("A-1,2026-03-09 10:00,5.00,S,1,{,", "wrong_type", "sub_ids is not JSON"),
            ("A-1,2026-03-09 10:00,5.00,S,1,,[]", "conflicting_fields", "items"),
            ("A-1,2026-03-09 10:00,,S,1,,", "missing_field", "amount: "),
        ];
        let file: String = rows.iter().map(|(row, ..)| format!("{row}\n")).collect();
        let import = sent(&deal.acme, CSV, "?event_type_id=SALE", &format!("{head}{file}"));
        for ((row, code, says), told) in rows.iter().zip(&import.lines) {
            assert_eq!(told["code"], json!(code), "{row} {told}");
            assert!(told["message"].as_str().unwrap().contains(says), "{row} {told}");
        }
        assert_eq!(tracked(&deal), [""; 0]);
    });
}
