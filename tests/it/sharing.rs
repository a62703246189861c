//! Two servers on one database share its batches, and the lines of a large one, and no line is done
//! twice.

use crate::cast::batch::{applied, each_line_has_one_outcome, is_completed, submitted, until};
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

/// The same, with every batch parted in two.
const SHARED: &[&str] = &[
    "--reversal-chunk-lines",
    "5",
    "--job-lease-ms",
    "3000",
    "--reversal-workers",
    "1",
    "--reversal-shares",
    "2",
    "--reversal-large-bytes",
    "0",
];

#[test]
fn two_servers_share_one_batch_and_one_of_them_dies() {
    on_both_engines(|url| {
        let home = tempfile::tempdir().expect("a folder");
        let [stays, dies] = [(); 2].map(|()| Process::serve(url, home.path(), SHARED));
        let (credential, event_type) = tracked_orders(&stays.caller(None), ORDERS);
        let doors = [&stays, &dies].map(|server| server.caller(Some(&credential)));
        let query = format!("?event_type_id={event_type}&force=true");
        let file = lowering(ORDERS, &["ITEM_RETURNED", "ORDER_ERROR"]);
        let lines = 2 * ORDERS;

        // Until both were at work on the same one, each with a share of its own.
        let (mut batches, mut dies) = (0, Some(dies));
        while let Some(server) = dies.take_if(|_| batches < MOST) {
            batches += 1;
            let before = doors.each_ref().map(lines_done);
            let batch = submitted(&doors[0], &query, &file);
            let both = || (0..2).all(|n| lines_done(&doors[n]) > before[n] + ORDERS / 10);
            let state = until(&doors[0], &batch, |state| is_completed(state) || both());
            if applied(&state) < lines {
                server.kill();
            } else {
                dies = Some(server);
            }
            let counts = until(&doors[0], &batch, is_completed)["counts"].clone();
            assert_eq!((&counts["total"], &counts["applied"]), (&lines.into(), &lines.into()));
            each_line_has_one_outcome(&doors[0], &batch, lines);
        }
        assert!(dies.is_none(), "one of them did each batch alone");
        each_is_lowered(&doors[0], ORDERS, 2 * batches);
        drop(stays);
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
