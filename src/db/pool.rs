//! Lends connections to work: reads and writes apart, both bounded.

use std::sync::Arc;
use std::time::Duration;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::connect::{Db, Engine, Opener, Purpose, Url};
use super::lane::Lane;
use crate::error::{Error, Result};

/// How often a write is tried when the engine asks for it again.
const TRIES: u32 = 8;
/// How long the patient wait before they ask again whether there is room in the queue.
const PATIENCE: Duration = Duration::from_millis(50);

/// How wide the lanes are.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections that read; on PostgreSQL the connections that do everything.
    pub connections: u32,
    /// Pieces of work that may wait for one.
    pub waiting: usize,
}

/// Work waiting and running, for the metrics.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Reads waiting and running.
    pub reads: (usize, usize),
    /// Writes waiting and running.
    pub writes: (usize, usize),
}

/// Connections to the database, lent to one piece of work at a time.
///
/// SQLite has one writer: a lane of its own, so that waiting writers never keep readers waiting.
/// PostgreSQL has one lane for both.
#[derive(Clone)]
pub struct Pool {
    url: Url,
    waiting: usize,
    readers: Lane,
    writers: Lane,
}

impl Pool {
    /// Opens the lanes.
    pub fn open(url: &Url, limits: Limits) -> Result<Self> {
        let Limits { connections, waiting } = limits;
        let opener = |purpose| Opener { url: url.clone(), purpose };
        let readers = Lane::open("db-read", opener(Purpose::Read), connections, waiting)?;
        let writers = match url.engine() {
            Engine::Postgres => readers.clone(),
            Engine::Sqlite => Lane::open("db-write", opener(Purpose::Write), 1, waiting)?,
        };
        Ok(Self { url: url.clone(), waiting, readers, writers })
    }

    /// The same database by a connection of its own, for work that comes in large pieces: requests
    /// never wait behind one, and the memory that a piece takes is taken by one thread, not in time
    /// by all of them. SQLite's one writer stays the one.
    pub fn for_large_pieces(&self) -> Result<Self> {
        let opener = Opener { url: self.url.clone(), purpose: Purpose::Large };
        let readers = Lane::open("db-large", opener, 1, self.waiting)?;
        let writers = match self.engine() {
            Engine::Postgres => readers.clone(),
            Engine::Sqlite => self.writers.clone(),
        };
        Ok(Self { readers, writers, ..self.clone() })
    }

    /// The engine behind it.
    pub fn engine(&self) -> Engine {
        self.url.engine()
    }

    /// Runs statements that only read, each on its own.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.readers.run(work).await
    }

    /// Runs `work` in one transaction, again from the start when the engine asks for it.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writers.run(move |db| transact_again(db, work)).await
    }

    /// The same as [`Pool::read`] for work nobody waits for: where requests are refused because the
    /// queue is full, it waits its turn.
    pub async fn read_in_turn<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Db) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        let work = Arc::new(work);
        in_turn(|| {
            let work = Arc::clone(&work);
            self.read(move |db| work(db))
        })
        .await
    }

    /// The same as [`Pool::write`] for work nobody waits for.
    pub async fn write_in_turn<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Db) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        let work = Arc::new(work);
        in_turn(|| {
            let work = Arc::clone(&work);
            self.write(move |db| work(db))
        })
        .await
    }

    /// Work waiting and running.
    pub fn load(&self) -> Load {
        Load { reads: self.readers.load(), writes: self.writers.load() }
    }
}

/// Asks until there is room in the queue.
async fn in_turn<T, Asked: Future<Output = Result<T>>>(ask: impl Fn() -> Asked) -> Result<T> {
    loop {
        match ask().await {
            Err(Error::Overloaded) => tokio::time::sleep(PATIENCE).await,
            done => return done,
        }
    }
}

/// Runs a transaction until the engine lets it through, a bounded number of times.
fn transact_again<T>(db: &mut Db, work: impl Fn(&mut Db) -> Result<T>) -> Result<T> {
    let mut tries = 1;
    loop {
        match db.transact(&work) {
            Err(error) if tries < TRIES && asks_again(&error) => tries += 1,
            done => return done,
        }
    }
}

/// Serialization failures and deadlocks: nothing happened, and the same again may well go through.
fn asks_again(error: &Error) -> bool {
    let Error::Internal(cause) = error else { return false };
    match cause.downcast_ref::<DieselError>() {
        Some(DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => true,
        Some(DieselError::DatabaseError(_, information)) => {
            information.message().contains("deadlock detected")
        }
        _ => false,
    }
}
