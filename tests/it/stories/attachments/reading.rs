//! How the bytes of a file come out: to be saved, and nothing else.

use serde_json::json;

use crate::cast::deal::id;
use crate::cast::files::{PDF, attached, uploaded};
use crate::cast::http::Caller;
use crate::cast::world::in_a_world;
use crate::stories::relations::Pair;

#[test]
fn bytes_come_out_as_they_went_in_to_be_saved_and_never_to_be_shown() {
    in_a_world(|world| {
        let acme = world.company("Acme", "agency");
        let file = uploaded(&acme, "Grüße \\\"x\\\".pdf", PDF, 201).json();
        let path = format!("/v1/attachments/{}/content", id(&file));
        let packed = [("Accept-Encoding", "gzip")];
        let answer = acme.send("GET", &path, &packed, b"");
        assert_eq!((answer.status, answer.bytes.as_slice()), (200, PDF));
        let tag = format!("\"{}\"", file["sha256"].as_str().unwrap());
        for (header, value) in [
            ("content-type", "application/pdf"),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "sandbox; default-src 'none'; frame-ancestors 'none'"),
            ("cache-control", "private, no-store"),
            ("referrer-policy", "no-referrer"),
            ("accept-ranges", "bytes"),
            ("etag", &tag),
            (
                "content-disposition",
                "attachment; filename=\"Gr__e _x_.pdf\"; \
                 filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%22x%22.pdf",
            ),
        ] {
            assert_eq!(answer.header(header), value, "{header}");
        }
        let known = acme.send("GET", &path, &[("If-None-Match", &tag)], b"");
        assert_eq!((known.status, known.bytes.len()), (304, 0));
        let head = acme.send("HEAD", &path, &[], b"");
        assert_eq!(
            (head.status, head.header("content-length")),
            (200, PDF.len().to_string().as_str())
        );

        let ranged = |headers: &[(&str, &str)]| {
            let answer = acme.send("GET", &path, headers, b"");
            (answer.status, answer.bytes.clone(), answer.header("content-range").to_string())
        };
        let size = PDF.len();
        let piece = |from: usize, to: usize| {
            (206, PDF[from..to].to_vec(), format!("bytes {from}-{}/{size}", to - 1))
        };
        assert_eq!(ranged(&[("Range", "bytes=1-3")]), piece(1, 4));
        assert_eq!(ranged(&[("Range", "bytes=-4")]), piece(size - 4, size));
        assert_eq!(ranged(&[("Range", "bytes=8-"), ("If-Range", &tag)]), piece(8, size));
        let whole = (200, PDF.to_vec(), String::new());
        for headers in [
            vec![("Range", "bytes=8-"), ("If-Range", "\"other\"")],
            vec![("Range", "bytes=9000-")],
            vec![("Range", "bytes=0-1,4-5")],
            vec![("Range", "lines=1-2")],
            vec![("Range", "bytes=5-2")],
        ] {
            assert_eq!(ranged(&headers), whole, "{headers:?}");
        }
    });
}

#[test]
fn a_file_of_nothing_is_its_uploader_s_and_one_of_a_note_is_for_who_reads_notes() {
    in_a_world(|world| {
        let pair = Pair::of(world);
        let acme = &pair.acme;
        let key = |scopes: &[&str]| {
            world.caller(&acme.post("/v1/api-keys", json!({ "name": "K", "scopes": scopes }), 201))
        };
        let (system, reads) = (key(&["notes:read", "notes:write"]), key(&["notes:read"]));
        let weak = key(&["companies:read"]);
        let member = world.colleague(acme, "member");
        let (viewer, owner) = (world.colleague(acme, "viewer"), world.again(acme));
        let all = |file: &str, status: &[(&Caller, u16)]| {
            for (who, expected) in status {
                for part in ["", "/content"] {
                    let path = format!("/v1/attachments/{file}{part}");
                    assert_eq!(who.send("GET", &path, &[], b"").status, *expected, "{path}");
                }
            }
        };
        assert_eq!(uploaded(&viewer, "a.pdf", PDF, 403).json()["code"], "role_too_low");
        assert_eq!(uploaded(&reads, "a.pdf", PDF, 403).json()["code"], "scope_missing");
        let of_member = id(&uploaded(&member, "a.pdf", PDF, 201).json());
        all(&of_member, &[(&member, 200), (&owner, 404), (&viewer, 404), (&system, 404)]);
        let of_key = id(&uploaded(&system, "a.pdf", PDF, 201).json());
        all(&of_key, &[(&system, 200), (&reads, 404), (&member, 404), (&owner, 404)]);
        for other in [&owner, &system] {
            other.delete(&format!("/v1/attachments/{of_member}"), 404);
        }
        let note =
            format!("/v1/notes/{}", id(&acme.post(&pair.at("notes"), json!({ "text": "x" }), 201)));
        let tied = attached(acme, &note);
        let everybody = [(&member, 200), (&owner, 200), (&viewer, 200), (&reads, 200)];
        all(&tied, &everybody);
        all(&tied, &[(&pair.bolt, 404), (&weak, 403), (&world.nobody(), 401)]);
    });
}
