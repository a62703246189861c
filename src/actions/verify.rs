//! Adds every ledger up again, and compares it with what the rows say.
//!
//! Everything is read in short stretches, so that neither memory nor a running server feels it. A
//! row that changes between two reads looks wrong for a moment: what differs is looked at again.

mod adjustments;
mod batches;
mod clawbacks;
mod fold;
mod inquiries;
mod ledgers;
mod proposals;
mod reprocessings;

use crate::db::{Db, Pool};
use crate::error::Result;

/// How often something that differs is looked at before it counts.
const LOOKS: usize = 3;

/// What is told while it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// So many rows more have been looked at.
    Looked(u64),
    /// Something is not as it ought to be.
    Difference(String),
}

/// What was looked at, and how much of it differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Report {
    /// Actions whose ledger was added up.
    pub actions: u64,
    /// Entries of these ledgers.
    pub updates: u64,
    /// Adjustments that follow from those before them.
    pub adjustments: u64,
    /// Batches whose lines were counted.
    pub batches: u64,
    /// Lines of these batches.
    pub lines: u64,
    /// Whatever is not as it ought to be.
    pub differences: u64,
}

/// One stretch of rows: how many of each, what differs, and where the next one begins.
struct Stretch<Place> {
    rows: (u64, u64),
    differences: Vec<String>,
    next: Option<Place>,
}

/// Looks at everything, and tells while it does.
pub async fn verify(pool: &Pool, tell: impl Fn(Told)) -> Result<Report> {
    let ledgers = walk(pool, ledgers::stretch, &tell).await?;
    let adjusted = walk(pool, adjustments::stretch, &tell).await?;
    let proposed = walk(pool, proposals::stretch, &tell).await?;
    let disputed = walk(pool, inquiries::stretch, &tell).await?;
    let counts = walk(pool, batches::counts, &tell).await?;
    let lines = walk(pool, batches::lines, &tell).await?;
    let reprocessed = walk(pool, reprocessings::counts, &tell).await?;
    let strangers = pool.read(batches::companies_of_events).await?;
    let differences = [
        ledgers.2,
        adjusted.2,
        proposed.2,
        disputed.2,
        counts.2,
        lines.2,
        reprocessed.2,
        count(strangers.len()),
    ];
    strangers.into_iter().for_each(|one| tell(Told::Difference(one)));
    Ok(Report {
        actions: ledgers.0,
        updates: ledgers.1,
        adjustments: adjusted.0,
        batches: counts.0,
        lines: lines.0,
        differences: differences.iter().sum(),
    })
}

/// Reads one stretch at a time.
type Read<Place> = fn(&mut Db, Option<Place>) -> Result<Stretch<Place>>;

/// Goes from stretch to stretch; gives how many rows of each kind there were, and what differs.
async fn walk<Place: Copy + Send + 'static>(
    pool: &Pool,
    read: Read<Place>,
    tell: &impl Fn(Told),
) -> Result<(u64, u64, u64)> {
    let (mut first, mut second, mut differences): (u64, u64, u64) = (0, 0, 0);
    let mut after = None;
    loop {
        let stretch = pool.read(move |db| read(db, after)).await?;
        first = first.saturating_add(stretch.rows.0);
        second = second.saturating_add(stretch.rows.1);
        differences = differences.saturating_add(count(stretch.differences.len()));
        tell(Told::Looked(stretch.rows.0.saturating_add(stretch.rows.1)));
        stretch.differences.into_iter().for_each(|one| tell(Told::Difference(one)));
        after = stretch.next;
        if after.is_none() {
            return Ok((first, second, differences));
        }
    }
}

fn count(many: usize) -> u64 {
    u64::try_from(many).unwrap_or(u64::MAX)
}
