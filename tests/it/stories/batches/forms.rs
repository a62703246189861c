//! The forms in which a file may come: whatever it is wrapped in, its lines are the same.

use std::io::Write;

use encoding_rs::{SHIFT_JIS, WINDOWS_1252};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::{Batch, adds_up, ended, now, reverse, to};
use crate::cast::deal::Deal;
use crate::cast::http::{Answer, Caller};
use crate::cast::world::{in_a_world, in_a_world_with};

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

fn no_batch_is_left(caller: &Caller) {
    assert_eq!(caller.get("/v1/reversals", 200)["data"], json!([]));
}

/// A table of a batch.
fn table(caller: &Caller, batch: &Batch, name: &str) -> Vec<String> {
    let answer = caller.send("GET", &format!("{}/{name}", batch.path), &[], b"");
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.text.lines().map(str::to_string).collect()
}

const CSV: (&str, &str) = ("Content-Type", "text/csv");
const JSON: (&str, &str) = ("Content-Type", "application/json");
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
        no_batch_is_left(&acme);
    });
}

const PACKED: (&str, &str) = ("Content-Encoding", "gzip");
const FILE: &str = "order_id,reason,amount\nA-1,ITEM_RETURNED,60.00\nA-9,ITEM_RETURNED,0\n";

fn gzip(text: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_packed_body_is_the_same_as_what_is_in_it() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let (first, rest) = FILE.as_bytes().split_at(30);
        let members = [gzip(first, 9), gzip(rest, 9)].concat();
        let key = ("Idempotency-Key", "k");
        let batch = sent(&deal.acme, "", &[CSV, PACKED, key], &members);
        assert_eq!(batch.told(), ["applied", "rejected action_not_found"], "{:?}", batch.lines);
        assert_eq!(batch.head["size_bytes"], FILE.len());
        assert_eq!(now(&deal, &path), "60.00 4.50 pending");
        let same = send(&deal.acme, "", &[CSV, PACKED, key], &gzip(FILE.as_bytes(), 1));
        assert_eq!(same.header("Idempotency-Replayed"), "true", "{}", same.text);

        for (headers, body) in [
            (vec![CSV], FILE.as_bytes().to_vec()),
            (vec![CSV, PACKED], gzip(FILE.as_bytes(), 1)),
            (vec![("Content-Type", "application/gzip")], gzip(FILE.as_bytes(), 6)),
        ] {
            let again = send(&deal.acme, "", &headers, &body).json();
            assert_eq!(again["duplicate_of"], batch.head["id"], "{headers:?} {again}");
        }
        let lines = gzip(to("A-1", "50.00").to_string().as_bytes(), 6);
        assert_eq!(sent(&deal.acme, "", &[NDJSON, PACKED], &lines).told(), ["applied"]);
        let body = gzip(json!({ "lines": [reverse("A-1")] }).to_string().as_bytes(), 6);
        assert_eq!(sent(&deal.acme, "", &[JSON, PACKED], &body).told(), ["applied"]);
        adds_up(world);
    });
}

#[test]
fn a_broken_or_monstrous_archive_leaves_no_batch() {
    in_a_world_with(&["--reversal-max-bytes", "3000000"], |world| {
        let acme = world.company("Acme", "brand");
        let packed = gzip(FILE.as_bytes(), 6);
        let post = |headers: &[(&str, &str)], body: &[u8]| refused(&send(&acme, "", headers, body));
        for kind in [CSV, NDJSON, JSON] {
            let cut = post(&[kind, PACKED], &packed[..packed.len() - 3]);
            assert_eq!(cut, (400, "malformed".into()), "{kind:?}");
            let not = post(&[kind, PACKED], FILE.as_bytes());
            assert_eq!(not, (400, "malformed".into()), "{kind:?}");
        }
        let mut changed = packed.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 0x10;
        assert_eq!(post(&[CSV, PACKED], &changed), (400, "malformed".into()));
        // 2 MiB are within the limit, and far too many for two kilobytes.
        let bomb = format!("{FILE}{}", " ".repeat(2 << 20));
        assert_eq!(post(&[CSV, PACKED], &gzip(bomb.as_bytes(), 9)), (413, "body_too_large".into()));
        let rows: String = (0..250_000).map(|n| format!("A-{n},OTHER,0\n")).collect();
        let long = gzip(format!("{FILE}{rows}").as_bytes(), 1);
        assert!(long.len() < 3_000_000, "{}", long.len());
        assert_eq!(post(&[CSV, PACKED], &long), (413, "body_too_large".into()));
        let twice = [("Content-Type", "application/gzip"), PACKED];
        assert_eq!(post(&twice, &packed), (415, "unsupported_media_type".into()));
        let empty = post(&[CSV, PACKED], &gzip(b"", 6));
        assert_eq!(empty, (422, "invalid empty_file".into()));
        no_batch_is_left(&acme);
    });
}

/// A file with letters that every encoding writes in its own way.
fn text(order: &str, note: &str) -> String {
    format!("Order ID\tReason\tAmount\tNote\r\n{order}\tITEM_RETURNED\t60,00\t{note}\r\n")
}

#[test]
fn a_text_in_another_encoding_is_kept_in_utf_8() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let wide = |text: &str, bytes_of: fn(u16) -> [u8; 2]| -> Vec<u8> {
            std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(bytes_of).collect()
        };
        let (german, japanese) = (text("A-1", "Größe 42, 5 €"), text("A-1", "注文の表示"));
        let latin = WINDOWS_1252.encode(&german).0;
        let declared = |kind: &'static str| ("Content-Type", kind);
        for (kind, body, note) in [
            (CSV, wide(&german, u16::to_le_bytes), "Größe 42, 5 €"),
            (CSV, wide(&japanese, u16::to_be_bytes), "注文の表示"),
            (declared("text/csv; charset=windows-1252"), latin.to_vec(), "Größe 42, 5 €"),
            (declared("text/csv; charset=\"ISO-8859-1\""), latin.to_vec(), "Größe 42, 5 €"),
            (
                declared("text/tab-separated-values;charset=shift_jis"),
                SHIFT_JIS.encode(&japanese).0.to_vec(),
                "注文の表示",
            ),
        ] {
            let batch = sent(&deal.acme, "?force=true", &[kind], &body);
            assert_eq!(batch.told(), ["rejected bad_number"], "{:?}", batch.lines);
            assert_eq!(batch.lines[0]["input"]["Note"], note);
            assert_eq!(batch.head["size_bytes"], body.len());
            let rejected = table(&deal.acme, &batch, "rejected.csv");
            assert!(rejected[1].starts_with(&format!("A-1\tITEM_RETURNED\t60,00\t{note}\t")));
        }
        let same = send(&deal.acme, "", &[CSV], german.as_bytes()).json();
        assert_eq!(same["code"], "duplicate_file", "it is the same text");
    });
}

#[test]
fn a_text_that_is_not_what_it_is_said_to_be_leaves_no_batch() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let latin = WINDOWS_1252.encode(&text("A-1", "Größe")).0.to_vec();
        let post = |kind: &str, body: &[u8]| send(&acme, "", &[("Content-Type", kind)], body);
        assert_eq!(refused(&post("text/csv", &latin)), (422, "invalid not_utf8".into()));
        let japanese = [FILE.as_bytes(), b"A-1,OTHER,\x81"].concat();
        let answer = post("text/csv; charset=shift_jis", &japanese);
        assert_eq!(refused(&answer), (422, "invalid not_utf8".into()));
        assert_eq!(answer.json()["errors"][0]["line"], 4);
        let odd = b"\xff\xfeo\0r\0d";
        assert_eq!(refused(&post("text/csv", odd)), (422, "invalid not_utf8".into()));
        let unknown = refused(&post("text/csv; charset=klingon", &latin));
        assert_eq!(unknown, (415, "unsupported_media_type".into()));
        no_batch_is_left(&acme);
    });
}

#[test]
fn a_file_as_a_spreadsheet_saves_it_is_done_line_by_line() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        for order in ["0001001", "0001002", "0001009"] {
            deal.tracked(order);
        }
        let file = include_bytes!("../../../../examples/reversals/spreadsheet.csv");
        let batch = sent(&deal.acme, "", &[CSV], file);
        let expected = [
            "applied",
            "applied",
            "rejected bad_number",
            "rejected bad_number",
            "rejected bad_number",
            "rejected bad_number",
            "rejected order_id_mangled",
            // Its leading zeros are lost: it is another order, and nobody guesses.
            "rejected action_not_found",
            "rejected missing_field",
        ];
        assert_eq!(batch.told(), expected, "{:?}", batch.lines);
        assert_eq!(batch.lines[8]["line"], 10);
        assert_eq!(table(&deal.acme, &batch, "rejected.csv").len(), 8);
        adds_up(world);
    });
}
