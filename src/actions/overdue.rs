//! Actions that are closed while the lock job has not come by yet: somebody who needs one locked may
//! lock it himself, by the job's own rule.

use super::jobs::{leave_disputed, leave_waiting, locks};
use super::model::{Action, Update};
use super::rules::is_closed;
use super::store::raise_horizons_of;
use crate::db::Db;
use crate::error::Result;
use crate::kernel::id::ProgramId;
use crate::kernel::time::Instant;

/// An action as it will have locked, and the entry of its ledger that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locking {
    /// The action, locked.
    pub after: Action,
    /// What the system did.
    pub entry: Update,
}

/// Whether an action is closed at a moment, and its lock is not recorded.
pub fn is_overdue(action: &Action, at: Instant) -> bool {
    action.locked_at.is_none() && is_closed(action, at)
}

/// What locking makes of those of these actions that nobody can speak about in time any more; the
/// caller holds them. What a batch that came before may still name is left out, and so is what is
/// held until the end of its hold is recorded.
///
/// As for the job, the horizon comes first: a batch that turns up later was not in time. `raises`
/// is false for a mere forecast, which leaves no trace.
pub fn locking(
    db: &mut Db,
    mut overdue: Vec<Action>,
    raises: bool,
    now: Instant,
) -> Result<Vec<Locking>> {
    overdue.retain(|action| !action.held);
    let Some(until) = overdue.iter().map(|action| action.locks_at).max() else {
        return Ok(Vec::new());
    };
    if raises {
        let programs: Vec<ProgramId> = overdue.iter().map(|action| action.program_id).collect();
        raise_horizons_of(db, programs, until)?;
    }
    leave_disputed(db, &mut overdue, now)?;
    leave_waiting(db, &mut overdue, |action| Some(action.locks_at), now)?;
    let locked = locks(db, &overdue, now)?;
    let both = locked.after.into_iter().zip(locked.entries);
    Ok(both.map(|(after, entry)| Locking { after, entry }).collect())
}
