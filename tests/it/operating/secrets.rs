//! The server's key and its public address: what they open, where they are kept.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use base64::Engine;
use serde_json::{Value, json};

use super::{ended, entente, folder};
use crate::cast::engines::{on_both_engines, sqlite_url};
use crate::cast::process::Process;

const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const OTHER: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdee";

/// Registers somebody; gives an access token.
fn token(process: &Process) -> String {
    let body = json!({
        "email": "ada@acme.example", "password": "correct horse battery", "name": "Ada",
        "company": { "name": "Acme", "kind": "brand" },
    });
    let signed_in = process.caller(None).post("/v1/auth/register", body, 201);
    signed_in["access_token"].as_str().expect("a token").to_string()
}

#[test]
fn servers_with_one_key_and_one_address_take_each_others_tokens() {
    on_both_engines(|url| {
        let serve = |key: &str, address: &str| {
            let home = folder();
            let settings = [("SECRET_KEY", key), ("PUBLIC_URL", address)];
            let process = Process::serve_with(&settings, url, home.path(), &[]);
            assert!(!key_file(home.path()).exists(), "a key was given, and another one made");
            process
        };
        let here = "https://entente.example";
        let one = serve(KEY, here);
        let token = token(&one);
        let me = |process: &Process, status| process.caller(Some(&token)).get("/v1/me", status);
        assert_eq!(me(&serve(KEY, here), 200)["company"]["name"], "Acme");
        me(&serve(OTHER, here), 401);
        me(&serve(KEY, "https://entente.example/"), 401);
        assert_eq!(claims(&token)["iss"], here);
    });
}

/// What a token says.
fn claims(token: &str) -> Value {
    let said = token.split('.').nth(1).expect("three parts");
    let said = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(said).expect("base64");
    serde_json::from_slice(&said).expect("JSON")
}

fn key_file(home: &Path) -> std::path::PathBuf {
    home.join("data/secret.key")
}

#[test]
fn a_key_that_is_not_given_is_made_once_and_only_its_owner_reads_it() {
    let home = folder();
    let url = sqlite_url(&home.path().join("entente.db"));
    let first = Process::serve(&url, home.path(), &[]);
    let token = token(&first);
    assert!(first.terminate().success());
    let file = key_file(home.path());
    let kept = std::fs::read_to_string(&file).expect("the key");
    assert!(kept.len() == 64 && kept.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let mode = std::fs::metadata(&file).expect("the key").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let again = Process::serve(&url, home.path(), &[]);
    again.caller(Some(&token)).get("/v1/me", 200);
    assert!(again.terminate().success());
    assert_eq!(std::fs::read_to_string(&file).expect("the key"), kept);

    std::fs::write(&file, &kept[..63]).expect("it breaks");
    let serve = ["serve", "--listen", "127.0.0.1:0", "--database-url", &url];
    let (code, _, said) = ended(&mut entente(home.path(), &serve));
    assert_eq!(code, 1);
    assert!(said.contains("data/secret.key: 64 hexadecimal digits (32 bytes)\n"), "{said}");
    assert!(!said.contains(&kept[..63]), "{said}");
}
