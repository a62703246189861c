//! The only SQL that touches `reprocessings` and `reprocessing_results`, but for bulk writes.

use diesel::prelude::*;

use super::model::{Outcome, Reprocessing, ResultRow, Status};
use super::rules::Refusal;
use crate::db::schema::{actions, programs, reprocessing_results, reprocessings};
use crate::db::{Db, Find, MultiBackend, dialect};
use crate::error::{Error, Result};
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::events::store as events;
use crate::jobs::model::JobKind;
use crate::jobs::queue;
use crate::kernel::id::{ActionId, CompanyId, EventTypeId, ProgramId, ReprocessingId};
use crate::kernel::page::Page;
use crate::kernel::reach::{Limit, Reach};
use crate::kernel::time::{Instant, Zone};

impl Find for Reprocessing {
    type Id = ReprocessingId;
    const NAME: &'static str = "reprocessing";

    fn look_for(db: &mut Db, id: ReprocessingId, reach: &Reach) -> Result<Option<Self>> {
        let own = reprocessings::table.find(id);
        Ok(own.filter(reprocessings::company_id.eq(reach.company)).first(db).optional()?)
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.company_id), None]
    }
}

/// Those of these reprocessings that are the caller's company's.
pub fn among(db: &mut Db, reach: &Reach, ids: &[ReprocessingId]) -> Result<Vec<Reprocessing>> {
    let own = reprocessings::table.filter(reprocessings::company_id.eq(reach.company));
    Ok(own.filter(reprocessings::id.eq_any(ids)).load(db)?)
}

/// Takes a reprocessing: from the commit of this transaction on it will be worked off.
pub fn start(db: &mut Db, row: &Reprocessing, by: Doer) -> Result<()> {
    diesel::insert_into(reprocessings::table).values(row).execute(db)?;
    queue::enqueue(db, JobKind::Reprocessing, any(row.id), row.created_at)?;
    events::record(db, event(row, None, (by, row.created_at)))
}

/// A company's reprocessings within the key's limits, newest first.
pub fn page(
    db: &mut Db,
    reach: &Reach,
    after: Option<ReprocessingId>,
    limit: i64,
) -> Result<Page<Reprocessing>> {
    let mut rows = reprocessings::table
        .filter(reprocessings::company_id.eq(reach.company))
        .order(reprocessings::id.desc())
        .limit(limit.saturating_add(1))
        .into_boxed::<MultiBackend>();
    if let Limit::Only(ids) = &reach.programs {
        rows = rows.filter(reprocessings::program_id.eq_any(ids));
    }
    if let Limit::Only(ids) = &reach.event_types {
        rows = rows.filter(reprocessings::event_type_id.eq_any(ids));
    }
    if let Some(after) = after {
        rows = rows.filter(reprocessings::id.lt(after));
    }
    Ok(Page::cut(rows.load(db)?, limit, |row: &Reprocessing| row.id))
}

/// What became of its actions, by their ids: all, or those of one outcome.
pub fn results(
    db: &mut Db,
    of: ReprocessingId,
    outcome: Option<Outcome>,
    after: Option<ActionId>,
    limit: i64,
) -> Result<Page<ResultRow>> {
    let mut rows = reprocessing_results::table
        .filter(reprocessing_results::reprocessing_id.eq(of))
        .order(reprocessing_results::action_id)
        .limit(limit.saturating_add(1))
        .into_boxed::<MultiBackend>();
    if let Some(outcome) = outcome {
        rows = rows.filter(reprocessing_results::outcome.eq(outcome));
    }
    if let Some(after) = after {
        rows = rows.filter(reprocessing_results::action_id.gt(after));
    }
    Ok(Page::cut(rows.load(db)?, limit, |row: &ResultRow| row.action_id))
}

/// One that is being worked off, from now on if it was not yet; `Stale` if it has ended.
pub fn working(db: &mut Db, id: ReprocessingId, now: Instant) -> Result<Reprocessing> {
    let waiting = reprocessings::table.find(id).filter(reprocessings::status.eq(Status::Received));
    let started = diesel::update(waiting)
        .set((
            reprocessings::status.eq(Status::Processing),
            reprocessings::started_at.eq(now),
            reprocessings::version.eq(reprocessings::version + 1),
        ))
        .execute(db)?;
    let row: Reprocessing = reprocessings::table.find(id).get_result(db)?;
    if started == 1 {
        tell(db, event(&row, Some(Status::Received), (row.doer(), now)))?;
    }
    match row.status {
        Status::Processing => Ok(row),
        Status::Received | Status::Completed | Status::Cancelled => Err(Error::Stale),
    }
}

/// What may be an action of a reprocessing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct Place {
    /// When it occurred.
    pub at: Instant,
    /// The action.
    pub id: ActionId,
    program_id: ProgramId,
    event_type_id: EventTypeId,
    partner_company_id: CompanyId,
}

impl Place {
    /// Whether the reprocessing means it.
    pub fn is_meant(&self, of: &Reprocessing) -> bool {
        self.program_id == of.program_id
            && of.event_type_id.is_none_or(|id| id == self.event_type_id)
            && of.partner_company_id.is_none_or(|id| id == self.partner_company_id)
    }
}

/// The next actions of the brand in its period, oldest first: those of other programs too, so that a
/// chunk is never more than so many rows of the index.
pub fn next(db: &mut Db, of: &Reprocessing, limit: i64) -> Result<Vec<Place>> {
    let mut rows = actions::table
        .filter(actions::company_id.eq(of.company_id))
        .filter(actions::occurred_at.ge(of.occurred_after))
        .filter(actions::occurred_at.lt(of.occurred_before))
        .order((actions::occurred_at, actions::id))
        .limit(limit)
        .select((
            actions::occurred_at,
            actions::id,
            actions::program_id,
            actions::event_type_id,
            actions::partner_company_id,
        ))
        .into_boxed::<MultiBackend>();
    if let Some((at, id)) = of.done() {
        let later = actions::occurred_at.gt(at).or(actions::id.gt(id));
        rows = rows.filter(actions::occurred_at.ge(at)).filter(later);
    }
    Ok(rows.load(db)?)
}

/// Where the days of a program begin, and up to when the lock job has looked.
pub fn clock_of(db: &mut Db, program: ProgramId) -> Result<(Zone, Instant)> {
    let row = programs::table.find(program);
    Ok(row.select((programs::time_zone, programs::lock_horizon)).first(db)?)
}

/// How many actions came to what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Another partner's, or of other terms.
    pub reattributed: i64,
    /// As they were.
    pub unchanged: i64,
    /// Closed.
    pub skipped: i64,
    /// Not to be credited as they ought to be.
    pub rejected: i64,
}

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, outcome: Outcome) {
        let count = match outcome {
            Outcome::Reattributed => &mut self.reattributed,
            Outcome::Unchanged => &mut self.unchanged,
            Outcome::Skipped => &mut self.skipped,
            Outcome::Rejected => &mut self.rejected,
        };
        *count = count.saturating_add(1);
    }
}

/// Adds what a chunk came to, and keeps how far it went.
pub fn count(db: &mut Db, of: &Reprocessing, counts: Counts, last: Option<Place>) -> Result<()> {
    let done = last.map(|place| (place.at, place.id)).or(of.done());
    let running =
        reprocessings::table.find(of.id).filter(reprocessings::status.eq(Status::Processing));
    let counted = diesel::update(running)
        .set((
            reprocessings::reattributed.eq(reprocessings::reattributed + counts.reattributed),
            reprocessings::unchanged.eq(reprocessings::unchanged + counts.unchanged),
            reprocessings::skipped.eq(reprocessings::skipped + counts.skipped),
            reprocessings::rejected.eq(reprocessings::rejected + counts.rejected),
            reprocessings::done_at.eq(done.map(|(at, _)| at)),
            reprocessings::done_id.eq(done.map(|(_, id)| id)),
            reprocessings::version.eq(reprocessings::version + 1),
        ))
        .execute(db)?;
    if counted == 1 { Ok(()) } else { Err(Error::Stale) }
}

/// How a reprocessing ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Every action has its result.
    Completed,
    /// Somebody stopped it.
    Cancelled,
    /// It stops by itself: why, for machines and for people.
    Stopped(&'static str, &'static str),
}

/// Somebody stops it: what was done stays, the rest is never done. The job goes first, as in every
/// chunk, so that the two wait for each other and never for both.
pub fn cancel(db: &mut Db, id: ReprocessingId, by: Doer, now: Instant) -> Result<Reprocessing> {
    queue::withdraw(db, JobKind::Reprocessing, any(id))?;
    match end_it(db, id, End::Cancelled, (by, now)) {
        Err(Error::Stale) => {
            let row: Reprocessing = reprocessings::table.find(id).get_result(db)?;
            Err(Refusal::Over(row.status).into())
        }
        Err(error) => Err(error),
        Ok((row, cancelled)) => events::record(db, cancelled).map(|()| row),
    }
}

/// It ends by itself; `Stale` if it has ended before.
pub fn close(
    db: &mut Db,
    id: ReprocessingId,
    end: End,
    by: (Doer, Instant),
) -> Result<Reprocessing> {
    let (row, ended) = end_it(db, id, end, by)?;
    tell(db, ended).map(|()| row)
}

/// Ends it, and gives the event of that.
fn end_it(
    db: &mut Db,
    id: ReprocessingId,
    end: End,
    (by, now): (Doer, Instant),
) -> Result<(Reprocessing, Event)> {
    let before: Reprocessing = reprocessings::table.find(id).get_result(db)?;
    let all = [before.reattributed, before.unchanged, before.skipped, before.rejected];
    let all = all.iter().fold(0_i64, |sum, count| sum.saturating_add(*count));
    let (status, code, detail) = match end {
        End::Completed => (Status::Completed, None, None),
        End::Cancelled => (Status::Cancelled, None, None),
        End::Stopped(code, detail) => (Status::Cancelled, Some(code), Some(detail)),
    };
    let running = reprocessings::table
        .find(id)
        .filter(reprocessings::status.eq_any([Status::Received, Status::Processing]));
    let ended = diesel::update(running)
        .set((
            reprocessings::status.eq(status),
            reprocessings::code.eq(code),
            reprocessings::detail.eq(detail),
            reprocessings::total.eq(Some(all).filter(|_| status == Status::Completed)),
            reprocessings::completed_at.eq(now),
            reprocessings::version.eq(reprocessings::version + 1),
        ))
        .execute(db)?;
    if ended != 1 {
        return Err(Error::Stale);
    }
    let after: Reprocessing = reprocessings::table.find(id).get_result(db)?;
    let told = event(&after, Some(before.status), (by, now));
    Ok((after, told))
}

/// What becomes of it without anybody's doing is no matter of the audit log.
fn tell(db: &mut Db, event: Event) -> Result<()> {
    dialect::bulk::events(db, &[event])
}

/// It stands where it did not stand before.
fn event(row: &Reprocessing, before: Option<Status>, (by, now): (Doer, Instant)) -> Event {
    let kind = match row.status {
        Status::Received => EventKind::ReprocessingReceived,
        Status::Processing => EventKind::ReprocessingStarted,
        Status::Completed => EventKind::ReprocessingCompleted,
        Status::Cancelled => EventKind::ReprocessingCancelled,
    };
    let event = Event::new(kind, any(row.id), row.company_id, now).by(by).sequence(row.version);
    event.changed("status", before.map(Status::as_str), row.status.as_str())
}
