//! The lock job: makes final what is due, leaves what somebody may still speak about in time, and
//! says of what is final when its payout is due.
//!
//! Nothing depends on its being on time: from `locks_at` on an action is closed anyway.

use std::collections::HashMap;

use jiff::SignedDuration;

use super::model::{Action, Channel, State, Update, Verb};
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
    /// Actions that are due and wait for a batch, or for the answer to an inquiry.
    pub waiting: u64,
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
    let until = horizon(pool, clock, as_of).await?;
    let locked = |sum: Sum| Locked { until, actions: sum.done, waiting: sum.waiting };
    let chunk = move |db: &mut Db, after, now| lock_chunk(db, until, after, now);
    in_chunks(pool, clock, chunk, |sum| tell(&locked(sum))).await.map(locked)
}

fn lock_chunk(db: &mut Db, until: Instant, after: Option<Turn>, now: Instant) -> Result<Chunk> {
    let turns = store::due(db, until, after, CHUNK)?;
    one_chunk(db, turns, CHUNK, |db, mut due| {
        due.retain(|action| is_due(action, until));
        let disputed = leave_disputed(db, &mut due, until)?;
        let waiting = leave_waiting(db, &mut due, |action| Some(action.locks_at), now)?;
        Ok((lock_all(db, &due, now)?, waiting.saturating_add(disputed)))
    })
}

/// Somebody may have been faster since it was found.
fn is_due(action: &Action, until: Instant) -> bool {
    action.locked_at.is_none() && !action.held && action.locks_at <= until
}

/// Locks actions that are held against others, and gives how many.
fn lock_all(db: &mut Db, due: &[Action], now: Instant) -> Result<usize> {
    let locked = locks(db, due, now)?;
    dialect::actions::lock(db, &locked.after)?;
    locked.record(db)
}

/// What locking these actions, which are due, makes of them.
pub(super) fn locks<'a>(db: &mut Db, due: &'a [Action], now: Instant) -> Result<Changes<'a>> {
    // Only a release, or a batch that was in time, changes an action after its date.
    let late = due.iter().filter(|action| action.updated_at > action.locks_at);
    let late: Vec<ActionId> = late.map(|action| action.id).collect();
    let released = store::released(db, &late)?;
    changed(db, due, now, |action| {
        let at = released.get(&action.id).map_or(action.locks_at, |at| action.locks_at.max(*at));
        Command::Lock { at }
    })
}

/// Ends the holds whose time is over, so that what they kept open locks; gives how many. A hold
/// waits for the batches that came before its end and may name its action: without it, a line that
/// was in time would find the action closed.
///
/// Nothing depends on its being on time: from `held_until` on a hold keeps nothing open anyway.
pub async fn end_holds(pool: &Pool, clock: &Clock) -> Result<u64> {
    let until = horizon(pool, clock, None).await?;
    let chunk = move |db: &mut Db, after, now| release_chunk(db, until, after, now);
    Ok(in_chunks(pool, clock, chunk, |_| {}).await?.done)
}

fn release_chunk(db: &mut Db, until: Instant, after: Option<Turn>, now: Instant) -> Result<Chunk> {
    let turns = store::to_release(db, until, after, FEW)?;
    one_chunk(db, turns, FEW, |db, mut over| {
        // Somebody may have been faster since it was found.
        over.retain(|action| action.held_until.is_some_and(|ends_at| ends_at <= until));
        let waiting = leave_waiting(db, &mut over, |action| action.held_until, now)?;
        let released = changed(db, &over, now, |_| Command::Release)?;
        for (before, after) in released.before.iter().zip(&released.after) {
            store::advance(db, before, after)?;
        }
        Ok((released.record(db)?, waiting))
    })
}

/// Says in the ledgers of actions that their payout is due, where it is by now; gives of how many.
///
/// Nothing depends on its being on time: a payout is due from its moment on anyway.
pub async fn clear_due(pool: &Pool, clock: &Clock) -> Result<u64> {
    Ok(in_chunks(pool, clock, clear_chunk, |_| {}).await?.done)
}

fn clear_chunk(db: &mut Db, after: Option<Turn>, now: Instant) -> Result<Chunk> {
    let turns = store::to_clear(db, now, after, CHUNK)?;
    one_chunk(db, turns, CHUNK, |db, held| {
        let cleared = changed(db, &held, now, |_| Command::Clear { at: now })?;
        dialect::actions::clear(db, &cleared.after)?;
        Ok((cleared.record(db)?, 0))
    })
}

/// The moment up to which a run looks, made known to whoever receives a batch.
async fn horizon(pool: &Pool, clock: &Clock, as_of: Option<Instant>) -> Result<Instant> {
    let its_clock = clock.clone();
    let now = pool.read(move |db| dialect::now(db, &its_clock)).await?;
    let until = as_of.map_or_else(|| now.minus(GRACE), |as_of| as_of.min(now));
    // Committed before anything is looked at: a batch that comes in between reads it.
    pool.write(move |db| store::raise_horizons(db, until)).await?;
    Ok(until)
}

/// Leaves out the actions that a batch may still name, and gives how many. They are held against
/// the worker: a batch that has ended by now has done to them what it had to. A batch that has been
/// read has listed what it names; before that, it may name all of its brand.
pub(super) fn leave_waiting(
    db: &mut Db,
    actions: &mut Vec<Action>,
    comes_due: fn(&Action) -> Option<Instant>,
    now: Instant,
) -> Result<usize> {
    let (unfinished, all) = (store::unfinished(db)?, actions.len());
    if unfinished.is_empty() {
        return Ok(0);
    }
    let named = store::targets(db, &unfinished, actions)?;
    actions.retain(|action| {
        let at = comes_due(action);
        !unfinished
            .iter()
            .filter(|batch| batch.may_name(action, at))
            .any(|batch| !batch.is_sure_of(action, at) || named.contains(&(batch.id, action.id)))
    });
    let waiting = all.saturating_sub(actions.len());
    let overdue = unfinished.iter().filter(|batch| batch.received_at.plus(TOO_LONG) < now);
    if let Some(batch) = overdue.min_by_key(|batch| batch.received_at).filter(|_| waiting > 0) {
        log::warn!(company = batch.company_id.to_string(), actions = waiting;
            "actions cannot lock because a batch has not ended since {}", batch.received_at);
    }
    Ok(waiting)
}

/// Leaves out the actions whose partner disputes their reversal and still waits for an answer, and
/// gives how many. They are held against whoever opens an inquiry. What a partner disputes who is
/// credited no more keeps nothing open.
pub(super) fn leave_disputed(
    db: &mut Db,
    actions: &mut Vec<Action>,
    until: Instant,
) -> Result<usize> {
    let ids: Vec<ActionId> = actions.iter().map(|action| action.id).collect();
    let (disputed, all) = (store::disputed(db, &ids, until)?, actions.len());
    actions.retain(|action| match disputed.get(&(action.id, action.partner_company_id)) {
        Some(of_reversal) => !of_reversal && action.state != State::Reversed,
        None => true,
    });
    Ok(all.saturating_sub(actions.len()))
}

/// What a run has come to so far.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    done: u64,
    waiting: u64,
}

/// One transaction of a run: how many actions it changed, how many wait, where the next goes on.
#[derive(Debug, Default)]
struct Chunk {
    done: usize,
    waiting: usize,
    next: Option<Turn>,
}

/// Does chunk after chunk, each in a transaction, until one is not full, and tells after each how
/// far it is. Each goes on behind the last, or what waits would be found for ever.
async fn in_chunks(
    pool: &Pool,
    clock: &Clock,
    chunk: impl Fn(&mut Db, Option<Turn>, Instant) -> Result<Chunk> + Copy + Send + 'static,
    tell: impl Fn(Sum),
) -> Result<Sum> {
    let (mut sum, mut after) = (Sum::default(), None);
    loop {
        let its_clock = clock.clone();
        let work = move |db: &mut Db| {
            let now = dialect::now(db, &its_clock)?;
            chunk(db, after, now)
        };
        let Chunk { done, waiting, next } = pool.write(work).await?;
        sum.done = sum.done.saturating_add(u64::try_from(done).unwrap_or(0));
        sum.waiting = sum.waiting.saturating_add(u64::try_from(waiting).unwrap_or(0));
        tell(sum);
        match next {
            Some(_) => after = next,
            None => return Ok(sum),
        }
    }
}

/// Holds the actions that were found against others and does the work on them, which says how many
/// it changed and how many wait. A chunk is full with `most` of them.
fn one_chunk(
    db: &mut Db,
    turns: Vec<Turn>,
    most: i64,
    work: impl FnOnce(&mut Db, Vec<Action>) -> Result<(usize, usize)>,
) -> Result<Chunk> {
    if turns.is_empty() {
        return Ok(Chunk::default());
    }
    let full = i64::try_from(turns.len()).is_ok_and(|many| many >= most);
    let next = turns.last().copied().filter(|_| full);
    let mut ids: Vec<ActionId> = turns.into_iter().map(|(_, id)| id).collect();
    ids.sort_unstable();
    let held = dialect::hot::hold(db, &ids)?;
    let (done, waiting) = work(db, held)?;
    Ok(Chunk { done, waiting, next })
}

/// What a command changes: each action before and after it, and the entry that says so.
pub(super) struct Changes<'a> {
    before: Vec<&'a Action>,
    pub(super) after: Vec<Action>,
    pub(super) entries: Vec<Update>,
}

/// Decides about one command of the system for each of these actions.
fn changed<'a>(
    db: &mut Db,
    actions: &'a [Action],
    now: Instant,
    command: impl Fn(&Action) -> Command,
) -> Result<Changes<'a>> {
    let (terms, zones) = store::books(db, actions)?;
    let mut changes = Changes { before: vec![], after: vec![], entries: vec![] };
    for before in actions {
        let (terms, zone) = book(before, (&terms, &zones))?;
        let setting = Setting { terms, zone, at: now, now, reversed_for: None };
        let command = command(before);
        if let Decision::Changed(after) = decide(before, &command, &setting)? {
            let why = why(command.verb(), now);
            changes.entries.push(entry(UpdateId::new(), Some(before), &after, &why));
            changes.before.push(before);
            changes.after.push(after);
        }
    }
    Ok(changes)
}

impl Changes<'_> {
    /// Writes down the entries and tells of them; gives how many.
    fn record(&self, db: &mut Db) -> Result<usize> {
        dialect::bulk::updates(db, &self.entries)?;
        let told = |(entry, action): (&Update, &Action)| news::event(entry, action.currency);
        let events: Vec<Event> = self.entries.iter().zip(&self.after).map(told).collect();
        dialect::bulk::events(db, &events)?;
        Ok(self.entries.len())
    }
}

/// The terms and the zone that an action locks by.
fn book<'a>(
    action: &Action,
    (terms, zones): (&'a HashMap<TermsId, Terms>, &'a HashMap<ProgramId, Zone>),
) -> Result<(&'a Terms, &'a Zone)> {
    let missing = || Error::internal(anyhow::anyhow!("{} has no terms or program", action.id));
    terms.get(&action.terms_id).zip(zones.get(&action.program_id)).ok_or_else(missing)
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
