//! Removes uploads that came to belong to nothing, and bytes to which nothing refers any more. Beside
//! the other rounds: a store that is far away and slow keeps nothing else waiting.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::depot::Depot;
use super::store;
use crate::db::{Pool, dialect};
use crate::error::{Error, Result};
use crate::http::metrics::Metrics;
use crate::kernel::id::BlobId;
use crate::kernel::time::Clock;

/// The time between two rounds.
const MINUTE: Duration = Duration::from_secs(60);
/// How many are looked at in one transaction.
const AT_ONCE: i64 = 100;
/// How many seconds after it was last written to a file that comes in is taken for broken off.
const BROKEN_OFF: u64 = 24 * 60 * 60;

/// Sweeps. Several may, of one server or of several.
pub struct Sweeper {
    pool: Pool,
    clock: Clock,
    depot: Depot,
    metrics: Arc<Metrics>,
}

/// What was swept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Uploads that belonged to nothing.
    pub loose: usize,
    /// Contents whose bytes were removed.
    pub contents: usize,
}

impl Sweeper {
    /// One of a depot.
    pub fn new(pool: Pool, clock: Clock, depot: Depot) -> Self {
        Self { pool, clock, depot, metrics: Arc::default() }
    }

    /// The same, counted where somebody looks.
    pub fn counted_in(self, metrics: Arc<Metrics>) -> Self {
        Self { metrics, ..self }
    }

    /// Goes round at once, and then every minute until it is told to stop.
    pub async fn run(self, stop: CancellationToken) {
        let mut turns = tokio::time::interval(MINUTE);
        turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = turns.tick() => {}
            }
            // What is broken off in between is done in the next round.
            tokio::select! {
                () = stop.cancelled() => return,
                swept = self.once() => self.tell(&swept),
            }
        }
    }

    fn tell(&self, swept: &Result<Swept>) {
        match swept {
            Ok(Swept { loose: 0, contents: 0 }) => {}
            Ok(swept) => {
                log::info!(loose = swept.loose, contents = swept.contents; "files swept");
            }
            Err(error) => log::error!(error:?; "files were not swept"),
        }
        self.metrics.ran("sweep_files", swept.is_ok());
    }

    /// Removes everything that is due.
    pub async fn once(&self) -> Result<Swept> {
        let loose = self.delete_loose().await?;
        self.let_go().await?;
        let contents = self.remove().await?;
        let incoming = self.depot.incoming().to_path_buf();
        let tidied = tokio::task::spawn_blocking(move || tidy(&incoming));
        tidied.await.map_err(Error::internal)?.map_err(Error::internal)?;
        Ok(Swept { loose, contents })
    }

    /// Deletes uploads that belong to nothing and are too old for it.
    async fn delete_loose(&self) -> Result<usize> {
        let mut deleted = 0;
        loop {
            let (clock, patience) = (self.clock.clone(), self.depot.loose());
            let some = self.pool.write_in_turn(move |db| {
                let now = dialect::now(db, &clock)?;
                store::delete_loose(db, now.minus(patience), now, AT_ONCE)
            });
            match some.await? {
                0 => return Ok(deleted),
                some => deleted += some,
            }
        }
    }

    /// Lets go of what nothing refers to, in the database.
    async fn let_go(&self) -> Result<()> {
        loop {
            let clock = self.clock.clone();
            let looked = self.pool.write_in_turn(move |db| {
                let now = dialect::now(db, &clock)?;
                store::let_go(db, now, AT_ONCE)
            });
            if looked.await? == 0 {
                return Ok(());
            }
        }
    }

    /// Removes the bytes of what was let go, and then forgets it.
    async fn remove(&self) -> Result<usize> {
        let mut removed = 0;
        loop {
            let gone = self.pool.read_in_turn(|db| store::gone(db, AT_ONCE)).await?;
            if gone.is_empty() {
                return Ok(removed);
            }
            for blob in &gone {
                self.depot.remove(&blob.digest, blob.id).await?;
            }
            let ids: Vec<BlobId> = gone.iter().map(|blob| blob.id).collect();
            removed += ids.len();
            self.pool.write_in_turn(move |db| store::forget(db, &ids)).await?;
        }
    }
}

/// Removes what came in and was never finished, because a server died over it.
fn tidy(incoming: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(incoming)? {
        let entry = entry?;
        // Another one may have been done with in between.
        let Ok(written) = entry.metadata().and_then(|about| about.modified()) else { continue };
        if written.elapsed().is_ok_and(|since| since.as_secs() > BROKEN_OFF) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
    Ok(())
}
