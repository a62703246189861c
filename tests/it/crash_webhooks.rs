//! The program is killed between a commit and its webhook, and while one is under way; everything that
//! was acknowledged arrives, in order, under the same id.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::cast::engines::on_both_engines;
use crate::cast::http::Caller;
use crate::cast::process::Process;
use crate::cast::receiver::{Manner, Message, Receiver};

/// How often the program is killed on each engine.
const KILLS: usize = 12;
/// A short lease, so that there is little to wait for.
const FLAGS: &[&str] = &["--webhook-private-targets", "--job-lease-ms", "150"];

/// A company with an endpoint; its key.
fn acme(process: &Process, receiver: &Receiver) -> String {
    let body = json!({
        "email": "acme@example.com", "password": "correct horse battery", "name": "Ada",
        "company": { "name": "Acme", "kind": "brand" },
    });
    let told = process.caller(None).post("/v1/auth/register", body, 201);
    let owner = process.caller(told["access_token"].as_str());
    let endpoint = json!({ "url": receiver.url(), "event_types": ["program.*"] });
    owner.post("/v1/webhook-endpoints", endpoint, 201);
    let key = json!({ "name": "Key", "scopes": ["programs:write"] });
    owner.post("/v1/api-keys", key, 201)["secret"].as_str().expect("a secret").to_string()
}

/// Makes a program and renames it: two events about one thing. Gives which.
fn change(caller: &Caller) -> String {
    let program = json!({ "name": "One", "currency": "EUR", "time_zone": "UTC" });
    let id = caller.post("/v1/programs", program, 201)["id"].as_str().expect("an id").to_string();
    caller.patch(&format!("/v1/programs/{id}"), json!({ "name": "Two" }), 200);
    id
}

/// The object of a message, and which of its versions.
fn about(message: &Message) -> (String, i64) {
    let data = message.body()["data"].clone();
    let object = data["object_id"].as_str().expect("an object").to_string();
    (object, data["sequence"].as_i64().expect("a version"))
}

fn has_all(seen: &[Message], programs: &[String]) -> bool {
    let seen: Vec<_> = seen.iter().map(about).collect();
    let both = |program: &String| [1, 2].map(|version| (program.clone(), version));
    programs.iter().flat_map(both).all(|wanted| seen.contains(&wanted))
}

#[test]
fn what_was_acknowledged_arrives_however_often_the_program_is_killed() {
    on_both_engines(|url| {
        let home = tempfile::tempdir().expect("a folder");
        let receiver = Receiver::new();
        let mut process = Process::serve(url, home.path(), FLAGS);
        let key = acme(&process, &receiver);
        let mut programs = Vec::new();
        for kill in 0..KILLS {
            let caller = process.caller(Some(&key));
            let before = receiver.seen().len();
            if kill % 3 == 1 {
                receiver.behave(Manner::Hang);
            }
            programs.extend((0..4).map(|_| change(&caller)));
            match kill % 3 {
                // Right after the commit.
                0 => {}
                // While it is under way, before there is an answer.
                1 => drop(receiver.until("one under way", |seen| seen.len() > before)),
                // In the middle of many.
                _ => drop(receiver.until("some of them", |seen| seen.len() > before + 3)),
            }
            process.kill();
            receiver.behave(Manner::Answer(200));
            process = Process::serve(url, home.path(), FLAGS);
        }
        let seen = receiver.until("all of them", |seen| has_all(seen, &programs));
        assert_eq!(programs.len(), 4 * KILLS);

        let mut bodies: HashMap<String, Value> = HashMap::new();
        for message in &seen {
            // The object is shown as it is when it is sent; all else is what happened.
            let mut body = message.body();
            body["data"].as_object_mut().expect("an event").remove("object").expect("an object");
            let first = bodies.entry(message.id()).or_insert_with(|| body.clone());
            assert_eq!(*first, body, "the same id says the same");
        }
        assert_eq!(bodies.len(), 2 * programs.len(), "each event has one id");
        let order: Vec<(String, i64)> = seen.iter().map(about).collect();
        for program in &programs {
            let first = |version: i64| {
                order.iter().position(|seen| *seen == (program.clone(), version)).expect("it came")
            };
            assert!(first(1) < first(2), "{program}");
        }
    });
}

#[test]
fn several_servers_share_the_work_and_send_each_message_once() {
    on_both_engines(|url| {
        let homes = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        let receivers = [(); 3].map(|()| Receiver::new());
        // They have the same key, and the usual lease: nobody takes anything over here.
        let key = "07".repeat(32);
        let flags = ["--webhook-private-targets", "--secret-key", &key];
        let servers: Vec<Process> =
            homes.iter().map(|home| Process::serve(url, home.path(), &flags)).collect();
        let key = acme(&servers[0], &receivers[0]);
        let owner = {
            let login = json!({ "email": "acme@example.com", "password": "correct horse battery" });
            let told = servers[0].caller(None).post("/v1/auth/login", login, 200);
            servers[0].caller(told["access_token"].as_str())
        };
        for other in &receivers[1..] {
            let endpoint = json!({ "url": other.url(), "event_types": ["program.*"] });
            owner.post("/v1/webhook-endpoints", endpoint, 201);
        }
        let mut programs = Vec::new();
        for turn in 0..40 {
            programs.push(change(&servers[turn % 2].caller(Some(&key))));
        }
        for receiver in &receivers {
            let seen = receiver.until("all of them", |seen| has_all(seen, &programs));
            assert_eq!(seen.len(), 2 * programs.len(), "some came twice");
        }
    });
}
