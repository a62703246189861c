//! More is asked than the database can do: the rest is turned away politely, and nothing is half done.

use serde_json::{Value, json};

use crate::cast::deal::Deal;
use crate::cast::http::{Answer, Caller};
use crate::cast::world::in_a_world_with;

/// One piece of database work at a time, and as many that wait as the server's own work may fill:
/// who comes alone is let in.
const NARROW: &[&str] = &["--db-connections", "1", "--db-waiting", "8"];
/// How many ask at once.
const THREADS: usize = 24;
/// How often each of them asks.
const ROUNDS: usize = 12;

#[test]
fn who_comes_too_many_is_told_to_come_again_and_nobody_is_lost() {
    in_a_world_with(NARROW, |world| {
        let deal = Deal::of(world);
        let answers: Vec<Answer> = std::thread::scope(|scope| {
            let storm = |thread| {
                let deal = &deal;
                scope.spawn(move || storm(deal, thread))
            };
            let threads: Vec<_> = (0..THREADS).map(storm).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(answers.len(), THREADS * ROUNDS);
        answers.iter().for_each(polite);
        let many = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
        assert!(many(503) > 0, "it was never too much: this test proves nothing");
        assert!(many(201) > 0, "nobody came through");

        // Whoever was told that it is done finds it done, and nobody else's is there.
        assert_eq!(list(&deal.acme, "/v1/actions?limit=200").len(), many(201));
        ends_all(&deal.acme);
        let again = admitted(|| send(&deal.acme, "POST", "/v1/actions", &deal.order("LAST")));
        assert_eq!(again.status, 201, "{}", again.text);
    });
}

#[test]
fn who_comes_again_under_the_same_key_is_done_once() {
    in_a_world_with(NARROW, |world| {
        let deal = Deal::of(world);
        let action = deal.tracked("A-1");
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let acme = deal.acme.clone();
                scope.spawn(move || {
                    let key = format!("return-{thread}");
                    let headers =
                        [("Content-Type", "application/json"), ("Idempotency-Key", key.as_str())];
                    let body = json!({ "lines": [one_less()] }).to_string();
                    admitted(|| acme.send("POST", "/v1/reversals", &headers, body.as_bytes()))
                });
            }
        });
        assert_eq!(ends_all(&deal.acme), THREADS);
        let left = admitted(|| send(&deal.acme, "GET", &action, &Value::Null)).json();
        assert_eq!(left["sale_amount"]["amount"], "76.00", "each return counts once");
    });
}

#[test]
fn who_is_told_to_come_again_has_left_no_batch_behind() {
    in_a_world_with(NARROW, |world| {
        let deal = Deal::of(world);
        let taken: usize = std::thread::scope(|scope| {
            let storm = |_| {
                let acme = deal.acme.clone();
                scope.spawn(move || {
                    let ask = |_: &usize| {
                        let batch = json!({ "lines": [one_less()] });
                        let answer = send(&acme, "POST", "/v1/reversals", &batch);
                        polite(&answer);
                        answer.status != 503
                    };
                    (0..ROUNDS).filter(ask).count()
                })
            };
            let threads: Vec<_> = (0..THREADS).map(storm).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(ends_all(&deal.acme), taken);
    });
}

/// A line that takes 1.00 off an order.
fn one_less() -> Value {
    json!({
        "order_id": "A-1", "operation": "modify", "reason": "ITEM_RETURNED", "amount_delta": "-1.00",
    })
}

/// Waits until every batch has ended; gives how many there are.
fn ends_all(caller: &Caller) -> usize {
    let batches = list(caller, "/v1/reversals?limit=200");
    for batch in &batches {
        done(caller, &format!("/v1/reversals/{}", batch["id"].as_str().unwrap()));
    }
    batches.len()
}

/// One who asks again and again: reads, reports, submits.
fn storm(deal: &Deal, thread: usize) -> Vec<Answer> {
    let ask = |round: usize| match round % 4 {
        0 => send(&deal.acme, "POST", "/v1/actions", &deal.order(&format!("S-{thread}-{round}"))),
        1 => send(&deal.bolt, "GET", "/v1/actions", &Value::Null),
        2 => send(&deal.acme, "GET", "/v1/events", &Value::Null),
        _ => {
            let line = json!({ "order_id": "S-0-0", "operation": "approve" });
            send(&deal.acme, "POST", "/v1/reversals", &json!({ "lines": [line] }))
        }
    };
    (0..ROUNDS).map(|round| ask(round + thread)).collect()
}

fn send(caller: &Caller, method: &str, path: &str, body: &Value) -> Answer {
    match body {
        Value::Null => caller.send(method, path, &[], b""),
        body => {
            let kind = [("Content-Type", "application/json")];
            caller.send(method, path, &kind, body.to_string().as_bytes())
        }
    }
}

/// Either it was done, or it says when to come again.
fn polite(answer: &Answer) {
    match answer.status {
        200..=202 => {}
        503 => {
            assert_eq!(answer.json()["code"], "overloaded", "{}", answer.text);
            assert_eq!(answer.header("Content-Type"), "application/problem+json");
            let seconds: u32 = answer.header("Retry-After").parse().expect("seconds to wait");
            assert!((1..=60).contains(&seconds));
        }
        status => panic!("{status}: {}", answer.text),
    }
}

/// Asks until there is room; the jobs of the server itself need some, too.
fn admitted(ask: impl Fn() -> Answer) -> Answer {
    let began = std::time::Instant::now();
    loop {
        let answer = ask();
        polite(&answer);
        if answer.status != 503 {
            return answer;
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(20), "it never calms down");
    }
}

/// Every entry of a list.
fn list(caller: &Caller, path: &str) -> Vec<Value> {
    let (mut entries, mut next) = (Vec::new(), path.to_string());
    loop {
        let page = admitted(|| send(caller, "GET", &next, &Value::Null)).json();
        entries.extend(page["data"].as_array().unwrap().iter().cloned());
        let Some(cursor) = page["next_cursor"].as_str() else { return entries };
        next = format!("{path}&cursor={cursor}");
    }
}

/// Waits until a batch has ended.
fn done(caller: &Caller, path: &str) {
    let began = std::time::Instant::now();
    while admitted(|| send(caller, "GET", path, &Value::Null)).json()["status"] != "completed" {
        assert!(began.elapsed() < std::time::Duration::from_secs(60), "{path} never ends");
    }
}
