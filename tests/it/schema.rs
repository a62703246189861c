//! The schema's ledger: `src/db/schema.rs` and both migrated databases are one and the same.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel::{PgConnection, SqliteConnection};

use crate::cast::engines::on_both_engines;
use crate::migrations::folder;

const SCHEMA: &str = include_str!("../../src/db/schema.rs");

/// Columns that one engine has for itself, and Diesel does not see.
const SQLITE_ONLY: &[(&str, &str)] =
    &[("events.seq", "INTEGER"), ("action_updates.seq", "INTEGER"), ("adjustments.seq", "INTEGER")];
const POSTGRES_ONLY: &[(&str, &str)] =
    &[("events.txid", "xid8"), ("action_updates.txid", "xid8"), ("adjustments.txid", "xid8")];

/// Diesel's bookkeeping, which is not ours.
const NOT_OURS: &str = "__diesel_schema_migrations";

/// Our column types, and what the engines call them.
const TYPES: &[(&str, &str, &str)] = &[
    ("Key", "BLOB", "uuid"),
    ("At", "INTEGER", "timestamptz"),
    ("Doc", "TEXT", "json"),
    ("BigInt", "INTEGER", "int8"),
    ("Integer", "INTEGER", "int4"),
    ("Bool", "INTEGER", "bool"),
    ("Binary", "BLOB", "bytea"),
    ("Text", "TEXT", "text"),
];

/// `table.column` to its type, with a `?` if it may be NULL.
type Columns = BTreeMap<String, String>;

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    flag: bool,
    #[diesel(sql_type = Text)]
    kind: String,
}

/// Rows of three columns from either engine: `name`, `flag` and `kind`.
fn rows(url: &str, sqlite: &str, postgres: &str) -> Vec<Named> {
    match url.strip_prefix("sqlite://") {
        Some(file) => {
            let mut db = SqliteConnection::establish(file).unwrap();
            diesel::sql_query(sqlite).load(&mut db).unwrap()
        }
        None => {
            let mut db = PgConnection::establish(url).unwrap();
            diesel::sql_query(postgres).load(&mut db).unwrap()
        }
    }
}

/// The names of our tables in a database.
pub fn tables(url: &str) -> BTreeSet<String> {
    let found = rows(
        url,
        "SELECT name, 1 AS flag, '' AS kind FROM sqlite_master
         WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        "SELECT tablename::text AS name, true AS flag, '' AS kind FROM pg_tables
         WHERE schemaname = 'public'",
    );
    found.into_iter().map(|row| row.name).filter(|name| name != NOT_OURS).collect()
}

/// The columns of our tables in a database.
fn columns(url: &str) -> Columns {
    let found = rows(
        url,
        "SELECT t.name || '.' || c.name AS name, NOT c.\"notnull\" AS flag, c.type AS kind
         FROM sqlite_master t, pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        "SELECT table_name || '.' || column_name AS name, is_nullable = 'YES' AS flag,
                udt_name::text AS kind
         FROM information_schema.columns WHERE table_schema = 'public'",
    );
    found
        .into_iter()
        .filter(|row| !row.name.starts_with(NOT_OURS))
        .map(|row| (row.name, nullable(row.kind, row.flag)))
        .collect()
}

fn nullable(kind: String, flag: bool) -> String {
    if flag { kind + "?" } else { kind }
}

/// What `src/db/schema.rs` says the columns are, in Diesel's words.
fn declared() -> Columns {
    let mut columns = Columns::new();
    for block in SCHEMA.split("diesel::table! {").skip(1) {
        let block = block.split("\n}").next().unwrap();
        let (head, body) = block.rsplit_once("{\n").expect("a table has columns");
        let table = head.lines().last().unwrap().trim().split(' ').next().unwrap();
        let mut sql_name = None;
        for line in body.lines().map(str::trim) {
            if let Some(name) = line.strip_prefix("#[sql_name = \"") {
                sql_name = name.strip_suffix("\"]");
            } else if let Some((name, kind)) = line.split_once(" -> ") {
                let kind = kind.trim_end_matches(',');
                let inner = kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>'));
                let column = format!("{table}.{}", sql_name.take().unwrap_or(name));
                let kind = nullable(inner.unwrap_or(kind).to_string(), inner.is_some());
                columns.insert(column, kind);
            }
        }
    }
    columns
}

/// The declared columns as one engine ought to have them.
fn expected(url: &str) -> Columns {
    let on_sqlite = url.starts_with("sqlite://");
    let in_engine = |kind: &str| {
        let bare = kind.trim_end_matches('?');
        let row = TYPES.iter().find(|(ours, ..)| *ours == bare);
        let (_, sqlite, postgres) = row.unwrap_or_else(|| panic!("{bare} is no type of ours"));
        let name = if on_sqlite { sqlite } else { postgres };
        nullable((*name).to_string(), kind.ends_with('?'))
    };
    let mut columns: Columns =
        declared().iter().map(|(name, kind)| (name.clone(), in_engine(kind))).collect();
    let only = if on_sqlite { SQLITE_ONLY } else { POSTGRES_ONLY };
    columns.extend(only.iter().map(|(name, kind)| (name.to_string(), kind.to_string())));
    columns
}

/// What is on one side only, or different: short enough to read.
fn differences(left: &Columns, right: &Columns) -> Vec<String> {
    let names: BTreeSet<_> = left.keys().chain(right.keys()).collect();
    names
        .into_iter()
        .filter(|name| left.get(*name) != right.get(*name))
        .map(|name| format!("{name}: {:?} and {:?}", left.get(name), right.get(name)))
        .collect()
}

#[test]
fn the_declared_schema_is_the_migrated_one() {
    assert!(declared().len() > 200, "the parser lost its way: {} columns", declared().len());
    on_both_engines(|url| {
        let differences = differences(&expected(url), &columns(url));
        assert!(differences.is_empty(), "declared and migrated: {differences:#?}");
    });
}

/// What only PostgreSQL needs an index for: in SQLite the order of commits is the primary key.
const POSTGRES_ONLY_INDEXES: &[&str] =
    &["events_in_order", "action_updates_in_order", "adjustments_in_order"];

/// Each index by its name, with what it is made of, in words that both engines would use; the ones
/// that constraints bring along are left out.
fn indexes(url: &str) -> BTreeMap<String, String> {
    let found = rows(
        url,
        "SELECT name, 1 AS flag, sql AS kind FROM sqlite_master
         WHERE type = 'index' AND sql IS NOT NULL",
        "SELECT c.relname::text AS name, true AS flag, pg_get_indexdef(c.oid) AS kind
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
         WHERE c.relnamespace = 'public'::regnamespace
           AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = c.oid)",
    );
    let mut found: BTreeMap<_, _> =
        found.into_iter().map(|row| (row.name, in_common(&row.kind))).collect();
    found.retain(|name, _| !POSTGRES_ONLY_INDEXES.contains(&name.as_str()));
    found
}

/// An index without what the engines write each in its own way. The order of commits is the one
/// thing that they do not have in common: a row number here, a transaction and an id there.
fn in_common(definition: &str) -> String {
    let mut text = definition.split_whitespace().collect::<Vec<_>>().join(" ");
    for (theirs, ours) in [
        ("public.", ""),
        (" USING btree", ""),
        ("::text", ""),
        (" = ANY (ARRAY[", " IN ("),
        ("])", ")"),
        ("txid, id)", "seq)"),
    ] {
        text = text.replace(theirs, ours);
    }
    // PostgreSQL shows conditions in parentheses of its own.
    match text.split_once(" WHERE ") {
        None => text,
        Some((index, condition)) => {
            let words = condition.replace(['(', ')'], " ");
            let words: Vec<_> = words.split_whitespace().collect();
            format!("{index} WHERE {}", words.join(" ").replace(" ,", ","))
        }
    }
}

#[test]
fn both_engines_have_the_same_indexes() {
    let seen = std::cell::RefCell::new(Vec::new());
    on_both_engines(|url| seen.borrow_mut().push(indexes(url)));
    let seen = seen.into_inner();
    assert!(seen[0].len() > 20, "the indexes of SQLite: {:#?}", seen[0]);
    for other in &seen[1..] {
        let apart = differences(&seen[0], other);
        assert!(apart.is_empty(), "SQLite and PostgreSQL: {apart:#?}");
    }
}

/// What a batch changes of an action, but for its lock date.
const CHANGED_BY_BATCHES: [&str; 6] =
    ["state", "sale_minor", "payout_minor", "items", "version", "updated_at"];

/// PostgreSQL then changes a row within its page, and SQLite leaves every index alone.
#[test]
fn no_index_of_actions_has_a_column_that_batches_change() {
    on_both_engines(|url| {
        let on_actions = |definition: &&String| definition.contains(" ON actions (");
        let all = indexes(url);
        let definitions: Vec<_> = all.values().filter(on_actions).collect();
        assert!(definitions.len() > 5, "the indexes of actions: {all:#?}");
        for definition in definitions {
            // A condition counts too: PostgreSQL takes its columns for indexed ones.
            let mut words =
                definition.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
            let changed = words.find(|word| CHANGED_BY_BATCHES.contains(word));
            assert_eq!(changed, None, "{definition}");
        }
        if !url.starts_with("sqlite://") {
            // And there is room in the page for it.
            let room = "SELECT option AS name, true AS flag, '' AS kind
                        FROM pg_class, unnest(reloptions) AS option WHERE relname = 'actions'";
            let options: Vec<_> = rows(url, "", room).into_iter().map(|row| row.name).collect();
            assert_eq!(options, ["fillfactor=70"]);
        }
    });
}

/// Every `CHECK (column IN (…))` of one engine's migrations, in order.
fn word_lists(engine: &str) -> Vec<String> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder(engine)).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let sql: String =
        names.iter().map(|name| std::fs::read_to_string(name.join("up.sql")).unwrap()).collect();
    let one_line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    one_line
        .split("CHECK (")
        .skip(1)
        .filter_map(|check| check.split_once("))"))
        .map(|(list, _)| list.to_string())
        .filter(|list| list.split(' ').nth(1) == Some("IN"))
        .collect()
}

#[test]
fn both_engines_accept_the_same_words() {
    let lists = word_lists("sqlite");
    assert!(lists.len() > 10, "the parser lost its way: {lists:?}");
    assert_eq!(lists, word_lists("postgres"), "left: SQLite; right: PostgreSQL");
}
