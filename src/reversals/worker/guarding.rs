//! What a worker does with a batch that it has read and weighed: goes on, or lays it down.

use std::sync::Arc;

use jiff::SignedDuration;

use super::super::guard::model::Excess;
use super::super::guard::rules::CONFIRM_WITHIN;
use super::super::guard::weighing::ask;
use super::super::plan::Plan;
use super::super::rows::Batch;
use super::super::settings::Settings;
use super::Work;
use crate::db::{Db, dialect};
use crate::error::Result;
use crate::jobs::model::Share;
use crate::jobs::queue::{self, Lease};

/// How far beyond its wait is listed what comes due: it takes a while until somebody cancels it.
const BEYOND: SignedDuration = SignedDuration::from_hours(1);

/// Parts a large batch that nobody has read yet, or that was read only to be weighed. Of another one the
/// shares are done, and little is left.
pub(super) fn part(
    db: &mut Db,
    lease: &Lease,
    batch: &Batch,
    settings: &Settings,
) -> Result<Lease> {
    let shares = settings.shares_of(batch);
    let weighed_only = batch.confirmed_at.is_some() && batch.is_untouched();
    match lease.share {
        Share::WHOLE if shares > 1 && (batch.total.is_none() || weighed_only) => {
            queue::split(db, lease, shares)
        }
        _ => Ok(lease.clone()),
    }
}

impl Work<'_> {
    /// The plan of what this worker has to do now; nothing if somebody has to confirm the batch first.
    pub(super) async fn weighed(
        &mut self,
        batch: &Arc<Batch>,
        plan: Plan,
        over: Vec<Excess>,
    ) -> Result<Option<Arc<Plan>>> {
        if !over.is_empty() {
            self.lay_down(batch, Arc::new(plan), over).await?;
            return Ok(None);
        }
        if self.guards.is_empty() {
            return Ok(Some(Arc::new(plan)));
        }
        let (lease, clock) = (self.lease.clone(), self.worker.clock.clone());
        let (batch, settings) = (Arc::clone(batch), self.worker.settings);
        let work = move |db: &mut Db| {
            let now = dialect::now(db, &clock)?;
            queue::renew(db, &lease, now, settings.lease)?;
            part(db, &lease, &batch, &settings)
        };
        let lease = self.worker.pool.write_in_turn(work).await?;
        self.takes(lease);
        Ok(Some(Arc::new(plan.of_share(self.lease.share))))
    }

    /// Lists what the batch names and comes due as long as it may lie, and lays it down.
    async fn lay_down(
        &mut self,
        batch: &Arc<Batch>,
        plan: Arc<Plan>,
        over: Vec<Excess>,
    ) -> Result<()> {
        self.list_for(batch, &plan, CONFIRM_WITHIN + BEYOND).await?;
        let (lease, clock) = (self.lease.clone(), self.worker.clock.clone());
        let (batch, total) = (Arc::clone(batch), plan.total);
        log::info!(batch:% = batch.id; "a batch waits to be confirmed");
        let work = move |db: &mut Db| {
            let now = dialect::now(db, &clock)?;
            ask(db, &batch, &lease, (total, over.clone()), now)
        };
        self.worker.pool.write_in_turn(work).await
    }
}
