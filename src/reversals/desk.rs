//! Database work for the pass that reads a whole batch, on a thread that may block.

use std::time::Instant;

use jiff::SignedDuration;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::resolve::{Desk, Unplanned};
use crate::db::{Db, Pool, dialect};
use crate::error::{Error, Result};
use crate::jobs::queue::{self, Lease};
use crate::kernel::time::Clock;

/// Blocks the calling thread for each piece of work, and keeps the lease.
pub struct BlockingDesk {
    pool: Pool,
    runtime: Handle,
    clock: Clock,
    lease: Lease,
    span: SignedDuration,
    renewed: Instant,
    stop: CancellationToken,
}

impl BlockingDesk {
    /// A desk for the holder of a lease.
    pub fn new(
        (pool, runtime): (Pool, Handle),
        clock: Clock,
        (lease, span): (Lease, SignedDuration),
        stop: CancellationToken,
    ) -> Self {
        Self { pool, runtime, clock, lease, span, renewed: Instant::now(), stop }
    }

    fn renew(&mut self) -> Result<()> {
        let (lease, clock, span) = (self.lease.clone(), self.clock.clone(), self.span);
        self.runtime.block_on(self.pool.write(move |db| {
            let now = dialect::now(db, &clock)?;
            queue::renew(db, &lease, now, span)
        }))?;
        self.renewed = Instant::now();
        Ok(())
    }
}

impl Desk for BlockingDesk {
    fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Db) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        self.runtime.block_on(self.pool.read_in_turn(work))
    }

    fn breathe(&mut self) -> Result<(), Unplanned> {
        if self.stop.is_cancelled() {
            return Err(Unplanned::Stopped);
        }
        if self.renewed.elapsed() < self.span.unsigned_abs() / 4 {
            return Ok(());
        }
        match self.renew() {
            // A full queue is no reason to give up; the next breath tries again.
            Ok(()) | Err(Error::Overloaded) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
