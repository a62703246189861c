//! What the door of batches takes, and what it turns away.

use serde_json::{Value, json};

use crate::cast::http::{Answer, Caller};
use crate::cast::world::{in_a_world, in_a_world_with};

fn csv(caller: &Caller, query: &str, body: &[u8]) -> Answer {
    let path = format!("/v1/reversals{query}");
    caller.send("POST", &path, &[("Content-Type", "text/csv")], body)
}

fn codes(answer: &Answer) -> Vec<String> {
    let problem = answer.json();
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| error["code"].as_str().unwrap_or_default().to_string()).collect()
}

#[test]
fn what_cannot_be_a_batch_is_turned_away_and_leaves_none() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let wide = format!("order_id,reason,{}\nA,OTHER\n", "x".repeat(70_000));
        let hopeless: &[(&[u8], &str)] = &[
            (b"", "empty_file"),
            (b"PK\x03\x04\x14\x00\x06\x00", "binary_file"),
            (b"order_id,reason\nA\x00B,OTHER\n", "binary_file"),
            (b"\xffa\xfe", "binary_file"),
            (b"colour,shape\nred,round\n", "header_unknown"),
            (b"order_id,reason,colour\nA,OTHER,red\n", "unknown_column"),
            (b"order_id,order_id,reason\nA,B,OTHER\n", "duplicate_column"),
            (b"amount,reason\n1.00,OTHER\n", "missing_column"),
            (b"order_id,reason\n", "no_lines"),
            (wide.as_bytes(), "header_too_long"),
        ];
        for (body, code) in hopeless {
            let answer = csv(&acme, "", body);
            assert_eq!(answer.status, 422, "{code}: {}", answer.text);
            if *code != "binary_file" || !body.starts_with(b"\xff") {
                assert_eq!(codes(&answer), [*code]);
            }
        }
        assert_eq!(acme.get("/v1/reversals", 200)["data"], json!([]));
    });
}

#[test]
fn json_that_cannot_be_a_batch_is_turned_away_with_every_fault() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let post = |body: &[u8]| {
            acme.send("POST", "/v1/reversals", &[("Content-Type", "application/json")], body)
        };
        for broken in [&b"{"[..], b"", b"[1,", b"\xff\xfe", b"{\"lines\": nope}"] {
            let answer = post(broken);
            assert_eq!((answer.status, answer.json()["code"].as_str()), (400, Some("malformed")));
        }
        let deep = format!("{{\"lines\": {}1{}}}", "[".repeat(140), "]".repeat(140));
        assert_eq!(post(deep.as_bytes()).status, 400);

        let answer = post(br#"{"mode": "sometimes", "extra": 1, "event_type_id": 7, "lines": []}"#);
        assert_eq!(answer.status, 422);
        let mut found = codes(&answer);
        found.sort();
        assert_eq!(found, ["empty_batch", "unknown_field", "unknown_value", "wrong_type"]);
        let answer = post(br#"{"mode": "dry_run"}"#);
        assert_eq!(codes(&answer), ["missing_field"]);
        let answer = post(br#"{"event_type_id": "nonsense", "lines": [{"order_id": "A"}]}"#);
        assert_eq!(codes(&answer), ["unknown_event_type"]);
        assert_eq!(acme.get("/v1/reversals", 200)["data"], json!([]));
    });
}

#[test]
fn the_door_is_for_members_and_keys_with_the_scope() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let good = b"order_id,reason\nA,ITEM_RETURNED\n";
        assert_eq!(csv(&world.nobody(), "", good).status, 401);
        let key = json!({ "name": "Reader", "scopes": ["reversals:read"] });
        let reader = world.caller(&acme.post("/v1/api-keys", key, 201));
        let answer = csv(&reader, "", good);
        assert_eq!((answer.status, answer.json()["code"].as_str()), (403, Some("scope_missing")));
        let path = "/v1/reversals";
        let zip = acme.send("POST", path, &[("Content-Type", "application/zip")], good);
        assert_eq!(zip.status, 415);
        assert_eq!(csv(&acme, "?mode=sometimes&colour=red", good).status, 422);
    });
}

#[test]
fn a_batch_of_unknown_orders_is_answered_line_by_line_and_seen_by_nobody_else() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let bolt = world.company("Bolt", "partner");
        let body = b"order_id;reason;amount\r\nA-1;ITEM_RETURNED;0\r\n\"A;2\";NONSENSE;\r\n\
                     1.23E+12;OTHER;0\r\n;OTHER;0\r\nA-5;ITEM_RETURNED;12,50\r\nA-6;x\r\n";
        let headers = [("Content-Type", "text/csv"), ("Prefer", "wait=30")];
        let answer = acme.send("POST", "/v1/reversals", &headers, body);
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.header("Preference-Applied"), "wait");
        let batch = answer.json();
        assert_eq!(batch["counts"]["rejected"], 6);
        let location = answer.header("Location").to_string();
        bolt.get(&location, 404);

        let lines = acme.all(&format!("{location}/lines?limit=2"));
        let told: Vec<(i64, &str)> = lines
            .iter()
            .map(|line| (line["line"].as_i64().unwrap(), line["code"].as_str().unwrap()))
            .collect();
        let expected = [
            (2, "action_not_found"),
            (3, "missing_field"),
            (4, "order_id_mangled"),
            (5, "missing_field"),
            (6, "bad_number"),
            (7, "wrong_cell_count"),
        ];
        assert_eq!(told, expected);
        assert_eq!(lines[1]["input"]["order_id"], "A;2");

        let rejected = acme.send("GET", &format!("{location}/rejected.csv"), &[], b"").text;
        let mut rows = rejected.lines();
        assert_eq!(rows.next(), Some("order_id;reason;amount;error_code;error_message"));
        assert!(rows.nth(1).unwrap().starts_with("\"A;2\";NONSENSE;;missing_field;"));
        let results = acme.send("GET", &format!("{location}/results.csv"), &[], b"").text;
        assert_eq!(results.lines().count(), 7);
    });
}

#[test]
fn the_same_submission_is_one_batch_and_the_same_file_is_not_run_twice() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let body = b"order_id,reason\nA-1,ITEM_RETURNED\n";
        let keyed = [("Content-Type", "text/csv"), ("Idempotency-Key", "k"), ("Prefer", "wait=30")];
        let first = acme.send("POST", "/v1/reversals", &keyed, body);
        let again = acme.send("POST", "/v1/reversals", &keyed, body);
        assert_eq!(again.header("Idempotency-Replayed"), "true");
        assert_eq!(again.json()["id"], first.json()["id"]);
        let other = acme.send("POST", "/v1/reversals", &keyed, b"order_id,reason\nA-2,OTHER\n");
        assert_eq!(
            (other.status, other.json()["code"].as_str()),
            (409, Some("idempotency_conflict"))
        );

        let twin = csv(&acme, "", body);
        assert_eq!((twin.status, twin.json()["status"].as_str()), (200, Some("rejected")));
        assert_eq!(twin.json()["code"], "duplicate_file");
        assert_eq!(twin.json()["duplicate_of"], first.json()["id"]);
        assert_eq!(csv(&acme, "?mode=dry_run", body).status, 202);
        assert_eq!(csv(&acme, "?force=true", body).status, 202);
        assert_eq!(acme.all("/v1/reversals").len(), 4);
    });
}

#[test]
fn a_body_in_another_encoding_is_refused_whatever_it_holds() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let good = b"order_id,reason\nA,ITEM_RETURNED\n";
        let send = |kind: &str, coding: &str, body: &[u8]| {
            let headers = [("Content-Type", kind), ("Content-Encoding", coding)];
            acme.send("POST", "/v1/reversals", &headers, body)
        };
        for coding in ["identity, br", "gzip, gzip", "zstd", "nonsense"] {
            for (kind, body) in [("text/csv", &good[..]), ("application/json", b"{}")] {
                let answer = send(kind, coding, body);
                assert_eq!(answer.status, 415, "{coding}: {}", answer.text);
                assert_eq!(answer.json()["code"], "unsupported_media_type");
            }
        }
        assert_eq!(acme.get("/v1/reversals", 200)["data"], json!([]));
        assert_eq!(send("text/csv", "Identity", good).status, 202);

        let packed = csv(&acme, "", b"\x1f\x8b\x08\x00\x00\x00\x00\x00");
        assert_eq!(codes(&packed), ["binary_file"]);
        assert!(!packed.text.contains("encoding"), "{}", packed.text);
    });
}

#[test]
fn json_has_its_options_in_the_body() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let path = "/v1/reversals?mode=dry_run&force=true&file_name=a.csv";
        let line = json!({ "order_id": "A", "operation": "reverse", "reason": "ITEM_RETURNED" });
        let answer = acme.call("POST", path, &[], &json!({ "lines": [line] }), 422).json();
        let errors = answer["errors"].as_array().unwrap();
        let names: Vec<&str> =
            errors.iter().map(|error| error["parameter"].as_str().unwrap()).collect();
        assert_eq!(names, ["mode", "force", "file_name"]);
        assert!(errors.iter().all(|error| error["code"] == "unknown_parameter"), "{answer}");
    });
}

#[test]
fn a_body_over_the_limit_is_refused() {
    in_a_world_with(&["--reversal-max-bytes", "100000"], |world| {
        let acme = world.company("Acme", "brand");
        let long = format!("order_id,reason\n{}", "A-1,ITEM_RETURNED\n".repeat(10_000));
        let answer = csv(&acme, "", long.as_bytes());
        assert_eq!((answer.status, answer.json()["code"].as_str()), (413, Some("body_too_large")));
        let value: Value = acme.get("/v1/reversals", 200);
        assert_eq!(value["data"], json!([]));
    });
}
