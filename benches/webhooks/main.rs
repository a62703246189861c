//! Webhooks: how long until many events have arrived at three endpoints that take them, and how long a
//! single event takes after that; alone, and beside a fourth endpoint to which everything is sent too
//! and which never answers. What counts is that the dead one makes no difference.
//!
//! `cargo bench --bench webhooks -- --events 100000 --singles 200 --engine both`
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
mod receiver;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use common::server::Server;
use common::stage::{self, Filled};
use entente::access::seal::Seal;
use entente::db::{Limits, Pool, dialect};
use entente::events::kinds::EventKind;
use entente::events::model::{AnyId, Event};
use entente::kernel::document::Document;
use entente::kernel::id::{EventId, UserId, WebhookEndpointId};
use entente::kernel::time::Clock;
use entente::webhooks::model::Endpoint;
use entente::webhooks::store;
use receiver::Receiver;

/// The server's key, under which secrets are sealed.
const KEY: &str = "0707070707070707070707070707070707070707070707070707070707070707";
/// Endpoints that take everything.
const WELL: usize = 3;

/// What came of a run.
struct Figures {
    /// Until each healthy endpoint had all.
    all: Duration,
    /// Of the arrivals meanwhile, the middle one.
    p50: Duration,
    /// From the commit of a single event until its arrival, at each healthy endpoint.
    single_p50: Duration,
    single_p99: Duration,
    single_most: Duration,
}

fn main() {
    let events = common::number("--events", 100_000);
    let singles = common::number("--singles", 200);
    println!(
        "| engine | beside them | {events} events to {WELL} endpoints | deliveries/s | half of them | \
         one event p50 | p99 | slowest |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for server in stage::engines() {
        let alone = run(server.as_deref(), events, singles, false);
        show(server.as_deref(), "nothing", events, &alone);
        let beside = run(server.as_deref(), events, singles, true);
        show(server.as_deref(), "a dead one", events, &beside);
    }
}

fn show(server: Option<&str>, beside: &str, events: usize, figures: &Figures) {
    let deliveries = f64::from(u32::try_from(events * WELL).unwrap());
    let ms = |duration: Duration| duration.as_secs_f64() * 1_000.0;
    println!(
        "| {} | {beside} | {:.1} s | {:.0} | {:.1} s | {:.0} ms | {:.0} ms | {:.0} ms |",
        stage::name(server),
        figures.all.as_secs_f64(),
        deliveries / figures.all.as_secs_f64(),
        figures.p50.as_secs_f64(),
        ms(figures.single_p50),
        ms(figures.single_p99),
        ms(figures.single_most),
    );
}

fn run(engine: Option<&str>, events: usize, singles: usize, dead: bool) -> Figures {
    let filled = Filled::with(engine, 1);
    let well: Vec<Receiver> = (0..WELL).map(|_| Receiver::that_answers()).collect();
    let hanging = Receiver::that_hangs();
    let mut urls: Vec<String> = well.iter().map(Receiver::url).collect();
    if dead {
        urls.push(hanging.url());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let limits = Limits { connections: 1, waiting: 16 };
    let pool = Pool::open(&filled.url.parse().unwrap(), limits).unwrap();
    let company = filled.brand.company;
    runtime.block_on(endpoints(&pool, &filled, urls));
    let flags = ["--webhook-private-targets", "--secret-key", KEY];
    let server = Server::product(&filled.url, &flags);

    let rows: Vec<Event> = (0..events).map(|_| event(company)).collect();
    let begun = Instant::now();
    for some in rows.chunks(10_000) {
        let some = some.to_vec();
        let written = pool.write(move |db| dialect::bulk::events(db, &some));
        runtime.block_on(written).unwrap();
    }
    well.iter().for_each(|receiver| receiver.wait_for(events));
    let all = begun.elapsed();
    let mut arrivals: Vec<Duration> =
        well.iter().flat_map(|receiver| receiver.arrivals()).map(|(_, at)| at - begun).collect();
    arrivals.sort();
    let p50 = arrivals[arrivals.len() / 2];

    let mut committed: HashMap<EventId, Instant> = HashMap::new();
    for number in 1..=singles {
        let one = event(company);
        let id = one.id;
        runtime
            .block_on(pool.write(move |db| dialect::bulk::events(db, std::slice::from_ref(&one))))
            .unwrap();
        committed.insert(id, Instant::now());
        well.iter().for_each(|receiver| receiver.wait_for(events + number));
    }
    let mut delays: Vec<Duration> = well
        .iter()
        .flat_map(|receiver| receiver.arrivals())
        .filter_map(|(id, at)| Some(at.saturating_duration_since(*committed.get(&id)?)))
        .collect();
    delays.sort();
    assert_eq!(delays.len(), singles * WELL, "each arrives once at each");
    assert!(!dead || hanging.connections() > 0, "the dead one was never tried");
    drop(server);
    let share = |percent: usize| delays[(delays.len() * percent / 100).min(delays.len() - 1)];
    let single_most = *delays.last().unwrap();
    Figures { all, p50, single_p50: share(50), single_p99: share(99), single_most }
}

/// Something that happened to a thing of its own.
fn event(company: entente::kernel::id::CompanyId) -> Event {
    Event::new(EventKind::ActionTracked, AnyId::new(), company, Clock::System.now())
}

/// Endpoints for everything.
async fn endpoints(pool: &Pool, filled: &Filled, urls: Vec<String>) {
    let seal = Seal::new(&[7; 32], "webhooks").unwrap();
    let (company, now) = (filled.brand.company, Clock::System.now());
    let made = move |url: &String| {
        let id = WebhookEndpointId::new();
        Endpoint {
            id,
            company_id: company,
            url: url.clone(),
            event_types: Document(vec!["*".parse().unwrap()]),
            description: String::new(),
            enabled: true,
            disabled_reason: None,
            secret: seal.close(id.uuid(), &[1; 32]).unwrap(),
            previous_secret: None,
            previous_until: None,
            created_by: UserId::new(),
            version: 1,
            created_at: now,
            updated_at: now,
        }
    };
    let rows: Vec<Endpoint> = urls.iter().map(made).collect();
    pool.write(move |db| rows.iter().try_for_each(|row| store::insert(db, row))).await.unwrap();
}
