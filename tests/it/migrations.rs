//! The migrations' ledger: paired, reversible, repeatable.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::cast::engines::on_both_engines_empty;
use crate::schema::tables;

/// The names of one engine's migrations.
fn names(engine: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder(engine)).expect("the engine's migrations");
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Where one engine's migrations are kept.
pub fn folder(engine: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine)
}

#[test]
fn both_engines_have_the_same_migrations() {
    assert_eq!(names("sqlite"), names("postgres"), "left: SQLite; right: PostgreSQL");
}

#[test]
fn every_migration_can_be_taken_back() {
    for engine in ["sqlite", "postgres"] {
        for name in names(engine) {
            for half in ["up.sql", "down.sql"] {
                let file = folder(engine).join(&name).join(half);
                let sql = std::fs::read_to_string(&file).unwrap_or_default();
                assert!(!sql.trim().is_empty(), "{engine}/{name}/{half} is missing or empty");
            }
        }
    }
}

#[test]
fn the_schema_goes_up_and_down_and_up_again() {
    on_both_engines_empty(|url| {
        let parsed = url.parse().unwrap();
        let applied = entente::db::migrate::up(&parsed).unwrap();
        assert_eq!(applied.len(), names("sqlite").len());
        let made = tables(url);
        assert!(made.contains("actions"), "{made:?}");
        assert!(entente::db::migrate::up(&parsed).unwrap().is_empty(), "nothing is left to do");

        let mut reverted = entente::db::migrate::down(&parsed).unwrap();
        reverted.reverse();
        assert_eq!(reverted, applied);
        assert_eq!(tables(url), BTreeSet::new(), "these tables survived the way down");

        assert_eq!(entente::db::migrate::up(&parsed).unwrap(), applied);
        assert_eq!(tables(url), made);
    });
}
