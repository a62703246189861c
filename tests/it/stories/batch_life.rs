//! The life of a batch as its submitter sees it: waited for, cancelled, over.

use std::io::BufRead;

use entente::reversals::watch::MOST_WATCHERS;
use serde_json::{Value, json};

use crate::cast::batch::{self, submitted};
use crate::cast::deal::{Deal, id, told_of};
use crate::cast::http::Caller;
use crate::cast::world::in_a_world_with;

/// A server that receives batches and does not work them off.
const IDLE: &[&str] = &["--no-jobs"];

const FILE: &str =
    "Order ID;Reason;Note\r\nA-1;ITEM_RETURNED;\"x; \"\"y\"\"\"\r\nA-2;ITEM_RETURNED;\r\n";

fn cancel(caller: &Caller, batch: &str, headers: &[(&str, &str)], status: u16) -> Value {
    caller.call("POST", &format!("{batch}/cancel"), headers, &json!({}), status).json()
}

/// The counts of a batch of which nothing is known.
fn no_counts() -> Value {
    json!({ "total": null, "applied": 0, "unchanged": 0, "duplicate": 0, "rejected": 0 })
}

#[test]
fn a_cancelled_batch_says_of_every_line_that_it_was_not_done() {
    in_a_world_with(IDLE, |world| {
        let deal = Deal::of(world);
        deal.tracked("A-1");
        let batch = submitted(&deal.acme, "", FILE);
        world.travel("2026-03-10T12:05:00Z");
        let over = cancel(&deal.acme, &batch, &[], 200);
        assert_eq!(over["status"], "cancelled");
        assert_eq!(over["completed_at"], "2026-03-10T12:05:00Z");
        assert_eq!(over["version"], 2);
        assert_eq!(over["counts"], no_counts());
        assert_eq!(deal.acme.get(&batch, 200), over);
        assert_eq!(deal.acme.all(&format!("{batch}/lines")), Vec::<Value>::new());
        let results = deal.acme.send("GET", &format!("{batch}/results.csv"), &[], b"").text;
        let expected = "line;outcome;code;message;warnings;matched_action_id;adjustment_id;Order ID;Reason;Note\r\n\
                        2;not_done;;;;;;A-1;ITEM_RETURNED;\"x; \"\"y\"\"\"\r\n\
                        3;not_done;;;;;;A-2;ITEM_RETURNED;\r\n";
        assert_eq!(results, expected);

        let events = told_of("reversal.", &deal.acme, 2);
        let kinds: Vec<&Value> = events.iter().map(|event| &event["type"]).collect();
        assert_eq!(kinds, ["reversal.received", "reversal.cancelled"]);
        assert_eq!(events[1]["changes"], json!({ "status": ["received", "cancelled"] }));
        let doer = &events[1]["api_key_id"];
        assert_eq!((doer.is_string(), doer), (true, &events[0]["api_key_id"]));

        // It did not run: the same file is no repetition.
        submitted(&deal.acme, "", FILE);
    });
}

#[test]
fn it_is_cancelled_once_by_whoever_may_submit() {
    in_a_world_with(IDLE, |world| {
        let deal = Deal::of(world);
        let batch = submitted(&deal.acme, "", FILE);
        cancel(&deal.crow, &batch, &[], 404);
        cancel(&deal.bolt, &batch, &[], 404);
        cancel(&deal.acme, &batch, &[("If-Match", "\"7\"")], 412);
        let key = [("If-Match", "\"1\""), ("Idempotency-Key", "stop-1")];
        let over = cancel(&deal.acme, &batch, &key, 200);
        assert_eq!(cancel(&deal.acme, &batch, &key, 200), over, "the stored answer");
        let refused = cancel(&deal.acme, &batch, &[], 409);
        assert_eq!(refused["code"], "reversal_over");
        assert_eq!(deal.acme.get(&batch, 200), over);
        assert_eq!(told_of("reversal.", &deal.acme, 2).len(), 2, "one event of it");
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
        let batch = batch::only(&deal.acme);
        cancel(&deal.acme, &batch, &[], 200);
        let answer = waiter.join().expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.header("Preference-Applied"), "wait");
        assert_eq!(answer.json()["status"], "cancelled");
    });
}

/// The next event of a stream: its name and its data. Nothing at the end.
fn next(stream: &mut impl BufRead) -> Option<(String, Value)> {
    let mut fields = [String::new(), String::new(), String::new(), String::new()];
    for field in &mut fields {
        if stream.read_line(field).expect("a line, or the end in good order") == 0 {
            return None;
        }
    }
    let [id, name, data, end] = fields;
    assert_eq!(end, "\n");
    let data: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(id, format!("id: {}\n", data["version"]));
    Some((name.strip_prefix("event: ").unwrap().trim_end().to_string(), data))
}

#[test]
fn a_batch_is_watched_until_it_has_ended() {
    in_a_world_with(IDLE, |world| {
        let deal = Deal::of(world);
        let batch = submitted(&deal.acme, "", FILE);
        let events = format!("{batch}/events");
        let mut stream = deal.acme.listen(&events);
        let (name, data) = next(&mut stream).unwrap();
        let id = batch.rsplit('/').next().unwrap();
        let expected =
            json!({ "id": id, "status": "received", "counts": no_counts(), "version": 1 });
        assert_eq!((name.as_str(), data), ("progress", expected));
        let over = cancel(&deal.acme, &batch, &[], 200);
        let (name, data) = next(&mut stream).unwrap();
        assert_eq!((name.as_str(), &data["status"]), ("cancelled", &json!("cancelled")));
        assert_eq!((&data["version"], &data["counts"]), (&over["version"], &over["counts"]));
        assert_eq!(next(&mut stream), None);

        // Whoever connects anew gets the present, whatever came last.
        for last in ["1", "2", "nonsense"] {
            let again = deal.acme.send("GET", &events, &[("Last-Event-ID", last)], b"");
            assert_eq!(again.header("Content-Type"), "text/event-stream");
            assert_eq!(again.text.lines().nth(1), Some("event: cancelled"));
            assert_eq!(again.text.matches("event: ").count(), 1);
        }
    });
}

#[test]
fn a_stream_ends_with_the_key_it_was_opened_with() {
    in_a_world_with(IDLE, |world| {
        let owner = world.company("Acme", "brand");
        let lines = json!([{ "order_id": "A-1", "operation": "approve" }]);
        let batch = id(&owner.post("/v1/reversals", json!({ "lines": lines }), 202));
        let events = format!("/v1/reversals/{batch}/events");
        let key = json!({ "name": "Watcher", "scopes": ["reversals:read"] });
        let key = owner.post("/v1/api-keys", key, 201);
        let watcher = world.caller(&key);
        let (mut stream, mut other) = (watcher.listen(&events), owner.listen(&events));
        assert_eq!(next(&mut stream).unwrap().0, "progress");
        assert_eq!(next(&mut other).unwrap().0, "progress");
        owner.delete(&format!("/v1/api-keys/{}", id(&key)), 204);
        assert_eq!(next(&mut stream), None, "the batch goes on, and the stream does not");
        watcher.get(&events, 401);
        cancel(&owner, &format!("/v1/reversals/{batch}"), &[], 200);
        assert_eq!(next(&mut other).unwrap().0, "cancelled");
    });
}

#[test]
fn a_company_can_watch_only_so_much_at_a_time() {
    in_a_world_with(IDLE, |world| {
        let deal = Deal::of(world);
        let batch = submitted(&deal.acme, "", FILE);
        let events = format!("{batch}/events");
        let mut streams: Vec<_> = (0..MOST_WATCHERS).map(|_| deal.acme.listen(&events)).collect();
        let refused = deal.acme.send("GET", &events, &[], b"");
        assert_eq!((refused.status, refused.header("Retry-After")), (429, "5"));
        assert_eq!(refused.json()["code"], "too_many_streams");
        cancel(&deal.acme, &batch, &[], 200);
        for stream in &mut streams {
            while next(stream).is_some() {}
        }
        assert_eq!(deal.acme.send("GET", &events, &[], b"").status, 200);
    });
}
