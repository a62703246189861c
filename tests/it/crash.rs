//! The program is killed in the middle of a batch, again and again; every line counts once.

use serde_json::Value;

use crate::cast::engines::on_both_engines;
use crate::cast::http::Caller;
use crate::cast::orders::tracked_orders;
use crate::cast::process::{Process, run};

/// Orders in the batch; each is named by two lines.
const ORDERS: usize = 1_500;
/// How often the program is killed on each engine.
const KILLS: usize = 15;
/// Small chunks and a short lease, so that there is much to interrupt and little to wait for.
const FLAGS: &[&str] = &["--reversal-chunk-lines", "40", "--job-lease-ms", "150"];

#[test]
fn a_batch_survives_being_killed_again_and_again() {
    on_both_engines(|url| {
        let home = tempfile::tempdir().expect("a folder");
        let process = Process::serve(url, home.path(), FLAGS);
        let (credential, event_type) = tracked_orders(&process.caller(None), ORDERS);
        let acme = process.caller(Some(&credential));
        // Lines that lower by an amount: one applied twice, or not at all, shows in the sale.
        let mut file = String::from("order_id,operation,reason,amount_delta\n");
        for round in ["ITEM_RETURNED", "ORDER_ERROR"] {
            (0..ORDERS)
                .for_each(|order| file.push_str(&format!("K-{order},modify,{round},-1.00\n")));
        }
        let path = format!("/v1/reversals?event_type_id={event_type}");
        let answer = acme.send("POST", &path, &[("Content-Type", "text/csv")], file.as_bytes());
        assert_eq!(answer.status, 202, "{}", answer.text);
        let batch = format!("/v1/reversals/{}", answer.json()["id"].as_str().unwrap());

        let (done, kills) = kill_until_done(process, url, home.path(), &credential, &batch);
        let process = Process::serve(url, home.path(), FLAGS);
        let acme = process.caller(Some(&credential));
        let lines = i64::try_from(2 * ORDERS).unwrap();
        assert_eq!(kills, KILLS, "the batch was over before it was killed often enough");
        assert_eq!(done["counts"]["applied"], lines);
        assert_eq!(done["counts"]["total"], lines);
        everything_counted_once(&acme, &batch);
        everything_told_once(&acme, &batch);
        drop(process);
        let (code, told) = run(url, home.path(), &["verify"]);
        assert_eq!(code, 0, "{told}");
    });
}

/// Kills the program whenever the batch has come a little further; gives the finished batch.
fn kill_until_done(
    mut process: Process,
    url: &str,
    home: &std::path::Path,
    credential: &str,
    batch: &str,
) -> (Value, usize) {
    let (mut kills, mut seen) = (0, 0);
    loop {
        let acme = process.caller(Some(credential));
        let state = loop {
            let state = acme.get(batch, 200);
            let done = state["counts"]["applied"].as_i64().unwrap();
            let over = state["status"] == "completed";
            // As soon as it is known to have come further: wherever the next chunk is by then.
            if over || (done > seen && kills < KILLS) {
                seen = done;
                break state;
            }
        };
        if state["status"] == "completed" {
            return (state, kills);
        }
        process.kill();
        kills += 1;
        process = Process::serve(url, home, FLAGS);
    }
}

fn everything_counted_once(acme: &Caller, batch: &str) {
    let lines = acme.all(&format!("{batch}/lines?limit=200"));
    let numbers: Vec<i64> = lines.iter().map(|line| line["line"].as_i64().unwrap()).collect();
    let expected: Vec<i64> = (2..).take(2 * ORDERS).collect();
    assert_eq!(numbers, expected, "every line has one outcome");
    let actions = acme.all("/v1/actions?limit=200");
    assert_eq!(actions.len(), ORDERS);
    for action in actions {
        assert_eq!(action["sale_amount"]["amount"], "98.00", "{action}");
        assert_eq!(action["version"], 3, "tracked and lowered twice: {action}");
    }
}

/// The events are those of the ledger, one for each entry, and the batch began and ended once.
fn everything_told_once(acme: &Caller, batch: &str) {
    let began = std::time::Instant::now();
    let events = loop {
        let events = acme.all("/v1/events?limit=200");
        if events.last().is_some_and(|event| event["type"] == "reversal.completed") {
            break events;
        }
        // On PostgreSQL an event shows when no older transaction of the whole server is still open.
        assert!(began.elapsed().as_secs() < 20, "the end is never told: {:?}", events.last());
    };
    let pairs = |rows: &[Value], object: &str, version: &str| {
        let pair = |row: &Value| (row[object].to_string(), row[version].as_i64());
        let mut all: Vec<_> = rows.iter().map(pair).collect();
        all.sort();
        all
    };
    let (of_actions, others): (Vec<Value>, Vec<Value>) = events
        .into_iter()
        .partition(|event| event["type"].as_str().unwrap().starts_with("action."));
    let ledger = acme.all("/v1/action-updates?limit=200");
    assert_eq!(ledger.len(), 3 * ORDERS, "tracked and lowered twice");
    let told = pairs(&of_actions, "object_id", "sequence");
    let kept = pairs(&ledger, "action_id", "version");
    assert!(told == kept, "{} events, {} entries", told.len(), kept.len());
    let id = batch.rsplit('/').next().unwrap();
    let own = others.iter().filter(|event| event["object_id"] == id);
    let own: Vec<&str> = own.map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(own, ["reversal.received", "reversal.started", "reversal.completed"]);
}
