use std::collections::BTreeSet;

use utoipa::PartialSchema;

use super::*;
use crate::error::Place;
use crate::reversals::line::TargetOf;
use crate::reversals::model::{Mode, OnAmbiguous, Operation};
use crate::reversals::wire::NewLine;

fn line(json: &str) -> Result<Line, Vec<LineFault>> {
    parse(&Layout::Lines, json.as_bytes(), None)
}

fn faults(body: &str) -> Vec<(String, String)> {
    let Err(EnvelopeFault::Invalid(faults)) = envelope(body.as_bytes(), Purpose::Reversals, 1_000)
    else {
        panic!("{body}: not an invalid envelope")
    };
    let shown = faults.into_iter().map(|fault| match fault.place {
        Place::Pointer(pointer) => (pointer, fault.code.into_owned()),
        other => panic!("{other:?}"),
    });
    shown.collect()
}

#[test]
fn an_envelope_is_read_and_its_lines_are_kept() {
    let body = "{\"mode\": \"dry_run\", \"on_ambiguous\": \"newest\", \"event_type_id\": \"sale\",
        \"force\": true, \"lines\": [{\"order_id\": \"A\",\r\n \"operation\": \"approve\"}, 7]}";
    let read = envelope(body.as_bytes(), Purpose::Reversals, 1_000).unwrap();
    assert_eq!((read.mode, read.on_ambiguous), (Mode::DryRun, OnAmbiguous::Newest));
    assert_eq!((read.event_type, read.force), (Some(EventTypeName::of("sale")), true));
    let bytes = stored(&read.lines);
    let records = all_records(&Layout::Lines, &bytes).unwrap();
    let places: Vec<_> = records.iter().map(|(line, offset, _)| (*line, *offset)).collect();
    assert_eq!(places, [(1, 0), (2, 44)]);
    let first = parse(&Layout::Lines, &records[0].2, Some(&EventTypeName::of("sale"))).unwrap();
    assert_eq!(first.operation, Operation::Approve);
    assert!(matches!(first.target, TargetOf::Order { event_type: Some(_), .. }));
    assert_eq!(codes(&parse(&Layout::Lines, &records[1].2, None)), ["wrong_type"]);
    assert_eq!(fields(&Layout::Lines, &records[0].2)["order_id"], "A");
    assert_eq!(fields(&Layout::Lines, &records[1].2)[""], "7");
}

#[test]
fn lines_of_a_file_are_counted_without_blank_ones_and_the_mark() {
    let file = b"\xef\xbb\xbf\r\n \t\r\n{\"a\": 1}\r\n\n  7 \n\nnope";
    assert_eq!(sniff_lines(file, true), Ok(Layout::Lines));
    let records = all_records(&Layout::Lines, file).unwrap();
    let wanted = [(1, 9, &b"{\"a\": 1}"[..]), (2, 22, b"7"), (3, 26, b"nope")];
    let found = records.iter().map(|(line, offset, bytes)| (*line, *offset, bytes.as_slice()));
    assert_eq!(found.collect::<Vec<_>>(), wanted);
    let marked = all_records(&Layout::Lines, b"\xef\xbb\xbf{}\n{}").unwrap();
    assert_eq!(marked, [(1, 3, b"{}".to_vec()), (2, 6, b"{}".to_vec())]);
}

#[test]
fn a_file_of_no_lines_or_no_text_is_refused() {
    let code = |file: &[u8]| sniff_lines(file, true).unwrap_err()[0].code.as_str();
    let long = vec![b'x'; LONGEST_RECORD + 1];
    for (file, wanted) in [
        (&b""[..], "empty_file"),
        (b"\xef\xbb\xbf\r\n \n", "empty_file"),
        (b"PK\x03\x04", "binary_file"),
        (b"{}\n{\0}", "binary_file"),
        (b"{}\ngr\xf6\xdfe\n", "not_utf8"),
        (&long, "record_too_long"),
    ] {
        assert_eq!(code(file), wanted);
    }
}

#[test]
fn an_envelope_has_defaults() {
    let read = envelope(b"{\"mode\": null, \"lines\": [{}]}", Purpose::Reversals, 1_000).unwrap();
    assert_eq!((read.mode, read.on_ambiguous), (Mode::BestEffort, OnAmbiguous::Reject));
    assert_eq!((read.event_type, read.force, read.lines.len()), (None, false, 1));
}

#[test]
fn what_is_not_json_is_malformed() {
    let deep = |depth: usize| {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        format!("{{\"lines\": [{{\"x\": {open}{close}}}]}}")
    };
    assert!(envelope(deep(124).as_bytes(), Purpose::Reversals, 1_000).is_ok());
    let brackets = "[".repeat(1_000_000);
    for body in ["", "{", "{\"lines\": [}", "{\"lines\": []} x", &deep(125), &brackets] {
        assert!(
            matches!(
                envelope(body.as_bytes(), Purpose::Reversals, 1_000),
                Err(EnvelopeFault::Malformed(_))
            ),
            "{body:.40}"
        );
    }
    let Err(EnvelopeFault::Malformed(detail)) =
        envelope(b"{\"lines\": [\n  nope]}", Purpose::Reversals, 1_000)
    else {
        panic!("not malformed")
    };
    assert!(detail.contains("line 2 column"), "{detail}");
    assert!(matches!(
        envelope(b"{\"\xff\": 1}", Purpose::Reversals, 1_000),
        Err(EnvelopeFault::Malformed(_))
    ));
}

#[test]
fn all_faults_of_an_envelope_are_told_at_once() {
    let found = faults(
        r#"{"mode": "sometimes", "on_ambiguous": 5, "event_type_id": "", "force": "yes",
            "lines": [], "a/b~c": 1, "mode": "dry_run"}"#,
    );
    let wanted = [
        ("/mode", "unknown_value"),
        ("/on_ambiguous", "wrong_type"),
        ("/event_type_id", "unknown_event_type"),
        ("/force", "wrong_type"),
        ("/lines", "empty_batch"),
        ("/a~1b~0c", "unknown_field"),
        ("/mode", "duplicate_field"),
    ];
    let wanted: Vec<_> = wanted.map(|(a, b)| (a.to_string(), b.to_string())).into();
    assert_eq!(found, wanted);
    assert_eq!(faults("{}"), [("/lines".to_string(), "missing_field".to_string())]);
    assert_eq!(faults("[]"), [(String::new(), "wrong_type".to_string())]);
    assert_eq!(faults(r#"{"lines": {}}"#), [("/lines".to_string(), "wrong_type".to_string())]);
    let long = format!(r#"{{"lines": [1, "{}"]}}"#, "x".repeat(LONGEST_RECORD));
    assert_eq!(faults(&long), [("/lines/1".to_string(), "too_long".to_string())]);
}

#[test]
fn a_body_of_nothing_but_faults_is_told_some_of_them() {
    let fields: Vec<String> = (0..10_000).map(|n| format!("\"x{n}\": 1")).collect();
    let body = format!("{{{}}}", fields.join(", "));
    assert_eq!(faults(&body).len(), 100);
    let Err(of_line) = line(&body) else { panic!("not a line") };
    assert!(of_line.len() <= 102, "{}", of_line.len());
    let long = format!("\"{}\"", "x".repeat(LONGEST_RECORD));
    let body = format!("{{\"lines\": [{}]}}", vec![long; 200].join(", "));
    assert_eq!(faults(&body).len(), 100);
}

#[test]
fn lines_are_counted_before_they_are_kept() {
    let body = |lines| format!("{{\"lines\": [{}]}}", vec!["1"; lines].join(","));
    assert!(envelope(body(1_000).as_bytes(), Purpose::Reversals, 1_000).is_ok());
    let crowded = body(1_001);
    let Err(EnvelopeFault::TooManyLines(fault)) =
        envelope(crowded.as_bytes(), Purpose::Reversals, 1_000)
    else {
        panic!("not too many")
    };
    assert_eq!(fault.detail, "a batch has at most 1000 lines");
}

#[test]
fn a_line_has_the_fields_that_a_table_has_and_that_are_documented() {
    for field in FIELDS.iter() {
        let parsed = line(&format!(r#"{{"{field}": []}}"#));
        assert!(!codes(&parsed).contains(&"unknown_field"), "{field}");
    }
    let schema = serde_json::to_value(NewLine::schema()).unwrap();
    let documented = schema["properties"].as_object().unwrap().keys().map(String::as_str);
    assert_eq!(documented.collect::<BTreeSet<_>>(), FIELDS.iter().copied().collect());
}

#[test]
fn all_faults_of_a_line_are_told_at_once() {
    for (json, wanted) in [
        ("{}", &["missing_field", "missing_field"][..]),
        (r#"{"order_id": 5, "operation": "approve"}"#, &["wrong_type"]),
        (r#"{"order_id": "A", "operation": "APPROVE"}"#, &["unknown_operation"]),
        (r#"{"order_id": "A", "operation": "approve", "x": 1}"#, &["unknown_field"]),
        (
            r#"{"order_id": "A", "operation": "approve", "sku": ""}"#,
            &["missing_field", "conflicting_fields"],
        ),
        (r#"{"order_id": "A", "order_id": "B", "operation": "approve"}"#, &["conflicting_fields"]),
        (
            r#"{"order_id": "A", "action_id": "act_1", "operation": "approve"}"#,
            &["conflicting_fields"],
        ),
        (r#"{"action_id": "act_1", "operation": "approve"}"#, &["action_not_found"]),
        (
            r#"{"order_id": "A", "operation": "modify", "reason": "OTHER", "amount": 12.5}"#,
            &["bad_number"],
        ),
        (
            r#"{"order_id": "A", "operation": "modify", "reason": "OTHER", "amount": []}"#,
            &["wrong_type"],
        ),
        (
            r#"{"order_id": "A", "sku": "S", "operation": "modify", "reason": "O","quantity":"1"}"#,
            &["wrong_type"],
        ),
        (
            r#"{"order_id": "A", "sku": "S", "operation": "modify", "reason": "O","quantity":1.5}"#,
            &["bad_number"],
        ),
        (
            r#"{"order_id": "A", "operation": "modify", "currency": "euro", "amount": "1,5"}"#,
            &["missing_field", "bad_number", "unknown_currency"],
        ),
        (r#"{"order_id": "\u0000", "operation": "approve"}"#, &["bad_characters"]),
        (r#"{"order_id": "A", "note": "a\u0000b", "operation": "approve"}"#, &["bad_characters"]),
        (r#"{"order_id": "\ud800", "operation": "approve"}"#, &["unreadable_line"]),
        ("[1]", &["wrong_type"]),
        ("", &["unreadable_line"]),
        (r#"{"order_id": "A", "operation": "approve", "note": "", "sku": null}"#, &[]),
    ] {
        assert_eq!(codes(&line(json)), wanted, "{json}");
    }
}

#[test]
fn an_amount_of_zero_is_no_reverse_where_the_operation_is_named() {
    let json = r#"{"order_id": "A", "operation": "modify", "reason": "OTHER", "amount": "0"}"#;
    let line = line(json).unwrap();
    assert_eq!(line.operation, Operation::Modify);
    assert_eq!(line.figures.amount.as_deref(), Some("0"));
}
