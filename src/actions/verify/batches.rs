//! Batches beside their lines, and what lines and events refer to.

use std::collections::HashSet;
use std::hash::Hash;

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::clawbacks::{OfLine, of_lines};
use super::{LOOKS, Stretch, count};
use crate::db::schema::{actions, companies, events, reversal_lines, reversals};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::kernel::id::{ActionId, CompanyId, ReversalId};

/// Batches of one stretch.
const BATCHES: i64 = 100;
/// Lines of one stretch.
const LINES: i64 = 5_000;
/// How many ids one statement asks for.
const AT_ONCE: usize = 5_000;

/// What a batch counts: total, applied, unchanged, duplicate, rejected, and whether it is complete.
type Counts = (Option<i32>, i32, i32, i32, i32, String);

/// Ids in portions that a statement takes.
pub fn at_once<Id: Copy>(ids: HashSet<Id>) -> Vec<Vec<Id>> {
    let all: Vec<Id> = ids.into_iter().collect();
    all.chunks(AT_ONCE).map(<[Id]>::to_vec).collect()
}

/// The batches after one, each beside what its lines come to.
pub fn counts(db: &mut Db, after: Option<ReversalId>) -> Result<Stretch<ReversalId>> {
    let mut rows = reversals::table
        .order(reversals::id)
        .select(reversals::id)
        .limit(BATCHES)
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        rows = rows.filter(reversals::id.gt(after));
    }
    let ids: Vec<ReversalId> = rows.load(db)?;
    let mut differences = Vec::new();
    for id in &ids {
        differences.extend(look_at(db, *id)?);
    }
    let full = i64::try_from(ids.len()).is_ok_and(|many| many >= BATCHES);
    let next = ids.last().copied().filter(|_| full);
    Ok(Stretch { rows: (count(ids.len()), 0), differences, next })
}

/// What differs in one batch, looked at a few times: it may be at work.
fn look_at(db: &mut Db, id: ReversalId) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for _ in 0..LOOKS {
        let counts: Option<Counts> = reversals::table
            .find(id)
            .select((
                reversals::total,
                reversals::applied,
                reversals::unchanged,
                reversals::duplicate,
                reversals::rejected,
                reversals::status,
            ))
            .first(db)
            .optional()?;
        let Some(counts) = counts else { return Ok(Vec::new()) };
        found = compare(id, &counts, &outcomes(db, id)?);
        if found.is_empty() {
            break;
        }
    }
    Ok(found)
}

/// How many lines of a batch have which outcome.
fn outcomes(db: &mut Db, id: ReversalId) -> Result<Vec<(String, i64)>> {
    Ok(reversal_lines::table
        .filter(reversal_lines::reversal_id.eq(id))
        .group_by(reversal_lines::outcome)
        .select((reversal_lines::outcome, count_star()))
        .load(db)?)
}

fn compare(id: ReversalId, counts: &Counts, outcomes: &[(String, i64)]) -> Vec<String> {
    let (total, applied, unchanged, duplicate, rejected, status) = counts;
    let lines = |outcome: &str| {
        let with = outcomes.iter().filter(|(one, _)| one == outcome);
        with.map(|(_, many)| *many).sum::<i64>()
    };
    let rows = [
        ("applied", *applied, "applied"),
        ("unchanged", *unchanged, "unchanged"),
        ("duplicate", *duplicate, "duplicate_of_line"),
        ("rejected", *rejected, "rejected"),
    ];
    let mut found: Vec<String> = rows
        .into_iter()
        .map(|(name, counted, outcome)| (name, i64::from(counted), lines(outcome)))
        .filter(|(_, counted, there)| counted != there)
        .map(|(name, counted, there)| format!("{id}: {name} is {counted}, its lines are {there}"))
        .collect();
    let all: i64 = outcomes.iter().map(|(_, many)| *many).sum();
    if let Some(total) = total.filter(|total| status == "completed" && i64::from(*total) != all) {
        found.push(format!("{id}: its total is {total}, its lines are {all}"));
    }
    found
}

/// The lines after one, and whether what they name exists.
pub fn lines(db: &mut Db, after: Option<(ReversalId, i32)>) -> Result<Stretch<(ReversalId, i32)>> {
    let mut rows = reversal_lines::table
        .order((reversal_lines::reversal_id, reversal_lines::line))
        .select((
            reversal_lines::reversal_id,
            reversal_lines::line,
            reversal_lines::action_id,
            reversal_lines::adjustment_id,
        ))
        .limit(LINES)
        .into_boxed::<MultiBackend>();
    if let Some((id, line)) = after {
        let later = reversal_lines::reversal_id.gt(id).or(reversal_lines::line.gt(line));
        rows = rows.filter(reversal_lines::reversal_id.ge(id)).filter(later);
    }
    let found: Vec<OfLine> = rows.load(db)?;
    let batches: HashSet<ReversalId> = found.iter().map(|(id, ..)| *id).collect();
    let named: HashSet<ActionId> = found.iter().filter_map(|(_, _, action, _)| *action).collect();
    let mut differences = of_lines(db, &found)?;
    for some in at_once(batches) {
        let rows = reversals::table.filter(reversals::id.eq_any(&some)).select(reversals::id);
        let gone = missing(some.clone(), rows.load(db)?);
        differences.extend(gone.map(|id| format!("{id}: it has lines and does not exist")));
    }
    for some in at_once(named) {
        let rows = actions::table.filter(actions::id.eq_any(&some)).select(actions::id);
        let gone = missing(some.clone(), rows.load(db)?);
        differences.extend(gone.map(|id| format!("{id}: lines name it and it does not exist")));
    }
    let full = i64::try_from(found.len()).is_ok_and(|many| many >= LINES);
    let next = found.last().map(|(id, line, ..)| (*id, *line)).filter(|_| full);
    Ok(Stretch { rows: (count(found.len()), 0), differences, next })
}

/// Whether the companies that events are of exist: each is asked for once, by the index.
pub fn companies_of_events(db: &mut Db) -> Result<Vec<String>> {
    let mut differences = Vec::new();
    let mut last: Option<CompanyId> = None;
    loop {
        let mut rows = events::table
            .order(events::company_id)
            .select(events::company_id)
            .into_boxed::<MultiBackend>();
        if let Some(last) = last {
            rows = rows.filter(events::company_id.gt(last));
        }
        let Some(company) = rows.first::<CompanyId>(db).optional()? else { break };
        let there = companies::table.find(company).select(companies::id);
        if there.first::<CompanyId>(db).optional()?.is_none() {
            differences.push(format!("{company}: events are of it and it does not exist"));
        }
        last = Some(company);
    }
    Ok(differences)
}

/// What was asked for and not found.
fn missing<Id: Copy + Eq + Hash>(asked: Vec<Id>, found: Vec<Id>) -> impl Iterator<Item = Id> {
    let found: HashSet<Id> = found.into_iter().collect();
    asked.into_iter().filter(move |id| !found.contains(id))
}
