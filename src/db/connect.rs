//! One connection to either engine, opened by URL.

#![allow(missing_docs, reason = "what the derive makes beside `Db` has none")]

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::r2d2::R2D2Connection;
use diesel::{Connection, ConnectionResult, PgConnection, SqliteConnection};

use crate::error::{Error, Result};

/// A connection to one of the two engines.
#[derive(diesel::MultiConnection)]
pub enum Db {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// SQLite, in this process.
    Sqlite(SqliteConnection),
}

/// Which engine a URL names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// PostgreSQL.
    Postgres,
    /// SQLite.
    Sqlite,
}

/// A database URL whose scheme is known.
#[derive(Clone, PartialEq, Eq)]
pub struct Url {
    engine: Engine,
    target: String,
}

/// Why a text is no URL of a database. The text itself may hold a password and is not repeated.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    /// The scheme names no engine of ours, or nothing follows it.
    #[error("a database URL begins with sqlite:// (a file) or postgres://")]
    Scheme,
    /// A user's name or password would be read as something else.
    #[error(
        "in a user's name or password, %, @ and / are written as %25, %40 and %2F, \
         so that a database URL can be read"
    )]
    Escaping,
}

impl Url {
    /// The engine it names.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The file that holds the database, if it is in a file.
    pub fn file(&self) -> Option<&Path> {
        let path = match self.target.strip_prefix("file:") {
            Some(uri) => uri.split('?').next().unwrap_or(uri),
            None => &self.target,
        };
        Some(Path::new(path)).filter(|_| self.engine == Engine::Sqlite)
    }
}

impl FromStr for Url {
    type Err = BadUrl;

    fn from_str(url: &str) -> Result<Self, BadUrl> {
        let known = match url.split_once("://") {
            Some(("sqlite", path)) if !path.is_empty() => Some((Engine::Sqlite, path)),
            Some(("postgres" | "postgresql", rest)) if !rest.is_empty() => {
                Some((Engine::Postgres, url))
            }
            _ => None,
        };
        let (engine, target) = known.ok_or(BadUrl::Scheme)?;
        if engine == Engine::Postgres && !is_escaped(target) {
            return Err(BadUrl::Escaping);
        }
        Ok(Self { engine, target: target.to_string() })
    }
}

/// Whether a URL is read as it was meant: otherwise the library takes a part of the password for a
/// host or a port, and says so in its message.
fn is_escaped(url: &str) -> bool {
    let place = url.split_once("://").map_or(url, |(_, rest)| rest);
    let place = place.split('?').next().unwrap_or_default();
    let mut parts = place.split('@');
    let (first, rest) = (parts.next().unwrap_or_default(), parts.count());
    let hexadecimal = |text: &str| text.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    rest <= 1 && !(rest == 1 && first.contains('/')) && url.split('%').skip(1).all(hexadecimal)
}

/// Without the password.
impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.target.rsplit_once('@').map_or(self.target.as_str(), |(_, host)| host);
        write!(f, "{:?} at {shown}", self.engine)
    }
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Requests; on PostgreSQL those that write too.
    Read,
    /// SQLite's writer: it keeps more of the file in memory.
    Write,
    /// Statements over thousands of rows.
    Large,
}

/// Every list has its index, so a statement's plan is the same whatever is asked for. Left to itself
/// PostgreSQL would plan most of them anew each time, which costs as much as a third of a page.
const PLAN_ONCE: &str = "SET plan_cache_mode = force_generic_plan";

impl Db {
    /// Opens a connection that leaves everything as it is, to look at what is there.
    pub(super) fn peek(url: &Url) -> ConnectionResult<Self> {
        Ok(match url.engine {
            Engine::Postgres => Self::Postgres(PgConnection::establish(&url.target)?),
            Engine::Sqlite => Self::Sqlite(SqliteConnection::establish(&url.target)?),
        })
    }

    /// Opens a connection and makes it durable.
    pub(super) fn open(url: &Url, purpose: Purpose) -> ConnectionResult<Self> {
        match url.engine {
            Engine::Postgres => {
                let mut connection = PgConnection::establish(&url.target)?;
                // A page is a few rows of an index, whatever the planner believes of so many columns at
                // once: to start workers for it takes ten times as long as to read it.
                connection
                    .batch_execute(
                        "SET TIME ZONE 'UTC'; SET jit = off; SET statement_timeout = '60s'; \
                         SET max_parallel_workers_per_gather = 0",
                    )
                    .and_then(|()| match purpose {
                        Purpose::Read | Purpose::Write => connection.batch_execute(PLAN_ONCE),
                        Purpose::Large => Ok(()),
                    })
                    .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
                Ok(Self::Postgres(connection))
            }
            Engine::Sqlite => {
                let mut connection = SqliteConnection::establish(&url.target)?;
                let cache_kib = if purpose == Purpose::Write { 64_000 } else { 8_000 };
                connection
                    .batch_execute(&format!(
                        "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; \
                         PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                         PRAGMA cache_size = -{cache_kib}; PRAGMA temp_store = MEMORY; \
                         PRAGMA wal_autocheckpoint = 8000;"
                    ))
                    .map_err(diesel::ConnectionError::CouldntSetupConfiguration)?;
                Ok(Self::Sqlite(connection))
            }
        }
    }

    /// Runs `work` in a transaction that may write: all of it happens, or nothing.
    ///
    /// SQLite takes the write lock at the start, so that a transaction which has read never fails
    /// for having to write.
    pub fn transact<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        match self {
            Self::Postgres(connection) => {
                AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN")?;
            }
            Self::Sqlite(connection) => {
                AnsiTransactionManager::begin_transaction_sql(connection, "BEGIN IMMEDIATE")?;
            }
        }
        match work(self) {
            Ok(value) => {
                <Self as Connection>::TransactionManager::commit_transaction(self)?;
                Ok(value)
            }
            Err(error) => {
                let undone = <Self as Connection>::TransactionManager::rollback_transaction(self);
                undone.map_err(|cause| {
                    Error::internal(anyhow::anyhow!("{error}; and then: {cause}"))
                })?;
                Err(error)
            }
        }
    }
}

/// Opens connections for r2d2, each for one purpose.
pub(super) struct Opener {
    pub url: Url,
    pub purpose: Purpose,
}

impl diesel::r2d2::ManageConnection for Opener {
    type Connection = Db;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Db, Self::Error> {
        Db::open(&self.url, self.purpose).map_err(diesel::r2d2::Error::ConnectionError)
    }

    fn is_valid(&self, connection: &mut Db) -> Result<(), Self::Error> {
        connection.ping().map_err(diesel::r2d2::Error::QueryError)
    }

    fn has_broken(&self, connection: &mut Db) -> bool {
        std::thread::panicking() || connection.is_broken()
    }
}

/// How long one waits for a connection before the engine counts as unreachable.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_names_the_engine() {
        let engine = |url: &str| url.parse::<Url>().map(|url| url.engine());
        for url in
            ["sqlite://entente.db", "sqlite:///var/lib/entente/entente.db", "sqlite://:memory:"]
        {
            assert_eq!(engine(url), Ok(Engine::Sqlite), "{url}");
        }
        for url in [
            "postgres://db.example/entente",
            "postgresql://ada:secret@db.example:5432/entente?sslmode=require",
            "postgres://ada:p%40ss%2Fword@one.example,two.example/entente",
            "postgres:///entente?host=/run/postgresql&options=a@b",
        ] {
            assert_eq!(engine(url), Ok(Engine::Postgres), "{url}");
        }
        for url in [
            "",
            "entente.db",
            "sqlite:",
            "sqlite:entente.db",
            "sqlite://",
            "SQLITE://entente.db",
            " sqlite://entente.db",
            "postgres://",
            "postgresql:entente",
            "mysql://db.example/entente",
            "file://entente.db",
        ] {
            assert_eq!(engine(url), Err(BadUrl::Scheme), "{url}");
        }
        for url in [
            "postgres://ada:p@ss@db.example/entente",
            "postgres://ada:pa/ss@db.example/entente",
            "postgres://ada:100%@db.example/entente",
            "postgres://ada:%zz@db.example/entente",
        ] {
            assert_eq!(engine(url), Err(BadUrl::Escaping), "{url}");
        }
    }

    #[test]
    fn only_a_database_in_a_file_has_one() {
        let file = |url: &str| url.parse::<Url>().ok()?.file().map(Path::to_path_buf);
        assert_eq!(file("sqlite:///a/b.db"), Some("/a/b.db".into()));
        assert_eq!(file("sqlite://file:b.db?mode=ro"), Some("b.db".into()));
        assert_eq!(file("postgres://db.example/entente"), None);
    }
}
