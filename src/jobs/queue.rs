//! The only SQL that touches `jobs`.

use diesel::prelude::*;
use jiff::SignedDuration;

use super::model::{Job, JobKind, Share};
use crate::db::schema::jobs::dsl;
use crate::db::{Db, dialect};
use crate::error::{Error, Result};
use crate::events::model::AnyId;
use crate::kernel::id::{JobId, WorkerId};
use crate::kernel::time::Instant;

/// The longest a failing job waits for its next attempt.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(10);
/// How much of an error's text is kept.
const ERROR_CHARACTERS: usize = 500;

/// Adds a piece of work, in the transaction that makes it necessary.
pub fn enqueue(db: &mut Db, kind: JobKind, subject: AnyId, now: Instant) -> Result<()> {
    let job = Job {
        id: JobId::new(),
        kind,
        subject,
        run_at: now,
        attempts: 0,
        step: 0,
        worker_id: None,
        lease_until: None,
        last_error: None,
        created_at: now,
        share: Share::WHOLE.number,
        shares: Share::WHOLE.of,
        listed_at: None,
        listed_until: None,
    };
    diesel::insert_into(dsl::jobs).values(&job).execute(db)?;
    Ok(())
}

/// How much work is not done yet, what is in hand included.
pub fn waiting(db: &mut Db) -> Result<i64> {
    Ok(dsl::jobs.count().get_result(db)?)
}

/// A job in hand: proof that its holder may take the next step, until somebody else may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job: JobId,
    /// What kind of work.
    pub kind: JobKind,
    /// On what.
    pub subject: AnyId,
    /// Which share of the work on it.
    pub share: Share,
    /// Who holds it.
    pub worker: WorkerId,
    /// How many steps are done.
    pub step: i64,
    /// How often it was taken since it last got a step further, this time included.
    pub attempts: i32,
}

/// Takes the next job of a kind: one nobody holds, or whose holder let the lease run out.
pub fn claim(
    db: &mut Db,
    kind: JobKind,
    worker: WorkerId,
    now: Instant,
    span: SignedDuration,
) -> Result<Option<Lease>> {
    let Some(job) = dialect::locks::next_job(db, kind.as_str(), now)? else { return Ok(None) };
    let attempts = job.attempts.saturating_add(1);
    diesel::update(dsl::jobs.find(job.id))
        .set((
            dsl::worker_id.eq(worker),
            dsl::lease_until.eq(now.plus(span)),
            dsl::attempts.eq(attempts),
        ))
        .execute(db)?;
    let share = Share { number: job.share, of: job.shares };
    let Job { id, subject, step, .. } = job;
    Ok(Some(Lease { job: id, kind, subject, share, worker, step, attempts }))
}

/// Parts a job into shares, each a job of its own. The holder keeps the first; the others come where
/// the whole was in the queue. `Stale` if the lease is lost.
pub fn split(db: &mut Db, lease: &Lease, shares: i32) -> Result<Lease> {
    // A list of the whole is none of a share.
    let none = None::<Instant>;
    let parted = (dsl::shares.eq(shares), dsl::listed_at.eq(none), dsl::listed_until.eq(none));
    if diesel::update(held_by(lease)).set(parted).execute(db)? != 1 {
        return Err(Error::Stale);
    }
    let first: Job = dsl::jobs.find(lease.job).get_result(db)?;
    for share in 1..shares {
        let other = Job {
            id: JobId::new(),
            share,
            attempts: 0,
            step: 0,
            worker_id: None,
            lease_until: None,
            last_error: None,
            listed_at: None,
            listed_until: None,
            ..first.clone()
        };
        diesel::insert_into(dsl::jobs).values(&other).execute(db)?;
    }
    Ok(Lease { share: Share { number: 0, of: shares }, ..lease.clone() })
}

/// Takes one step, in the transaction that does the step's work; `Stale` if the lease is lost.
///
/// The comparison of holder and step is what keeps a worker that slept through its lease from
/// doing anything twice.
pub fn advance(db: &mut Db, lease: &Lease, now: Instant, span: SignedDuration) -> Result<Lease> {
    let step = lease.step.saturating_add(1);
    let renewed = diesel::update(held_by(lease))
        .set((dsl::step.eq(step), dsl::attempts.eq(0), dsl::lease_until.eq(now.plus(span))))
        .execute(db)?;
    match renewed {
        1 => Ok(Lease { step, attempts: 0, ..lease.clone() }),
        _ => Err(Error::Stale),
    }
}

/// Keeps the lease without a step, while work goes on outside of any transaction.
pub fn renew(db: &mut Db, lease: &Lease, now: Instant, span: SignedDuration) -> Result<()> {
    let renewed =
        diesel::update(held_by(lease)).set(dsl::lease_until.eq(now.plus(span))).execute(db)?;
    if renewed == 1 { Ok(()) } else { Err(Error::Stale) }
}

/// Says that at a moment everything was listed that this job will change and that comes due up to
/// another; `Stale` if the lease is lost.
pub fn listed(db: &mut Db, lease: &Lease, at: Instant, until: Instant) -> Result<()> {
    let list = (dsl::listed_at.eq(at), dsl::listed_until.eq(until));
    let kept = diesel::update(held_by(lease)).set(list).execute(db)?;
    if kept == 1 { Ok(()) } else { Err(Error::Stale) }
}

/// What else is to be done about the subject of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Other shares are not done yet.
    Some,
    /// Nothing: this was the last.
    Nothing,
}

/// This share of the work is done, in the transaction that says so, and what is left; `Stale` if the
/// lease is lost. Of shares that end at the same time exactly one is the last.
pub fn finish(db: &mut Db, lease: &Lease) -> Result<Left> {
    let all = hold_all(db, lease)?;
    diesel::delete(held_by(lease)).execute(db)?;
    Ok(if all > 1 { Left::Some } else { Left::Nothing })
}

/// All work on the subject is done with, that of other shares too; `Stale` if the lease is lost.
pub fn finish_all(db: &mut Db, lease: &Lease) -> Result<()> {
    hold_all(db, lease)?;
    let jobs = dsl::jobs.filter(dsl::kind.eq(lease.kind)).filter(dsl::subject.eq(lease.subject));
    diesel::delete(jobs).execute(db)?;
    Ok(())
}

/// Holds all shares against their workers and gives how many there are; `Stale` if the lease is lost.
///
/// Whoever needs more than one share takes them in the same order, and whoever needs one waits for no
/// other, so that nobody waits for each other.
fn hold_all(db: &mut Db, lease: &Lease) -> Result<usize> {
    let all = dialect::locks::jobs_about(db, lease.kind.as_str(), lease.subject)?;
    let holds = |job: &Job| {
        (job.id, job.worker_id, job.step) == (lease.job, Some(lease.worker), lease.step)
    };
    if all.iter().any(holds) { Ok(all.len()) } else { Err(Error::Stale) }
}

/// Takes the work back, whoever has it in hand: each holder's next step finds its lease gone.
pub fn withdraw(db: &mut Db, kind: JobKind, subject: AnyId) -> Result<()> {
    // A worker that was just parting it has done so by then.
    dialect::locks::jobs_about(db, kind.as_str(), subject)?;
    let jobs = dsl::jobs.filter(dsl::kind.eq(kind)).filter(dsl::subject.eq(subject));
    diesel::delete(jobs).execute(db)?;
    Ok(())
}

/// Gives the job back untouched, for a stop in good order.
pub fn give_back(db: &mut Db, lease: &Lease) -> Result<()> {
    diesel::update(held_by(lease))
        .set((dsl::worker_id.eq(None::<WorkerId>), dsl::lease_until.eq(None::<Instant>)))
        .execute(db)?;
    Ok(())
}

/// Lays the job down until a moment, or until it is woken; `Stale` if the lease is lost.
pub fn lay_down(db: &mut Db, lease: &Lease, until: Instant) -> Result<()> {
    let laid_down = diesel::update(held_by(lease))
        .set((
            dsl::worker_id.eq(None::<WorkerId>),
            dsl::lease_until.eq(None::<Instant>),
            dsl::run_at.eq(until),
            dsl::attempts.eq(0),
        ))
        .execute(db)?;
    if laid_down == 1 { Ok(()) } else { Err(Error::Stale) }
}

/// Wakes the work on a subject, and holds it against workers until the transaction ends.
pub fn wake(db: &mut Db, kind: JobKind, subject: AnyId, now: Instant) -> Result<()> {
    dialect::locks::jobs_about(db, kind.as_str(), subject)?;
    let jobs = dsl::jobs.filter(dsl::kind.eq(kind)).filter(dsl::subject.eq(subject));
    diesel::update(jobs).set(dsl::run_at.eq(now)).execute(db)?;
    Ok(())
}

/// Gives the job back for a later attempt; the wait doubles with each attempt, up to ten minutes.
pub fn fail(db: &mut Db, lease: &Lease, cause: &str, now: Instant) -> Result<()> {
    let cause: String = cause.chars().take(ERROR_CHARACTERS).collect();
    let doubled = 1_i64.checked_shl(u32::try_from(lease.attempts.clamp(0, 20)).unwrap_or(20));
    let wait = SignedDuration::from_secs(doubled.unwrap_or(i64::MAX)).min(LONGEST_WAIT);
    diesel::update(held_by(lease))
        .set((
            dsl::worker_id.eq(None::<WorkerId>),
            dsl::lease_until.eq(None::<Instant>),
            dsl::run_at.eq(now.plus(wait)),
            dsl::last_error.eq(cause),
        ))
        .execute(db)?;
    Ok(())
}

type Held = diesel::dsl::Filter<
    diesel::dsl::Filter<
        diesel::dsl::Filter<dsl::jobs, diesel::dsl::Eq<dsl::id, JobId>>,
        diesel::dsl::Eq<dsl::worker_id, WorkerId>,
    >,
    diesel::dsl::Eq<dsl::step, i64>,
>;

fn held_by(lease: &Lease) -> Held {
    dsl::jobs
        .filter(dsl::id.eq(lease.job))
        .filter(dsl::worker_id.eq(lease.worker))
        .filter(dsl::step.eq(lease.step))
}
