//! The program is killed at any moment while batches come in: in the middle of an upload, before a
//! batch is read, between its steps, at its end. Each batch is there once and is done once.

use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::Value;

use crate::cast::deal::told_of;
use crate::cast::engines::on_both_engines;
use crate::cast::http::Caller;
use crate::cast::orders::tracked_orders;
use crate::cast::process::{Process, adds_up};

/// Orders, each of which every batch names once.
const ORDERS: usize = 20;
/// How often the program is killed on each engine, at least.
const KILLS: usize = 10;
/// Batches that come in meanwhile, at least: with fewer, the kills found nothing to interrupt.
const SEVERAL: usize = 3;
/// Requests of others that are answered between a start and a kill, at most. Where no batch comes
/// through in one life, the next may be twice as long: how many fit in depends on the machine.
const LONGEST: u32 = 40;
/// A short lease, so that there is little to wait for.
const FLAGS: &[&str] = &["--reversal-chunk-lines", "10", "--job-lease-ms", "150"];

#[test]
fn batches_survive_a_kill_at_any_moment_of_their_lives() {
    on_both_engines(|url| {
        let home = tempfile::tempdir().expect("a folder");
        let process = Process::serve(url, home.path(), FLAGS);
        let (credential, _) = tracked_orders(&process.caller(None), ORDERS);
        let (process, batches) = kill_again_and_again(process, url, home.path(), &credential);
        let acme = process.caller(Some(&credential));
        everything_ended_once(&acme, batches);
        drop(process);
        adds_up(url, home.path());
    });
}

/// Kills the program while somebody submits one batch after the other; gives a running one, and how
/// many batches were submitted.
fn kill_again_and_again(
    mut process: Process,
    url: &str,
    home: &Path,
    credential: &str,
) -> (Process, usize) {
    let mut moments = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let (mut submitted, mut kills, mut longest) = (0, 0, LONGEST);
    while kills < KILLS || submitted < SEVERAL {
        let (acme, submitter) =
            (process.caller(Some(credential)), process.caller(Some(credential)));
        let submitting = std::thread::spawn(move || submit(&submitter, submitted, usize::MAX));
        (0..moments.next_u32() % longest).for_each(|_| drop(acme.get("/healthz", 200)));
        process.kill();
        let so_far = submitting.join().expect("it submitted until nobody was there");
        longest = if so_far > submitted { LONGEST } else { longest * 2 };
        (submitted, kills) = (so_far, kills + 1);
        process = Process::serve(url, home, FLAGS);
    }
    // Whether the last one had come through, nobody knows: the same again.
    let acme = process.caller(Some(credential));
    (process, submit(&acme, submitted, submitted + 1))
}

/// Submits batches from one to another, or until the server is gone; gives the first that was not
/// answered. Every fourth one is a long upload of little content.
fn submit(acme: &Caller, from: usize, to: usize) -> usize {
    for batch in from..to {
        let mut file = String::from("order_id,operation,reason,amount_delta\n");
        (0..ORDERS).for_each(|n| file.push_str(&format!("K-{n},modify,ORDER_ERROR,-0.01\n")));
        if batch % 4 == 0 {
            file.push_str(&"\n".repeat(3 << 19));
        }
        let key = format!("batch-{batch}");
        let headers = [("Content-Type", "text/csv"), ("Idempotency-Key", key.as_str())];
        // The same file again is meant.
        let path = format!("/v1/reversals?force=true&file_name={key}");
        match acme.try_to_send("POST", &path, &headers, file.as_bytes()) {
            // One that was received before a kill may be over when it is sent again.
            Ok(answer) => assert!([200, 202].contains(&answer.status), "{}", answer.text),
            Err(ureq::Error::Io(cause)) if is_broken(cause.kind()) => return batch,
            Err(other) => panic!("batch {batch} was not answered: {other}"),
        }
    }
    to
}

/// Whether a connection ended, or began, where there was no server any more.
fn is_broken(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::BrokenPipe
            | ErrorKind::ConnectionAborted
            | ErrorKind::ConnectionRefused
            | ErrorKind::ConnectionReset
            | ErrorKind::UnexpectedEof
    )
}

fn everything_ended_once(acme: &Caller, batches: usize) {
    let lines = Value::from(ORDERS);
    let there = all_ended(acme);
    let names = |there: &[Value]| -> Vec<String> {
        there.iter().map(|batch| batch["file_name"].to_string()).collect()
    };
    let mut expected: Vec<String> = (0..batches).map(|n| format!("\"batch-{n}\"")).collect();
    expected.reverse();
    assert_eq!(names(&there), expected, "each was received once, in its turn");
    for batch in &there {
        let counts = &batch["counts"];
        assert_eq!((&counts["total"], &counts["applied"]), (&lines, &lines), "{batch}");
    }
    let worth = 10_000 - batches;
    for action in acme.all("/v1/actions?limit=200") {
        assert_eq!(action["version"], 1 + batches, "{action}");
        let sale = format!("{}.{:02}", worth / 100, worth % 100);
        assert_eq!(action["sale_amount"]["amount"], sale, "{action}");
    }
    let expected = [
        ("action.modified", ORDERS * batches),
        ("reversal.completed", batches),
        ("reversal.received", batches),
    ];
    for (kind, times) in expected {
        assert_eq!(told_of(kind, acme, times).len(), times, "{kind}");
    }
}

/// Every batch, once none is waiting or at work.
fn all_ended(acme: &Caller) -> Vec<Value> {
    let began = Instant::now();
    loop {
        let there = acme.all("/v1/reversals?limit=200");
        if there.iter().all(|batch| batch["status"] == "completed") {
            return there;
        }
        assert!(began.elapsed() < Duration::from_secs(120), "they stand still: {there:?}");
    }
}
