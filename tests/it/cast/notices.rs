//! What people are told, and the letters that tell it.

use std::time::{Duration, Instant};

use entente::db::Pool;
use entente::events::kinds::EventKind;
use entente::events::model::Event;
use entente::notifications::desk::Desk;
use entente::notifications::notifier::Notifier;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::deal::run;
use super::http::Caller;
use super::tables::texts;
use super::world::World;

/// Flags of a server that leaves everything to the story, and whose key it knows.
pub const QUIET: &[&str] = &["--no-jobs", "--secret-key", KEY];
const KEY: &str = "0707070707070707070707070707070707070707070707070707070707070707";
/// How long to wait until people were told: on PostgreSQL events show when no older transaction of the
/// whole server is still open.
const PATIENCE: Duration = Duration::from_secs(120);

/// The notifier that a server of this world would have.
pub fn notifier(world: &World, pool: &Pool) -> Notifier {
    let desk = Desk::new(&[7; 32], "https://entente.example/", CancellationToken::new());
    Notifier::new(pool.clone(), world.clock.clone(), desk.expect("a desk"))
}

/// Tells of everything that has become visible.
pub fn tell(world: &World) -> usize {
    run(world, async |pool| notifier(world, pool).tell().await).expect("people are told")
}

/// Writes the daily letters that are due; gives how many.
pub fn digest(world: &World) -> u64 {
    run(world, async |pool| notifier(world, pool).write_digests().await).expect("they are written")
}

/// What somebody is told, newest first, once that is as much.
pub fn told(world: &World, caller: &Caller, many: usize) -> Vec<Value> {
    let began = Instant::now();
    loop {
        tell(world);
        let all = caller.all("/v1/notifications?limit=200");
        if all.len() >= many || began.elapsed() > PATIENCE {
            return all;
        }
    }
}

/// Lets everything be told that has happened so far: a last thing happens, of which somebody else is
/// told after all that came before.
pub fn all_is_told(world: &World) {
    let watchman = world.company("Watchman", "brand");
    let company = watchman.company_id().parse().expect("a company");
    happens(world, vec![Event::new(EventKind::ApiKeyCreated, some(), company, world.now())]);
    assert_eq!(told(world, &watchman, 1).len(), 1);
}

/// The same for a company, whose owner is told of a last thing; gives that notification.
pub fn last_told(world: &World, owner: &Caller) -> Value {
    let company = owner.company_id().parse().expect("a company");
    let last = Event::new(EventKind::ApiKeyRevoked, some(), company, world.now());
    let event = last.id.to_string();
    happens(world, vec![last]);
    let began = Instant::now();
    loop {
        tell(world);
        // What ends in its own time, such as a reprocessing, may be told behind it.
        let newest = owner.get("/v1/notifications?limit=20", 200);
        let mut newest = newest["data"].as_array().expect("a page").iter();
        if let Some(told) = newest.find(|told| told["event_id"] == event.as_str()) {
            return told.clone();
        }
        assert!(began.elapsed() < PATIENCE, "nobody is told of it");
    }
}

/// The id of something.
pub fn some() -> entente::events::model::AnyId {
    entente::events::model::AnyId::new()
}

/// Writes events as if something had happened.
pub fn happens(world: &World, events: Vec<Event>) {
    let written = run(world, async |pool| {
        pool.write(move |db| {
            for event in &events {
                entente::events::store::record(db, event.clone())?;
            }
            Ok(())
        })
        .await
    });
    written.expect("it happens");
}

/// A company that offers a partnership to another, as often as this.
pub fn offers(world: &World, from: &Caller, to: &Caller, many: usize) {
    let (from, to) = (from.company_id(), to.company_id());
    let offer = |_| {
        let (own, other) = (from.parse().expect("an id"), to.parse().expect("an id"));
        Event::new(EventKind::PartnershipOffered, some(), own, world.now()).shared_with(other)
    };
    happens(world, (0..many).map(offer).collect());
}

/// Kinds and titles, oldest first.
pub fn said(told: &[Value]) -> Vec<String> {
    let text = |one: &Value| {
        let word = |field: &str| one[field].as_str().expect("a text").to_string();
        format!("{}: {}", word("kind"), word("title"))
    };
    told.iter().rev().map(text).collect()
}

/// The letters that were posted: address and subject, in the order of addresses.
pub fn letters(world: &World) -> Vec<String> {
    texts(world, "SELECT address || ': ' || subject AS text FROM mails ORDER BY address, id")
}

/// The plain words of the letters to an address.
pub fn words_to(world: &World, address: &str) -> Vec<String> {
    texts(world, &format!("SELECT text FROM mails WHERE address = '{address}' ORDER BY id"))
}

/// The path and query of the link at the end of a letter.
pub fn way_out(letter: &str) -> Option<String> {
    let link = letter.lines().find(|line| line.contains("/v1/unsubscribe?"))?;
    Some(link.trim().strip_prefix("https://entente.example").expect("this server").to_string())
}

/// Chooses how to be told of some kinds.
pub fn choose(person: &Caller, kinds: &[(&str, bool, &str)]) {
    let one = |(kind, in_app, email): &(&str, bool, &str)| json!({ "kind": kind, "in_app": in_app, "email": email });
    let all: Vec<Value> = kinds.iter().map(one).collect();
    person.put("/v1/me/notification-preferences", json!({ "preferences": all }), 200);
}
