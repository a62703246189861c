//! Lines of batches beside the adjustments they became: each names the other.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::batches::at_once;
use crate::db::Db;
use crate::db::schema::{adjustments, reversal_lines};
use crate::error::Result;
use crate::kernel::id::{ActionId, AdjustmentId, ReversalId};

/// A line, the action it is about, and the adjustment it became.
pub type OfLine = (ReversalId, i32, Option<ActionId>, Option<AdjustmentId>);

/// An adjustment, and the line it says it was.
pub type OfAdjustment = (AdjustmentId, Option<ReversalId>, Option<i32>);

/// Lines that became adjustments which do not say so.
pub fn of_lines(db: &mut Db, lines: &[OfLine]) -> Result<Vec<String>> {
    let became: Vec<&OfLine> = lines.iter().filter(|(.., became)| became.is_some()).collect();
    let touched: HashSet<ActionId> =
        became.iter().filter_map(|(_, _, action, _)| *action).collect();
    let mut said: HashSet<OfLine> = HashSet::new();
    for some in at_once(touched) {
        let rows: Vec<(ActionId, OfAdjustment)> = adjustments::table
            .filter(adjustments::action_id.eq_any(some))
            .filter(adjustments::reversal_id.is_not_null())
            .select((
                adjustments::action_id,
                (adjustments::id, adjustments::reversal_id, adjustments::line),
            ))
            .load(db)?;
        said.extend(rows.into_iter().filter_map(|(action, (id, reversal, line))| {
            Some((reversal?, line?, Some(action), Some(id)))
        }));
    }
    let silent = became.into_iter().filter(|line| !said.contains(*line));
    let told = silent.map(|(id, line, ..)| {
        format!("{id}: line {line} became an adjustment that is not there, or not its")
    });
    Ok(told.collect())
}

/// Adjustments that were lines which do not say so.
pub fn of_adjustments(db: &mut Db, rows: &[OfAdjustment]) -> Result<Vec<String>> {
    let lines = rows.iter().filter_map(|(_, reversal, line)| reversal.zip(*line));
    let mut of_batch: HashMap<ReversalId, Vec<i32>> = HashMap::new();
    lines.for_each(|(reversal, line)| of_batch.entry(reversal).or_default().push(line));
    let mut said: HashSet<OfAdjustment> = HashSet::new();
    for (reversal, lines) in of_batch {
        let rows: Vec<(Option<AdjustmentId>, i32)> = reversal_lines::table
            .filter(reversal_lines::reversal_id.eq(reversal))
            .filter(reversal_lines::line.eq_any(lines))
            .filter(reversal_lines::outcome.eq("applied"))
            .select((reversal_lines::adjustment_id, reversal_lines::line))
            .load(db)?;
        let rows = rows.into_iter().filter_map(|(id, line)| id.map(|id| (id, line)));
        said.extend(rows.map(|(id, line)| (id, Some(reversal), Some(line))));
    }
    let of_lines = rows.iter().filter(|(_, reversal, _)| reversal.is_some());
    let silent = of_lines.filter(|row| !said.contains(*row));
    Ok(silent.map(|(id, ..)| format!("{id}: no line of a batch says that it became it")).collect())
}
