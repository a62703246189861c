//! The life of a batch as its submitter sees it: waited for, cancelled, over.

use serde_json::{Value, json};

use crate::cast::deal::{Deal, id};
use crate::cast::http::Caller;
use crate::cast::world::in_a_world_with;

/// A server that receives batches and does not work them off.
const IDLE: &[&str] = &["--no-jobs"];

const FILE: &str = "Order ID;Reason;Note\r\nA-1;ITEM_RETURNED;\"x; \"\"y\"\"\"\r\nA-2;ITEM_RETURNED;\r\n";

/// Sends the file, and gives where the batch is.
fn received(caller: &Caller, file: &str) -> String {
    let headers = [("Content-Type", "text/csv")];
    let answer = caller.send("POST", "/v1/reversals", &headers, file.as_bytes());
    assert_eq!(answer.status, 202, "{}", answer.text);
    format!("/v1/reversals/{}", id(&answer.json()))
}

fn cancel(caller: &Caller, batch: &str, headers: &[(&str, &str)], status: u16) -> Value {
    caller.call("POST", &format!("{batch}/cancel"), headers, &json!({}), status).json()
}

/// The whole feed of batches, once it shows as many events as it must.
fn told(caller: &Caller, many: usize) -> Vec<Value> {
    let began = std::time::Instant::now();
    loop {
        let mut events = caller.all("/v1/events");
        events.retain(|event| event["type"].as_str().unwrap().starts_with("reversal."));
        if events.len() >= many || began.elapsed() > std::time::Duration::from_secs(20) {
            return events;
        }
    }
}

#[test]
fn a_cancelled_batch_says_of_every_line_that_it_was_not_done() {
    in_a_world_with(IDLE, |world| {
        let deal = Deal::of(world);
        deal.tracked("A-1");
        let batch = received(&deal.acme, FILE);
        world.travel("2026-03-10T12:05:00Z");
        let over = cancel(&deal.acme, &batch, &[], 200);
        assert_eq!(over["status"], "cancelled");
        assert_eq!(over["completed_at"], "2026-03-10T12:05:00Z");
        assert_eq!(over["version"], 2);
        let counts =
            json!({ "total": null, "applied": 0, "unchanged": 0, "duplicate": 0, "rejected": 0 });
        assert_eq!(over["counts"], counts);
        assert_eq!(deal.acme.get(&batch, 200), over);
        assert_eq!(deal.acme.all(&format!("{batch}/lines")), Vec::<Value>::new());
        let results = deal.acme.send("GET", &format!("{batch}/results.csv"), &[], b"").text;
        let expected = "line;outcome;code;message;warnings;matched_action_id;Order ID;Reason;Note\r\n\
                        2;not_done;;;;;A-1;ITEM_RETURNED;\"x; \"\"y\"\"\"\r\n\
                        3;not_done;;;;;A-2;ITEM_RETURNED;\r\n";
        assert_eq!(results, expected);

        let events = told(&deal.acme, 2);
        let kinds: Vec<&Value> = events.iter().map(|event| &event["type"]).collect();
        assert_eq!(kinds, ["reversal.received", "reversal.cancelled"]);
        assert_eq!(events[1]["changes"], json!({ "status": ["received", "cancelled"] }));
        let doer = &events[1]["api_key_id"];
        assert_eq!((doer.is_string(), doer), (true, &events[0]["api_key_id"]));

        // It did not run: the same file is no repetition.
        received(&deal.acme, FILE);
    });
}

#[test]
fn it_is_cancelled_once_by_whoever_may_submit() {
    in_a_world_with(IDLE, |world| {
        let deal = Deal::of(world);
        let batch = received(&deal.acme, FILE);
        cancel(&deal.crow, &batch, &[], 404);
        cancel(&deal.bolt, &batch, &[], 404);
        cancel(&deal.acme, &batch, &[("If-Match", "\"7\"")], 412);
        let key = [("If-Match", "\"1\""), ("Idempotency-Key", "stop-1")];
        let over = cancel(&deal.acme, &batch, &key, 200);
        assert_eq!(cancel(&deal.acme, &batch, &key, 200), over, "the stored answer");
        let refused = cancel(&deal.acme, &batch, &[], 409);
        assert_eq!(refused["code"], "reversal_over");
        assert_eq!(deal.acme.get(&batch, 200), over);
        assert_eq!(told(&deal.acme, 2).len(), 2, "one event of it");
    });
}

#[test]
fn whoever_waits_is_told_that_it_was_cancelled() {
    in_a_world_with(IDLE, |world| {
        let deal = Deal::of(world);
        let submitter = deal.acme.clone();
        let waiter = std::thread::spawn(move || {
            let headers = [("Content-Type", "text/csv"), ("Prefer", "wait=30")];
            submitter.send("POST", "/v1/reversals", &headers, FILE.as_bytes())
        });
        let batch = first_batch(&deal);
        cancel(&deal.acme, &batch, &[], 200);
        let answer = waiter.join().expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.header("Preference-Applied"), "wait");
        assert_eq!(answer.json()["status"], "cancelled");
    });
}

/// Where the company's only batch is, once there is one.
fn first_batch(deal: &Deal) -> String {
    loop {
        if let Some(batch) = deal.acme.all("/v1/reversals").first() {
            return format!("/v1/reversals/{}", id(batch));
        }
    }
}
