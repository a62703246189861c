//! Reprocessings beside their results.

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::{LOOKS, Stretch, count};
use crate::db::schema::{reprocessing_results, reprocessings};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::kernel::id::ReprocessingId;

/// Reprocessings of one stretch.
const AT_ONCE: i64 = 100;

/// What one counts: total, reattributed, unchanged, skipped, rejected.
type Counts = (Option<i64>, i64, i64, i64, i64);

/// The reprocessings after one, each beside what its results come to.
pub fn counts(db: &mut Db, after: Option<ReprocessingId>) -> Result<Stretch<ReprocessingId>> {
    let mut rows = reprocessings::table
        .order(reprocessings::id)
        .select(reprocessings::id)
        .limit(AT_ONCE)
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        rows = rows.filter(reprocessings::id.gt(after));
    }
    let ids: Vec<ReprocessingId> = rows.load(db)?;
    let mut differences = Vec::new();
    for id in &ids {
        differences.extend(look_at(db, *id)?);
    }
    let full = i64::try_from(ids.len()).is_ok_and(|many| many >= AT_ONCE);
    let next = ids.last().copied().filter(|_| full);
    Ok(Stretch { rows: (count(ids.len()), 0), differences, next })
}

/// What differs in one, looked at a few times: it may be at work.
fn look_at(db: &mut Db, id: ReprocessingId) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for _ in 0..LOOKS {
        let counts: Option<Counts> = reprocessings::table
            .find(id)
            .select((
                reprocessings::total,
                reprocessings::reattributed,
                reprocessings::unchanged,
                reprocessings::skipped,
                reprocessings::rejected,
            ))
            .first(db)
            .optional()?;
        let Some(counts) = counts else { return Ok(Vec::new()) };
        let outcomes: Vec<(String, i64)> = reprocessing_results::table
            .filter(reprocessing_results::reprocessing_id.eq(id))
            .group_by(reprocessing_results::outcome)
            .select((reprocessing_results::outcome, count_star()))
            .load(db)?;
        found = compare(id, counts, &outcomes);
        if found.is_empty() {
            break;
        }
    }
    Ok(found)
}

fn compare(id: ReprocessingId, counts: Counts, outcomes: &[(String, i64)]) -> Vec<String> {
    let (total, reattributed, unchanged, skipped, rejected) = counts;
    let there = |outcome: &str| {
        let with = outcomes.iter().filter(|(one, _)| one == outcome);
        with.map(|(_, many)| *many).sum::<i64>()
    };
    let rows = [
        ("reattributed", reattributed),
        ("unchanged", unchanged),
        ("skipped", skipped),
        ("rejected", rejected),
    ];
    let rows = rows.into_iter().map(|(name, counted)| (name, counted, there(name)));
    let all: i64 = outcomes.iter().map(|(_, many)| *many).sum();
    let total = total.map(|total| ("total", total, all));
    rows.chain(total)
        .filter(|(_, counted, there)| counted != there)
        .map(|(name, counted, there)| format!("{id}: {name} is {counted}, its results are {there}"))
        .collect()
}
