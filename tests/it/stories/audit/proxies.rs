//! From where: the connection's other end, or what proxies that are trusted say of it.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::log;
use crate::cast::http::Caller;
use crate::cast::world::{in_a_world, in_a_world_with};

/// The address that the log has of a request with such headers.
fn told(caller: &Caller, forwarded: &[&str]) -> Value {
    let headers: Vec<_> = forwarded.iter().map(|value| ("X-Forwarded-For", *value)).collect();
    let program = json!({ "name": "Shop", "currency": "EUR", "time_zone": "UTC" });
    let answer = caller.call("POST", "/v1/programs", &headers, &program, 201);
    let entry = log(caller, "type=program.created")[0].clone();
    assert_eq!(entry["request_id"], answer.header("X-Request-Id"));
    entry["address"].clone()
}

#[test]
fn nobody_says_where_he_is_unless_a_proxy_is_trusted() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        for forged in [&[][..], &["203.0.113.9"], &["203.0.113.9, 198.51.100.7"], &["127.0.0.1"]] {
            assert_eq!(told(&acme, forged), "127.0.0.1");
        }
    });
    in_a_world_with(&["--trusted-proxies", "10.0.0.0/8"], |world| {
        let acme = world.company("Acme", "brand");
        assert_eq!(told(&acme, &["203.0.113.9"]), "127.0.0.1", "another proxy than this one");
    });
}

#[test]
fn the_last_hop_before_the_trusted_ones_is_the_client() {
    in_a_world_with(&["--trusted-proxies", "127.0.0.1, 10.0.0.0/8"], |world| {
        let acme = world.company("Acme", "brand");
        for (forwarded, expected) in [
            (&[][..], "127.0.0.1"),
            (&["203.0.113.9"], "203.0.113.9"),
            (&["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
            (&["203.0.113.9, 10.1.2.3"], "203.0.113.9"),
            (&["1.1.1.1", "203.0.113.9", "10.1.2.3"], "203.0.113.9"),
            (&["2001:DB8::9"], "2001:db8::9"),
            (&["nonsense"], "127.0.0.1"),
        ] {
            assert_eq!(told(&acme, forwarded), expected, "{forwarded:?}");
        }
    });
}

/// Whoever sends bytes that are no text does not hide behind the proxy by that.
#[test]
fn what_a_proxy_added_counts_whatever_stands_before_it() {
    in_a_world_with(&["--trusted-proxies", "127.0.0.1"], |world| {
        let acme = world.company("Acme", "brand");
        let body = r#"{"name":"Shop","currency":"EUR","time_zone":"UTC"}"#;
        let head = format!(
            "POST /v1/programs HTTP/1.1\r\nHost: acme\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nAuthorization: Bearer {}\r\n",
            body.len(),
            acme.credential()
        );
        let mut line = TcpStream::connect(world.address()).expect("the server");
        line.write_all(head.as_bytes()).expect("it is sent");
        line.write_all(b"X-Forwarded-For: \xff\xe9, 203.0.113.9\r\n\r\n").expect("it is sent");
        line.write_all(body.as_bytes()).expect("it is sent");
        let mut answer = Vec::new();
        line.read_to_end(&mut answer).expect("an answer");
        assert!(answer.starts_with(b"HTTP/1.1 201"), "{}", String::from_utf8_lossy(&answer));
        assert_eq!(log(&acme, "type=program.created")[0]["address"], "203.0.113.9");
    });
}

/// A credential is remembered for some seconds: where it was shown from is not.
#[test]
fn the_same_credential_is_told_from_wherever_it_is_shown() {
    in_a_world_with(&["--trusted-proxies", "127.0.0.1"], |world| {
        let acme = world.company("Acme", "brand");
        for from in ["203.0.113.9", "198.51.100.7", "203.0.113.9"] {
            assert_eq!(told(&acme, &[from]), from);
        }
    });
}
