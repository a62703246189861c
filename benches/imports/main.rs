//! Orders tracked in bulk over HTTP, from the first byte sent to the last line committed: how long it
//! takes, and how much memory the server needs over rest.
//!
//! `cargo bench --bench imports -- --actions 1000000 --lines 1000000 --engine both`
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_arithmetic,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a measurement, not the product"
)]

#[path = "../common/mod.rs"]
mod common;

use std::fmt::Write;
use std::time::{Duration, Instant};

use common::server::Server;
use common::stage::{self, Filled, SECRET};
use common::{forget_peak, memory};
use entente::kernel::time::Clock;
use serde_json::Value;

fn main() {
    let servers = stage::engines();
    println!("| engine | lines | MB | accepted | done | lines/s | memory over rest |");
    println!("|---|---|---|---|---|---|---|");
    for server in servers {
        measure(server.as_deref());
    }
}

fn measure(engine: Option<&str>) {
    let count = common::number("--actions", 100_000).max(1);
    let lines = common::number("--lines", 1_000_000);
    let filled = Filled::with(engine, count);
    let server = Server::product(&filled.url, &[]);
    let text = orders(&server.base, lines);
    let process = server.process();
    let rest = memory(&process, "VmRSS");
    forget_peak(&process);
    let (accepted, done) = submit(&server.base, &text, lines);
    let peak = memory(&process, "VmHWM");
    let per_second = f64::from(u32::try_from(lines).unwrap()) / done.as_secs_f64();
    let megabytes = f64::from(u32::try_from(text.len()).unwrap()) / 1e6;
    println!(
        "| {} | {lines} | {megabytes:.0} | {:.1} s | {:.1} s | {per_second:.0} | {:.0} MiB |",
        stage::name(engine),
        accepted.as_secs_f64(),
        done.as_secs_f64(),
        peak - rest,
    );
}

/// A file of orders for the partner of the database: every second has two things in it, and one of a
/// hundred comes twice.
fn orders(base: &str, lines: usize) -> String {
    let known = get(&format!("http://{base}/v1/actions?limit=1"));
    let partner = known["data"][0]["partner_company_id"].as_str().unwrap();
    let now = Clock::System.now();
    let mut text = String::from(
        "event_type,order_id,occurred_at,currency,partner_company_id,sku,quantity,amount,sku2,\
         quantity2,amount2\n",
    );
    for n in 0..lines {
        let number = if n % 100 == 99 { n - 50 } else { n };
        let second = if number % 2 == 0 { ",," } else { "HAT,1,20.00" };
        writeln!(text, "SALE,new-{number:08},{now},EUR,{partner},SHOE-42,2,129.90,{second}")
            .unwrap();
    }
    text
}

fn get(url: &str) -> Value {
    let bearer = format!("Bearer {SECRET}");
    let mut answer = ureq::get(url).header("Authorization", &bearer).call().unwrap();
    answer.body_mut().read_json().unwrap()
}

/// Sends the file and asks until it is done; when it was accepted, and when it was done.
fn submit(base: &str, text: &str, lines: usize) -> (Duration, Duration) {
    let begun = Instant::now();
    let answer = ureq::post(&format!("http://{base}/v1/action-imports"))
        .header("Authorization", &format!("Bearer {SECRET}"))
        .header("Content-Type", "text/csv")
        .send(text.as_bytes())
        .unwrap()
        .body_mut()
        .read_json::<Value>()
        .unwrap();
    let accepted = begun.elapsed();
    let import = format!("http://{base}/v1/action-imports/{}", answer["id"].as_str().unwrap());
    loop {
        let state = get(&import);
        match state["status"].as_str().unwrap() {
            "received" | "processing" => std::thread::sleep(Duration::from_millis(50)),
            "completed" => {
                let counts = &state["counts"];
                let new = lines - lines / 100;
                assert_eq!((&counts["total"], &counts["applied"]), (&lines.into(), &new.into()));
                return (accepted, begun.elapsed());
            }
            other => panic!("{other}: {state}"),
        }
    }
}
