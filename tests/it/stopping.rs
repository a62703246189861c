//! The program is told to stop in the middle of a batch: it stops at a chunk's border, hands the rest
//! back at once, and the next start finishes it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cast::deal::id;
use crate::cast::engines::on_both_engines;
use crate::cast::http::Caller;
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
        let credential = set_the_scene(&process.caller(None));
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
        let credential = set_the_scene(&process.caller(None));
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

/// Two companies, a contract and tracked orders; gives a credential that lasts.
fn set_the_scene(nobody: &Caller) -> String {
    let (acme, _) = register(nobody, "acme");
    let (bolt, partner) = register(nobody, "bolt");
    let offer = json!({ "partner_company_id": partner, "message": "hello" });
    let offer = id(&acme.post("/v1/partnerships", offer, 201));
    bolt.post(&format!("/v1/partnerships/{offer}/accept"), json!({}), 200);
    let program = json!({ "name": "Shoes", "currency": "EUR", "time_zone": "UTC" });
    let program = id(&acme.post("/v1/programs", program, 201));
    let sale = json!({ "name": "Sale", "code": "sale", "kind": "sale" });
    let sale = id(&acme.post(&format!("/v1/programs/{program}/event-types"), sale, 201));
    let contract = json!({
        "program_id": program, "partner_company_id": partner, "starts_on": "2020-01-01",
        "payouts": [{ "event_type_id": sale, "percent": "10" }],
        "lock": { "after": "month", "months": 2, "days": 0 },
    });
    let contract = id(&acme.post("/v1/contracts", contract, 201));
    bolt.post(&format!("/v1/contracts/{contract}/accept"), json!({}), 200);
    let now = entente::kernel::time::Clock::System.now().to_string();
    let order = |n: usize| {
        json!({
            "event_type_id": sale, "order_id": format!("K-{n}"), "occurred_at": now,
            "currency": "EUR", "partner_company_id": partner, "amount": "100.00",
        })
    };
    let orders: Vec<Value> = (0..ORDERS).map(order).collect();
    acme.post("/v1/actions/batch", json!({ "actions": orders }), 200);
    let scopes = ["reversals:write", "reversals:read", "actions:read"];
    let key = acme.post("/v1/api-keys", json!({ "name": "Feed", "scopes": scopes }), 201);
    key["secret"].as_str().unwrap().to_string()
}

/// A company's owner, and the company.
fn register(nobody: &Caller, name: &str) -> (Caller, String) {
    let body = json!({
        "email": format!("{name}@example.com"), "password": "correct horse battery", "name": name,
        "company": { "name": name, "kind": "brand" },
    });
    let answer = nobody.post("/v1/auth/register", body, 201);
    let company = id(&answer["company"]);
    (nobody.with(answer["access_token"].as_str().unwrap()), company)
}
