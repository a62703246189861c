//! Proposals of adjustments beside the adjustments they became.

use std::collections::HashSet;

use diesel::prelude::*;

use super::{LOOKS, Stretch, count};
use crate::db::schema::{adjustment_proposals, adjustments};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::kernel::id::{ActionId, AdjustmentId};

/// Proposals of one stretch.
const PROPOSALS: i64 = 1_000;

/// A proposal: which, of which action, and how far it has come.
type Row = (AdjustmentId, ActionId, String);

/// The proposals after one, looked at a few times: somebody may be answering.
pub fn stretch(db: &mut Db, after: Option<AdjustmentId>) -> Result<Stretch<AdjustmentId>> {
    let mut rows = rows(db, after)?;
    let mut differences = against(db, &rows)?;
    for _ in 1..LOOKS {
        if differences.is_empty() {
            break;
        }
        rows = self::rows(db, after)?;
        differences = against(db, &rows)?;
    }
    let full = i64::try_from(rows.len()).is_ok_and(|many| many >= PROPOSALS);
    let next = rows.last().map(|(id, ..)| *id).filter(|_| full);
    Ok(Stretch { rows: (count(rows.len()), 0), differences, next })
}

fn rows(db: &mut Db, after: Option<AdjustmentId>) -> Result<Vec<Row>> {
    let mut rows = adjustment_proposals::table
        .select((
            adjustment_proposals::id,
            adjustment_proposals::action_id,
            adjustment_proposals::status,
        ))
        .order(adjustment_proposals::id)
        .limit(PROPOSALS)
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        rows = rows.filter(adjustment_proposals::id.gt(after));
    }
    Ok(rows.load(db)?)
}

/// What was made is there, approved by somebody, and nothing else is.
fn against(db: &mut Db, rows: &[Row]) -> Result<Vec<String>> {
    // An action's adjustments have their index; their ids have none.
    let actions: HashSet<ActionId> = rows.iter().map(|(_, action, _)| *action).collect();
    let there: HashSet<AdjustmentId> = adjustments::table
        .filter(adjustments::action_id.eq_any(actions))
        .filter(adjustments::approved_by_user_id.is_not_null())
        .select(adjustments::id)
        .load(db)?
        .into_iter()
        .collect();
    let wrong =
        rows.iter().filter_map(|(id, _, status)| match (status == "made", there.contains(id)) {
            (true, false) => Some(format!("{id}: it was made, and no adjustment says so")),
            (false, true) => Some(format!("{id}: it is {status}, and an adjustment counts")),
            (true, true) | (false, false) => None,
        });
    Ok(wrong.collect())
}

/// Adjustments that a second person has approved while no proposal says so.
pub fn of_approved(db: &mut Db, approved: &[AdjustmentId]) -> Result<Vec<String>> {
    let made: HashSet<AdjustmentId> = adjustment_proposals::table
        .filter(adjustment_proposals::id.eq_any(approved))
        .filter(adjustment_proposals::status.eq("made"))
        .select(adjustment_proposals::id)
        .load(db)?
        .into_iter()
        .collect();
    let silent = approved.iter().filter(|id| !made.contains(id));
    Ok(silent.map(|id| format!("{id}: a second person approved what nobody proposed")).collect())
}
