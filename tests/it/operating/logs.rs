//! What is logged, in which form, and what never is.

use serde_json::Value;

use super::folder;
use crate::cast::engines::{on_both_engines, sqlite_url};
use crate::cast::process::Process;

/// A key that is given, and must not be told.
const KEY: &str = "5ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4e75ec4";
const PASSWORD: &str = "correct horse battery";

/// Whatever a log must not hold that went through the server.
fn secrets_of(process: &Process) -> Vec<String> {
    let nobody = process.caller(None);
    let body = serde_json::json!({
        "email": "ada@acme.example", "password": PASSWORD, "name": "Ada",
        "company": { "name": "Acme", "kind": "brand" },
    });
    let signed_in = nobody.post("/v1/auth/register", body, 201);
    let token = |name: &str| signed_in[name].as_str().expect("a token").to_string();
    let owner = nobody.with(&token("access_token"));
    let body = serde_json::json!({ "name": "Feed", "scopes": ["actions:read", "reversals:write"] });
    let secret = owner.post("/v1/api-keys", body, 201)["secret"].as_str().unwrap().to_string();
    let key = nobody.with(&secret);
    let headers = [("X-Request-Id", "the-one-with-a-query")];
    let answer = key.send("GET", "/v1/actions?order_id=ORDER-OF-SOMEBODY", &headers, b"");
    assert_eq!(answer.status, 200, "{}", answer.text);
    let kind = [("Content-Type", "text/csv"), ("Idempotency-Key", "IDEMPOTENT")];
    key.send("POST", "/v1/reversals", &kind, b"order_id,note\nX,ROW-OF-A-FILE\n");
    nobody.with("entk_A-WRONG-ONE").get("/v1/me", 401);
    owner.post("/v1/programs", serde_json::json!({ "name": "A-FAULTY-BODY" }), 422);
    let refresh = token("refresh_token");
    nobody.post("/v1/auth/refresh", serde_json::json!({ "refresh_token": refresh }), 200);
    let told = ["ORDER-OF-SOMEBODY", "ROW-OF-A-FILE", "A-WRONG-ONE", "A-FAULTY-BODY", "ada@acme"];
    let mut secrets: Vec<String> = told.iter().map(ToString::to_string).collect();
    secrets.extend([KEY.into(), PASSWORD.into(), secret, token("access_token"), refresh]);
    secrets
}

#[test]
fn a_line_for_machines_is_an_object_with_its_fields_and_holds_no_secret() {
    on_both_engines(|url| {
        let home = folder();
        let settings = [("LOG_FORMAT", "json"), ("SECRET_KEY", KEY)];
        let process = Process::serve_with(&settings, url, home.path(), &[]);
        let secrets = secrets_of(&process);
        let log = process.log();
        let lines: Vec<Value> = log
            .iter()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
            .collect();
        for line in &lines {
            for field in ["at", "level", "target", "message"] {
                assert!(line[field].is_string(), "{line} has no {field}");
            }
        }
        let one = lines.iter().find(|line| line["request_id"] == "the-one-with-a-query");
        let one = one.expect("every request has its line");
        assert_eq!((&one["message"], &one["level"]), (&"answered".into(), &"INFO".into()));
        assert_eq!((&one["method"], &one["path"]), (&"GET".into(), &"/v1/actions".into()));
        assert_eq!((&one["status"], one["micros"].is_u64()), (&200.into(), true));
        let answered = lines.iter().filter(|line| line["message"] == "answered");
        assert_eq!(answered.count(), 7, "a line for each request: {log:#?}");
        keeps(&log, &secrets);
    });
}

#[test]
fn not_even_a_log_of_everything_holds_a_secret() {
    on_both_engines(|url| {
        let home = folder();
        let settings = [("RUST_LOG", "trace"), ("SECRET_KEY", KEY)];
        let process = Process::serve_with(&settings, url, home.path(), &[]);
        let secrets = secrets_of(&process);
        let log = process.log();
        let one = log.iter().find(|line| line.contains("request_id=the-one-with-a-query"));
        let one = one.expect("every request has its line");
        for field in ["answered ", "method=GET", "path=/v1/actions ", "status=200", "micros="] {
            assert!(one.contains(field), "{one} has no {field}");
        }
        keeps(&log, &secrets);
    });
}

/// What never was told.
fn keeps(log: &[String], secrets: &[String]) {
    for secret in secrets {
        let told = log.iter().find(|line| line.contains(secret.as_str()));
        assert_eq!(told, None, "it tells {secret}");
    }
}

#[test]
fn what_is_logged_is_as_the_environment_says() {
    let home = folder();
    let url = sqlite_url(&home.path().join("entente.db"));
    for (level, logged) in [("info", true), ("entente::command=info", false)] {
        let settings = [("RUST_LOG", level)];
        let process = Process::serve_with(&settings, &url, home.path(), &[]);
        process.caller(None).get("/healthz", 200);
        let told = process.log().iter().any(|line| line.contains("path=/healthz"));
        assert_eq!(told, logged, "{level}");
    }
}
