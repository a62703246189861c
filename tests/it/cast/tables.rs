//! What stands in the tables: for what no door shows.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{PgConnection, SqliteConnection, sql_query};

use super::world::World;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    text: String,
}

/// The texts that a query gives in its column `text`.
pub fn texts(world: &World, sql: &str) -> Vec<String> {
    let rows: Vec<Row> = match world.database_url.strip_prefix("sqlite://") {
        Some(file) => {
            let mut db = SqliteConnection::establish(file).expect("the database");
            sql_query(sql).load(&mut db).expect("rows")
        }
        None => {
            let mut db = PgConnection::establish(&world.database_url).expect("the database");
            sql_query(sql).load(&mut db).expect("rows")
        }
    };
    rows.into_iter().map(|row| row.text).collect()
}

/// Every row of every table of ours, as text, in no order that means anything.
pub fn rows(world: &World) -> BTreeMap<String, Vec<String>> {
    let tables = crate::schema::tables(&world.database_url).into_iter();
    tables.map(|table| (table.clone(), sorted(texts(world, &whole(world, &table))))).collect()
}

/// The query of a table's rows as text.
fn whole(world: &World, table: &str) -> String {
    if !world.database_url.starts_with("sqlite://") {
        return format!("SELECT row_of::text AS text FROM \"{table}\" AS row_of");
    }
    let columns = format!("SELECT name AS text FROM pragma_table_info('{table}')");
    let quoted = texts(world, &columns).into_iter().map(|column| format!("quote(\"{column}\")"));
    format!("SELECT {} AS text FROM \"{table}\"", quoted.collect::<Vec<_>>().join(" || ',' || "))
}

fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}

/// Everything that is stored, whatever the table: the bytes of SQLite's files, or PostgreSQL's rows
/// as text.
pub struct Stored(Vec<u8>);

impl Stored {
    /// Takes it all.
    pub fn in_world(world: &World) -> Self {
        if let Some(file) = world.database_url.strip_prefix("sqlite://") {
            let log = std::fs::read(format!("{file}-wal")).unwrap_or_default();
            return Self([std::fs::read(file).expect("the database's file"), log].concat());
        }
        Self(rows(world).into_values().flatten().collect::<String>().into_bytes())
    }

    /// Whether these bytes are somewhere in it: as they are, or in PostgreSQL's hexadecimal digits.
    pub fn holds(&self, bytes: &[u8]) -> bool {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        [bytes, digits.as_bytes()]
            .into_iter()
            .any(|wanted| self.0.windows(wanted.len()).any(|place| place == wanted))
    }
}
