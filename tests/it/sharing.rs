//! Two servers on one database share its batches, and no line is done twice.

use serde_json::Value;

use crate::cast::engines::on_both_engines;
use crate::cast::http::Caller;
use crate::cast::orders::tracked_orders;
use crate::cast::process::{Process, run};

/// Orders, each of which every batch names once.
const ORDERS: usize = 200;
/// Batches through either door, and more until both servers have done some.
const LEAST: usize = 4;
const MOST: usize = 30;
/// Small chunks: much to take from each other. The lease outlasts a wait for SQLite's one writer.
const FLAGS: &[&str] = &["--reversal-chunk-lines", "20", "--job-lease-ms", "5000"];

#[test]
fn two_servers_share_the_batches_and_do_each_line_once() {
    on_both_engines(|url| {
        let home = tempfile::tempdir().expect("a folder");
        let servers = [(); 2].map(|()| Process::serve(url, home.path(), FLAGS));
        let (credential, event_type) = tracked_orders(&servers[0].caller(None), ORDERS);
        let doors = servers.each_ref().map(|server| server.caller(Some(&credential)));
        let mut batches = Vec::new();
        while batches.len() < 2 * MOST {
            batches.extend(doors.iter().map(|door| submitted(door, &event_type)));
            if batches.len() >= 2 * LEAST && doors.iter().all(|door| lines_done(door) > 0) {
                break;
            }
        }
        let lines = i64::try_from(ORDERS).unwrap();
        for batch in &batches {
            let counts = ended(&doors[0], batch)["counts"].clone();
            assert_eq!((&counts["total"], &counts["applied"]), (&lines.into(), &lines.into()));
        }
        let each = doors.each_ref().map(lines_done);
        assert!(each.iter().all(|done| *done > 0), "one of them did it all: {each:?}");
        assert_eq!(each.iter().sum::<usize>(), ORDERS * batches.len());

        let left = 100 - batches.len();
        for action in doors[1].all("/v1/actions?limit=200") {
            assert_eq!(action["sale_amount"]["amount"], format!("{left}.00"), "{action}");
            assert_eq!(action["version"], 1 + batches.len(), "{action}");
        }
        drop(servers);
        let (code, told) = run(url, home.path(), &["verify"]);
        assert_eq!(code, 0, "{told}");
    });
}

/// Submits a batch that lowers every order by 1.00; its path.
fn submitted(door: &Caller, event_type: &str) -> String {
    let mut file = String::from("order_id,operation,reason,amount_delta\n");
    (0..ORDERS).for_each(|order| file.push_str(&format!("K-{order},modify,ORDER_ERROR,-1.00\n")));
    // The same file again is meant.
    let path = format!("/v1/reversals?event_type_id={event_type}&force=true");
    let answer = door.send("POST", &path, &[("Content-Type", "text/csv")], file.as_bytes());
    assert_eq!(answer.status, 202, "{}", answer.text);
    format!("/v1/reversals/{}", answer.json()["id"].as_str().unwrap())
}

/// The batch once it has ended.
fn ended(door: &Caller, batch: &str) -> Value {
    let began = std::time::Instant::now();
    loop {
        let state = door.get(batch, 200);
        if state["status"] == "completed" {
            return state;
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(120), "{state}");
    }
}

/// The lines this server has applied since it started.
fn lines_done(door: &Caller) -> usize {
    let text = door.send("GET", "/metrics", &[], b"").text;
    let name = "entente_reversal_lines_total{outcome=\"applied\"} ";
    let done = text.lines().find_map(|line| line.strip_prefix(name));
    done.map_or(0, |done| done.parse().expect("a whole number"))
}
