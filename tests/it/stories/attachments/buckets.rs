//! Files in a bucket of an S3-compatible service.

use serde_json::json;

use crate::cast::bucket::BucketServer;
use crate::cast::deal::id;
use crate::cast::engines::on_both_engines;
use crate::cast::files::{PDF, PNG, contents, put_logo, sweep_with, uploaded};
use crate::cast::http::Caller;
use crate::cast::world::World;
use crate::stories::relations::company;

/// Where a world keeps its files.
fn flags(server: &BucketServer) -> Vec<String> {
    let url = server.url();
    let flags = [
        "--no-jobs",
        "--attachments-url",
        "s3://files/entente",
        "--aws-endpoint-url",
        &url,
        "--aws-region",
        "eu-central-1",
        "--aws-access-key-id",
        "AKIDEXAMPLE",
        "--aws-secret-access-key",
        "wJalrXUtnFEMI",
    ];
    flags.iter().map(ToString::to_string).collect()
}

fn content(caller: &Caller, file: &str, headers: &[(&str, &str)], status: u16) -> Vec<u8> {
    let path = format!("/v1/attachments/{file}/content");
    let answer = caller.undescribed().send("GET", &path, headers, b"");
    assert_eq!(answer.status, status, "{}", answer.text);
    answer.bytes
}

#[test]
fn files_are_kept_in_a_bucket_read_from_there_and_removed() {
    on_both_engines(|url| {
        let server = BucketServer::new();
        let flags = flags(&server);
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let world = World::start(url, &flags);
        let acme = world.company("Acme", "agency");
        let file = id(&uploaded(&acme, "a.pdf", PDF, 201).json());
        put_logo(&acme, &format!("{}/logo", company(&acme)), PNG, 200);
        let kept = server.kept();
        let mut bytes: Vec<&[u8]> = kept.values().map(Vec::as_slice).collect();
        bytes.sort();
        assert_eq!(bytes, [PDF, PNG]);
        assert!(kept.keys().all(|path| path.starts_with("/files/entente/")), "{kept:?}");
        assert!(contents(&world.files()).is_empty(), "nothing stays on the server");
        let put = &server.asked()[0];
        let credential = "Credential=AKIDEXAMPLE%2F20260310%2Feu-central-1%2Fs3%2Faws4_request";
        assert!(put.query.contains(credential), "{put:?}");
        assert!(put.query.contains("X-Amz-Date=20260310T1200"), "{put:?}");
        let signed = |asked: &crate::cast::bucket::Asked| asked.query.clone();
        assert_ne!(signed(put), signed(&server.asked()[1]), "each request is signed by itself");
        let all: String = server.asked().iter().map(|asked| format!("{asked:?}")).collect();
        assert!(!all.contains("wJalr"), "the secret stays here");

        assert_eq!(content(&acme, &file, &[], 200), PDF);
        assert_eq!(content(&acme, &file, &[("Range", "bytes=1-3")], 206), b"PDF");
        assert_eq!(
            server.asked().last().map(|asked| asked.header("range").to_string()),
            Some("bytes=1-3".into())
        );

        server.fail(true);
        let problem =
            acme.undescribed().send("GET", &format!("/v1/attachments/{file}/content"), &[], b"");
        assert_eq!((problem.status, &problem.json()["code"]), (503, &json!("overloaded")));
        assert_eq!(
            uploaded(&acme.undescribed(), "b.pdf", &[PDF, b"x"].concat(), 503).json()["code"],
            "overloaded"
        );
        server.fail(false);
        acme.delete(&format!("/v1/attachments/{file}"), 204);
        world.travel("2026-03-10T14:00:00Z");
        assert_eq!(
            sweep_with(&world, &flags).contents,
            2,
            "what could not be written is forgotten too"
        );
        assert_eq!(server.kept().values().collect::<Vec<_>>(), [PNG]);
    });
}
