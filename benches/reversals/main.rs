//! A batch through the real worker, beside the same rows written raw on the same engine in the same
//! run. Prints a table; what counts is the ratio.
//!
//! `cargo bench --bench reversals -- --actions 1000000 --lines 100000 --engine both --chunk 20000`
//!
//! PostgreSQL takes part if BENCH_POSTGRES_URL names a server (`postgres://user@host:port`) on which
//! databases may be made.
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
use common::{forget_peak, given, memory};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::{PgConnection, SqliteConnection};
use entente::actions::model::Channel;
use entente::db::{Limits, Pool, Url, migrate};
use entente::events::model::Doer;
use entente::kernel::id::{ActionId, ReversalId};
use entente::kernel::time::Clock;
use entente::reversals::formats::sniff;
use entente::reversals::model::{Mode, OnAmbiguous, Purpose, Status};
use entente::reversals::parts;
use entente::reversals::rows::{Authority, Batch};
use entente::reversals::store::{self, Submission};
use entente::reversals::worker::{Bells, Settings, Worker};

struct Options {
    actions: usize,
    lines: usize,
    engine: String,
    chunk: Option<usize>,
    runs: usize,
}

impl Options {
    fn read() -> Self {
        let number = |name: &str| given(name).map(|text| text.parse().unwrap());
        Self {
            actions: number("--actions").unwrap_or(1_000_000),
            lines: number("--lines").unwrap_or(100_000),
            engine: given("--engine").unwrap_or("both".into()),
            chunk: number("--chunk"),
            runs: number("--runs").unwrap_or(3),
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
}

fn main() {
    let options = Options::read();
    if cfg!(debug_assertions) {
        println!("(a debug build: the figures mean nothing)");
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut figures = Vec::new();
    if options.engine != "postgres" {
        figures.extend(runtime.block_on(sqlite(&options)));
    }
    match std::env::var("BENCH_POSTGRES_URL") {
        Ok(server) if options.engine != "sqlite" => {
            figures.extend(runtime.block_on(postgres(&options, &server)));
        }
        Ok(_) => {}
        Err(_) => println!("PostgreSQL does not take part: BENCH_POSTGRES_URL is not set"),
    }
    print(&options, &figures);
}

fn print(options: &Options, figures: &[Figures]) {
    println!("\n{} lines, {} actions", options.lines, options.actions);
    println!("| engine | ours | lines/s | raw | lines/s | ratio | memory over rest | HOT |");
    println!("|---|---|---|---|---|---|---|---|");
    for run in figures {
        let (ours, raw) = (run.ours.as_secs_f64(), run.raw.as_secs_f64());
        let per_second = |seconds: f64| f64::from(u32::try_from(options.lines).unwrap()) / seconds;
        let hot = run.hot.map_or("-".into(), |(all, hot)| format!("{hot} of {all}"));
        println!(
            "| {} | {ours:.2} s | {:.0} | {raw:.2} s | {:.0} | {:.2} | {:.0} MiB | {hot} |",
            run.engine,
            per_second(ours),
            per_second(raw),
            ours / raw,
            run.memory_mib,
        );
    }
}

async fn sqlite(options: &Options) -> Vec<Figures> {
    let folder = tempfile::tempdir_in(".").unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (brand, full) = (Brand::new(), path("full.db"));
    migrate::up(&format!("sqlite://{full}").parse().unwrap()).unwrap();
    let ids = {
        let mut db = SqliteConnection::establish(&full).unwrap();
        db.batch_execute("PRAGMA journal_mode = WAL").unwrap();
        brand.fill_sqlite(&mut db, options.actions)
    };
    let mut figures = Vec::new();
    for run in 0..options.runs {
        let (ours, bare) = (path(&format!("ours{run}.db")), path(&format!("raw{run}.db")));
        std::fs::copy(&full, &ours).unwrap();
        std::fs::copy(&full, &bare).unwrap();
        let url: Url = format!("sqlite://{ours}").parse().unwrap();
        let (took, memory_mib) = through_worker(options, &brand, &ids, &url).await;
        let (_, lines) = seed::batch(&ids, options.lines);
        let mut db = SqliteConnection::establish(&bare).unwrap();
        let raw = raw::sqlite(&mut db, &brand, &lines, options.chunk.unwrap_or(20_000));
        figures.push(Figures { engine: "SQLite", ours: took, raw, memory_mib, hot: None });
    }
    figures
}

async fn postgres(options: &Options, server: &str) -> Vec<Figures> {
    let stamp = uuid::Uuid::now_v7().simple().to_string();
    let at = |name: &str| format!("{server}/{name}");
    let mut admin = PgConnection::establish(&at("postgres")).unwrap();
    let (brand, full) = (Brand::new(), format!("full_{stamp}"));
    admin.batch_execute(&format!("CREATE DATABASE {full}")).unwrap();
    migrate::up(&at(&full).parse().unwrap()).unwrap();
    let ids = {
        let mut db = PgConnection::establish(&at(&full)).unwrap();
        brand.fill_postgres(&mut db, options.actions)
    };
    let mut figures = Vec::new();
    for run in 0..options.runs {
        let (ours, bare) = (format!("ours{run}_{stamp}"), format!("raw{run}_{stamp}"));
        for name in [&ours, &bare] {
            admin.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {full}")).unwrap();
        }
        admin.batch_execute("CHECKPOINT").unwrap();
        let url: Url = at(&ours).parse().unwrap();
        let (took, memory_mib) = through_worker(options, &brand, &ids, &url).await;
        let (_, lines) = seed::batch(&ids, options.lines);
        admin.batch_execute("CHECKPOINT").unwrap();
        let mut db = PgConnection::establish(&at(&bare)).unwrap();
        let raw = raw::postgres(&mut db, &brand, &lines);
        drop(db);
        let hot = Some(hot(&at(&ours)));
        figures.push(Figures { engine: "PostgreSQL", ours: took, raw, memory_mib, hot });
        for name in [ours, bare] {
            admin.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).unwrap();
        }
    }
    admin.batch_execute(&format!("DROP DATABASE {full} WITH (FORCE)")).unwrap();
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

/// From the first stored part to the last commit.
async fn through_worker(
    options: &Options,
    brand: &Brand,
    ids: &[ActionId],
    url: &Url,
) -> (Duration, f64) {
    let (text, _) = seed::batch(ids, options.lines);
    let pool = Pool::open(url, Limits { connections: 4, waiting: 64 }).unwrap();
    let mut settings = Settings::of(url.engine());
    settings.chunk_lines = options.chunk.unwrap_or(settings.chunk_lines);
    let worker =
        Worker::new(pool.for_large_pieces().unwrap(), Clock::System, settings, Bells::default());
    let rest = memory("self", "VmRSS");
    forget_peak("self");
    let begun = Instant::now();
    let id = submit(&pool, brand, text).await;
    assert!(worker.run_one().await.unwrap());
    let took = begun.elapsed();
    let memory_mib = memory("self", "VmHWM") - rest;
    let company = brand.company;
    let done: Batch = pool.read(move |db| store::find(db, company, id)).await.unwrap();
    assert_eq!(done.status, Status::Completed);
    println!("{:?}: {} applied, {} rejected", url.engine(), done.applied, done.rejected);
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
