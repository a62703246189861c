//! The program is told to stop in the middle of a batch: it stops at a chunk's border, hands the rest
//! back at once, and the next start finishes it.

use std::io::{BufRead, Read};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cast::batch::{
    self, applied, each_line_has_one_outcome, is_completed, submitted, until,
};
use crate::cast::deal::id;
use crate::cast::engines::on_both_engines;
use crate::cast::http::Caller;
use crate::cast::orders::{each_is_lowered, lowering, tracked_orders};
use crate::cast::process::{Process, adds_up};

/// Orders in the batch, each named by one line.
const ORDERS: usize = 1_000;
/// Lines in a chunk: few, so that much is left when the first one is seen.
const CHUNK: usize = 4;
/// The lease outlives the test: whoever stops without handing the batch back, keeps it.
const FLAGS: &[&str] = &["--reversal-chunk-lines", "4", "--job-lease-ms", "600000"];

#[test]
fn a_program_that_is_told_to_stop_finishes_its_chunk_and_the_next_one_the_batch() {
    on_both_engines(|url| {
        let home = tempfile::tempdir().expect("a folder");
        let between = Process::serve(url, home.path(), &["--no-jobs"]);
        let (credential, _) = tracked_orders(&between.caller(None), ORDERS);
        let batch = submitted(&between.caller(Some(&credential)), "", &file());
        assert!(between.terminate().success());
        let mut before = 0;
        // By whoever runs it, and by Ctrl-C.
        for stop in [Process::terminate, Process::interrupt] {
            let process = Process::serve(url, home.path(), FLAGS);
            let acme = process.caller(Some(&credential));
            until(&acme, &batch, |state| applied(state) > before);
            let ended = stop(process);
            assert!(ended.success(), "it ended with {ended}");

            let between = Process::serve(url, home.path(), &["--no-jobs"]);
            let acme = between.caller(Some(&credential));
            let done = applied(&acme.get(&batch, 200));
            assert!((before + 1..ORDERS).contains(&done), "it was not in the middle: {done}");
            assert_eq!(done % CHUNK, 0, "it stands at a chunk's border");
            assert_eq!(acme.all(&format!("{batch}/lines?limit=200")).len(), done);
            assert!(between.terminate().success());
            adds_up(url, home.path());
            before = done;
        }

        let process = Process::serve(url, home.path(), FLAGS);
        let acme = process.caller(Some(&credential));
        until(&acme, &batch, is_completed);
        everything_counted_once(&acme, &batch);
        assert!(process.terminate().success());
        adds_up(url, home.path());
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
        let batch = batch::only(&acme);
        until(&acme, &batch, has_begun);
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
        let batch = submitted(&acme, "", &file());
        let mut stream = acme.listen(&format!("{batch}/events"));
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

fn has_begun(batch: &Value) -> bool {
    applied(batch) > 0
}

fn everything_counted_once(acme: &Caller, batch: &str) {
    each_line_has_one_outcome(acme, batch, ORDERS);
    let state = acme.get(batch, 200);
    let total = &state["counts"]["total"];
    assert_eq!((applied(&state), total), (ORDERS, &Value::from(ORDERS)));
    each_is_lowered(acme, ORDERS, 1);
}

/// A line for each order.
fn file() -> String {
    lowering(ORDERS, &["ITEM_RETURNED"])
}
