//! Works off reprocessings: one at a time, chunk by chunk, and anywhere on from where another stopped.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::store::{self, End};
use super::{chunk, rights};
use crate::db::{Db, Pool, dialect};
use crate::error::{Error, Result};
use crate::http::metrics::Metrics;
use crate::jobs::model::JobKind;
use crate::jobs::poll::poll;
use crate::jobs::queue::{self, Lease};
use crate::kernel::id::{ReprocessingId, WorkerId};
use crate::kernel::time::{Clock, Instant};

/// How many actions one transaction looks at.
pub const CHUNK: i64 = 2_000;
/// How often to look for work.
const POLL: Duration = Duration::from_secs(1);
/// How often a chunk may fail before the next ones are halved.
const TRIES: u32 = 5;
/// How often one is taken up without getting a step further: for about a day, if it keeps failing.
const MOST_ATTEMPTS: i32 = 150;

/// Works off reprocessings.
pub struct Runner {
    id: WorkerId,
    pool: Pool,
    clock: Clock,
    lease: SignedDuration,
    chunk: i64,
    metrics: Arc<Metrics>,
}

impl Runner {
    /// A worker under a new name, that holds what it works on for so long without a sign of life.
    pub fn new(pool: Pool, clock: Clock, lease: SignedDuration) -> Self {
        let metrics = Arc::default();
        Self { id: WorkerId::new(), pool, clock, lease, chunk: CHUNK, metrics }
    }

    /// The same, by chunks of so many actions.
    pub fn by_chunks_of(self, chunk: i64) -> Self {
        Self { chunk, ..self }
    }

    /// The same, counting what it does where somebody looks.
    pub fn counted_in(self, metrics: Arc<Metrics>) -> Self {
        Self { metrics, ..self }
    }

    /// Works until it is told to stop; then it finishes the chunk in hand and gives the rest back.
    pub async fn run(self, stop: CancellationToken) {
        poll(&stop, POLL, "looking for a reprocessing", || self.run_until(&stop)).await;
    }

    /// Works off the next one, if there is one; gives whether there was.
    pub async fn run_one(&self) -> Result<bool> {
        self.run_until(&CancellationToken::new()).await
    }

    async fn run_until(&self, stop: &CancellationToken) -> Result<bool> {
        let (id, span) = (self.id, self.lease);
        let claim = move |db: &mut Db, now| queue::claim(db, JobKind::Reprocessing, id, now, span);
        let Some(lease) = self.write(claim).await? else { return Ok(false) };
        let reprocessing = ReprocessingId::from_uuid(lease.subject.uuid());
        let mut work = Work { runner: self, lease };
        match work.go(reprocessing, stop).await {
            Ok(()) => self.metrics.ran(JobKind::Reprocessing.as_str(), true),
            // Another worker has it now, or it was cancelled: whatever it was, it is not ours.
            Err(Error::Stale) => log::info!(reprocessing:%; "the lease of a reprocessing is lost"),
            Err(error) => {
                log::error!(reprocessing:%, error:?; "a reprocessing failed and will be tried again");
                self.metrics.ran(JobKind::Reprocessing.as_str(), false);
                work.fail(&error).await?;
            }
        }
        Ok(true)
    }

    /// A transaction, told the time by the database's clock.
    async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Db, Instant) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        let clock = self.clock.clone();
        self.pool
            .write_in_turn(move |db| {
                let now = dialect::now(db, &clock)?;
                work(db, now)
            })
            .await
    }
}

/// A reprocessing in hand.
struct Work<'a> {
    runner: &'a Runner,
    lease: Lease,
}

impl Work<'_> {
    async fn go(&mut self, id: ReprocessingId, stop: &CancellationToken) -> Result<()> {
        if self.lease.attempts > MOST_ATTEMPTS {
            let detail = "the work on it kept failing; what was done stays, the rest was not done";
            return self.give_up(id, End::Stopped("internal_error", detail)).await;
        }
        loop {
            if stop.is_cancelled() {
                let lease = self.lease.clone();
                return self.runner.write(move |db, _| queue::give_back(db, &lease)).await;
            }
            match self.step(id).await? {
                Some(lease) => self.lease = lease,
                None => return Ok(()),
            }
        }
    }

    /// One chunk; gives the lease for the next one, if that was not the last.
    async fn step(&self, id: ReprocessingId) -> Result<Option<Lease>> {
        let (lease, span, limit) = (self.lease.clone(), self.runner.lease, self.chunk());
        let step = move |db: &mut Db, now: Instant| {
            let lease = queue::advance(db, &lease, now, span)?;
            let row = store::working(db, id, now)?;
            let end = match rights::ended(db, &row, now)? {
                Some(why) => End::Stopped("forbidden", why),
                None if chunk::apply(db, &row, limit, now)? => End::Completed,
                None => return Ok(Some(lease)),
            };
            queue::finish(db, &lease)?;
            store::close(db, id, end, (row.doer(), now)).map(|_| None)
        };
        self.runner.write(step).await
    }

    /// Smaller chunks for one that keeps failing.
    fn chunk(&self) -> i64 {
        let beyond = u32::try_from(self.lease.attempts).unwrap_or(0).saturating_sub(TRIES);
        self.runner.chunk.checked_shr(beyond).unwrap_or(0).max(1)
    }

    async fn give_up(&self, id: ReprocessingId, end: End) -> Result<()> {
        let lease = self.lease.clone();
        let close = move |db: &mut Db, now: Instant| {
            queue::finish(db, &lease)?;
            let row = store::working(db, id, now)?;
            store::close(db, id, end, (row.doer(), now)).map(drop)
        };
        self.runner.write(close).await
    }

    async fn fail(&self, error: &Error) -> Result<()> {
        let lease = self.lease.clone();
        let cause = match error {
            Error::Internal(cause) => format!("{cause:#}"),
            other => other.to_string(),
        };
        self.runner.write(move |db, now| queue::fail(db, &lease, &cause, now)).await
    }
}
