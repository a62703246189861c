//! Statements that are put together piece by piece, where what is asked for decides what they say.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{BigInt, Text};
use diesel::sqlite::Sqlite;

use crate::db::Db;
use crate::error::Result;
use crate::events::model::AnyId;
use crate::kernel::column::{At, Key};
use crate::kernel::time::Instant;

/// A statement that grows. Its parameters are written into it in the order in which they stand there,
/// because SQLite counts them so.
#[derive(Default)]
pub(super) struct Statement {
    sql: String,
    binds: Vec<Bind>,
}

/// A value of a parameter.
pub(super) enum Bind {
    /// An id, of whatever.
    Key(AnyId),
    /// A row number or a transaction.
    Turn(u64),
    /// A word.
    Text(String),
    /// A moment.
    At(Instant),
}

impl Statement {
    /// Its beginning.
    pub fn new(sql: &str) -> Self {
        Self { sql: sql.to_string(), binds: Vec::new() }
    }

    /// How it goes on.
    pub fn say(mut self, sql: &str) -> Self {
        self.sql.push_str(sql);
        self
    }

    /// Goes on with a value.
    pub fn bind(mut self, bind: Bind) -> Self {
        self.binds.push(bind);
        let number = self.binds.len();
        self.say(&format!("${number}"))
    }

    /// The rows it gives.
    pub fn load<Row>(self, db: &mut Db) -> Result<Vec<Row>>
    where
        Row: QueryableByName<Pg> + QueryableByName<Sqlite> + 'static,
    {
        Ok(match db {
            Db::Postgres(connection) => self.postgres().load(connection)?,
            Db::Sqlite(connection) => self.sqlite().load(connection)?,
        })
    }

    /// Does it; gives to how many rows.
    pub fn execute(self, db: &mut Db) -> Result<usize> {
        Ok(match db {
            Db::Postgres(connection) => self.postgres().execute(connection)?,
            Db::Sqlite(connection) => self.sqlite().execute(connection)?,
        })
    }

    fn postgres(self) -> BoxedSqlQuery<'static, Pg, SqlQuery> {
        let query = diesel::sql_query(self.sql).into_boxed::<Pg>();
        self.binds.into_iter().fold(query, |query, bind| match bind {
            Bind::Key(id) => query.bind::<Key, _>(id),
            Bind::Turn(turn) => query.bind::<Text, _>(turn.to_string()),
            Bind::Text(text) => query.bind::<Text, _>(text),
            Bind::At(at) => query.bind::<At, _>(at),
        })
    }

    fn sqlite(self) -> BoxedSqlQuery<'static, Sqlite, SqlQuery> {
        let query = diesel::sql_query(self.sql).into_boxed::<Sqlite>();
        self.binds.into_iter().fold(query, |query, bind| match bind {
            Bind::Key(id) => query.bind::<Key, _>(id),
            Bind::Turn(turn) => query.bind::<BigInt, _>(i64::try_from(turn).unwrap_or(i64::MAX)),
            Bind::Text(text) => query.bind::<Text, _>(text),
            Bind::At(at) => query.bind::<At, _>(at),
        })
    }
}
