//! Reversals one by one over HTTP: with authentication, an idempotency key, a ledger entry and an event,
//! each of another action. Beside them the smallest actix-web + Diesel program that changes the same row
//! and keeps an entry of it, in one durable transaction. Both run as processes of their own, one after
//! the other, on the same database. Prints a table; what counts are the ratios.
//!
//! `cargo bench --bench changes -- --actions 1000000 --seconds 5 --engine both`
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

use std::sync::atomic::{AtomicUsize, Ordering};

use common::load::{Ask, Figures, Load};
use common::server::Server;
use common::stage::{self, Filled, SECRET};

/// How many ask at the same time.
const CONNECTIONS: [usize; 2] = [8, 32];

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
    let filled = Filled::with(server, common::number("--actions", 1_000_000));
    // The next action that nobody has reversed yet.
    let next = AtomicUsize::new(0);
    let rows = CONNECTIONS.map(|connections| {
        let ours = Server::product(&filled.url, &["--no-jobs"]);
        let own = reverse(&ours.base, connections, &filled, &next, true);
        drop(ours);
        let limit = Server::limit(&filled.url);
        (connections, own, reverse(&limit.base, connections, &filled, &next, false))
    });
    println!("\n{}: one reversal each, of {} actions", stage::name(server), filled.ids.len());
    println!(
        "| connections | ours req/s | p50 | p99 | smallest req/s | p50 | p99 | ours : smallest |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (connections, own, its) in rows {
        common::beside(&connections.to_string(), &own, &its);
    }
}

fn reverse(
    base: &str,
    connections: usize,
    filled: &Filled,
    next: &AtomicUsize,
    is_product: bool,
) -> Figures {
    let seconds = u64::try_from(common::number("--seconds", 5)).unwrap();
    let asks = |_: usize| {
        let number = next.fetch_add(1, Ordering::Relaxed);
        // In no order, and no action twice.
        let id = filled.ids.get(number).map(|_| filled.ids[shuffled(number, filled.ids.len())])?;
        let body = r#"{"reason":"ITEM_RETURNED"}"#;
        let path = match is_product {
            true => format!("/v1/actions/{id}/reverse"),
            false => format!("/actions/{}/reverse", id.uuid()),
        };
        Some(Ask::post(path, format!("bench-{number}"), body))
    };
    Load { base, connections, seconds, credential: SECRET }.run(&asks)
}

/// The place of a number in an order that visits every place below `of` once.
fn shuffled(number: usize, of: usize) -> usize {
    const STRIDE: usize = 1_000_003;
    // A prime that divides no count we take but its own multiples.
    if of.is_multiple_of(STRIDE) { number } else { number * STRIDE % of }
}
