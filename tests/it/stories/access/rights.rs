//! The document says from which role on people may, and which scope a key needs; the server does as
//! the document says, at every operation.

use std::collections::BTreeSet;

use entente::access::{PUBLIC, Role, Scope};
use entente::app;
use serde_json::{Value, json};

use crate::authorization::example;
use crate::cast::http::Caller;
use crate::cast::scene::Scene;
use crate::cast::world::in_a_world;
use crate::openapi::operations;

/// What the document asks for.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    role: Role,
    scope: Option<Scope>,
}

impl Asked {
    /// Reads it; all that is said of one operation says the same.
    fn of(at: &str, operation: &Value) -> Self {
        let role = operation["x-least-role"].as_str().unwrap_or_else(|| panic!("{at}: no role"));
        let security = operation["security"].as_array().expect("security");
        assert_eq!(security[0], json!({ "bearer": [] }), "{at}");
        let scope = match &security[1..] {
            [] => None,
            [key, token] => {
                assert_eq!(key["api_key"], token["oauth2"], "{at}");
                key["api_key"][0].as_str().and_then(Scope::parse)
            }
            other => panic!("{at}: {other:?}"),
        };
        assert_eq!(scope.is_some(), security.len() > 1, "{at}");
        let described = operation["description"].as_str().expect("a description");
        let needs = scope.map_or("no key".into(), |scope| format!("keys with `{scope}`"));
        let told = format!("For people from `{role}` on, and for {needs}.");
        assert!(described.ends_with(&told), "{at}: {described}");
        Self { role: role.parse().expect("a role"), scope }
    }
}

/// The code and the detail of a refusal; nothing of any other answer.
fn refusal(caller: &Caller, (method, path): (&str, &str), body: &Value) -> (String, String) {
    let headers = [("Content-Type", "application/json")];
    let sent = if method == "GET" { Vec::new() } else { body.to_string().into_bytes() };
    let answer = caller.send(method, path, &headers, &sent);
    if answer.status != 403 {
        return (answer.status.to_string(), String::new());
    }
    let text = |name: &str| answer.json()[name].as_str().unwrap_or_default().to_string();
    (text("code"), text("detail"))
}

#[test]
fn the_document_asks_for_what_the_server_asks_for() {
    in_a_world(|world| {
        let scene = Scene::of(world);
        let viewer = world.colleague(&scene.acme, "viewer");
        let key = |scope: &str| {
            let body = json!({ "name": "Key", "scopes": [scope] });
            world.caller(&scene.acme.post("/v1/api-keys", body, 201))
        };
        let (poor, other) = (key("audit:read"), key("companies:read"));
        let document = app::document();
        let (mut wrong, mut named) = (Vec::new(), BTreeSet::new());
        for (method, path, operation) in operations(&document) {
            if !path.starts_with("/v1/") || PUBLIC.contains(&path.as_str()) {
                continue;
            }
            let at = format!("{method} {path}");
            let Asked { role, scope } = Asked::of(&at, &operation);
            named.extend(scope);
            let (here, body) = (scene.path(&path), example(&operation));
            // Whoever signs out is gone for the rest, and needs no more than to be somebody.
            if operation["operationId"] != "end_session" {
                let (code, detail) = refusal(&viewer, (&method, &here), &body);
                let expected = format!("this takes the role {role} or above");
                let told = code == "role_too_low" && detail == expected;
                if told == (role == Role::Viewer) {
                    wrong.push(format!("{at}: {role} by the document; {code} {detail}"));
                }
            }
            let caller = if scope == Some(Scope::AuditRead) { &other } else { &poor };
            let found = refusal(caller, (&method, &here), &body);
            let expected = match scope {
                Some(scope) => ("scope_missing", format!("the key lacks the scope {scope}")),
                None => ("key_not_allowed", "this takes a person, not an API key".to_string()),
            };
            if (found.0.as_str(), &found.1) != (expected.0, &expected.1) {
                wrong.push(format!("{at}: {scope:?} by the document; {found:?}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let all: BTreeSet<Scope> = Scope::ALL.iter().copied().collect();
        assert_eq!(named, all, "a scope that opens nothing");
    });
}

#[test]
fn the_document_lists_every_scope_with_what_it_opens() {
    let document = app::document();
    let schemes = &document["components"]["securitySchemes"];
    let flow = &schemes["oauth2"]["flows"]["clientCredentials"];
    assert_eq!(flow["tokenUrl"], "/v1/oauth/token");
    assert!(document["paths"].get("/v1/oauth/token").is_some());
    let listed = flow["scopes"].as_object().expect("scopes");
    let names: Vec<&str> = listed.keys().map(String::as_str).collect();
    let all: Vec<&str> = Scope::ALL.iter().map(|scope| scope.as_str()).collect();
    assert_eq!(names, all);
    assert!(listed.values().all(|means| means.as_str().is_some_and(|means| means.len() > 10)));
    let kinds = ["bearer", "api_key", "oauth2"].map(|name| schemes[name]["type"].as_str().unwrap());
    assert_eq!(kinds, ["http", "http", "oauth2"]);
}
