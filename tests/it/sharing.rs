//! Two servers on one database share its batches, and no line is done twice.

use crate::cast::batch::{is_completed, submitted, until};
use crate::cast::engines::on_both_engines;
use crate::cast::http::Caller;
use crate::cast::orders::{each_is_lowered, lowering, tracked_orders};
use crate::cast::process::{Process, adds_up};

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
        // The same file again is meant.
        let query = format!("?event_type_id={event_type}&force=true");
        let file = lowering(ORDERS, &["ORDER_ERROR"]);
        let mut batches = Vec::new();
        while batches.len() < 2 * MOST {
            batches.extend(doors.iter().map(|door| submitted(door, &query, &file)));
            if batches.len() >= 2 * LEAST && doors.iter().all(|door| lines_done(door) > 0) {
                break;
            }
        }
        let lines = i64::try_from(ORDERS).unwrap();
        for batch in &batches {
            let counts = until(&doors[0], batch, is_completed)["counts"].clone();
            assert_eq!((&counts["total"], &counts["applied"]), (&lines.into(), &lines.into()));
        }
        let each = doors.each_ref().map(lines_done);
        assert!(each.iter().all(|done| *done > 0), "one of them did it all: {each:?}");
        assert_eq!(each.iter().sum::<usize>(), ORDERS * batches.len());
        each_is_lowered(&doors[1], ORDERS, batches.len());
        drop(servers);
        adds_up(url, home.path());
    });
}

/// The lines this server has applied since it started.
fn lines_done(door: &Caller) -> usize {
    let text = door.send("GET", "/metrics", &[], b"").text;
    let name = "entente_reversal_lines_total{outcome=\"applied\"} ";
    let done = text.lines().find_map(|line| line.strip_prefix(name));
    done.map_or(0, |done| done.parse().expect("a whole number"))
}
