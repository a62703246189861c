//! Clients that stop in the middle of what they say, and servers that are told to stop meanwhile.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::folder;
use crate::cast::engines::sqlite_url;
use crate::cast::orders::tracked_orders;
use crate::cast::process::Process;

/// Says something and no more; gives what is answered until the line is closed.
fn say(process: &Process, said: &str) -> String {
    let address = process.base().trim_start_matches("http://");
    let mut line = TcpStream::connect(address).expect("somebody listens");
    line.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
    line.write_all(said.as_bytes()).expect("it is said");
    let mut answered = Vec::new();
    let closed = line.read_to_end(&mut answered);
    assert!(closed.is_ok(), "the line stays open: {said:?} was answered {answered:?}");
    String::from_utf8(answered).expect("text")
}

#[test]
fn who_stops_in_the_middle_is_not_waited_for() {
    let home = folder();
    let url = sqlite_url(&home.path().join("entente.db"));
    let flags = ["--head-seconds", "1", "--body-seconds", "1"];
    let process = Process::serve(&url, home.path(), &flags);
    let (credential, _) = tracked_orders(&process.caller(None), 1);

    // Without the setting it would be five seconds; a machine may be slow, but not each time.
    let in_time = |_| {
        let began = Instant::now();
        let head = say(&process, "GET /healthz HTTP/1.1\r\nHost: ");
        assert!(head.starts_with("HTTP/1.1 408 "), "{head}");
        began.elapsed() < Duration::from_secs(4)
    };
    assert!((0..3).any(in_time), "the head of a request is waited for too long");

    let key = format!("Host: x\r\nConnection: close\r\nAuthorization: Bearer {credential}\r\n");
    let json = "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"name\":";
    let csv = "Content-Type: text/csv\r\nContent-Length: 100\r\n\r\norder_id\n";
    let packed = "Content-Type: text/csv\r\nContent-Encoding: gzip\r\nContent-Length: 100\r\n\r\n";
    for (path, rest) in [
        ("/v1/auth/login", json),
        ("/v1/actions", json),
        ("/v1/actions/batch", json),
        ("/v1/reversals", json),
        ("/v1/reversals", csv),
        ("/v1/reversals", packed),
    ] {
        let answered = say(&process, &format!("POST {path} HTTP/1.1\r\n{key}{rest}"));
        assert!(answered.starts_with("HTTP/1.1 400 "), "{path}: {answered}");
        assert!(answered.contains("the body did not arrive in time"), "{path}: {answered}");
    }
    let acme = process.caller(Some(&credential));
    assert_eq!(acme.all("/v1/reversals").len(), 0, "half a file is no batch");
}

#[test]
fn a_server_that_stops_waits_for_requests_no_longer_than_it_is_told() {
    let home = folder();
    let url = sqlite_url(&home.path().join("entente.db"));
    let process = Process::serve(&url, home.path(), &["--shutdown-seconds", "1"]);
    let address = process.base().trim_start_matches("http://");
    let mut line = TcpStream::connect(address).expect("somebody listens");
    let half = "POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                Expect: 100-continue\r\nContent-Length: 9\r\n\r\n";
    line.write_all(half.as_bytes()).expect("it is said");
    // By its answer the server says that it reads on: the request is in flight.
    let mut answered = [0; 12];
    line.read_exact(&mut answered).expect("an answer");
    assert_eq!(&answered, b"HTTP/1.1 100");
    let began = Instant::now();
    assert!(process.terminate().success());
    assert!(began.elapsed() < Duration::from_secs(15), "it waited for who never ends");
}
