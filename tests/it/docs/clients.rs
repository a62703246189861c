//! The example clients: the guide shows them as they are, and they do what it says.

use std::ops::Range;
use std::process::Command;

use serde_json::json;

use super::{blocks, path, read};
use crate::cast::engines::sqlite_url;
use crate::cast::process::Process;

/// The example clients, and how the guide marks their language.
const CLIENTS: &[(&str, &str)] = &[
    ("python", "examples/clients/python/submit_returns.py"),
    ("typescript", "examples/clients/typescript/submit_returns.ts"),
];

#[test]
fn the_guide_shows_the_clients_as_they_are() {
    for (language, file) in CLIENTS {
        let client = read(file);
        let guide = read("docs/reversals.md");
        if guide[shown(&guide, language)] != client {
            assert!(super::updating(), "the guide shows another {file}; run: UPDATE=1 cargo test");
            super::rewrite("docs/reversals.md", |mut guide| {
                guide.replace_range(shown(&guide, language), &client);
                guide
            });
        }
    }
}

/// Where the guide shows the client in a language.
fn shown(guide: &str, language: &str) -> Range<usize> {
    let block = blocks(guide).into_iter().find(|block| block.language == language);
    block.unwrap_or_else(|| panic!("the guide shows no {language}")).place
}

#[test]
fn the_python_client_submits_and_fetches_what_was_rejected() {
    if Command::new("python3").arg("--version").output().is_err() {
        println!("python3 is not installed: its client was not run");
        return;
    }
    let home = tempfile::tempdir().expect("a folder");
    let database = sqlite_url(&home.path().join("entente.db"));
    let process = Process::serve(&database, home.path(), &[]);
    let secret = key(&process);
    let file = home.path().join("returns.csv");
    std::fs::write(&file, "order_id,reason\nNO-1,ITEM_RETURNED\nNO-2,\n").expect("a file");
    let run = || {
        let output = Command::new("python3")
            .arg(path("examples/clients/python/submit_returns.py"))
            .arg(&file)
            .env("ENTENTE_URL", process.base())
            .env("ENTENTE_KEY", &secret)
            .output()
            .expect("the client runs");
        let told = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(told).expect("text"))
    };
    let (code, told) = run();
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("completed") && told.contains("\"rejected\": 2"), "{told}");
    let rejected = std::fs::read_to_string(home.path().join("returns.rejected.csv"));
    assert!(rejected.expect("rejected lines").contains("action_not_found"));
    assert_eq!(run().1, told, "the same file again is the same batch");

    std::fs::write(&file, "colour\nred\n").expect("a file");
    let (code, told) = run();
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("line 1: no column of the header"), "{told}");
}

/// The secret of a key that may submit.
fn key(process: &Process) -> String {
    let body = json!({
        "email": "ada@acme.example", "password": "correct horse battery", "name": "Ada",
        "company": { "name": "Acme", "kind": "brand", "website": "https://acme.example" },
    });
    let signed_in = process.caller(None).post("/v1/auth/register", body, 201);
    let acme = process.caller(signed_in["access_token"].as_str());
    let scopes = ["reversals:write", "reversals:read"];
    let key = acme.post("/v1/api-keys", json!({ "name": "Returns", "scopes": scopes }), 201);
    key["secret"].as_str().expect("a secret").to_string()
}
