//! What the actions of a filter come to: their figures alone, of a bounded number of rows.

use diesel::prelude::*;

use super::list::{self, Filter, Rows, WALK};
use super::soonest;
use crate::actions::model::{Side, Sort, State};
use crate::db::Db;
use crate::db::schema::actions;
use crate::error::Result;
use crate::kernel::id::ActionId;
use crate::kernel::money::Currency;
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;

/// All of an action that a sum depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct Figures {
    /// Which one.
    pub id: ActionId,
    /// When it occurred.
    pub occurred_at: Instant,
    /// When it locks.
    pub locks_at: Instant,
    /// Where it stands.
    pub state: State,
    /// Whether it is held.
    pub held: bool,
    /// When its payout becomes due.
    pub cleared_at: Option<Instant>,
    /// What its amounts are counted in.
    pub currency: Currency,
    /// The sale.
    pub sale_minor: i64,
    /// The payout.
    pub payout_minor: i64,
}

/// The figures of one side of a list, down to where its walk ends.
#[derive(Debug, Clone)]
pub struct Part {
    /// Those that are meant.
    pub figures: Vec<Figures>,
    /// Where the list goes on uncounted, if it does.
    pub counted_to: Option<Instant>,
}

type Place = (Instant, ActionId);

/// The figures of what a filter means on one side, of the first rows of the list that it makes there.
pub fn figures(db: &mut Db, reach: &Reach, filter: &Filter, side: Side) -> Result<Part> {
    if !filter.sides(reach.company).contains(&side) {
        return Ok(Part { figures: Vec::new(), counted_to: None });
    }
    let range = || range(filter, side, reach);
    let end = match filter.order_id {
        Some(_) => None,
        None => end(db, filter.sort, range())?,
    };
    let mut meant = filter.residue(range(), reach);
    if let Some(end) = end {
        meant = match filter.sort {
            Sort::Newest => meant.filter(actions::occurred_at.ge(end.0)),
            Sort::SoonestLock => soonest::up_to(meant, end),
        };
    }
    let meant = match filter.order_id {
        Some(_) => meant,
        None => in_order(filter.sort, meant),
    };
    let columns = (
        actions::id,
        actions::occurred_at,
        actions::locks_at,
        actions::state,
        actions::held,
        actions::cleared_at,
        actions::currency,
        actions::sale_minor,
        actions::payout_minor,
    );
    let mut figures: Vec<Figures> = meant.limit(WALK).select(columns).load(db)?;
    figures.retain(|row| filter.counts(row, end));
    Ok(Part { figures, counted_to: end.map(|(at, _)| at) })
}

/// Where the walk over a range ends, if the range goes on behind it.
fn end(db: &mut Db, sort: Sort, range: Rows<'_>) -> Result<Option<Place>> {
    let rows = in_order(sort, range).offset(WALK.saturating_sub(1)).limit(2);
    let places: Vec<Place> = match sort {
        Sort::Newest => rows.select((actions::occurred_at, actions::id)).load(db)?,
        Sort::SoonestLock => rows.select((actions::locks_at, actions::id)).load(db)?,
    };
    match places.as_slice() {
        [last, _] => Ok(Some(*last)),
        _ => Ok(None),
    }
}

fn range<'a>(filter: &'a Filter, side: Side, reach: &Reach) -> Rows<'a> {
    match filter.sort {
        Sort::Newest => filter.range(side, reach, None),
        Sort::SoonestLock => soonest::unlocked(filter, side, reach, None),
    }
}

fn in_order(sort: Sort, rows: Rows<'_>) -> Rows<'_> {
    match sort {
        Sort::Newest => list::in_order(rows),
        Sort::SoonestLock => soonest::in_order(rows),
    }
}

impl Filter {
    /// Whether a row is one of the moments asked for, and not behind the walk's end.
    fn counts(&self, row: &Figures, end: Option<Place>) -> bool {
        let walked = end.is_none_or(|end| match self.sort {
            Sort::Newest => (row.occurred_at, row.id) >= end,
            Sort::SoonestLock => (row.locks_at, row.id) <= end,
        });
        walked
            && self.occurred_after.is_none_or(|from| row.occurred_at >= from)
            && self.occurred_before.is_none_or(|until| row.occurred_at < until)
    }
}
