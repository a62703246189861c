//! What a batch that was read may still change and what is about to lock, or not to be held any
//! longer: the lock job waits for these actions, and for nothing else of the brand.
//!
//! It is found from the side of what comes due, and not from that of the lines: mostly nothing locks
//! within the next hours, and then a million lines cost one look into an index.

use diesel::prelude::*;
use jiff::SignedDuration;

use super::plan::Plan;
use crate::actions::store::{self as actions, Turn};
use crate::db::schema::reversal_targets;
use crate::db::{Db, dialect};
use crate::error::Result;
use crate::kernel::id::{ActionId, ReversalId};
use crate::kernel::time::Instant;

/// How far ahead a worker looks.
pub const AHEAD: SignedDuration = SignedDuration::from_hours(2);
/// How long before the end of that it looks again.
pub const IN_TIME: SignedDuration = SignedDuration::from_hours(1);

/// How many actions that come due are looked at in one transaction.
const AT_ONCE: i64 = 20_000;

/// Keeps those actions that come due up to a moment and that the plan names, from after `after` on;
/// gives where to go on, if not to the end yet.
pub fn keep(
    db: &mut Db,
    batch: ReversalId,
    plan: &Plan,
    until: Instant,
    after: Option<Turn>,
) -> Result<Option<Turn>> {
    let due = actions::due(db, until, after, AT_ONCE)?;
    keep_named(db, batch, plan, &due)?;
    if let Some(next) = next(&due) {
        return Ok(Some(next));
    }
    // What is held is little beside what locks.
    let mut after = None;
    loop {
        let held = actions::to_release(db, until, after, AT_ONCE)?;
        keep_named(db, batch, plan, &held)?;
        after = next(&held);
        if after.is_none() {
            return Ok(None);
        }
    }
}

fn next(turns: &[Turn]) -> Option<Turn> {
    let full = i64::try_from(turns.len()).is_ok_and(|many| many >= AT_ONCE);
    turns.last().copied().filter(|_| full)
}

fn keep_named(db: &mut Db, batch: ReversalId, plan: &Plan, turns: &[Turn]) -> Result<()> {
    let ids = turns.iter().map(|(_, id)| *id);
    let named: Vec<ActionId> = ids.filter(|id| plan.names(*id)).collect();
    dialect::bulk::targets(db, batch, &named)
}

/// Forgets what a batch named, as it ends.
pub fn forget(db: &mut Db, batch: ReversalId) -> Result<()> {
    let of_batch = reversal_targets::table.filter(reversal_targets::reversal_id.eq(batch));
    diesel::delete(of_batch).execute(db)?;
    Ok(())
}
