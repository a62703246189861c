//! How a worker works, and what it is rung by.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::model::Mode;
use super::rows::Batch;
use super::rules::MostLines;
use crate::db::Engine;

/// The most lines of a batch, unless settings say otherwise.
pub const MOST_LINES: MostLines = MostLines { at_all: 5_000_000, at_once: 100_000 };

/// From how many bytes on a batch is shared, unless settings say otherwise: 2 MiB, some 40,000 lines.
pub const LARGE_BYTES: i64 = 2 << 20;

/// How a worker works.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How long a job stays with a worker that shows no sign of life.
    pub lease: SignedDuration,
    /// About how many lines one transaction does.
    pub chunk_lines: usize,
    /// The most lines a batch may have.
    pub most_lines: MostLines,
    /// How many workers may share a large batch.
    pub shares: i32,
    /// From how many bytes on a batch is large.
    pub large_bytes: i64,
    /// How often to look for work that nobody rang for.
    pub poll: Duration,
}

impl Settings {
    /// What measurements gave for an engine: SQLite writes pages again with each commit, and likes
    /// larger chunks.
    pub fn of(engine: Engine) -> Self {
        let (chunk_lines, shares) = match engine {
            Engine::Postgres => (10_000, 2),
            Engine::Sqlite => (20_000, 1),
        };
        Self {
            lease: SignedDuration::from_secs(10),
            chunk_lines,
            most_lines: MOST_LINES,
            shares,
            large_bytes: LARGE_BYTES,
            poll: Duration::from_secs(1),
        }
    }

    /// How many shares a batch is worth: each reads all of it to find its own. What is done all or
    /// nothing is one transaction, and one share.
    pub fn shares_of(&self, batch: &Batch) -> i32 {
        let large = batch.size_bytes >= self.large_bytes;
        if large && batch.mode != Mode::AllOrNothing { self.shares.max(1) } else { 1 }
    }
}

/// Rung within this process, so that nobody has to wait for the next look.
#[derive(Debug, Clone, Default)]
pub struct Bells {
    /// A batch was received: wakes one worker.
    pub submitted: Arc<Notify>,
    /// A chunk was done: wakes all who watch progress.
    pub progressed: Arc<Notify>,
    /// A batch has ended: wakes all who wait for one.
    pub ended: Arc<Notify>,
    /// The server is told to stop: nobody waits any longer.
    pub stopping: CancellationToken,
}
