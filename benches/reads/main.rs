//! Reads over HTTP with authentication. One action and one page, beside the smallest actix-web + Diesel
//! program that gives the same rows without asking who wants them: both run as processes of their own,
//! one after the other, against the same database. Then pages anywhere in lists of several lengths, by
//! one who asks for one at a time. Prints tables; what counts are the ratios.
//!
//! `cargo bench --bench reads -- --actions 1000000 --small 10000 --large 10000000 --connections 32 --seconds 5 --engine both`
//!
//! Without `--large` there are two lengths.
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
mod limit;
mod lists;

use common::load::{Ask, Figures, Load};
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
    let lengths = [few, many, common::number("--large", 0)];
    let mut lists = Vec::new();
    for length in lengths.into_iter().filter(|length| *length > 0) {
        let filled = Filled::with(server, length);
        if length == many {
            beside_smallest(server, &filled);
        }
        lists.push(lists::measure(&filled));
    }
    lists::print(server, &lists);
}

/// Asks for as long as is said on the command line.
pub fn load(base: &str, connections: usize, path: &(dyn Fn(usize) -> String + Sync)) -> Figures {
    let seconds = u64::try_from(common::number("--seconds", 5)).unwrap();
    let load = Load { base, connections, seconds, credential: SECRET };
    load.run(&|n| Some(Ask::get(path(n))))
}

fn beside_smallest(server: Option<&str>, filled: &Filled) {
    let connections = common::number("--connections", 32);
    let ids = &filled.ids;
    let point = |n: usize| format!("/v1/actions/{}", ids[n * 7919 % ids.len()]);
    let page = |_: usize| "/v1/actions?limit=50".to_string();
    let ours = Server::product(&filled.url, &["--no-jobs"]);
    let our_point = load(&ours.base, connections, &point);
    let our_page = load(&ours.base, connections, &page);
    drop(ours);
    let limit = Server::limit(&filled.url);
    let raw = |n: usize| format!("/actions/{}", ids[n * 7919 % ids.len()].uuid());
    let raw_page = |_: usize| "/actions".to_string();
    let its_point = load(&limit.base, connections, &raw);
    let its_page = load(&limit.base, connections, &raw_page);
    drop(limit);

    let engine = stage::name(server);
    println!("\n{engine}: {} actions, {connections} connections", ids.len());
    println!("| read | ours req/s | p50 | p99 | smallest req/s | p50 | p99 | ours : smallest |");
    println!("|---|---|---|---|---|---|---|---|");
    for (what, own, its) in
        [("one action", our_point, its_point), ("page of 50", our_page, its_page)]
    {
        common::beside(what, &own, &its);
    }
}
