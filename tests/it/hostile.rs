//! Nothing that anybody sends makes the server fail: every operation of the document, with every
//! field, parameter and header of it replaced by what nobody expects there.

use entente::reversals::formats::FIELDS;
use serde_json::{Value, json};

use crate::authorization::FOR_NO_VERSION;
use crate::cast::http::Caller;
use crate::cast::scene::Scene;
use crate::cast::world::in_a_world;
use crate::openapi::operations;

/// Texts that break what is careless with them.
fn texts() -> Vec<String> {
    let long = "x".repeat(70_000);
    let own = [
        "",
        " ",
        "\0",
        "a\0b",
        "\u{feff}",
        "\u{202e}\u{1f468}\u{200d}",
        "\r\nX: y",
        "'; DROP TABLE x; --",
        "%00%ff",
        "-1",
        "0",
        "1e999",
        "NaN",
        "9223372036854775808",
        "-9223372036854775809",
        "0.000000000000000000000000000001",
        "../../etc/passwd",
        "${jndi:x}",
        "null",
        "{}",
        "9999-12-31T23:59:60Z",
        "-262143-01-01T00:00:00Z",
        "+262142-12-31T23:59:59.999999999Z",
        "2026-02-30",
        "9999-12-31",
        "-9999-01-01",
        "Mars/Olympus",
        "XXX",
        "act_7zzzzzzzzzzzzzzzzzzzzzzzzz",
        "act_00000000000000000000000000",
    ];
    own.iter().map(ToString::to_string).chain([long]).collect()
}

/// Values that no field expects all of.
fn values() -> Vec<Value> {
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    let others = [
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e300),
        json!(0.1),
        json!([]),
        json!({}),
        json!([null, {}, [], "x", 1]),
        json!({ "\0": "\0", "": {}, "a/b~c": [] }),
        deep,
    ];
    texts().into_iter().map(Value::String).chain(others).collect()
}

/// A pointer to everything in a value, itself included, and to every field that its schema has
/// beside: most fields need not be there, and are in no example.
fn places(document: &Value, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let schema = resolved(document, schema);
    found.push(at.to_string());
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let at = format!("{at}/{name}");
                places(document, &schema["properties"][name], field, &at, found);
            }
            let known = schema["properties"].as_object().into_iter().flatten();
            let absent = known.filter(|(name, _)| !fields.contains_key(*name));
            for (name, schema) in absent {
                let (at, schema) = (format!("{at}/{name}"), resolved(document, schema));
                let inner = schema["properties"].as_object().into_iter().flatten();
                found.extend(inner.map(|(inner, _)| format!("{at}/{inner}")));
                found.push(at);
            }
        }
        Value::Array(entries) => {
            for (index, entry) in entries.iter().enumerate().take(1) {
                places(document, &schema["items"], entry, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// What a schema refers to, or the alternative that is not null.
fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let alternatives = schema["oneOf"].as_array();
    let chosen = alternatives.and_then(|all| all.iter().find(|one| one.get("$ref").is_some()));
    let reference = chosen.unwrap_or(schema)["$ref"].as_str();
    let pointer = reference.and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(schema)
}

/// Puts a value at a place; objects on the way there are made.
fn put(body: &mut Value, place: &str, value: Value) {
    let Some((parent, name)) = place.rsplit_once('/') else {
        *body = value;
        return;
    };
    if body.pointer(parent).is_none() {
        put(body, parent, json!({}));
    }
    match body.pointer_mut(parent).expect("a parent") {
        Value::Array(entries) => entries[name.parse::<usize>().expect("an index")] = value,
        other => other[name] = value,
    }
}

/// Whoever attacks, where, and what came of it.
struct Attack<'a> {
    document: &'a Value,
    scene: &'a Scene,
    caller: Caller,
    sent: u32,
    failed: Vec<String>,
}

impl Attack<'_> {
    /// Sends one request, and notes an answer that is none.
    fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) {
        let answer = self.caller.send(method, path, headers, body);
        self.sent += 1;
        if answer.status >= 500 {
            let body: String = String::from_utf8_lossy(body).chars().take(300).collect();
            let path: String = path.chars().take(300).collect();
            self.failed.push(format!("{method} {path} {headers:?} {body}: {}", answer.text));
        } else if answer.status >= 400 {
            let problem = answer.json();
            assert!(problem["code"].is_string(), "{method} {path}: {}", answer.text);
        }
    }

    /// An operation, with all that can be wrong with a request for it.
    fn operation(&mut self, method: &str, name: &str, operation: &Value) {
        let path = self.scene.path(name);
        let content = operation.pointer("/requestBody/content/application~1json");
        let body = content.map(|content| ours(self.scene, &content["example"]));
        let plain = body.as_ref().map(Value::to_string).unwrap_or_default();
        if let (Some(content), Some(body)) = (content, &body) {
            let mut all = Vec::new();
            places(self.document, &content["schema"], body, "", &mut all);
            self.bodies(method, &path, (body, &all));
            self.other_bytes(method, &path, &plain);
        }
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        for parameter in parameters {
            let known = parameter["name"].as_str().expect("a name");
            match parameter["in"].as_str() {
                Some("query") => self.queries(method, &path, known, plain.as_bytes()),
                Some("header") => self.headers(method, &path, known, plain.as_bytes()),
                _ => self.paths(method, name, plain.as_bytes()),
            }
        }
    }

    /// Every place of a body, with every value; each object with a field that is none of its own.
    fn bodies(&mut self, method: &str, path: &str, (body, places): (&Value, &[String])) {
        for place in places {
            for value in values() {
                let mut changed = body.clone();
                put(&mut changed, place, value);
                self.json(method, path, &changed.to_string());
            }
            let mut more = body.clone();
            if let Some(fields) = more.pointer_mut(place).and_then(Value::as_object_mut) {
                fields.insert("constructor".into(), json!({ "prototype": [] }));
                self.json(method, path, &more.to_string());
            }
        }
    }

    fn json(&mut self, method: &str, path: &str, body: &str) {
        self.send(method, path, &[("Content-Type", "application/json")], body.as_bytes());
    }

    /// Bodies that are no JSON, or not the kind they say.
    fn other_bytes(&mut self, method: &str, path: &str, plain: &str) {
        let deep = "[".repeat(100_000);
        let cut = &plain.as_bytes()[..plain.len() / 2];
        let surrogate = br#"{"name": "\ud800"}"#;
        let bodies: [&[u8]; 8] = [
            b"",
            b"\xff\xfe\x00",
            b"{\"a\":\x80}",
            deep.as_bytes(),
            cut,
            surrogate,
            b"1e999",
            b"\0",
        ];
        for kind in ["application/json", "text/csv", "application/x-ndjson", "text/html", "%"] {
            for body in bodies {
                self.send(method, path, &[("Content-Type", kind)], body);
            }
        }
        for coding in ["gzip", "br", "gzip, gzip", ""] {
            let headers = [("Content-Type", "application/json"), ("Content-Encoding", coding)];
            self.send(method, path, &headers, plain.as_bytes());
        }
    }

    fn queries(&mut self, method: &str, path: &str, name: &str, body: &[u8]) {
        let encoded =
            |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        // Longer ones end with the head of the request, before anybody looks at them.
        let texts =
            texts().into_iter().map(|text| encoded(&text)).filter(|text| text.len() < 8_000);
        let cursors = ["bnVsbA", "MQ", "e30", "W10", "IngiOg", "MTg0NDY3NDQwNzM3MDk1NTE2MTY"];
        let raw = cursors.map(ToString::to_string).into_iter().chain(["%ff%fe".into(), "%".into()]);
        for text in texts.chain(raw) {
            let path = format!("{path}?{name}={text}");
            self.send(method, &path, &[("Content-Type", "application/json")], body);
        }
        self.send(method, &format!("{path}?{name}=1&{name}=2"), &[], body);
    }

    fn headers(&mut self, method: &str, path: &str, name: &str, body: &[u8]) {
        let long = "9".repeat(5_000);
        for value in [
            "",
            " ",
            "\"",
            "\"-1\"",
            "\"9223372036854775808\"",
            "W/\"1\"",
            "wait=-1",
            "wait=99999999999999999999",
            "wait=\u{e9}",
            "\u{ff}",
            &long,
        ] {
            self.send(method, path, &[("Content-Type", "application/json"), (name, value)], body);
        }
    }

    fn paths(&mut self, method: &str, name: &str, body: &[u8]) {
        for id in ["%00", "%ff", "x", "act_7zzzzzzzzzzzzzzzzzzzzzzzzz", "..%2f..", "%", "{id}", "'"]
        {
            let path = name.replace("{id}", id);
            self.send(method, &path, &[("Content-Type", "application/json")], body);
        }
    }
}

/// An example that names the scene's own things, so that it comes as far as it can.
fn ours(scene: &Scene, example: &Value) -> Value {
    match example {
        Value::Object(fields) => {
            fields.iter().map(|(name, field)| (name.clone(), ours(scene, field))).collect()
        }
        Value::Array(entries) => entries.iter().map(|entry| ours(scene, entry)).collect(),
        Value::String(text) => {
            let own = [
                ("co_", scene.bolt.company_id()),
                ("prg_", &scene.program),
                ("evt_", &scene.event_type),
                ("act_", &scene.action),
            ];
            let own = own.iter().find(|(prefix, _)| text.starts_with(prefix));
            json!(own.map_or(text.as_str(), |(_, id)| id))
        }
        other => other.clone(),
    }
}

#[test]
fn no_input_makes_the_server_fail() {
    in_a_world(|world| {
        let scene = Scene::of(world);
        let document = entente::app::document();
        let caller = scene.acme.clone();
        let mut attack =
            Attack { document: &document, scene: &scene, caller, sent: 0, failed: Vec::new() };
        let mut all = operations(&document);
        // What ends something comes last, so that the others are not refused before they look.
        // Last of all, what may ask the caller for a second factor.
        let ends = |name: &str| match name {
            "update_company" => 2,
            _ => u8::from(name.starts_with("end_") || name.starts_with("revoke_")),
        };
        all.sort_by_key(|(_, _, operation)| ends(operation["operationId"].as_str().unwrap()));
        for (method, path, operation) in all {
            // A stream goes on for as long as somebody listens.
            if path.ends_with("/{id}/events") || path.ends_with("/notifications/events") {
                continue;
            }
            let name = operation["operationId"].as_str().expect("a name");
            // Whoever signs out is gone for the rest.
            let guest = name == "end_session";
            if guest {
                // Among what was tried were passwords: their time of waiting is over.
                world.pass(300);
            }
            // Whoever may not leaves the company as it is: the rest is sent in its name.
            let left_alone = FOR_NO_VERSION.contains(&name);
            attack.caller = match (guest, left_alone) {
                (true, _) => world.again(&scene.acme),
                (_, true) => world.colleague(&scene.acme, "admin"),
                _ => scene.acme.clone(),
            };
            attack.operation(&method, &path, &operation);
        }
        assert!(attack.sent > 3_000, "only {} requests", attack.sent);
        let failed = attack.failed.join("\n");
        assert!(failed.is_empty(), "of {} requests failed:\n{failed}", attack.sent);
        scene.acme.get("/v1/me", 200);
    });
}

/// Submits a batch and waits for its end; every line has an outcome, and none that is our fault.
fn worked_off(scene: &Scene, kind: &str, body: &str) {
    let headers = [("Content-Type", kind), ("Prefer", "wait=30")];
    let answer = scene.acme.send("POST", "/v1/reversals", &headers, body.as_bytes());
    assert_eq!(answer.status, 200, "{kind}: {}", answer.text);
    let batch = answer.json();
    assert_eq!(batch["status"], "completed", "{kind}: {batch}");
    let path = format!("/v1/reversals/{}", batch["id"].as_str().unwrap());
    let lines = scene.acme.all(&format!("{path}/lines?limit=200"));
    assert_eq!(batch["counts"]["total"], lines.len(), "{kind}");
    let ours: Vec<&Value> = lines.iter().filter(|line| line["code"] == "internal_error").collect();
    assert!(ours.is_empty(), "{kind}: {ours:#?}");
    for file in ["results.csv", "rejected.csv"] {
        assert_eq!(scene.acme.send("GET", &format!("{path}/{file}"), &[], b"").status, 200);
    }
}

#[test]
fn no_line_makes_the_worker_fail() {
    in_a_world(|world| {
        let scene = Scene::of(world);
        let line = json!({ "event_type_id": scene.event_type, "order_id": "A-1",
            "operation": "modify", "reason": "ITEM_RETURNED", "amount": "90.00" });
        // What is longer than a line may be is refused as a whole.
        let fits = |value: &Value| value.to_string().len() < 60_000;
        let mut lines = Vec::new();
        for field in FIELDS.iter() {
            for value in values().into_iter().filter(fits) {
                let mut changed = line.clone();
                changed[*field] = value;
                lines.push(changed);
            }
        }
        worked_off(&scene, "application/json", &json!({ "lines": lines }).to_string());
        let written: Vec<String> = lines.iter().map(Value::to_string).collect();
        worked_off(&scene, "application/x-ndjson", &written.join("\n"));

        // A file with a NUL is none of text.
        let cells = texts().into_iter().filter(|text| text.len() < 60_000 && !text.contains('\0'));
        let cells: Vec<String> = cells.collect();
        let mut file = FIELDS.join(",") + "\n";
        for place in 0..FIELDS.len() {
            for cell in &cells {
                let row = FIELDS.iter().enumerate().map(|(at, field)| match at == place {
                    true => format!("\"{}\"", cell.replace('"', "\"\"")),
                    false => line[*field].as_str().unwrap_or_default().to_string(),
                });
                file.push_str(&(row.collect::<Vec<_>>().join(",") + "\n"));
            }
        }
        worked_off(&scene, "text/csv", &file);
    });
}
