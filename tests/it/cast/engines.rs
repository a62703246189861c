//! The same story told on both engines, each time on a database of its own.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::OnceLock;

use super::postgres;

/// What a database holds when a story begins.
#[derive(Clone, Copy)]
enum Start {
    Empty,
    Migrated,
}

/// Tells `story` on a migrated SQLite file and then on a migrated PostgreSQL database.
///
/// The story is given the database's URL. Where PostgreSQL is not installed, its half is left out.
pub fn on_both_engines(story: impl Fn(&str)) {
    tell(Start::Migrated, &story);
}

/// The same, on databases without any table.
pub fn on_both_engines_empty(story: impl Fn(&str)) {
    tell(Start::Empty, &story);
}

fn tell(start: Start, story: &dyn Fn(&str)) {
    let home = tempfile::tempdir().expect("a temporary directory");
    let file = home.path().join("entente.db");
    if let Start::Migrated = start {
        std::fs::write(&file, migrated_sqlite()).expect("a copy of the migrated database");
    }
    named("SQLite", &sqlite_url(&file), story);

    if let Some(server) = postgres::server() {
        let url = match start {
            Start::Empty => server.empty_database(),
            Start::Migrated => server.fresh_database(),
        };
        named("PostgreSQL", &url, story);
        server.drop_database(&url);
    }
}

/// Tells the story, and names the engine if it fails.
fn named(engine: &str, url: &str, story: &dyn Fn(&str)) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| story(url))) {
        eprintln!("engine: {engine}");
        resume_unwind(panic);
    }
}

/// The bytes of a SQLite database that was migrated once for all tests.
fn migrated_sqlite() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let home = tempfile::tempdir().expect("a temporary directory");
        let file = home.path().join("template.db");
        let url = sqlite_url(&file).parse().expect("a SQLite URL");
        entente::db::migrate::up(&url).expect("the migrations run on SQLite");
        std::fs::read(&file).expect("the migrated database")
    })
}

/// The URL of a SQLite file.
pub fn sqlite_url(file: &Path) -> String {
    format!("sqlite://{}", file.display())
}
