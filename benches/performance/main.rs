//! What the actions of a year come to, by month: of a whole program, and of one of its partners. Over HTTP
//! from the sums of days, beside the same sums over the rows, asked of the engine itself. Prints a table;
//! what counts is the ratio.
//!
//! `cargo bench --bench performance -- --actions 10000000 --partners 200 --seconds 5 --engine both`
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

use std::time::Instant;

use common::load::{Ask, Load};
use common::seed::Brand;
use common::server::Server;
use common::stage::{self, Filled, SECRET};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel::{PgConnection, SqliteConnection};
use entente::db::{Limits, Pool};
use entente::kernel::id::CompanyId;
use entente::performance::jobs;
use serde_json::Value;

/// How often the rows are added up; the median counts.
const RAW_RUNS: usize = 3;
/// How many entries are taken into the sums at a time, as the server does it.
const SLICE: i64 = 5_000;

fn main() {
    for server in stage::engines() {
        measure(server.as_deref());
    }
}

fn measure(server: Option<&str>) {
    let (count, partners) =
        (common::number("--actions", 1_000_000), common::number("--partners", 200));
    let filled = Filled::of(server, Brand { days: 365, partners, ..Brand::new(count) });
    let begun = Instant::now();
    take_in(&filled.url);
    let took = begun.elapsed().as_secs_f64();
    let engine = stage::name(server);
    let per_second = f64::from(u32::try_from(count).unwrap()) / took;
    println!("\n{engine}: {count} actions of {partners} partners within a year");
    println!("all of them taken into the sums in {took:.1} s, {per_second:.0} a second");
    println!(
        "\n| what a year comes to, by month | rows added up | ours, p50 | p99 | rows : ours |"
    );
    println!("|---|---|---|---|---|");
    let product = Server::product(&filled.url, &["--no-jobs"]);
    for (what, partner) in [("a program", None), ("one partner", Some(filled.brand.partner_of(1)))]
    {
        let (raw_ms, raw) = added_up(&filled, partner);
        let path = path(&filled.brand, partner);
        assert_eq!(told(&product, &path), raw, "{what}");
        let seconds = u64::try_from(common::number("--seconds", 5)).unwrap();
        let load = Load { base: &product.base, connections: 1, seconds, credential: SECRET };
        let ours = load.run(&|_| Some(Ask::get(&path)));
        println!(
            "| {what} | {raw_ms:.1} ms | {:.2} ms | {:.2} ms | {:.0} |",
            ours.p50_ms,
            ours.p99_ms,
            raw_ms / ours.p50_ms
        );
    }
}

/// Takes all ledgers into the sums of days.
fn take_in(url: &str) {
    let pool = Pool::open(&url.parse().unwrap(), Limits { connections: 1, waiting: 4 }).unwrap();
    actix_web::rt::System::new()
        .block_on(async { while jobs::once(&pool, SLICE).await.unwrap() {} });
}

/// The days that have actions.
fn days(brand: &Brand) -> (String, String) {
    let day = |n: usize| brand.occurred_at(n).day_in(&brand.zone).to_string();
    (day(0), day(brand.count - 1))
}

fn path(brand: &Brand, partner: Option<CompanyId>) -> String {
    let (from, to) = days(brand);
    let partner = partner.map_or(String::new(), |id| format!("&partner_company_id={id}"));
    let program = brand.program;
    format!("/v1/programs/{program}/performance?from={from}&to={to}&interval=month{partner}")
}

/// How many actions there are, and what they are worth.
fn told(server: &Server, path: &str) -> (i64, i64) {
    let bearer = format!("Bearer {SECRET}");
    let asked = ureq::get(format!("http://{}{path}", server.base));
    let mut answer = asked.header("Authorization", &bearer).call().unwrap();
    let answer: Value = answer.body_mut().read_json().unwrap();
    let totals = &answer["currencies"][0]["totals"];
    let sale = totals["sale_amount"]["amount"].as_str().unwrap().replace('.', "");
    (totals["actions"].as_i64().unwrap(), sale.parse().unwrap())
}

#[derive(QueryableByName)]
struct Month {
    #[diesel(sql_type = BigInt)]
    actions: i64,
    #[diesel(sql_type = BigInt)]
    sale: i64,
}

/// The same from the rows: how long that takes, and what it comes to.
fn added_up(filled: &Filled, partner: Option<CompanyId>) -> (f64, (i64, i64)) {
    let brand = &filled.brand;
    let sqlite = filled.url.starts_with("sqlite://");
    let key = |id: CompanyId| match sqlite {
        true => format!("x'{}'", id.uuid().simple()),
        false => format!("'{}'", id.uuid()),
    };
    let partner =
        partner.map_or(String::new(), |id| format!(" AND partner_company_id = {}", key(id)));
    let (from, to) = days(brand);
    let company = key(brand.company);
    let sql = format!(
        "SELECT substr(occurred_on, 1, 7) AS month, currency, count(*) AS actions, \
         sum(CASE WHEN state = 'approved' THEN 1 ELSE 0 END) AS approved, \
         sum(CASE WHEN state = 'reversed' THEN 1 ELSE 0 END) AS reversed, \
         sum(CASE WHEN locked_at IS NULL THEN 0 ELSE 1 END) AS locked, \
         sum(tracked_sale_minor) AS tracked, CAST(sum(sale_minor) AS BIGINT) AS sale, \
         sum(payout_minor) AS payout FROM actions WHERE company_id = {company}{partner} \
         AND occurred_on >= '{from}' AND occurred_on <= '{to}' GROUP BY 1, 2"
    );
    let mut times = Vec::new();
    let mut sums = (0, 0);
    for _ in 0..RAW_RUNS {
        let begun = Instant::now();
        let months: Vec<Month> = match sqlite {
            true => {
                let file = filled.url.trim_start_matches("sqlite://");
                let mut db = SqliteConnection::establish(file).unwrap();
                db.batch_execute("PRAGMA cache_size = -512000").unwrap();
                diesel::sql_query(&sql).load(&mut db).unwrap()
            }
            false => {
                let mut db = PgConnection::establish(&filled.url).unwrap();
                diesel::sql_query(&sql).load(&mut db).unwrap()
            }
        };
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
        sums = months.iter().fold((0, 0), |sum, one| (sum.0 + one.actions, sum.1 + one.sale));
    }
    times.sort_by(f64::total_cmp);
    (times[RAW_RUNS / 2], sums)
}
