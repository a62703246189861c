//! The list of actions that have not locked: soonest lock first.
//!
//! As in the list of the newest, each side is a range of its own index, and what a filter leaves of a
//! range is found by walking it, over a bounded number of rows.

use diesel::dsl::{not, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::list::{Filter, Rows, WALK};
use super::{narrowed, order};
use crate::actions::model::{Action, Side};
use crate::db::Db;
use crate::db::schema::actions;
use crate::error::Result;
use crate::kernel::column::{At, Key};
use crate::kernel::id::ActionId;
use crate::kernel::page::{Page, write_cursor};
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;

/// A place in the list.
pub(super) type Place = (Instant, ActionId);

/// The unlocked actions of a company, as brand and as partner, that a filter means.
pub(super) fn soonest(
    db: &mut Db,
    reach: &Reach,
    filter: &Filter,
    after: Option<Place>,
    limit: i64,
) -> Result<Page<Action>> {
    let (mut rows, mut seen): (Vec<Action>, Option<Place>) = (Vec::new(), None);
    for side in filter.sides(reach.company) {
        let range = || unlocked(filter, side, reach, after);
        let end = if walks(filter, reach) { end(db, range())? } else { None };
        let meant = match end {
            Some(end) => up_to(filter.residue(range(), reach), end),
            None => filter.residue(range(), reach),
        };
        let meant = match filter.order_id {
            // An order has few. Asked for a sequence of rows, SQLite would walk the whole list.
            Some(_) => meant.limit(WALK),
            None => in_order(meant).limit(limit.saturating_add(1)),
        };
        rows.extend(meant.load::<Action>(db)?);
        seen = match (seen, end) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
    rows.retain(|action| filter.locks_within(action, after));
    let rows = rows.into_iter().map(|action| narrowed(action, reach)).collect();
    Ok(merged(rows, seen, limit))
}

/// Where the walk over a range ends, if the range is longer than it.
fn end(db: &mut Db, range: Rows<'_>) -> Result<Option<Place>> {
    let places = in_order(range).select((actions::locks_at, actions::id));
    Ok(places.offset(WALK.saturating_sub(1)).limit(1).first(db).optional()?)
}

/// The ranges as one, up to the place up to which all of them were walked.
fn merged(mut rows: Vec<Action>, seen: Option<Place>, limit: i64) -> Page<Action> {
    rows.retain(|action| seen.is_none_or(|seen| place(action) <= seen));
    rows.sort_by_key(place);
    let cursor = |(at, id): Place| order::Place::Locks(id, at);
    let mut page = Page::cut(rows, limit, |action| cursor(place(action)));
    page.next = page.next.or(seen.map(|seen| write_cursor(&cursor(seen))));
    page
}

fn place(action: &Action) -> Place {
    (action.locks_at, action.id)
}

pub(super) fn in_order(rows: Rows<'_>) -> Rows<'_> {
    rows.order((actions::locks_at, actions::id))
}

/// Whether rows have to be looked at that may not be meant.
fn walks(filter: &Filter, reach: &Reach) -> bool {
    let occurred = filter.occurred_after.is_some() || filter.occurred_before.is_some();
    filter.walks(reach) || ((filter.held_only() || occurred) && filter.order_id.is_none())
}

/// Those rows that come before a place, or are there. All that occurred on a day mostly lock at the
/// same moment: compared as a pair it is a step in the index, and no walk over that day.
pub(super) fn up_to(rows: Rows<'_>, (at, id): Place) -> Rows<'_> {
    let place = sql::<Bool>("(actions.locks_at, actions.id) <= (").bind::<At, _>(at);
    rows.filter(place.sql(", ").bind::<Key, _>(id).sql(")"))
}

/// Those rows that come after a place.
fn behind(rows: Rows<'_>, (at, id): Place) -> Rows<'_> {
    let place = sql::<Bool>("(actions.locks_at, actions.id) > (").bind::<At, _>(at);
    rows.filter(place.sql(", ").bind::<Key, _>(id).sql(")"))
}

/// The range of the side's index.
pub(super) fn unlocked<'a>(
    filter: &'a Filter,
    side: Side,
    reach: &Reach,
    after: Option<Place>,
) -> Rows<'a> {
    let own = reach.company;
    let mut rows = filter.of_side(side, own).filter(actions::locked_at.is_null());
    if filter.held_only() {
        // Not by the held ones' own index, which is in another order.
        rows = rows.filter(actions::held_until.is_not_null());
    }
    if let Some(order_id) = &filter.order_id {
        return filter.of_order(rows, side, own, order_id);
    }
    if let Some(place) = after {
        rows = behind(rows, place);
    }
    if let Some(from) = filter.occurred_after {
        rows = rows.filter(not(actions::occurred_at.lt(from)));
    }
    if let Some(until) = filter.occurred_before {
        rows = rows.filter(not(actions::occurred_at.ge(until)));
    }
    rows
}

impl Filter {
    /// Whether an action is one of those asked for, and comes after a place of the list.
    fn locks_within(&self, action: &Action, after: Option<Place>) -> bool {
        after.is_none_or(|after| place(action) > after)
            && self.occurred_after.is_none_or(|from| action.occurred_at >= from)
            && self.occurred_before.is_none_or(|until| action.occurred_at < until)
    }
}
