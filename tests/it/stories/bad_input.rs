//! Input of every bad kind: told what is wrong with it, by code and place, and nothing changes.

mod fields;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::cast::deal::{Deal, id};
use crate::cast::http::{Answer, Caller, faults};
use crate::cast::world::{World, in_a_world};

/// A deal, its brand's owner signed in, and one order.
struct Scene {
    deal: Deal,
    owner: Caller,
    /// The path of the order's action.
    action: String,
    /// The path of a batch.
    batch: String,
}

impl Scene {
    fn of(world: &World) -> Self {
        let deal = Deal::of(world);
        let login = json!({ "email": "acme0@example.com", "password": "correct horse battery" });
        let owner = world.caller(&world.nobody().post("/v1/auth/login", login, 200));
        let action = deal.tracked("A-1");
        let lines = json!({ "lines": [{ "order_id": "A-0", "operation": "approve" }] });
        let wait = [("Prefer", "wait=30")];
        let batch = deal.acme.call("POST", "/v1/reversals", &wait, &lines, 200).json();
        Self { deal, owner, action, batch: format!("/v1/reversals/{}", id(&batch)) }
    }

    /// The doors, with who knocks at them: people make programs and contracts.
    fn doors(&self) -> Vec<(String, &Caller)> {
        vec![
            ("/v1/actions".to_string(), &self.deal.acme),
            ("/v1/programs".to_string(), &self.owner),
            ("/v1/contracts".to_string(), &self.owner),
            ("/v1/reversals".to_string(), &self.deal.acme),
            (format!("{}/reverse", self.action), &self.deal.acme),
        ]
    }

    /// Everything that bad input could have changed.
    fn state(&self) -> Vec<Value> {
        let lists = ["/v1/actions", "/v1/programs", "/v1/contracts", "/v1/reversals", "/v1/events"];
        let mut all: Vec<Value> = lists.iter().flat_map(|list| self.owner.all(list)).collect();
        all.extend(self.owner.all(&format!("{}/updates", self.action)));
        all
    }
}

/// Tells a story in which nothing may change.
fn in_vain(story: impl Fn(&World, &Scene)) {
    in_a_world(|world| {
        let scene = Scene::of(world);
        let before = settled(&scene);
        story(world, &scene);
        assert_eq!(scene.state(), before);
    });
}

/// The state, once everything that happened so far shows: the batch's end is the last of it.
fn settled(scene: &Scene) -> Vec<Value> {
    let began = std::time::Instant::now();
    loop {
        let state = scene.state();
        if state.iter().any(|entry| entry["type"] == "reversal.completed") {
            return state;
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "{state:#?}");
    }
}

/// Sends bytes that call themselves JSON.
fn post(caller: &Caller, path: &str, body: &[u8]) -> Answer {
    caller.send("POST", path, &[("Content-Type", "application/json")], body)
}

/// An answer is a problem of this status and code, in full.
fn refused(what: &str, answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{what} was answered {}", answer.text);
    assert_eq!(answer.header("Content-Type"), "application/problem+json", "{what}");
    let problem = answer.json();
    assert_eq!(problem["code"], code, "{what} was answered {problem}");
    assert_eq!(problem["status"], status, "{what}");
    assert_ne!(answer.header("X-Request-Id"), "", "{what}");
    assert_eq!(problem["request_id"], answer.header("X-Request-Id"), "{what}");
}

#[test]
fn what_is_not_json_is_malformed_at_every_door() {
    in_vain(|_, scene| {
        let deep = |open: &str, close: &str| {
            format!("{{\"lines\": {}{}}}", open.repeat(140), close.repeat(140)).into_bytes()
        };
        let broken: Vec<Vec<u8>> = vec![
            b"{".to_vec(),
            b"{\"name\": \"x\"".to_vec(),
            b"{'name': 'x'}".to_vec(),
            b"{\"name\": \"x\",}".to_vec(),
            b"{\"name\": NaN}".to_vec(),
            b"{\"name\": \"\xff\xfe\"}".to_vec(),
            b"{\"name\": \"a\nb\"}".to_vec(),
            b"{} {}".to_vec(),
            b"name=x".to_vec(),
            b"\x00\x01\x02\x03".to_vec(),
            b"PK\x03\x04".to_vec(),
            b"\x1f\x8b\x08\x00".to_vec(),
            deep("[", "]"),
            deep("{\"a\":", "}"),
        ];
        for (path, caller) in scene.doors() {
            for body in &broken {
                let what = format!("{path} {}", String::from_utf8_lossy(body));
                refused(&what, &post(caller, &path, body), 400, "malformed");
            }
        }
    });
}

#[test]
fn a_field_given_twice_is_refused_at_every_door() {
    in_vain(|_, scene| {
        for (path, caller) in scene.doors() {
            let answer = post(caller, &path, br#"{"mode": "dry_run", "mode": "best_effort"}"#);
            let (status, code) = match path.as_str() {
                "/v1/reversals" => (422, "invalid"),
                _ => (400, "malformed"),
            };
            refused(&path, &answer, status, code);
        }
    });
}

#[test]
fn json_of_another_shape_is_invalid_at_every_door() {
    in_vain(|_, scene| {
        for (path, caller) in scene.doors() {
            for body in ["[]", "7", "\"text\"", "null", "true", "[{}]"] {
                let answer = post(caller, &path, body.as_bytes());
                refused(&format!("{path} {body}"), &answer, 422, "invalid");
                assert_eq!(faults(&answer.json()), [" wrong_type"], "{path} {body}");
            }
            let answer = post(caller, &path, br#"{"colour": "red", "a/b~c": 1}"#);
            refused(&path, &answer, 422, "invalid");
            let found = faults(&answer.json());
            for fault in ["/colour unknown_field", "/a~1b~0c unknown_field"] {
                assert!(found.contains(&fault.to_string()), "{path}: {found:?}");
            }
        }
    });
}

#[test]
fn an_empty_body_is_told_what_is_missing() {
    in_vain(|_, scene| {
        let needed: &[(&str, &[&str])] = &[
            ("/v1/programs", &["/currency", "/name", "/time_zone"]),
            ("/v1/contracts", &["/lock", "/partner_company_id", "/payouts", "/program_id"]),
        ];
        for (path, fields) in needed {
            let expected: Vec<String> =
                fields.iter().map(|field| format!("{field} missing_field")).collect();
            for body in ["", "{}"] {
                let problem = post(&scene.owner, path, body.as_bytes());
                refused(path, &problem, 422, "invalid");
                assert_eq!(faults(&problem.json()), expected, "{path} {body}");
            }
        }
        let command = post(&scene.deal.acme, &format!("{}/reverse", scene.action), b"");
        assert_eq!(faults(&command.json()), ["/reason missing_field"]);
        refused("no batch", &post(&scene.deal.acme, "/v1/reversals", b""), 400, "malformed");
        for kind in ["text/csv", "text/tab-separated-values"] {
            let header = [("Content-Type", kind)];
            let answer = scene.deal.acme.send("POST", "/v1/reversals", &header, b"");
            refused(kind, &answer, 422, "invalid");
            assert_eq!(answer.json()["errors"][0]["code"], "empty_file", "{kind}");
        }
    });
}

#[test]
fn a_body_over_the_limit_and_one_of_another_kind_are_refused() {
    in_vain(|_, scene| {
        let long = format!("{{\"name\": \"{}\"}}", "x".repeat(4 * 1024 * 1024));
        for (path, caller) in scene.doors() {
            if path != "/v1/reversals" {
                let answer = post(caller, &path, long.as_bytes());
                refused(&path, &answer, 413, "body_too_large");
            }
            for kind in ["text/plain", "application/xml", "multipart/mixed", "nonsense", ""] {
                let answer = caller.send("POST", &path, &[("Content-Type", kind)], b"{\"a\": 1}");
                refused(&format!("{path} {kind}"), &answer, 415, "unsupported_media_type");
            }
            let answer = caller.send("POST", &path, &[], b"{\"a\": 1}");
            refused(&format!("{path} of no kind"), &answer, 415, "unsupported_media_type");
            let packed = [("Content-Type", "application/json"), ("Content-Encoding", "br")];
            let answer = caller.send("POST", &path, &packed, b"{\"a\": 1}");
            refused(&format!("{path} packed"), &answer, 415, "unsupported_media_type");
        }
    });
}

#[test]
fn what_is_not_ones_own_is_not_there() {
    in_vain(|world, scene| {
        let crow = &scene.deal.crow;
        let contract = format!("/v1/contracts/{}", scene.deal.contract);
        let program = format!("/v1/programs/{}", scene.deal.program);
        let lines = format!("{}/lines", scene.batch);
        for path in [&scene.action, &scene.batch, &lines] {
            refused(path, &crow.send("GET", path, &[], b""), 404, "not_found");
        }
        let stranger = world.company("Dove", "brand");
        for path in [&contract, &program, &scene.action, &scene.batch] {
            refused(path, &stranger.send("GET", path, &[], b""), 404, "not_found");
        }
        let body = json!({ "reason": "ORDER_ERROR" }).to_string();
        let answer = post(crow, &format!("{}/reverse", scene.action), body.as_bytes());
        refused("a command", &answer, 404, "not_found");
        let garbage = ["x", "act_", "act_zzzzzzzzzzzzzzzzzzzzzzzzzz", "%00", "..%2f..", "%ff%fe"];
        for garbage in
            garbage.iter().map(ToString::to_string).chain([format!("act_{}", "0".repeat(9000))])
        {
            for things in ["actions", "reversals", "programs", "contracts", "event-types"] {
                let path = format!("/v1/{things}/{garbage}");
                refused(&path, &scene.owner.send("GET", &path, &[], b""), 404, "not_found");
            }
            let path = format!("/v1/actions/{garbage}/reverse");
            let answer = post(&scene.deal.acme, &path, body.as_bytes());
            refused(&path, &answer, 404, "not_found");
        }
        let swapped = scene.batch.replace("rev_", "act_").replace("reversals", "actions");
        refused(&swapped, &scene.owner.send("GET", &swapped, &[], b""), 404, "not_found");
    });
}

#[test]
fn garbage_in_a_query_is_named() {
    in_vain(|_, scene| {
        let lists = ["/v1/actions", "/v1/reversals", "/v1/programs", "/v1/contracts", "/v1/events"];
        let lines = format!("{}/lines", scene.batch);
        let cases = [
            ("cursor=garbage", "cursor bad_cursor"),
            ("cursor=%00", "cursor bad_characters"),
            ("cursor=eyJhIjoxfQ", "cursor bad_cursor"),
            ("cursor=", "cursor bad_cursor"),
            ("colour=red", "colour unknown_parameter"),
            ("limit=1&limit=2", "limit duplicate_parameter"),
            ("limit=0", "limit out_of_range"),
            ("limit=-1", "limit out_of_range"),
            ("limit=ten", "limit wrong_type"),
            ("limit=9223372036854775807", "limit out_of_range"),
            ("limit=", "limit wrong_type"),
        ];
        for list in lists.iter().copied().chain([lines.as_str()]) {
            for (query, expected) in cases {
                let path = format!("{list}?{query}");
                assert_eq!(faults(&scene.owner.get(&path, 422)), [expected], "{path}");
            }
        }
        for (path, expected) in [
            ("/v1/actions?state=lost".to_string(), "state unknown_value"),
            ("/v1/actions?occurred_after=monday".to_string(), "occurred_after bad_format"),
            ("/v1/actions?held=maybe".to_string(), "held wrong_type"),
            (format!("{lines}?outcome=fine"), "outcome unknown_value"),
            ("/v1/reversals?status=lost".to_string(), "status unknown_value"),
        ] {
            let problem = scene.owner.get(&path, 422);
            assert_eq!(faults(&problem), [expected], "{path}");
        }
    });
}

#[test]
fn a_credential_that_is_no_longer_or_never_was_one_opens_no_door() {
    in_vain(|world, scene| {
        let dove = world.company("Dove", "brand");
        let parts: Vec<&str> = dove.credential().split('.').collect();
        // The same claims for a second longer: nothing but the signature tells.
        let mut claims: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
        claims["exp"] = json!(claims["exp"].as_i64().unwrap() + 1);
        let turned = URL_SAFE_NO_PAD.encode(claims.to_string());
        // {"alg":"none","typ":"JWT"} and {"alg":"HS256","typ":"JWT"}.
        let (none, other) =
            ("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0", "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9");
        let forgeries = [
            format!("{none}.{}.", parts[1]),
            format!("{none}.{}.{}", parts[1], parts[2]),
            format!("{other}.{}.{}", parts[1], parts[2]),
            format!("{}.{turned}.{}", parts[0], parts[2]),
            format!("{}x", scene.deal.acme.credential()),
            "entk_".to_string(),
            "x".repeat(5000),
            "..".to_string(),
        ];
        let shut = |credential: &str, what: &str| {
            for (path, _) in scene.doors() {
                let answer = post(&world.with_credential(credential), &path, b"{}");
                refused(&format!("{what} {path}"), &answer, 401, "unauthenticated");
                assert!(answer.header("WWW-Authenticate").starts_with("Bearer"), "{what}");
            }
        };
        forgeries.iter().for_each(|forgery| shut(forgery, forgery));
        refused("nobody", &post(&world.nobody(), "/v1/actions", b"{}"), 401, "unauthenticated");
        let before = world.now().to_string();
        world.travel("2026-03-10T12:15:00Z");
        shut(dove.credential(), "an expired token");
        world.travel(&before);
        dove.get("/v1/me", 200);
    });
}

#[test]
fn a_file_that_is_no_batch_is_refused_with_its_reason() {
    in_vain(|_, scene| {
        let files: Vec<(&str, Vec<u8>, &str)> = vec![
            ("text/csv", b"\xef\xbb\xbf".to_vec(), "empty_file"),
            ("text/csv", b"\r\n\r\n \n".to_vec(), "empty_file"),
            ("text/csv", (0..=255).cycle().take(9000).collect(), "binary_file"),
            ("text/csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), "binary_file"),
            ("text/csv", b"order_id,reason\n\"A-1,OTHER\n".to_vec(), "unclosed_quote"),
            ("text/csv", b"order_id,reason\nA-\xe4,ORDER_ERROR\n".to_vec(), "not_utf8"),
        ];
        let mut wrong = Vec::new();
        for (kind, body, code) in files {
            let headers = [("Content-Type", kind), ("Prefer", "wait=30")];
            let answer = scene.deal.acme.send("POST", "/v1/reversals", &headers, &body);
            let problem = answer.json();
            if answer.status != 422 || problem["errors"][0]["code"] != code {
                wrong.push(format!("not {code}: {} {problem}", answer.status));
            }
        }
        assert_eq!(wrong, Vec::<String>::new());
    });
}
