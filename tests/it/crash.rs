//! The program is killed in the middle of a batch, again and again; every line counts once.

use serde_json::Value;

use crate::cast::batch::{applied, each_line_has_one_outcome, is_completed, submitted, until};
use crate::cast::deal::{shown, told, told_of};
use crate::cast::engines::on_both_engines;
use crate::cast::http::Caller;
use crate::cast::orders::{each_is_lowered, lowering, tracked_orders};
use crate::cast::process::{Process, adds_up};

/// Orders in the batch; each is named by two lines.
const ORDERS: usize = 1_500;
/// How often the program is killed on each engine.
const KILLS: usize = 15;
/// Small chunks and a short lease, so that there is much to interrupt and little to wait for.
const FLAGS: &[&str] = &["--reversal-chunk-lines", "40", "--job-lease-ms", "150"];

/// Two workers, each with a share of the batch.
const SHARED: &[&str] = &[
    "--reversal-chunk-lines",
    "40",
    "--job-lease-ms",
    "150",
    "--reversal-workers",
    "2",
    "--reversal-shares",
    "2",
    "--reversal-large-bytes",
    "0",
];

#[test]
fn a_batch_survives_being_killed_again_and_again() {
    survives(FLAGS);
}

#[test]
fn a_shared_batch_survives_being_killed_again_and_again() {
    survives(SHARED);
}

fn survives(flags: &[&str]) {
    on_both_engines(|url| {
        let home = tempfile::tempdir().expect("a folder");
        let process = Process::serve(url, home.path(), flags);
        let (credential, event_type) = tracked_orders(&process.caller(None), ORDERS);
        let acme = process.caller(Some(&credential));
        let file = lowering(ORDERS, &["ITEM_RETURNED", "ORDER_ERROR"]);
        let batch = submitted(&acme, &format!("?event_type_id={event_type}"), &file);

        let (done, kills) = kill_until_done(process, &credential, &batch, || {
            Process::serve(url, home.path(), flags)
        });
        let process = Process::serve(url, home.path(), flags);
        let acme = process.caller(Some(&credential));
        assert_eq!(kills, KILLS, "the batch was over before it was killed often enough");
        assert_eq!(done["counts"]["applied"], 2 * ORDERS);
        assert_eq!(done["counts"]["total"], 2 * ORDERS);
        each_line_has_one_outcome(&acme, &batch, 2 * ORDERS);
        each_is_lowered(&acme, ORDERS, 2);
        everything_told_once(&acme, &batch);
        drop(process);
        adds_up(url, home.path());
    });
}

/// Kills the program whenever the batch has come a little further; gives the finished batch.
fn kill_until_done(
    mut process: Process,
    credential: &str,
    batch: &str,
    again: impl Fn() -> Process,
) -> (Value, usize) {
    let (mut kills, mut seen) = (0, 0);
    loop {
        let acme = process.caller(Some(credential));
        // As soon as it is known to have come further: wherever the next chunk is by then.
        let state = until(&acme, batch, |state| {
            is_completed(state) || (applied(state) > seen && kills < KILLS)
        });
        if is_completed(&state) {
            return (state, kills);
        }
        seen = applied(&state);
        process.kill();
        kills += 1;
        process = again();
    }
}

#[test]
fn an_import_survives_being_killed_again_and_again() {
    on_both_engines(|url| {
        let home = tempfile::tempdir().expect("a folder");
        let process = Process::serve(url, home.path(), FLAGS);
        let (credential, event_type) = tracked_orders(&process.caller(None), 1);
        let acme = process.caller(Some(&credential));
        let known = acme.all("/v1/actions").remove(0);
        let (partner, at) = (&known["partner_company_id"], &known["occurred_at"]);
        let (partner, at) = (partner.as_str().unwrap(), at.as_str().unwrap());
        let row = |n: usize| format!("K-{n},{at},{}.00,{partner}\n", 1 + n);
        // Each order twice, far from each other; the first is there already.
        let rows: String = (0..ORDERS).chain(0..ORDERS).map(row).collect();
        let file = format!("order_id,occurred_at,amount,partner_company_id\n{rows}");
        let path = format!("/v1/action-imports?event_type_id={event_type}");
        let kind = [("Content-Type", "text/csv")];
        let answer = acme.send("POST", &path, &kind, file.as_bytes());
        assert_eq!(answer.status, 202, "{}", answer.text);
        let import = format!("/v1/action-imports/{}", answer.json()["id"].as_str().unwrap());

        let (done, kills) = kill_until_done(process, &credential, &import, || {
            Process::serve(url, home.path(), FLAGS)
        });
        assert!(kills > 2, "the import was over before it was killed often enough");
        let process = Process::serve(url, home.path(), FLAGS);
        let acme = process.caller(Some(&credential));
        let counts = &done["counts"];
        assert_eq!(counts["applied"], ORDERS - 1, "{done}");
        assert_eq!(counts["total"], 2 * ORDERS);
        each_line_has_one_outcome(&acme, &import, 2 * ORDERS);
        let actions = acme.all("/v1/actions?limit=200");
        assert_eq!(actions.len(), ORDERS);
        let lines = acme.all(&format!("{import}/lines?limit=200"));
        for line in lines {
            assert!(line["action_id"].is_string() && line["outcome"] != "rejected", "{line}");
        }
        // Every action has its one entry, and is told of once.
        let ledger = shown(ORDERS, || acme.all("/v1/action-updates?limit=200"));
        assert_eq!((ledger.len(), told(&acme, ORDERS).len()), (ORDERS, ORDERS));
        drop(process);
        adds_up(url, home.path());
    });
}

/// The events are those of the ledger, one for each entry, and the batch began and ended once.
fn everything_told_once(acme: &Caller, batch: &str) {
    let pairs = |rows: &[Value], object: &str, version: &str| {
        let pair = |row: &Value| (row[object].to_string(), row[version].as_i64());
        let mut all: Vec<_> = rows.iter().map(pair).collect();
        all.sort();
        all
    };
    let ledger = shown(3 * ORDERS, || acme.all("/v1/action-updates?limit=200"));
    assert_eq!(ledger.len(), 3 * ORDERS, "tracked and lowered twice");
    let told = pairs(&told(acme, 3 * ORDERS), "object_id", "sequence");
    let kept = pairs(&ledger, "action_id", "version");
    assert!(told == kept, "{} events, {} entries", told.len(), kept.len());
    let id = batch.rsplit('/').next().unwrap();
    let own = told_of("reversal.", acme, 3);
    let own = own.iter().filter(|event| event["object_id"] == id);
    let own: Vec<&str> = own.map(|event| event["type"].as_str().unwrap()).collect();
    assert_eq!(own, ["reversal.received", "reversal.started", "reversal.completed"]);
}
