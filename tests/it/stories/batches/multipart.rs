//! A file in a form is the same file: what it is wrapped in tells how it is read and what is asked of
//! it, and nothing else.

use std::io::Write;

use encoding_rs::WINDOWS_1252;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::{Batch, adds_up, ended, now, reverse, to};
use crate::cast::deal::Deal;
use crate::cast::form::Form;
use crate::cast::http::{Answer, Caller, faults};
use crate::cast::world::{in_a_world, in_a_world_with};

const FILE: &[u8] = b"order_id,reason,amount\nA-1,ITEM_RETURNED,60.00\nA-9,ITEM_RETURNED,0\n";

/// What programs call a file of which they know nothing.
const UNSAID: &str = "application/octet-stream";

/// Sends a form as it is.
fn send(caller: &Caller, query: &str, (kind, body): &(String, Vec<u8>)) -> Answer {
    let headers = [("Content-Type", kind.as_str()), ("Prefer", "wait=30")];
    caller.send("POST", &format!("/v1/reversals{query}"), &headers, body)
}

/// Sends a form that makes a batch, and waits for its end.
fn sent(caller: &Caller, form: &Form) -> Batch {
    let answer = send(caller, "", &form.sent());
    assert_eq!(answer.status, 200, "{}", answer.text);
    ended(caller, answer.json())
}

/// The status and the code of a refusal, and the faults with their places.
fn refused(caller: &Caller, form: &(String, Vec<u8>)) -> (u16, String, Vec<String>) {
    let answer = send(caller, "", form);
    let problem = answer.json();
    (answer.status, problem["code"].as_str().unwrap_or_default().to_string(), faults(&problem))
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_file_in_a_form_is_the_same_as_the_file_itself() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        // As `curl -F file=@returns.csv -F event_type_id=SALE` sends it.
        let form = Form::of(UNSAID, "returns.csv", FILE).field("event_type_id", "SALE");
        let batch = sent(&deal.acme, &form);
        assert_eq!(batch.told(), ["applied", "rejected action_not_found"], "{:?}", batch.lines);
        assert_eq!(now(&deal, &path), "60.00 4.50 pending");
        let head = &batch.head;
        assert_eq!(
            (&head["channel"], &head["file_name"]),
            (&json!("upload"), &json!("returns.csv"))
        );
        assert_eq!(head["size_bytes"], FILE.len());

        // As it is, and once more in a form, under another name: the same file.
        let raw = [("Content-Type", "text/csv"), ("Prefer", "wait=30")];
        let raw = deal.acme.send("POST", "/v1/reversals?event_type_id=SALE", &raw, FILE).json();
        assert_eq!(raw["duplicate_of"], head["id"], "{raw}");
        let other = Form::default().field("event_type_id", "SALE").file(
            "file",
            "text/csv",
            "Returns/again.csv",
            FILE,
        );
        let again = send(&deal.acme, "", &other.sent()).json();
        assert_eq!(
            (&again["duplicate_of"], &again["file_name"]),
            (&head["id"], &json!("again.csv"))
        );
        let forced =
            sent(&deal.acme, &other.field("force", "true").field("file_name", "once more"));
        assert_eq!(forced.told(), ["unchanged", "rejected action_not_found"]);
        assert_eq!(forced.head["file_name"], "once more", "what it is called counts for more");
        adds_up(world);
    });
}

#[test]
fn a_form_may_have_a_file_of_every_kind() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        deal.tracked("A-1");
        let lines = format!("{}\n", to("A-1", "60.00"));
        let body = json!({ "lines": [to("A-1", "60.00")] }).to_string();
        let tabs = b"order_id\treason\tamount\nA-1\tITEM_RETURNED\t60.00\n";
        let text: Vec<u8> =
            String::from_utf8_lossy(tabs).encode_utf16().flat_map(u16::to_le_bytes).collect();
        let wide = [&b"\xff\xfe"[..], &text].concat();
        let mut wanted = "applied";
        for (kind, name, bytes) in [
            (UNSAID, "a.ndjson", lines.as_bytes().to_vec()),
            ("application/x-ndjson", "blob", lines.as_bytes().to_vec()),
            (UNSAID, "a.tsv", tabs.to_vec()),
            ("text/plain", "Unicode Text.txt", wide),
            // Windows takes a CSV file for a workbook.
            ("application/vnd.ms-excel", "Returns.CSV", tabs.to_vec()),
            (UNSAID, "a.csv.gz", gzip(tabs)),
            ("application/gzip", "a.jsonl.gz", gzip(lines.as_bytes())),
            (UNSAID, "a.json", body.as_bytes().to_vec()),
            ("application/json", "", gzip(body.as_bytes()).clone()),
        ] {
            let packed = kind == "application/json";
            let form = Form::default().field("force", if packed { "" } else { "true" });
            let name = if packed { "a.json.gz" } else { name };
            let json = name.contains(".json") && !name.contains("jsonl");
            let form = if json { Form::default() } else { form };
            let batch = sent(&deal.acme, &form.file("file", kind, name, &bytes));
            assert_eq!(batch.told(), [wanted], "{kind} {name}: {:?}", batch.lines);
            wanted = "unchanged";
        }
        // Without any type, and in an encoding that only the form can tell.
        let latin = WINDOWS_1252.encode("order_id;reason;note\nA-2;OTHER;Größe\n").0.to_vec();
        let bare = "Content-Disposition: form-data; name=\"file\"\r\n";
        let form = Form::default().field("charset", "windows-1252").part(bare, &latin);
        let batch = sent(&deal.acme, &form);
        assert_eq!(batch.lines[0]["input"]["note"], "Größe");
        assert_eq!(batch.head["file_name"], Value::Null);
        adds_up(world);
    });
}

#[test]
fn options_may_stand_before_the_file_behind_it_and_in_the_query() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let path = deal.tracked("A-1");
        let file = Form::of("text/csv", "a.csv", FILE);
        let before =
            Form::default().field("mode", "dry_run").file("file", "text/csv", "a.csv", FILE);
        for form in [before, file.clone().field("mode", "dry_run").field("on_ambiguous", "")] {
            let batch = sent(&deal.acme, &form);
            assert_eq!(batch.head["mode"], "dry_run");
        }
        let answer = send(&deal.acme, "?mode=dry_run", &file.sent());
        assert_eq!(answer.json()["mode"], "dry_run", "{}", answer.text);
        assert_eq!(now(&deal, &path), "100.00 7.50 pending");

        let twice = send(&deal.acme, "?mode=dry_run", &file.field("mode", "dry_run").sent());
        assert_eq!(
            (twice.status, faults(&twice.json())),
            (422, vec!["/mode duplicate_field".into()])
        );
    });
}

#[test]
fn a_request_is_the_same_whatever_stands_between_the_parts_of_its_form() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        deal.tracked("A-1");
        let form = Form::of("text/csv", "a.csv", FILE).field("event_type_id", "SALE");
        let keyed = |(kind, body): &(String, Vec<u8>)| {
            let headers =
                [("Content-Type", kind.as_str()), ("Idempotency-Key", "k"), ("Prefer", "wait=30")];
            deal.acme.send("POST", "/v1/reversals", &headers, body)
        };
        let first = keyed(&form.sent());
        assert_eq!(first.status, 200, "{}", first.text);
        let again = keyed(&form.bounded_by("another"));
        assert_eq!(again.header("Idempotency-Replayed"), "true", "{}", again.text);
        assert_eq!(again.json()["id"], first.json()["id"]);
        for other in [
            form.clone().field("mode", "dry_run"),
            Form::of("text/csv", "b.csv", FILE).field("event_type_id", "SALE"),
            Form::of("text/csv", "a.csv", b"order_id,reason\nA-1,OTHER\n"),
        ] {
            let conflict = keyed(&other.sent());
            assert_eq!(
                (conflict.status, &conflict.json()["code"]),
                (409, &"idempotency_conflict".into())
            );
        }
    });
}

#[test]
fn a_form_that_is_not_clear_leaves_no_batch() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let acme = &deal.acme;
        let file = || Form::of("text/csv", "a.csv", FILE);
        let body = json!({ "lines": [reverse("A-1")] }).to_string();
        let json = |form: Form| form.file("file", "application/json", "a.json", body.as_bytes());
        let long = "x".repeat(2_000);
        for (form, wanted) in [
            (Form::default().field("mode", "dry_run"), vec!["/file missing_field"]),
            (Form::default(), vec!["/file missing_field"]),
            (file().file("file", "text/csv", "b.csv", FILE), vec!["/file duplicate_field"]),
            (Form::default().file("files", "text/csv", "a.csv", FILE), vec!["/file missing_field"]),
            (
                file().field("colour", "red").field("mode", "some"),
                vec!["/colour unknown_field", "/mode unknown_value"],
            ),
            (
                Form::default().field("mode", "some").file("file", "text/csv", "a", b""),
                vec!["/mode unknown_value"],
            ),
            (file().field("force", "maybe"), vec!["/force wrong_type"]),
            (
                file().field("mode", "dry_run").field("mode", "dry_run"),
                vec!["/mode duplicate_field"],
            ),
            (file().field("mode", &long), vec!["/mode too_long"]),
            (file().field("charset", "utf-8"), vec!["/charset not_allowed"]),
            (file().field("event_type_id", "NOPE"), vec!["/event_type_id unknown_event_type"]),
            (
                file().part("Content-Disposition: form-data; name=\"mode\"\r\n", b"\xff"),
                vec!["/mode bad_characters"],
            ),
            (json(Form::default().field("mode", "dry_run")), vec!["/mode unknown_field"]),
            (json(Form::default()).field("force", "true"), vec!["/force unknown_field"]),
            (json(Form::default().field("charset", "utf-8")), vec!["/charset unknown_field"]),
        ] {
            let (status, code, found) = refused(acme, &form.sent());
            assert_eq!((status, code.as_str()), (422, "invalid"), "{wanted:?} {found:?}");
            assert_eq!(found, wanted);
        }
        let many = (0..30).fold(Form::default(), |form, n| form.field(&format!("x{n}"), "1"));
        assert_eq!(refused(acme, &many.sent()).2, [" too_many"]);
        let files = (0..30).fold(file(), |form, _| form.file("file", "text/csv", "b.csv", b""));
        assert_eq!(refused(acme, &files.sent()).2, [" too_many"]);
        let empty = send(acme, "", &Form::of(UNSAID, "", b"").sent());
        assert_eq!((empty.status, &empty.json()["errors"][0]["code"]), (422, &"empty_file".into()));
        let unknown =
            Form::default().field("charset", "klingon").file("file", "text/csv", "a", FILE);
        assert_eq!(refused(acme, &unknown.sent()).0, 415);
        assert_eq!(acme.get("/v1/reversals", 200)["data"], json!([]));
    });
}

#[test]
fn a_broken_form_leaves_no_batch() {
    in_a_world_with(&["--reversal-max-bytes", "100000"], |world| {
        let acme = world.company("Acme", "brand");
        let (kind, whole) = Form::of("text/csv", "a.csv", FILE).field("mode", "dry_run").sent();
        let malformed = |kind: &str, body: &[u8]| {
            let (status, code, _) = refused(&acme, &(kind.to_string(), body.to_vec()));
            assert_eq!((status, code.as_str()), (400, "malformed"), "{kind} {}", body.len());
        };
        // All that is cut off before the boundary at the end is.
        for length in (0..whole.len() - 4).step_by(7).chain([whole.len() - 4]) {
            malformed(&kind, &whole[..length]);
        }
        malformed("multipart/form-data", &whole);
        malformed("multipart/form-data; boundary=another", &whole);
        let nameless = Form::default().part("Content-Type: text/csv\r\n", FILE).sent().1;
        malformed(&kind, &nameless);
        let nested = Form::of("multipart/mixed; boundary=x", "a.csv", FILE).sent().1;
        malformed(&kind, &nested);

        let packed = [("Content-Type", kind.as_str()), ("Content-Encoding", "gzip")];
        let packed = acme.send("POST", "/v1/reversals", &packed, &gzip(&whole));
        assert_eq!(
            (packed.status, &packed.json()["code"]),
            (415, &"unsupported_media_type".into())
        );
        let rows = "A-1,ITEM_RETURNED,0\n".repeat(6_000);
        let large = Form::of("text/csv", "a.csv", [FILE, rows.as_bytes()].concat().as_slice());
        assert_eq!(refused(&acme, &large.sent()).0, 413);
        // Whatever it is that is too much.
        let preamble = "and on\n".repeat(200_000);
        assert_eq!(refused(&acme, &(kind, preamble.into_bytes())).0, 413);
        assert_eq!(acme.get("/v1/reversals", 200)["data"], json!([]));
    });
}
