//! Reads over HTTP with authentication, beside the smallest actix-web + Diesel program that gives the
//! same rows without asking who wants them. Both run as processes of their own, one after the other,
//! against the same database. Prints a table; what counts are the ratios.
//!
//! `cargo bench --bench reads -- --actions 1000000 --small 10000 --seconds 5 --engine both`
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
    clippy::disallowed_types,
    reason = "a measurement, not the product"
)]

mod limit;
mod load;
#[path = "../reversals/seed.rs"]
#[allow(dead_code, reason = "shared with another benchmark, which uses the rest")]
mod seed;

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::{PgConnection, SqliteConnection};
use entente::access::secret;
use entente::db::migrate;
use entente::kernel::id::{ActionId, ApiKeyId, UserId};
use load::{Figures, Load};
use seed::Brand;

const SECRET: &str = "entk_benchmark";
const CONNECTIONS: usize = 32;

struct Options {
    actions: usize,
    small: usize,
    seconds: u64,
    engine: String,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let given =
        |name: &str| arguments.windows(2).find(|pair| pair[0] == name).map(|pair| pair[1].clone());
    if let Some(url) = given("--serve-limit") {
        limit::serve(&url);
        return;
    }
    let number = |name: &str, usual: usize| {
        given(name).map_or(usual, |text| text.parse().expect("a number"))
    };
    let options = Options {
        actions: number("--actions", 1_000_000),
        small: number("--small", 10_000),
        seconds: u64::try_from(number("--seconds", 5)).unwrap(),
        engine: given("--engine").unwrap_or("both".into()),
    };
    if options.engine != "postgres" {
        sqlite(&options);
    }
    match std::env::var("BENCH_POSTGRES_URL") {
        Ok(server) if options.engine != "sqlite" => postgres(&options, &server),
        Ok(_) => {}
        Err(_) => println!("PostgreSQL does not take part: BENCH_POSTGRES_URL is not set"),
    }
}

fn sqlite(options: &Options) {
    let folder = tempfile::tempdir_in(".").unwrap();
    let fill = |name: &str, count: usize| {
        let path = folder.path().join(name).display().to_string();
        let url = format!("sqlite://{path}");
        migrate::up(&url.parse().unwrap()).unwrap();
        let mut db = SqliteConnection::establish(&path).unwrap();
        let brand = Brand::new();
        let ids = brand.fill_sqlite(&mut db, count);
        db.batch_execute(&credential(&brand, &|bytes| format!("x'{}'", hex(bytes)), "0")).unwrap();
        (url, ids)
    };
    measure("SQLite", options, fill("large.db", options.actions), fill("small.db", options.small));
}

fn postgres(options: &Options, server: &str) {
    let mut admin = PgConnection::establish(&format!("{server}/postgres")).unwrap();
    let mut fill = |name: &str, count: usize| {
        let database = format!("entente_bench_{name}_{}", std::process::id());
        admin.batch_execute(&format!("CREATE DATABASE {database}")).unwrap();
        let url = format!("{server}/{database}");
        migrate::up(&url.parse().unwrap()).unwrap();
        let mut db = PgConnection::establish(&url).unwrap();
        let brand = Brand::new();
        let ids = brand.fill_postgres(&mut db, count);
        let literal = |bytes: &[u8]| match bytes.len() {
            16 => format!("'{}'", uuid::Uuid::from_slice(bytes).unwrap()),
            _ => format!("'\\x{}'", hex(bytes)),
        };
        db.batch_execute(&credential(&brand, &literal, "'2026-01-01'")).unwrap();
        (url, ids, database)
    };
    let (large, ids, first) = fill("large", options.actions);
    let (small, few, second) = fill("small", options.small);
    measure("PostgreSQL", options, (large, ids), (small, few));
    for database in [first, second] {
        admin.batch_execute(&format!("DROP DATABASE {database} WITH (FORCE)")).unwrap();
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A user and an API key that may read actions.
fn credential(brand: &Brand, literal: &dyn Fn(&[u8]) -> String, at: &str) -> String {
    let (user, key) = (UserId::new().uuid(), ApiKeyId::new().uuid());
    let (user, key) = (literal(user.as_bytes()), literal(key.as_bytes()));
    let company = literal(brand.company.uuid().as_bytes());
    let hash = literal(&secret::digest(SECRET.as_bytes()));
    format!(
        "INSERT INTO users VALUES ({user}, 'bench@example.com', 'Bench', 'none', 1, {at}, {at});\
         INSERT INTO api_keys VALUES ({key}, {company}, 'Bench', 'entk_bench', {hash}, \
         '[\"actions:read\"]', NULL, NULL, {user}, {at}, NULL, NULL, NULL, 1);"
    )
}

type Filled = (String, Vec<ActionId>);

fn measure(engine: &str, options: &Options, large: Filled, small: Filled) {
    let load = |base: &str, connections: usize, path: &(dyn Fn(usize) -> String + Sync)| {
        Load { base, connections, seconds: options.seconds, credential: SECRET }.run(path)
    };
    let (ids, some) = (&large.1, &small.1);
    let point = |n: usize| format!("/v1/actions/{}", ids[n * 7919 % ids.len()]);
    let page = |_: usize| "/v1/actions?limit=50".to_string();
    let few = |n: usize| format!("/v1/actions/{}", some[n * 7919 % some.len()]);

    let ours = Server::product(&large.0);
    let (our_point, our_page) =
        (load(&ours.base, CONNECTIONS, &point), load(&ours.base, CONNECTIONS, &page));
    let large_page = load(&ours.base, 1, &page);
    drop(ours);
    let limit = Server::limit(&large.0);
    let raw = |n: usize| format!("/actions/{}", ids[n * 7919 % ids.len()].uuid());
    let raw_page = |_: usize| "/actions".to_string();
    let (its_point, its_page) =
        (load(&limit.base, CONNECTIONS, &raw), load(&limit.base, CONNECTIONS, &raw_page));
    drop(limit);
    let ours = Server::product(&small.0);
    let small_page = load(&ours.base, 1, &page);
    load(&ours.base, 1, &few);
    drop(ours);

    println!("\n{engine}: {} actions, {CONNECTIONS} connections", options.actions);
    println!("| read | ours req/s | p50 | p99 | smallest req/s | p50 | p99 | ours : smallest |");
    println!("|---|---|---|---|---|---|---|---|");
    for (what, own, its) in
        [("one action", our_point, its_point), ("page of 50", our_page, its_page)]
    {
        row(what, &own, &its);
    }
    println!(
        "page of 50, one connection, p50: {:.2} ms of {} actions, {:.2} ms of {}: {:.2} times",
        large_page.p50_ms,
        options.actions,
        small_page.p50_ms,
        options.small,
        large_page.p50_ms / small_page.p50_ms,
    );
}

fn row(what: &str, own: &Figures, its: &Figures) {
    println!(
        "| {what} | {:.0} | {:.1} ms | {:.1} ms | {:.0} | {:.1} ms | {:.1} ms | {:.2} |",
        own.per_second,
        own.p50_ms,
        own.p99_ms,
        its.per_second,
        its.p50_ms,
        its.p99_ms,
        own.per_second / its.per_second,
    );
}

/// A server in a process of its own.
struct Server {
    child: Child,
    base: String,
    _home: tempfile::TempDir,
}

impl Server {
    fn product(url: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_entente"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--no-jobs"]);
        Self::start(command, url)
    }

    fn limit(url: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--serve-limit", url]);
        Self::start(command, url)
    }

    fn start(mut command: Command, url: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        command.env("DATABASE_URL", url).env("DATA_DIR", home.path());
        // The log line that tells the address, and none for each request.
        command.env("RUST_LOG", "warn,entente::command=info").stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let base = loop {
            let line = lines.next().expect("the server listens").unwrap();
            if let Some((_, rest)) = line.split_once("listening on http://") {
                break rest.split(';').next().unwrap().to_string();
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, base, _home: home }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
