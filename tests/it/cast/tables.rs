//! What stands in the tables: for what no door shows.

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
        let tables = "SELECT table_name::text AS text FROM information_schema.tables \
                      WHERE table_schema = 'public'";
        let rows = texts(world, tables).into_iter().flat_map(|table| {
            texts(world, &format!("SELECT row_of::text AS text FROM \"{table}\" AS row_of"))
        });
        Self(rows.collect::<Vec<_>>().concat().into_bytes())
    }

    /// Whether these bytes are somewhere in it: as they are, or in PostgreSQL's hexadecimal digits.
    pub fn holds(&self, bytes: &[u8]) -> bool {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        [bytes, digits.as_bytes()]
            .into_iter()
            .any(|wanted| self.0.windows(wanted.len()).any(|place| place == wanted))
    }
}
