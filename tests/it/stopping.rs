//! The program is told to stop in the middle of a batch: it stops at a chunk's border, hands the rest
//! back at once, and the next start finishes it.

use std::io::{BufRead, Read};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cast::deal::id;
use crate::cast::engines::on_both_engines;
use crate::cast::http::Caller;
use crate::cast::orders::tracked_orders;
use crate::cast::process::{Process, run};

/// Orders in the batch, each named by one line.
const ORDERS: usize = 600;
/// Lines in a chunk.
const CHUNK: usize = 20;
/// The lease outlives the test: whoever stops without handing the batch back, keeps it.
const FLAGS: &[&str] = &["--reversal-chunk-lines", "20", "--job-lease-ms", "600000"];

#[test]
fn a_program_that_is_told_to_stop_finishes_its_chunk_and_the_next_one_the_batch() {
    on_both_engines(|url| {
        let home = tempfile::tempdir().expect("a folder");
        let process = Process::serve(url, home.path(), FLAGS);
        let (credential, _) = tracked_orders(&process.caller(None), ORDERS);
        let batch = submit(&process.caller(Some(&credential)));
        until(&process.caller(Some(&credential)), &batch, |done, _| done > 0);
        let ended = process.terminate();
        assert!(ended.success(), "it ended with {ended}");

        let between = Process::serve(url, home.path(), &["--no-jobs"]);
        let acme = between.caller(Some(&credential));
        let done = applied(&acme.get(&batch, 200));
        assert!((1..ORDERS).contains(&done), "it was not in the middle: {done}");
        assert_eq!(done % CHUNK, 0, "it stands at a chunk's border");
        assert_eq!(acme.all(&format!("{batch}/lines?limit=200")).len(), done);
        assert!(between.terminate().success());
        let (code, told) = run(url, home.path(), &["verify"]);
        assert_eq!(code, 0, "{told}");

        let process = Process::serve(url, home.path(), FLAGS);
        let acme = process.caller(Some(&credential));
        until(&acme, &batch, |_, status| status == "completed");
        everything_counted_once(&acme, &batch);
        assert!(process.terminate().success());
        let (code, told) = run(url, home.path(), &["verify"]);
        assert_eq!(code, 0, "{told}");
    });
}

#[test]
fn who_waits_for_a_batch_is_answered_before_the_program_stops() {
    on_both_engines(|url| {
        let home = tempfile::tempdir().expect("a folder");
        let process = Process::serve(url, home.path(), FLAGS);
        let (credential, _) = tracked_orders(&process.caller(None), ORDERS);
        let acme = process.caller(Some(&credential));
        let (waiting, submitter) = (file(), acme.clone());
        let waiter = std::thread::spawn(move || {
            let headers = [("Content-Type", "text/csv"), ("Prefer", "wait=5")];
            submitter.send("POST", "/v1/reversals", &headers, waiting.as_bytes())
        });
        let batch = loop {
            let batches = acme.all("/v1/reversals");
            if let Some(batch) = batches.first() {
                break format!("/v1/reversals/{}", id(batch));
            }
        };
        until(&acme, &batch, |done, _| done > 0);
        let ended = process.terminate();
        assert!(ended.success(), "it ended with {ended}");
        let answer = waiter.join().expect("an answer, not a broken line");
        assert!([200, 202].contains(&answer.status), "{} {}", answer.status, answer.text);
        assert_eq!(format!("/v1/reversals/{}", id(&answer.json())), batch);
    });
}

#[test]
fn a_stream_ends_in_good_order_when_the_program_stops() {
    on_both_engines(|url| {
        let home = tempfile::tempdir().expect("a folder");
        let process = Process::serve(url, home.path(), &["--no-jobs"]);
        let (credential, _) = tracked_orders(&process.caller(None), 1);
        let acme = process.caller(Some(&credential));
        let mut stream = acme.listen(&format!("{}/events", submit(&acme)));
        let mut first = String::new();
        stream.read_line(&mut first).expect("an event");
        assert_eq!(first, "id: 1\n");
        let began = Instant::now();
        assert!(process.terminate().success());
        assert!(began.elapsed() < Duration::from_secs(15), "it waited for who only listens");
        let mut rest = String::new();
        stream.read_to_string(&mut rest).expect("an end, not a broken line");
        assert!(rest.starts_with("event: progress\n"), "{rest}");
    });
}

/// Asks until the batch stands as wanted.
fn until(acme: &Caller, batch: &str, wanted: impl Fn(usize, &str) -> bool) {
    let began = Instant::now();
    loop {
        let state = acme.get(batch, 200);
        if wanted(applied(&state), state["status"].as_str().unwrap()) {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "it stands still: {state}");
    }
}

fn applied(batch: &Value) -> usize {
    usize::try_from(batch["counts"]["applied"].as_u64().unwrap()).unwrap()
}

fn everything_counted_once(acme: &Caller, batch: &str) {
    let lines = acme.all(&format!("{batch}/lines?limit=200"));
    let numbers: Vec<u64> = lines.iter().map(|line| line["line"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (2..).take(ORDERS).collect::<Vec<u64>>(), "every line has one outcome");
    let state = acme.get(batch, 200);
    assert_eq!((applied(&state), state["counts"]["total"].as_u64()), (ORDERS, Some(600)));
    let actions = acme.all("/v1/actions?limit=200");
    assert_eq!(actions.len(), ORDERS);
    for action in actions {
        assert_eq!(action["sale_amount"]["amount"], "99.00", "{action}");
        assert_eq!(action["version"], 2, "tracked and lowered once: {action}");
    }
}

/// A line for each order, lowering it by an amount: one applied twice shows in the sale.
fn file() -> String {
    let mut file = String::from("order_id,operation,reason,amount_delta\n");
    (0..ORDERS).for_each(|n| file.push_str(&format!("K-{n},modify,ITEM_RETURNED,-1.00\n")));
    file
}

fn submit(acme: &Caller) -> String {
    let kind = [("Content-Type", "text/csv")];
    let answer = acme.send("POST", "/v1/reversals", &kind, file().as_bytes());
    assert_eq!(answer.status, 202, "{}", answer.text);
    format!("/v1/reversals/{}", id(&answer.json()))
}
