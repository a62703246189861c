//! Works off batches, or shares of them: one at a time, chunk by chunk, and anywhere on from where
//! another stopped.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::chunk::{self, Counts, Done};
use super::conclude::{self, End};
use super::desk::BlockingDesk;
use super::guard::model::{Excess, Guarded};
use super::guard::weighing::{guards_for, weigh};
use super::model::{Mode, Purpose};
use super::parts::Parts;
use super::plan::{self, Plan};
use super::resolve::{self, Unplanned};
use super::rows::Batch;
pub use super::settings::{Bells, LARGE_BYTES, MOST_LINES, Settings};
use super::targets;
use crate::db::{Db, Pool, dialect};
use crate::error::{Error, Result};
use crate::http::metrics::Metrics;
use crate::jobs::model::{JobKind, Share};
use crate::jobs::queue::{self, Lease};
use crate::kernel::id::{ReversalId, WorkerId};
use crate::kernel::time::{Clock, Instant};

mod guarding;

/// How often a chunk may fail before it is halved.
const TRIES: u32 = 5;
/// How long to wait after the first failure; then twice as long each time.
const FIRST_WAIT: Duration = Duration::from_millis(50);
/// How often a batch is taken up without getting a step further: for about a day, if it keeps failing.
const MOST_ATTEMPTS: i32 = 150;

/// Works off batches.
pub struct Worker {
    id: WorkerId,
    pool: Pool,
    clock: Clock,
    settings: Settings,
    bells: Bells,
    metrics: Arc<Metrics>,
}

impl Worker {
    /// A worker under a new name.
    pub fn new(pool: Pool, clock: Clock, settings: Settings, bells: Bells) -> Self {
        let metrics = Arc::default();
        Self { id: WorkerId::new(), pool, clock, settings, bells, metrics }
    }

    /// The same, counting what it does where somebody looks.
    pub fn counted_in(self, metrics: Arc<Metrics>) -> Self {
        Self { metrics, ..self }
    }

    /// Works until it is told to stop; then it finishes the chunk in hand and gives the rest back.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.run_until(&stop).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => log::warn!(error:?; "looking for a batch failed"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.bells.submitted.notified() => {}
                () = tokio::time::sleep(self.settings.poll) => {}
            }
        }
    }

    /// Works off the next batch, if there is one; gives whether there was.
    pub async fn run_one(&self) -> Result<bool> {
        self.run_until(&CancellationToken::new()).await
    }

    async fn run_until(&self, stop: &CancellationToken) -> Result<bool> {
        let Some(lease) = self.claim().await? else { return Ok(false) };
        let batch = ReversalId::from_uuid(lease.subject.uuid());
        let mut work = Work { worker: self, lease, guards: Vec::new(), listed_until: None };
        match work.go(batch, stop).await {
            Ok(()) => self.metrics.ran(JobKind::Reversal.as_str(), true),
            // Another worker has it now, or it was cancelled: whatever it was, it is not ours.
            Err(Error::Stale) => log::info!(batch:%; "the lease of a batch is lost"),
            Err(error) => {
                log::error!(batch:%, error:?; "a batch failed and will be tried again");
                self.metrics.ran(JobKind::Reversal.as_str(), false);
                work.fail(&error).await?;
            }
        }
        self.bells.ended.notify_waiters();
        Ok(true)
    }

    async fn claim(&self) -> Result<Option<Lease>> {
        let (id, clock, span) = (self.id, self.clock.clone(), self.settings.lease);
        self.pool
            .write_in_turn(move |db| {
                let now = dialect::now(db, &clock)?;
                queue::claim(db, JobKind::Reversal, id, now, span)
            })
            .await
    }

    /// Counts lines once what became of them is stored.
    fn decided(&self, counts: Counts) {
        for (outcome, lines) in counts {
            self.metrics.decided(outcome.as_str(), u64::try_from(lines).unwrap_or(0));
        }
    }
}

/// A batch in hand.
struct Work<'a> {
    worker: &'a Worker,
    lease: Lease,
    /// What the batch is to be weighed against, if it is.
    guards: Vec<Guarded>,
    /// Up to when what it names and comes due is listed.
    listed_until: Option<Instant>,
}

impl Work<'_> {
    async fn go(&mut self, id: ReversalId, stop: &CancellationToken) -> Result<()> {
        let Some(batch) = self.start(id).await? else { return Ok(()) };
        if self.lease.attempts > MOST_ATTEMPTS {
            return self.end(&batch, End::given_up()).await;
        }
        let (plan, over) = match self.plan(&batch, stop).await {
            Ok(planned) => planned,
            Err(Unplanned::Stopped) => return self.give_back().await,
            Err(Unplanned::Failed(error)) => return Err(error),
            Err(Unplanned::Unreadable(fault)) => {
                return self.end(&batch, End::unreadable(&fault)).await;
            }
        };
        let Some(plan) = self.weighed(&batch, plan, over).await? else { return Ok(()) };
        self.set_total(&batch, plan.total).await?;
        let chunks = plan.chunks(self.chunk_lines(&batch));
        // One that is done at once keeps nobody waiting.
        let shared = self.lease.share != Share::WHOLE;
        let takes_long = shared || chunks.len() > 1 || self.lease.attempts > 1;
        for chunk in chunks {
            if stop.is_cancelled() {
                return self.give_back().await;
            }
            if takes_long {
                self.list(&batch, &plan).await?;
            }
            if self.work_off(&batch, &plan, chunk).await? {
                return Ok(());
            }
            self.worker.bells.progressed.notify_waiters();
        }
        self.finish(&batch).await
    }

    /// Smaller chunks for a batch that took workers down with it, so that in the end only the line
    /// is left that does.
    fn chunk_lines(&self, batch: &Batch) -> usize {
        if batch.mode == Mode::AllOrNothing {
            return usize::MAX;
        }
        let beyond = u32::try_from(self.lease.attempts).unwrap_or(0).saturating_sub(TRIES);
        self.worker.settings.chunk_lines.checked_shr(beyond).unwrap_or(0).max(1)
    }

    /// Takes the batch in hand; a large one is parted first, so that another worker may take its share.
    /// One that is to be weighed is weighed as a whole and parted then. Nothing if nobody confirmed it
    /// in time, and it has ended with that.
    async fn start(&mut self, id: ReversalId) -> Result<Option<Arc<Batch>>> {
        let (lease, clock) = (self.lease.clone(), self.worker.clock.clone());
        let settings = self.worker.settings;
        let work = move |db: &mut Db| {
            let now = dialect::now(db, &clock)?;
            queue::renew(db, &lease, now, settings.lease)?;
            if conclude::expire(db, id, &lease, now)? {
                return Ok(None);
            }
            let batch = conclude::start(db, id, now)?;
            let guards = guards_for(db, &batch, lease.share)?;
            let lease = match guards.is_empty() {
                true => guarding::part(db, &lease, &batch, &settings)?,
                false => lease.clone(),
            };
            Ok(Some((lease, guards, batch)))
        };
        let started = self.worker.pool.write_in_turn(work).await?;
        let Some((lease, guards, batch)) = started else { return Ok(None) };
        self.takes(lease);
        self.guards = guards;
        Ok(Some(Arc::new(batch)))
    }

    /// Goes on with a lease, which may be that of a share where it was of the whole: others are there to
    /// be taken then.
    fn takes(&mut self, lease: Lease) {
        if lease.share != self.lease.share {
            self.worker.bells.submitted.notify_one();
        }
        self.lease = lease;
    }

    /// Reads the batch, and weighs it.
    async fn plan(
        &self,
        batch: &Arc<Batch>,
        stop: &CancellationToken,
    ) -> Result<(Plan, Vec<Excess>), Unplanned> {
        let worker = self.worker;
        let parts = Parts::of(worker.pool.clone(), Handle::current(), batch.id);
        let mut desk = BlockingDesk::new(
            (worker.pool.clone(), Handle::current()),
            worker.clock.clone(),
            (self.lease.clone(), worker.settings.lease),
            stop.clone(),
        );
        let (batch, share) = (Arc::clone(batch), self.lease.share);
        let (most, guards) = (worker.settings.most_lines, self.guards.clone());
        let planned = tokio::task::spawn_blocking(move || {
            let plan = resolve::plan(&batch, share, parts, most, &mut desk)?;
            let over = weigh(&batch, &plan, &guards, &mut desk)?;
            Ok((plan, over))
        });
        planned.await.map_err(Error::internal)?
    }

    async fn set_total(&self, batch: &Batch, total: i32) -> Result<()> {
        if batch.total == Some(total) {
            return Ok(());
        }
        let id = batch.id;
        self.worker.pool.write_in_turn(move |db| conclude::set_total(db, id, total)).await
    }

    /// Lists what the plan names and what comes due soon, for the lock job, unless that was done and is
    /// good for a while. A dry run changes nothing, an import nothing that is there: nothing waits for
    /// them.
    async fn list(&mut self, batch: &Batch, plan: &Arc<Plan>) -> Result<()> {
        self.list_for(batch, plan, targets::AHEAD).await
    }

    /// The same, of what comes due so far ahead.
    async fn list_for(
        &mut self,
        batch: &Batch,
        plan: &Arc<Plan>,
        ahead: SignedDuration,
    ) -> Result<()> {
        let soon = self.worker.clock.now().plus(targets::IN_TIME);
        let changes = batch.mode != Mode::DryRun && batch.purpose == Purpose::Reversals;
        if !changes || self.listed_until.is_some_and(|until| until > soon) {
            return Ok(());
        }
        let (mut begun, mut after) = (None, None);
        loop {
            let (lease, clock, batch) = (self.lease.clone(), self.worker.clock.clone(), batch.id);
            let (plan, span) = (Arc::clone(plan), self.worker.settings.lease);
            let work = move |db: &mut Db| {
                let now = dialect::now(db, &clock)?;
                queue::renew(db, &lease, now, span)?;
                let at = begun.unwrap_or(now);
                let until = at.plus(ahead);
                let next = targets::keep(db, batch, &plan, until, after)?;
                if next.is_none() {
                    queue::listed(db, &lease, at, until)?;
                }
                Ok((at, next))
            };
            let (at, next) = self.worker.pool.write_in_turn(work).await?;
            if next.is_none() {
                self.listed_until = Some(at.plus(ahead));
                return Ok(());
            }
            (begun, after) = (Some(at), next);
        }
    }

    /// Does a chunk, in ever smaller pieces if it keeps failing; gives whether the batch ended.
    async fn work_off(
        &mut self,
        batch: &Arc<Batch>,
        plan: &Arc<Plan>,
        chunk: Range<usize>,
    ) -> Result<bool> {
        let mut pieces = vec![(chunk, TRIES)];
        while let Some((piece, tries)) = pieces.pop() {
            match self.try_often(batch, plan, &piece, tries).await {
                Ok(true) => return Ok(true),
                Ok(false) => continue,
                Err(Error::Stale) => return Err(Error::Stale),
                Err(error) => {
                    log::error!(batch = batch.id.to_string(), lines = piece.len(), error:?;
                        "a chunk keeps failing");
                    // If even this fails, it is not the chunk's fault: the batch waits.
                    self.renew().await?;
                    match plan.halves(&piece) {
                        _ if batch.mode == Mode::AllOrNothing => return Err(error),
                        Some([first, second]) => pieces.extend([(second, 1), (first, 1)]),
                        None => self.give_up(batch, plan, &piece).await?,
                    }
                }
            }
        }
        Ok(false)
    }

    async fn try_often(
        &mut self,
        batch: &Arc<Batch>,
        plan: &Arc<Plan>,
        piece: &Range<usize>,
        tries: u32,
    ) -> Result<bool> {
        let mut wait = FIRST_WAIT;
        for _ in 1..tries {
            match self.attempt(batch, plan, piece).await {
                Err(Error::Stale) => return Err(Error::Stale),
                Err(error) => log::warn!(batch = batch.id.to_string(), error:?; "a chunk failed"),
                done => return done,
            }
            tokio::time::sleep(wait).await;
            wait = wait.saturating_mul(2);
        }
        self.attempt(batch, plan, piece).await
    }

    /// One chunk, once: reads and parses its lines, then does them in one transaction.
    async fn attempt(
        &mut self,
        batch: &Arc<Batch>,
        plan: &Arc<Plan>,
        piece: &Range<usize>,
    ) -> Result<bool> {
        let chunk = Arc::new(read(batch, plan, piece).await?);
        let (batch, clock) = (Arc::clone(batch), self.worker.clock.clone());
        let (lease, span) = (self.lease.clone(), self.worker.settings.lease);
        let (lease, done) = self
            .worker
            .pool
            .write_in_turn(move |db| {
                let now = dialect::now(db, &clock)?;
                let lease = queue::advance(db, &lease, now, span)?;
                let done = chunk::apply(db, &batch, &chunk, now)?;
                if done.refused {
                    conclude::end(db, &batch, &lease, &End::faulty_lines(), now)?;
                }
                Ok((lease, done))
            })
            .await?;
        let Done { refused, counts } = done;
        self.lease = lease;
        self.worker.decided(counts);
        Ok(refused)
    }

    async fn give_up(
        &mut self,
        batch: &Arc<Batch>,
        plan: &Arc<Plan>,
        piece: &Range<usize>,
    ) -> Result<()> {
        let chunk = Arc::new(read(batch, plan, piece).await?);
        let (batch, clock) = (Arc::clone(batch), self.worker.clock.clone());
        let (lease, span) = (self.lease.clone(), self.worker.settings.lease);
        let (lease, counts) = self
            .worker
            .pool
            .write_in_turn(move |db| {
                let now = dialect::now(db, &clock)?;
                let lease = queue::advance(db, &lease, now, span)?;
                let counts = chunk::give_up(db, &batch, &chunk)?;
                Ok((lease, counts))
            })
            .await?;
        self.lease = lease;
        self.worker.decided(counts);
        Ok(())
    }

    /// This share is done.
    async fn finish(&self, batch: &Arc<Batch>) -> Result<()> {
        let (lease, clock) = (self.lease.clone(), self.worker.clock.clone());
        let batch = Arc::clone(batch);
        self.worker
            .pool
            .write_in_turn(move |db| {
                let now = dialect::now(db, &clock)?;
                conclude::finish(db, &batch, &lease, now)
            })
            .await
    }

    async fn end(&self, batch: &Arc<Batch>, end: End) -> Result<()> {
        let (lease, clock) = (self.lease.clone(), self.worker.clock.clone());
        let batch = Arc::clone(batch);
        self.worker
            .pool
            .write_in_turn(move |db| {
                let now = dialect::now(db, &clock)?;
                conclude::end(db, &batch, &lease, &end, now)
            })
            .await
    }

    async fn renew(&self) -> Result<()> {
        let (lease, clock) = (self.lease.clone(), self.worker.clock.clone());
        let span = self.worker.settings.lease;
        self.worker
            .pool
            .write_in_turn(move |db| {
                let now = dialect::now(db, &clock)?;
                queue::renew(db, &lease, now, span)
            })
            .await
    }

    async fn give_back(&self) -> Result<()> {
        let lease = self.lease.clone();
        self.worker.pool.write_in_turn(move |db| queue::give_back(db, &lease)).await
    }

    async fn fail(&self, error: &Error) -> Result<()> {
        let (lease, clock) = (self.lease.clone(), self.worker.clock.clone());
        let cause = match error {
            Error::Internal(cause) => format!("{cause:#}"),
            other => other.to_string(),
        };
        self.worker
            .pool
            .write_in_turn(move |db| {
                let now = dialect::now(db, &clock)?;
                queue::fail(db, &lease, &cause, now)
            })
            .await
    }
}

async fn read(batch: &Arc<Batch>, plan: &Arc<Plan>, piece: &Range<usize>) -> Result<plan::Chunk> {
    let (batch, plan, piece) = (Arc::clone(batch), Arc::clone(plan), piece.clone());
    let read =
        tokio::task::spawn_blocking(move || plan::read(&batch, plan.entries(&piece), &plan.cache));
    read.await.map_err(Error::internal)?
}
