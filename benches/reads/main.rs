//! Reads over HTTP with authentication, beside the smallest actix-web + Diesel program that gives the
//! same rows without asking who wants them. Both run as processes of their own, one after the other,
//! against the same database. Prints a table; what counts are the ratios.
//!
//! `cargo bench --bench reads -- --actions 1000000 --small 10000 --connections 32 --seconds 5 --engine both`
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

#[path = "../common/mod.rs"]
mod common;
mod limit;

use common::load::{Figures, Load};
use common::server::Server;
use common::stage::{self, Filled, SECRET};

fn main() {
    if let Some(url) = common::given("--serve-limit") {
        limit::serve(&url);
        return;
    }
    for server in stage::engines() {
        measure(server.as_deref());
    }
}

fn measure(server: Option<&str>) {
    let (many, few) = (common::number("--actions", 1_000_000), common::number("--small", 10_000));
    let (large, small) = (Filled::with(server, many), Filled::with(server, few));
    let connections = common::number("--connections", 32);
    let seconds = u64::try_from(common::number("--seconds", 5)).unwrap();
    let load = |base: &str, connections: usize, path: &(dyn Fn(usize) -> String + Sync)| {
        Load { base, connections, seconds, credential: SECRET }.run(path)
    };
    let ids = &large.ids;
    let point = |n: usize| format!("/v1/actions/{}", ids[n * 7919 % ids.len()]);
    let page = |_: usize| "/v1/actions?limit=50".to_string();

    let ours = Server::product(&large.url, &["--no-jobs"]);
    let (our_point, our_page) =
        (load(&ours.base, connections, &point), load(&ours.base, connections, &page));
    let large_page = load(&ours.base, 1, &page);
    drop(ours);
    let limit = Server::limit(&large.url);
    let raw = |n: usize| format!("/actions/{}", ids[n * 7919 % ids.len()].uuid());
    let raw_page = |_: usize| "/actions".to_string();
    let (its_point, its_page) =
        (load(&limit.base, connections, &raw), load(&limit.base, connections, &raw_page));
    drop(limit);
    let ours = Server::product(&small.url, &["--no-jobs"]);
    let small_page = load(&ours.base, 1, &page);
    drop(ours);

    println!("\n{}: {many} actions, {connections} connections", stage::name(server));
    println!("| read | ours req/s | p50 | p99 | smallest req/s | p50 | p99 | ours : smallest |");
    println!("|---|---|---|---|---|---|---|---|");
    for (what, own, its) in
        [("one action", our_point, its_point), ("page of 50", our_page, its_page)]
    {
        row(what, &own, &its);
    }
    let times = large_page.p50_ms / small_page.p50_ms;
    let (of_many, of_few) = (large_page.p50_ms, small_page.p50_ms);
    println!(
        "page of 50, one connection, p50: {of_many:.2} ms of {many} actions, {of_few:.2} ms of \
         {few}: {times:.2} times"
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
