//! A batch through the real worker, beside the same rows written raw on the same engine in the same
//! run. Prints a table; what counts is the ratio.
//!
//! `cargo bench --bench reversals -- --actions 1000000 --lines 100000 --engine both --chunk 20000`
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_arithmetic,
    reason = "a measurement, not the product"
)]

#[path = "../common/mod.rs"]
mod common;
mod raw;

use std::time::{Duration, Instant};

use common::seed::{self, Brand};
use common::stage::{self, Filled};
use common::{forget_peak, given, memory};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::{PgConnection, SqliteConnection};
use entente::actions::model::Channel;
use entente::db::{Limits, Pool, Url};
use entente::events::model::Doer;
use entente::kernel::id::{ActionId, ReversalId};
use entente::kernel::time::Clock;
use entente::reversals::formats::sniff;
use entente::reversals::model::{Mode, OnAmbiguous, Purpose, Status};
use entente::reversals::parts;
use entente::reversals::rows::{Authority, Batch};
use entente::reversals::store::{self, Submission};
use entente::reversals::worker::{Bells, Settings, Worker};
use tokio_util::sync::CancellationToken;

struct Options {
    actions: usize,
    lines: usize,
    chunk: Option<usize>,
    runs: usize,
}

impl Options {
    fn read() -> Self {
        Self {
            actions: common::number("--actions", 1_000_000),
            lines: common::number("--lines", 100_000),
            chunk: given("--chunk").map(|text| text.parse().unwrap()),
            runs: common::number("--runs", 3),
        }
    }
}

/// What one run took.
struct Figures {
    engine: &'static str,
    ours: Duration,
    raw: Duration,
    memory_mib: f64,
    hot: Option<(i64, i64)>,
    /// The same with two workers, where the engine has use for them.
    two: Option<Duration>,
}

fn main() {
    let options = Options::read();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut figures = Vec::new();
    for server in stage::engines() {
        figures.extend(runtime.block_on(measure(&options, server.as_deref())));
    }
    print(&options, &figures);
}

fn print(options: &Options, figures: &[Figures]) {
    println!("\n{} lines, {} actions", options.lines, options.actions);
    println!(
        "| engine | ours | lines/s | raw | lines/s | ratio | memory over rest | HOT | two workers | two : one |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
    for run in figures {
        let (ours, raw) = (run.ours.as_secs_f64(), run.raw.as_secs_f64());
        let per_second = |seconds: f64| f64::from(u32::try_from(options.lines).unwrap()) / seconds;
        let hot = run.hot.map_or("-".into(), |(all, hot)| format!("{hot} of {all}"));
        let two = run.two.map_or("- | -".into(), |two| {
            let two = two.as_secs_f64();
            format!("{two:.2} s | {:.2} x", ours / two)
        });
        println!(
            "| {} | {ours:.2} s | {:.0} | {raw:.2} s | {:.0} | {:.2} | {:.0} MiB | {hot} | {two} |",
            run.engine,
            per_second(ours),
            per_second(raw),
            ours / raw,
            run.memory_mib,
        );
    }
}

async fn measure(options: &Options, server: Option<&str>) -> Vec<Figures> {
    let full = Filled::with(server, options.actions);
    let (brand, ids) = (&full.brand, &full.ids);
    let (_, lines) = seed::batch(ids, options.lines);
    let mut figures = Vec::new();
    for _ in 0..options.runs {
        let copy = full.copy();
        let url: Url = copy.url.parse().unwrap();
        let (ours, memory_mib) = through_workers(1, options, (brand, ids), &url).await;
        let hot = server.map(|_| hot(&copy.url));
        drop(copy);
        let two = match server {
            Some(_) => {
                let copy = full.copy();
                let url: Url = copy.url.parse().unwrap();
                Some(through_workers(2, options, (brand, ids), &url).await.0)
            }
            None => None,
        };
        let copy = full.copy();
        let raw = match copy.url.strip_prefix("sqlite://") {
            Some(path) => {
                let mut db = SqliteConnection::establish(path).unwrap();
                raw::sqlite(&mut db, brand, &lines, options.chunk.unwrap_or(20_000))
            }
            None => {
                let mut db = PgConnection::establish(&copy.url).unwrap();
                db.batch_execute("CHECKPOINT").unwrap();
                raw::postgres(&mut db, brand, &lines)
            }
        };
        figures.push(Figures { engine: stage::name(server), ours, raw, memory_mib, hot, two });
    }
    figures
}

#[derive(QueryableByName)]
struct Hot {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n_tup_upd: i64,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n_tup_hot_upd: i64,
}

/// How many updates of actions there were, and how many stayed within their page.
fn hot(url: &str) -> (i64, i64) {
    let mut db = PgConnection::establish(url).unwrap();
    let row: Hot = diesel::sql_query(
        "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'actions'",
    )
    .get_result(&mut db)
    .unwrap();
    (row.n_tup_upd, row.n_tup_hot_upd)
}

/// From the first stored part to the last commit, with so many workers that share the batch.
async fn through_workers(
    workers: i32,
    options: &Options,
    (brand, ids): (&Brand, &[ActionId]),
    url: &Url,
) -> (Duration, f64) {
    let (text, _) = seed::batch(ids, options.lines);
    let pool = Pool::open(url, Limits { connections: 4, waiting: 64 }).unwrap();
    let usual = Settings::of(url.engine());
    let chunk_lines = options.chunk.unwrap_or(usual.chunk_lines);
    let settings = Settings { chunk_lines, shares: workers, large_bytes: 0, ..usual };
    let (bells, stop) = (Bells::default(), CancellationToken::new());
    let running: Vec<_> = (0..workers)
        .map(|_| {
            let own = pool.for_large_pieces().unwrap();
            let worker = Worker::new(own, Clock::System, settings, bells.clone());
            tokio::spawn(worker.run(stop.clone()))
        })
        .collect();
    let rest = memory("self", "VmRSS");
    forget_peak("self");
    let begun = Instant::now();
    let id = submit(&pool, brand, text).await;
    bells.submitted.notify_one();
    let company = brand.company;
    let done: Batch = loop {
        let batch = pool.read(move |db| store::find(db, company, id)).await.unwrap();
        if batch.is_over() {
            break batch;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    let took = begun.elapsed();
    let memory_mib = memory("self", "VmHWM") - rest;
    assert_eq!(done.status, Status::Completed);
    println!("{:?}: {} applied, {} rejected", url.engine(), done.applied, done.rejected);
    stop.cancel();
    for worker in running {
        worker.await.unwrap();
    }
    drop(pool);
    tokio::time::sleep(Duration::from_secs(2)).await;
    (took, memory_mib)
}

async fn submit(pool: &Pool, brand: &Brand, text: String) -> ReversalId {
    let head = &text.as_bytes()[..text.len().min(65_536)];
    let submission = Submission {
        id: ReversalId::new(),
        purpose: Purpose::Reversals,
        company_id: brand.company,
        doer: Doer::SYSTEM,
        authority: Authority::default(),
        channel: Channel::Upload,
        mode: Mode::BestEffort,
        on_ambiguous: OnAmbiguous::Reject,
        event_type_id: None,
        layout: sniff(head, text.len() <= 65_536).unwrap(),
        file_name: None,
        size_bytes: i64::try_from(text.len()).unwrap(),
        digest: vec![0; 32],
    };
    let id = submission.id;
    for (part, bytes) in (0..).zip(text.into_bytes().chunks(parts::PART_BYTES)) {
        let bytes = bytes.to_vec();
        let now = Clock::System.now();
        pool.write(move |db| parts::store(db, id, part, bytes.clone(), now)).await.unwrap();
    }
    pool.write(move |db| store::receive(db, &Clock::System, submission.clone())).await.unwrap();
    id
}
