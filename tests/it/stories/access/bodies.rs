//! An idempotency key changes nothing about how a body is taken in.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cast::at_once::at_once;
use crate::cast::deal::Deal;
use crate::cast::http::Answer;
use crate::cast::world::{World, in_a_world, in_a_world_with};

const KEYED: [(&str, &str); 2] =
    [("Content-Type", "application/json"), ("Idempotency-Key", "bodies-1")];

#[test]
fn a_thousand_orders_come_under_a_key_as_they_come_without_one() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let order = |number| {
            let mut order = deal.order(&format!("K-{number}"));
            order["note"] = json!("x".repeat(100));
            order
        };
        let orders: Vec<Value> = (0..1_000).map(order).collect();
        let body = json!({ "actions": orders }).to_string();
        assert!(body.len() > 256 * 1024, "{} bytes are no large body", body.len());
        let send = || deal.acme.send("POST", "/v1/actions/batch", &KEYED, body.as_bytes());
        let first = send();
        assert_eq!(first.status, 200, "{}", first.text);
        let results = first.json()["data"].as_array().unwrap().clone();
        assert!(results.iter().all(|result| result["status"] == "tracked"));
        let again = send();
        assert_eq!(again.header("Idempotency-Replayed"), "true");
        assert_eq!(again.json(), first.json());
    });
}

#[test]
fn a_body_over_the_limit_is_as_large_under_a_key() {
    in_a_world(|world| {
        let deal = Deal::of(world);
        let body = json!({ "actions": ["x".repeat(4 * 1024 * 1024)] }).to_string();
        let told = |headers: &[(&str, &str)]| {
            let answer = deal.acme.send("POST", "/v1/actions/batch", headers, body.as_bytes());
            without_id(&answer)
        };
        let problem = told(&KEYED);
        assert_eq!((&problem["status"], &problem["code"]), (&json!(413), &json!("body_too_large")));
        assert_eq!(problem, told(&KEYED[..1]));
    });
}

/// A problem without what differs between any two.
fn without_id(answer: &Answer) -> Value {
    let mut problem = answer.json();
    problem["request_id"].take();
    problem
}

#[test]
fn a_body_that_stops_coming_is_waited_for_no_longer_under_a_key() {
    in_a_world_with(&["--body-seconds", "1"], |world| {
        let owner = world.company("Acme", "brand");
        let told = |key| stalled(world, owner.credential(), key);
        for answer in at_once(2, |which| told(["", "Idempotency-Key: stalled-1\r\n"][which])) {
            assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
            assert!(answer.contains("the body did not arrive in time"), "{answer}");
        }
    });
}

/// Sends half of what it promises; gives what comes back.
fn stalled(world: &World, credential: &str, key: &str) -> String {
    let mut line = TcpStream::connect(world.address()).expect("a connection");
    line.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
    let head = format!(
        "POST /v1/programs HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {credential}\r\n\
         Content-Type: application/json\r\n{key}Content-Length: 100\r\n\r\n{{\"name\": ",
        world.address()
    );
    line.write_all(head.as_bytes()).expect("it is sent");
    let (mut answer, mut piece) = (String::new(), [0; 4096]);
    // The server need not close the connection: the problem's last field ends it.
    while !answer.contains("request_id\"") {
        let read = line.read(&mut piece).expect("an answer");
        assert!(read > 0, "the connection ended: {answer}");
        answer.push_str(&String::from_utf8_lossy(&piece[..read]));
    }
    answer
}
