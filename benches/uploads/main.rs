//! Large batches over HTTP, from the first byte sent to the last line committed: how long each form
//! of them takes, how much memory the server needs over rest, and what others feel of it meanwhile who
//! read one action or one page at a time.
//!
//! `cargo bench --bench uploads -- --actions 1000000 --lines 1000000 --engine both`
//!
//! `--lines` are those of the longest batches; a tenth of them, those of the others.
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

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use common::load::{Ask, Figures, Load};
use common::server::Server;
use common::stage::{self, Filled, SECRET};
use common::{forget_peak, memory, seed};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

/// How a batch is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Csv,
    PackedCsv,
    JsonLines,
    Json,
}

impl Form {
    fn name(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::PackedCsv => "CSV, gzip",
            Self::JsonLines => "JSON lines",
            Self::Json => "JSON",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv",
            Self::PackedCsv => "application/gzip",
            Self::JsonLines => "application/x-ndjson",
            Self::Json => "application/json",
        }
    }

    fn body(self, filled: &Filled, lines: usize) -> Vec<u8> {
        let (text, staged) = seed::batch(&filled.ids, lines);
        match self {
            Self::Csv => text.into_bytes(),
            Self::PackedCsv => {
                let mut packing = GzEncoder::new(Vec::new(), Compression::default());
                packing.write_all(text.as_bytes()).unwrap();
                packing.finish().unwrap()
            }
            Self::JsonLines => seed::as_json(&staged).join("\n").into_bytes(),
            Self::Json => {
                format!(r#"{{"lines":[{}]}}"#, seed::as_json(&staged).join(",")).into_bytes()
            }
        }
    }
}

/// What one batch took.
struct Took {
    form: Form,
    lines: usize,
    bytes: usize,
    accepted: Duration,
    done: Duration,
    memory_mib: f64,
}

/// What two readers saw, of one action and of one page.
type Seen = [Figures; 2];

fn main() {
    for server in stage::engines() {
        measure(server.as_deref());
    }
}

fn measure(engine: Option<&str>) {
    let count = common::number("--actions", 1_000_000);
    let most = common::number("--lines", 1_000_000);
    let seconds = u64::try_from(common::number("--seconds", 5)).unwrap();
    let filled = Filled::with(engine, count);
    let few = most / 10;
    let runs =
        [(Form::Csv, few), (Form::JsonLines, few), (Form::Json, few), (Form::PackedCsv, most)];
    let mut all: Vec<Took> = runs.map(|(form, lines)| alone(&filled, form, lines)).into();
    let (watched, idle, meanwhile) = watched(&filled, most, seconds);
    all.push(watched);
    print(engine, &all);
    print_readers(engine, most, &idle, &meanwhile);
}

/// A batch that nobody reads beside.
fn alone(filled: &Filled, form: Form, lines: usize) -> Took {
    let copy = filled.copy();
    let server = Server::product(&copy.url, &[]);
    took(&server, form, &form.body(filled, lines), lines)
}

/// The longest one, with two who read.
fn watched(filled: &Filled, lines: usize, seconds: u64) -> (Took, Seen, Seen) {
    let copy = filled.copy();
    let server = Server::product(&copy.url, &[]);
    let ids = &filled.ids;
    let point = |n: usize| Some(Ask::get(format!("/v1/actions/{}", ids[n * 7919 % ids.len()])));
    let page = |_: usize| Some(Ask::get("/v1/actions?limit=50"));
    let read = |until: &AtomicBool, seconds: u64| -> Seen {
        let load = Load { base: &server.base, connections: 1, seconds, credential: SECRET };
        std::thread::scope(|scope| {
            let points = scope.spawn(|| load.run_until(&point, until));
            let pages = load.run_until(&page, until);
            [points.join().unwrap(), pages]
        })
    };
    let idle = read(&AtomicBool::new(false), seconds);
    let body = Form::Csv.body(filled, lines);
    let over = AtomicBool::new(false);
    let (took, meanwhile) = std::thread::scope(|scope| {
        let reading = scope.spawn(|| read(&over, 3_600));
        let took = took(&server, Form::Csv, &body, lines);
        over.store(true, Ordering::Relaxed);
        (took, reading.join().unwrap())
    });
    (took, idle, meanwhile)
}

fn took(server: &Server, form: Form, body: &[u8], lines: usize) -> Took {
    let process = server.process();
    let rest = memory(&process, "VmRSS");
    forget_peak(&process);
    let (accepted, done) = submit(&server.base, form, body, lines);
    let memory_mib = memory(&process, "VmHWM") - rest;
    Took { form, lines, bytes: body.len(), accepted, done, memory_mib }
}

fn print(engine: Option<&str>, all: &[Took]) {
    println!("\n{}: batches over HTTP", stage::name(engine));
    println!("| form | lines | MB | accepted | done | lines/s | memory over rest |");
    println!("|---|---|---|---|---|---|---|");
    for one in all {
        let done = one.done.as_secs_f64();
        println!(
            "| {} | {} | {:.1} | {:.1} s | {done:.1} s | {:.0} | {:.0} MiB |",
            one.form.name(),
            one.lines,
            number(one.bytes) / 1e6,
            one.accepted.as_secs_f64(),
            number(one.lines) / done,
            one.memory_mib,
        );
    }
    let first = &all[0];
    println!("\n| beside {} lines of CSV | times as long |", first.lines);
    println!("|---|---|");
    for (place, one) in all.iter().enumerate().skip(1) {
        // The last one has two who read beside it.
        let read = if place + 1 == all.len() { ", while two read" } else { "" };
        let times = one.done.as_secs_f64() / first.done.as_secs_f64();
        println!("| {} lines of {}{read} | {times:.2} |", one.lines, one.form.name());
    }
}

fn print_readers(engine: Option<&str>, lines: usize, idle: &Seen, meanwhile: &Seen) {
    println!(
        "\n{}: who reads one thing at a time, alone and during {lines} lines",
        stage::name(engine)
    );
    println!("| read | alone p50 | p99 | meanwhile p50 | p99 | p99 : p99 alone |");
    println!("|---|---|---|---|---|---|");
    for (place, what) in ["one action", "page of 50"].into_iter().enumerate() {
        let (alone, then) = (idle[place], meanwhile[place]);
        println!(
            "| {what} | {:.2} ms | {:.2} ms | {:.2} ms | {:.2} ms | {:.2} |",
            alone.p50_ms,
            alone.p99_ms,
            then.p50_ms,
            then.p99_ms,
            then.p99_ms / alone.p99_ms,
        );
    }
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

/// Sends the batch and asks until it is done; when it was accepted, and when it was done.
fn submit(base: &str, form: Form, body: &[u8], lines: usize) -> (Duration, Duration) {
    let begun = Instant::now();
    let bearer = format!("Bearer {SECRET}");
    let answer = ureq::post(&format!("http://{base}/v1/reversals"))
        .header("Authorization", &bearer)
        .header("Content-Type", form.content_type())
        .send(body)
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
