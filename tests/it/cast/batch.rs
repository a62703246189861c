//! A batch as its submitter sees it: sent, found, followed.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::deal::id;
use super::http::Caller;

/// Sends a file, and gives where the batch is.
pub fn submitted(caller: &Caller, query: &str, file: &str) -> String {
    let (path, kind) = (format!("/v1/reversals{query}"), [("Content-Type", "text/csv")]);
    let answer = caller.send("POST", &path, &kind, file.as_bytes());
    assert_eq!(answer.status, 202, "{}", answer.text);
    format!("/v1/reversals/{}", id(&answer.json()))
}

/// Where the company's only batch is, once there is one.
pub fn only(caller: &Caller) -> String {
    let began = Instant::now();
    loop {
        if let Some(batch) = caller.all("/v1/reversals").first() {
            return format!("/v1/reversals/{}", id(batch));
        }
        assert!(began.elapsed() < Duration::from_secs(60), "there is no batch");
    }
}

/// Asks until the batch stands as wanted, and gives how that is.
pub fn until(caller: &Caller, batch: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let state = caller.get(batch, 200);
        if wanted(&state) {
            return state;
        }
        assert!(began.elapsed() < Duration::from_secs(120), "it stands still: {state}");
    }
}

/// Whether a batch is done.
pub fn is_completed(state: &Value) -> bool {
    state["status"] == "completed"
}

/// How many of its lines were applied so far.
pub fn applied(state: &Value) -> usize {
    usize::try_from(state["counts"]["applied"].as_u64().expect("a count")).expect("a small one")
}

/// Every line of a file with a header has one outcome.
pub fn each_line_has_one_outcome(caller: &Caller, batch: &str, lines: usize) {
    let rows = caller.all(&format!("{batch}/lines?limit=200"));
    let numbers: Vec<u64> = rows.iter().map(|row| row["line"].as_u64().expect("a line")).collect();
    assert_eq!(numbers, (2..).take(lines).collect::<Vec<u64>>(), "every line has one outcome");
}
