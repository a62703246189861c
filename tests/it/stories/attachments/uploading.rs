//! What is taken, under which name, and what is not.

use serde_json::{Value, json};

use crate::cast::deal::id;
use crate::cast::files::{JPEG, PDF, PNG, contents, sent, uploaded};
use crate::cast::form::Form;
use crate::cast::http::faults;
use crate::cast::world::{in_a_world, in_a_world_with};

#[test]
fn a_file_is_what_its_bytes_are_whatever_the_client_says() {
    in_a_world(|world| {
        let acme = world.company("Acme", "agency");
        let utf16 = b"\xff\xfea\0,\0b\0".as_slice();
        for (name, bytes, kind) in [
            ("a.png", PNG, "image/png"),
            ("Angebot für Bolt.PDF", PDF, "application/pdf"),
            ("photo", JPEG, "image/jpeg"),
            ("list.csv", b"a,b\n1,2\n", "text/csv"),
            ("latin.csv", b"Gr\xfc\xdfe\n", "text/csv"),
            ("wide.txt", utf16, "text/plain"),
            ("page.txt", b"<script>alert(1)</script>", "text/plain"),
            ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and more", "application/vnd.ms-excel"),
            ("a.eml", b"From: a@b.example\r\nSubject: x\r\n\r\nHello", "message/rfc822"),
        ] {
            let answer = uploaded(&acme, name, bytes, 201);
            let file = answer.json();
            assert_eq!(answer.header("location"), format!("/v1/attachments/{}", id(&file)));
            assert_eq!((&file["name"], &file["content_type"]), (&json!(name), &json!(kind)));
            assert_eq!((&file["size"], &file["note_id"]), (&json!(bytes.len()), &Value::Null));
            let digest = entente::access::secret::digest(bytes);
            let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(file["sha256"], digest);
            assert_eq!(file["created_at"], "2026-03-10T12:00:00Z");
            assert_eq!(acme.get(&format!("/v1/attachments/{}", id(&file)), 200), file);
        }
        let log = acme.all("/v1/audit-log?type=attachment.uploaded");
        assert_eq!(log.len(), 9);
        assert!(log[0]["object_id"].as_str().unwrap().starts_with("att_"), "{}", log[0]);
    });
}

#[test]
fn what_is_not_taken_is_told_and_leaves_nothing() {
    in_a_world(|world| {
        let acme = world.company("Acme", "agency");
        for (name, bytes, code) in [
            ("a.jpg", PNG, "file_type_mismatch"),
            ("a.png.exe", PNG, "file_type_not_allowed"),
            ("a.exe", b"MZ\x90\0\x03".as_slice(), "file_type_not_allowed"),
            ("a.txt", b"\x7fELF\x02\x01", "file_type_not_allowed"),
            ("a.svg", b"<svg onload='x()'/>", "file_type_not_allowed"),
            ("a.html", b"<html>", "file_type_not_allowed"),
            ("a.pdf", b"%PD", "file_type_mismatch"),
            ("a.docx", b"PK\x03\x04 and no list", "file_type_not_allowed"),
            ("a.txt", b"", "empty_file"),
            ("..", PNG, "bad_format"),
            ("/", PNG, "bad_format"),
        ] {
            let problem = uploaded(&acme, name, bytes, 422).json();
            assert_eq!(faults(&problem), [format!("/file {code}")], "{name}");
        }
        let long = format!("{}.png", "x".repeat(252));
        let problem = uploaded(&acme, &long, PNG, 422).json();
        assert_eq!(faults(&problem), ["/file too_long"]);

        let two = Form::of("x/y", "a.png", PNG).file("file", "x/y", "b.png", PNG);
        let other = Form::default().file("upload", "x/y", "a.png", PNG);
        for (form, fault) in [
            (Form::default(), "/file missing_field"),
            (two, "/file duplicate_field"),
            (other, "/upload unknown_field"),
            (Form::default().field("file", "no file"), "/file bad_format"),
            (Form::of("x/y", "a.png", PNG).field("note_id", "x"), "/note_id unknown_field"),
        ] {
            assert_eq!(faults(&sent(&acme, &form, &[], 422).json()), [fault]);
        }
        let raw = acme.send("POST", "/v1/attachments", &[("Content-Type", "image/png")], PNG);
        assert_eq!((raw.status, &raw.json()["code"]), (415, &json!("unsupported_media_type")));
        let (kind, mut body) = Form::of("x/y", "a.png", PNG).sent();
        body.truncate(body.len() - 20);
        let broken = acme.send("POST", "/v1/attachments", &[("Content-Type", &kind)], &body);
        assert_eq!((broken.status, &broken.json()["code"]), (400, &json!("malformed")));
        assert!(contents(&world.files()).is_empty());
    });
}

#[test]
fn a_file_has_at_most_so_many_bytes_and_folders_are_no_part_of_its_name() {
    in_a_world_with(&["--attachment-max-bytes", "100000"], |world| {
        let acme = world.company("Acme", "agency");
        let text = vec![b'x'; 100_000];
        assert_eq!(uploaded(&acme, "a.txt", &text, 201).json()["size"], 100_000);
        for more in [1, 200_000] {
            let large = [text.clone(), vec![b'x'; more]].concat();
            let problem = uploaded(&acme, "a.txt", &large, 413).json();
            assert_eq!(problem["code"], "body_too_large");
        }
        assert_eq!(contents(&world.files()).len(), 1);
        for (written, kept) in [
            ("../../etc/a.png", "a.png"),
            ("C:\\\\Users\\\\Ada\\\\b.png", "b.png"),
            ("c\u{202e}gnp.png", "cgnp.png"),
            ("d.png. .", "d.png"),
        ] {
            assert_eq!(uploaded(&acme, written, PNG, 201).json()["name"], kept);
        }
    });
}

#[test]
fn a_repeated_upload_is_one_and_the_same_content_is_kept_once() {
    in_a_world(|world| {
        let acme = world.company("Acme", "agency");
        let once = [("Idempotency-Key", "once")];
        let form = Form::of("x/y", "a.png", PNG);
        let first = sent(&acme, &form, &once, 201);
        let again = sent(&acme, &form, &once, 201);
        assert_eq!(again.header("Idempotency-Replayed"), "true");
        assert_eq!(again.json(), first.json());
        let other = sent(&acme, &Form::of("x/y", "b.png", PNG), &once, 409);
        assert_eq!(other.json()["code"], "idempotency_conflict");

        let bolt = world.company("Bolt", "partner");
        assert_ne!(id(&uploaded(&acme, "b.png", PNG, 201).json()), id(&first.json()));
        uploaded(&bolt, "c.png", PNG, 201);
        assert_eq!(contents(&world.files()), [PNG]);
    });
}
