//! The lock job: makes final what is due, leaves what somebody may still speak about in time, and
//! says of what is final when its payout is due.
//!
//! Nothing depends on its being on time: from `locks_at` on an action is closed anyway.

use std::collections::HashMap;

use jiff::SignedDuration;

use super::model::{Action, Channel, Update, Verb};
use super::news;
use super::rules::{Command, Decision, Setting, Why, decide, entry};
use super::store::{self, Turn};
use crate::contracts::model::Terms;
use crate::db::{Db, Pool, dialect};
use crate::error::{Error, Result};
use crate::events::model::{Doer, Event};
use crate::kernel::id::{ActionId, ProgramId, TermsId, UpdateId};
use crate::kernel::time::{Clock, Instant, Zone};

/// How long after a moment it is looked at: by then every transaction of that moment has ended.
const GRACE: SignedDuration = SignedDuration::from_secs(5);
/// Actions that lock in one transaction.
const CHUNK: i64 = 5_000;
/// Holds that end in one transaction, each by a statement of its own: there are not many.
const FEW: i64 = 500;
/// After how long a batch that keeps actions from locking is worth a warning.
const TOO_LONG: SignedDuration = SignedDuration::from_hours(1);

/// What a run of the lock job came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locked {
    /// The moment up to which it looked.
    pub until: Instant,
    /// Actions that are locked now.
    pub actions: u64,
    /// Actions that are due and wait for a batch.
    pub waiting: u64,
}

/// One transaction of a run.
struct Chunk {
    locked: usize,
    waiting: usize,
    next: Option<Turn>,
}

/// Locks what is due: five seconds ago, or at `as_of` if that is earlier.
pub async fn lock_due(pool: &Pool, clock: &Clock, as_of: Option<Instant>) -> Result<Locked> {
    lock_due_and_tell(pool, clock, as_of, |_| {}).await
}

/// The same, and tells after every chunk how far it is.
pub async fn lock_due_and_tell(
    pool: &Pool,
    clock: &Clock,
    as_of: Option<Instant>,
    tell: impl Fn(&Locked),
) -> Result<Locked> {
    let its_clock = clock.clone();
    let now = pool.read(move |db| dialect::now(db, &its_clock)).await?;
    let until = as_of.map_or_else(|| now.minus(GRACE), |as_of| as_of.min(now));
    // Committed before anything is looked at: a batch that comes in between reads it.
    pool.write(move |db| store::raise_horizons(db, until)).await?;
    let mut done = Locked { until, actions: 0, waiting: 0 };
    let mut after = None;
    loop {
        let its_clock = clock.clone();
        let chunk = pool
            .write(move |db| {
                let now = dialect::now(db, &its_clock)?;
                lock_chunk(db, until, after, now)
            })
            .await?;
        done.actions = done.actions.saturating_add(u64::try_from(chunk.locked).unwrap_or(0));
        done.waiting = done.waiting.saturating_add(u64::try_from(chunk.waiting).unwrap_or(0));
        tell(&done);
        match chunk.next {
            Some(next) => after = Some(next),
            None => return Ok(done),
        }
    }
}

fn lock_chunk(db: &mut Db, until: Instant, after: Option<Turn>, now: Instant) -> Result<Chunk> {
    let turns = store::due(db, until, after, CHUNK)?;
    let full = i64::try_from(turns.len()).is_ok_and(|many| many >= CHUNK);
    let next = turns.last().copied().filter(|_| full);
    if turns.is_empty() {
        return Ok(Chunk { locked: 0, waiting: 0, next });
    }
    let unfinished = store::unfinished(db)?;
    let mut ids: Vec<ActionId> = turns.into_iter().map(|(_, id)| id).collect();
    ids.sort_unstable();
    let held = dialect::hot::hold(db, &ids)?;
    let still_due = held.into_iter().filter(|action| is_due(action, until));
    let (waiting, due): (Vec<Action>, Vec<Action>) =
        still_due.partition(|action| unfinished.iter().any(|batch| batch.may_name(action)));
    if !waiting.is_empty() {
        let overdue = unfinished.iter().filter(|batch| batch.received_at.plus(TOO_LONG) < now);
        if let Some(batch) = overdue.min_by_key(|batch| batch.received_at) {
            log::warn!(company = batch.company_id.to_string(), actions = waiting.len();
                "actions cannot lock because a batch has not ended since {}", batch.received_at);
        }
    }
    let locked = lock_all(db, &due, now)?;
    Ok(Chunk { locked, waiting: waiting.len(), next })
}

/// Ends the holds whose time is over, so that what they kept open locks; gives how many.
///
/// Nothing depends on its being on time: from `held_until` on a hold keeps nothing open anyway.
pub async fn end_holds(pool: &Pool, clock: &Clock) -> Result<u64> {
    let mut ended: u64 = 0;
    loop {
        let its_clock = clock.clone();
        let (found, done) = pool
            .write(move |db| {
                let now = dialect::now(db, &its_clock)?;
                end_some_holds(db, now)
            })
            .await?;
        ended = ended.saturating_add(u64::try_from(done).unwrap_or(0));
        if i64::try_from(found).is_ok_and(|many| many < FEW) {
            return Ok(ended);
        }
    }
}

fn end_some_holds(db: &mut Db, now: Instant) -> Result<(usize, usize)> {
    let mut ids = store::to_release(db, now, FEW)?;
    let found = ids.len();
    if ids.is_empty() {
        return Ok((0, 0));
    }
    ids.sort_unstable();
    let held = dialect::hot::hold(db, &ids)?;
    // Somebody may have been faster since it was found.
    let over = |action: &&Action| action.held_until.is_some_and(|until| until <= now);
    let (terms, zones) = store::books(db, &held)?;
    let (mut released, mut entries) = (Vec::new(), Vec::new());
    for before in held.iter().filter(over) {
        let (terms, zone) = book(before, (&terms, &zones))?;
        let setting = Setting { terms, zone, at: now, now, reversed_for: None };
        if let Decision::Changed(after) = decide(before, &Command::Release, &setting)? {
            store::advance(db, before, &after)?;
            entries.push(entry(UpdateId::new(), Some(before), &after, &why(Verb::Release, now)));
            released.push(after);
        }
    }
    record(db, &entries, &released)?;
    Ok((found, released.len()))
}

/// Says in the ledgers of actions that their payout is due, where it is by now; gives of how many.
///
/// Nothing depends on its being on time: a payout is due from its moment on anyway.
pub async fn clear_due(pool: &Pool, clock: &Clock) -> Result<u64> {
    let mut cleared: u64 = 0;
    loop {
        let its_clock = clock.clone();
        let (found, done) = pool
            .write(move |db| {
                let now = dialect::now(db, &its_clock)?;
                clear_chunk(db, now)
            })
            .await?;
        cleared = cleared.saturating_add(u64::try_from(done).unwrap_or(0));
        // What another server cleared meanwhile is found no more; a full chunk has moved on.
        if i64::try_from(found).is_ok_and(|many| many < CHUNK) {
            return Ok(cleared);
        }
    }
}

fn clear_chunk(db: &mut Db, now: Instant) -> Result<(usize, usize)> {
    let mut ids = store::to_clear(db, now, CHUNK)?;
    let found = ids.len();
    if ids.is_empty() {
        return Ok((0, 0));
    }
    ids.sort_unstable();
    let held = dialect::hot::hold(db, &ids)?;
    let (terms, zones) = store::books(db, &held)?;
    let (mut cleared, mut entries) = (Vec::new(), Vec::new());
    for before in &held {
        let (terms, zone) = book(before, (&terms, &zones))?;
        let setting = Setting { terms, zone, at: now, now, reversed_for: None };
        let command = Command::Clear { at: now };
        if let Decision::Changed(after) = decide(before, &command, &setting)? {
            entries.push(entry(UpdateId::new(), Some(before), &after, &why(Verb::Clear, now)));
            cleared.push(after);
        }
    }
    dialect::actions::clear(db, &cleared)?;
    record(db, &entries, &cleared)?;
    Ok((found, cleared.len()))
}

/// Somebody may have been faster since it was found.
fn is_due(action: &Action, until: Instant) -> bool {
    action.locked_at.is_none() && !action.held && action.locks_at <= until
}

/// Locks actions that are held against others, and gives how many.
fn lock_all(db: &mut Db, due: &[Action], now: Instant) -> Result<usize> {
    let (terms, zones) = store::books(db, due)?;
    // Only a release, or a batch that was in time, changes an action after its date.
    let late = due.iter().filter(|action| action.updated_at > action.locks_at);
    let late: Vec<ActionId> = late.map(|action| action.id).collect();
    let released = store::released(db, &late)?;
    let (mut locked, mut entries) = (Vec::new(), Vec::new());
    for before in due {
        let (terms, zone) = book(before, (&terms, &zones))?;
        let at = released.get(&before.id).map_or(before.locks_at, |at| before.locks_at.max(*at));
        let setting = Setting { terms, zone, at, now, reversed_for: None };
        match decide(before, &Command::Lock { at }, &setting)? {
            Decision::Unchanged => {}
            Decision::Changed(after) => {
                entries.push(entry(UpdateId::new(), Some(before), &after, &why(Verb::Lock, now)));
                locked.push(after);
            }
        }
    }
    dialect::actions::lock(db, &locked)?;
    record(db, &entries, &locked)?;
    Ok(locked.len())
}

/// The terms and the zone that an action locks by.
fn book<'a>(
    action: &Action,
    (terms, zones): (&'a HashMap<TermsId, Terms>, &'a HashMap<ProgramId, Zone>),
) -> Result<(&'a Terms, &'a Zone)> {
    let missing = || Error::internal(anyhow::anyhow!("{} has no terms or program", action.id));
    terms.get(&action.terms_id).zip(zones.get(&action.program_id)).ok_or_else(missing)
}

/// Writes down entries, each with its action as it stands after it, and tells of them.
fn record(db: &mut Db, entries: &[Update], after: &[Action]) -> Result<()> {
    dialect::bulk::updates(db, entries)?;
    let told = |(entry, action): (&Update, &Action)| news::event(entry, action.currency);
    let events: Vec<Event> = entries.iter().zip(after).map(told).collect();
    dialect::bulk::events(db, &events)
}

/// The system did it.
fn why(verb: Verb, at: Instant) -> Why {
    Why {
        verb,
        reason: None,
        note: None,
        channel: Channel::System,
        doer: Doer::SYSTEM,
        reversal: None,
        at,
    }
}
