//! The batch's own state, as the worker changes it: started, read, ended.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::formats::FileFault;
use super::model::{LineCode, Purpose, Status};
use super::rows::Batch;
use super::targets;
use crate::db::schema::reversals;
use crate::db::{Db, dialect};
use crate::error::{Error, Result};
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::events::store as events;
use crate::jobs::model::{JobKind, Share};
use crate::jobs::queue::{self, Lease, Left};
use crate::kernel::id::ReversalId;
use crate::kernel::time::Instant;

/// How a batch ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    status: Status,
    code: Option<String>,
    detail: Option<String>,
    line: Option<i32>,
}

impl End {
    /// Every line has its outcome.
    fn completed() -> Self {
        Self { status: Status::Completed, code: None, detail: None, line: None }
    }

    /// Somebody stopped it.
    pub fn cancelled() -> Self {
        Self { status: Status::Cancelled, ..Self::completed() }
    }

    /// Nobody said that it is meant.
    fn unconfirmed() -> Self {
        let detail = "nobody confirmed it within 72 hours; nothing was applied";
        let (code, detail) = (Some("not_confirmed".to_owned()), Some(detail.to_owned()));
        Self { code, detail, ..Self::cancelled() }
    }

    /// The input cannot be read, or is too long for its mode; nothing was applied.
    pub fn unreadable(fault: &FileFault) -> Self {
        Self::rejected(fault.code.as_str(), fault.detail.clone(), fault.line)
    }

    /// All or nothing, and one line was at fault: nothing.
    pub fn faulty_lines() -> Self {
        let code = LineCode::BatchRejected.as_str();
        Self::rejected(code, "lines of the batch are faulty; nothing was applied".into(), None)
    }

    /// The work on it has failed again and again, and will fail again.
    pub fn given_up() -> Self {
        let detail = "the work on it kept failing; what was applied stays, the rest was not done";
        Self::rejected(LineCode::InternalError.as_str(), detail.into(), None)
    }

    fn rejected(code: &str, detail: String, line: Option<i32>) -> Self {
        let (code, detail) = (Some(code.to_owned()), Some(detail));
        Self { status: Status::Rejected, code, detail, line }
    }
}

/// Ends a batch that nobody confirmed in time, if it is one; gives whether it was. The job of what waits
/// to be confirmed is there to be taken only then.
pub fn expire(db: &mut Db, id: ReversalId, lease: &Lease, now: Instant) -> Result<bool> {
    let batch: Batch = reversals::table.find(id).get_result(db)?;
    if batch.status != Status::NeedsConfirmation {
        return Ok(false);
    }
    queue::finish_all(db, lease)?;
    let ended = close(db, &batch, &End::unconfirmed(), Doer::SYSTEM, now)?;
    tell(db, ended)?;
    Ok(true)
}

/// A worker has taken the batch; not for the first time, maybe, but it starts only once.
pub fn start(db: &mut Db, id: ReversalId, now: Instant) -> Result<Batch> {
    let waiting = reversals::table.find(id).filter(reversals::status.eq(Status::Received));
    let started = diesel::update(waiting)
        .set((
            reversals::status.eq(Status::Processing),
            reversals::started_at.eq(now),
            reversals::version.eq(reversals::version + 1),
        ))
        .execute(db)?;
    let batch: Batch = reversals::table.find(id).get_result(db)?;
    if started == 1 {
        let event = event(&batch, Status::Received, batch.doer(), now);
        tell(db, event)?;
    }
    match batch.status {
        Status::Processing => Ok(batch),
        Status::Received
        | Status::NeedsConfirmation
        | Status::Completed
        | Status::Rejected
        | Status::Cancelled => Err(Error::Stale),
    }
}

/// The input was read to its end, by whichever worker was the first; `Stale` if the batch is no longer
/// being worked off.
pub fn set_total(db: &mut Db, id: ReversalId, total: i32) -> Result<()> {
    let running = || reversals::table.find(id).filter(reversals::status.eq(Status::Processing));
    let counted = diesel::update(running().filter(reversals::total.is_null()))
        .set((reversals::total.eq(total), reversals::version.eq(reversals::version + 1)))
        .execute(db)?;
    let known = counted == 1 || diesel::select(exists(running())).get_result(db)?;
    if known { Ok(()) } else { Err(Error::Stale) }
}

/// A share of the batch is done, and with the last one the batch; `Stale` if the lease is lost.
///
/// An order may have been tracked between the looks of two workers: then a line of it is in the share
/// that each of them took for the other's. Where lines are left, the whole is gone through once more.
pub fn finish(db: &mut Db, batch: &Batch, lease: &Lease, now: Instant) -> Result<()> {
    match queue::finish(db, lease)? {
        Left::Some => Ok(()),
        Left::Nothing if lease.share != Share::WHOLE && has_lines_left(db, batch.id)? => {
            queue::enqueue(db, JobKind::Reversal, any(batch.id), now)
        }
        Left::Nothing => {
            let ended = close(db, batch, &End::completed(), batch.doer(), now)?;
            tell(db, ended)
        }
    }
}

/// Whether something became of fewer lines than the batch has.
fn has_lines_left(db: &mut Db, id: ReversalId) -> Result<bool> {
    let batch: Batch = reversals::table.find(id).get_result(db)?;
    let done = [batch.applied, batch.unchanged, batch.duplicate, batch.rejected];
    let done: i64 = done.into_iter().map(i64::from).sum();
    Ok(batch.total.is_some_and(|total| done < i64::from(total)))
}

/// The batch ends, whatever is left of it, and all shares with it; `Stale` if the lease is lost.
pub fn end(db: &mut Db, batch: &Batch, lease: &Lease, end: &End, now: Instant) -> Result<()> {
    queue::finish_all(db, lease)?;
    let ended = close(db, batch, end, batch.doer(), now)?;
    tell(db, ended)
}

/// Somebody stops the batch: what was applied stays, the rest is never done.
///
/// Refused where it has ended already. The jobs go first, as in every chunk, so that the two wait
/// for each other and never for both: with the jobs gone, the batch stands still.
pub fn cancel(db: &mut Db, id: ReversalId, by: Doer, now: Instant) -> Result<Batch> {
    queue::withdraw(db, JobKind::Reversal, any(id))?;
    let batch: Batch = reversals::table.find(id).get_result(db)?;
    match close(db, &batch, &End::cancelled(), by, now) {
        Err(Error::Stale) => Err(match batch.purpose {
            Purpose::Reversals => Error::refused("reversal_over", "the batch has ended already"),
            Purpose::Actions => Error::refused("import_over", "the import has ended already"),
        }),
        Err(error) => Err(error),
        Ok(cancelled) => {
            events::record(db, cancelled)?;
            Ok(reversals::table.find(id).get_result(db)?)
        }
    }
}

/// Ends it, and gives the event of that.
fn close(db: &mut Db, batch: &Batch, end: &End, by: Doer, now: Instant) -> Result<Event> {
    let open = [Status::Received, Status::Processing, Status::NeedsConfirmation];
    let running = reversals::table.find(batch.id).filter(reversals::status.eq_any(open));
    let ended = diesel::update(running)
        .set((
            reversals::status.eq(end.status),
            reversals::code.eq(&end.code),
            reversals::detail.eq(&end.detail),
            reversals::fault_line.eq(end.line),
            reversals::completed_at.eq(now),
            reversals::version.eq(reversals::version + 1),
        ))
        .execute(db)?;
    if ended != 1 {
        return Err(Error::Stale);
    }
    targets::forget(db, batch.id)?;
    let ended: Batch = reversals::table.find(batch.id).get_result(db)?;
    Ok(event(&ended, batch.status, by, now))
}

/// What becomes of a batch without anybody's doing is no matter of the audit log.
fn tell(db: &mut Db, event: Event) -> Result<()> {
    dialect::bulk::events(db, &[event])
}

/// What has happened to a batch that stands there now.
pub fn kind(purpose: Purpose, status: Status) -> EventKind {
    match (purpose, status) {
        (Purpose::Reversals, Status::Received) => EventKind::ReversalReceived,
        (Purpose::Reversals, Status::Processing) => EventKind::ReversalStarted,
        (Purpose::Reversals | Purpose::Actions, Status::NeedsConfirmation) => {
            EventKind::ReversalNeedsConfirmation
        }
        (Purpose::Reversals, Status::Completed) => EventKind::ReversalCompleted,
        (Purpose::Reversals, Status::Rejected) => EventKind::ReversalRejected,
        (Purpose::Reversals, Status::Cancelled) => EventKind::ReversalCancelled,
        (Purpose::Actions, Status::Received) => EventKind::ActionImportReceived,
        (Purpose::Actions, Status::Processing) => EventKind::ActionImportStarted,
        (Purpose::Actions, Status::Completed) => EventKind::ActionImportCompleted,
        (Purpose::Actions, Status::Rejected) => EventKind::ActionImportRejected,
        (Purpose::Actions, Status::Cancelled) => EventKind::ActionImportCancelled,
    }
}

/// The batch stands where it did not stand `before`.
fn event(batch: &Batch, before: Status, by: Doer, now: Instant) -> Event {
    let kind = kind(batch.purpose, batch.status);
    let event = Event::new(kind, any(batch.id), batch.company_id, now).by(by);
    let event = event.sequence(batch.version);
    batch.telling(event.changed("status", before.as_str(), batch.status.as_str()))
}
