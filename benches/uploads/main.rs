//! A large file over HTTP, from the first byte sent to the last line committed: how long it takes, how
//! much memory the server needs over rest, and what others feel of it who read one action at a time.
//!
//! `cargo bench --bench uploads -- --actions 1000000 --lines 1000000 --engine both`
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

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use common::load::Load;
use common::server::Server;
use common::stage::{self, Filled, SECRET};
use common::{forget_peak, memory, seed};
use serde_json::Value;

fn main() {
    let servers = stage::engines();
    println!(
        "| engine | lines | MB | accepted | done | lines/s | memory over rest | reads idle p50, p99 | reads meanwhile p50, p99 |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for server in servers {
        measure(server.as_deref());
    }
}

fn measure(engine: Option<&str>) {
    let count = common::number("--actions", 1_000_000);
    let lines = common::number("--lines", 1_000_000);
    let filled = Filled::with(engine, count);
    let (text, _) = seed::batch(&filled.ids, lines);
    let server = Server::product(&filled.url, &[]);
    let ids = &filled.ids;
    let point = |n: usize| format!("/v1/actions/{}", ids[n * 7919 % ids.len()]);
    let readers = |until: &AtomicBool, seconds: u64| {
        Load { base: &server.base, connections: 1, seconds, credential: SECRET }
            .run_until(&point, until)
    };
    let never = AtomicBool::new(false);
    let idle = readers(&never, 5);
    let process = server.process();
    let rest = memory(&process, "VmRSS");
    forget_peak(&process);

    let over = AtomicBool::new(false);
    let (accepted, done, meanwhile) = std::thread::scope(|scope| {
        let reading = scope.spawn(|| readers(&over, 3_600));
        let (accepted, done) = submit(&server.base, &text, lines);
        over.store(true, Ordering::Relaxed);
        (accepted, done, reading.join().unwrap())
    });
    let peak = memory(&process, "VmHWM");
    let per_second = f64::from(u32::try_from(lines).unwrap()) / done.as_secs_f64();
    let megabytes = f64::from(u32::try_from(text.len()).unwrap()) / 1e6;
    println!(
        "| {} | {lines} | {megabytes:.0} | {:.1} s | {:.1} s | {per_second:.0} | {:.0} MiB | \
         {:.2} ms, {:.2} ms | {:.2} ms, {:.2} ms |",
        stage::name(engine),
        accepted.as_secs_f64(),
        done.as_secs_f64(),
        peak - rest,
        idle.p50_ms,
        idle.p99_ms,
        meanwhile.p50_ms,
        meanwhile.p99_ms,
    );
}

/// Sends the file and asks until it is done; when it was accepted, and when it was done.
fn submit(base: &str, text: &str, lines: usize) -> (Duration, Duration) {
    let begun = Instant::now();
    let bearer = format!("Bearer {SECRET}");
    let answer = ureq::post(&format!("http://{base}/v1/reversals"))
        .header("Authorization", &bearer)
        .header("Content-Type", "text/csv")
        .send(text.as_bytes())
        .unwrap()
        .body_mut()
        .read_json::<Value>()
        .unwrap();
    let accepted = begun.elapsed();
    let batch = format!("http://{base}/v1/reversals/{}", answer["id"].as_str().unwrap());
    loop {
        let mut answer = ureq::get(&batch).header("Authorization", &bearer).call().unwrap();
        let state: Value = answer.body_mut().read_json().unwrap();
        match state["status"].as_str().unwrap() {
            "received" | "processing" => std::thread::sleep(Duration::from_millis(100)),
            "completed" => {
                let total = usize::try_from(state["counts"]["total"].as_u64().unwrap()).unwrap();
                assert_eq!(total, lines, "{state}");
                return (accepted, begun.elapsed());
            }
            other => panic!("{other}: {state}"),
        }
    }
}
