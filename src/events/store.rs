//! The only SQL that touches `events`, but for the bulk writes of the batch.

use diesel::prelude::*;

use super::audit;
use super::kinds::EventKind;
use super::model::{AnyId, Event, Follower};
use super::rules::{Keeping, Oldest};
use crate::db::dialect::walk::{Asked, Beginning};
use crate::db::schema::event_followers::dsl;
use crate::db::schema::events;
use crate::db::{Db, dialect};
use crate::error::Result;
use crate::kernel::id::EventId;
use crate::kernel::page::{Page, write_cursor};
use crate::kernel::reach::{Limit, Reach};

pub use crate::db::dialect::feed::{FeedRow, Place};

/// Writes down that something happened, and who brought it about. What a worker does line by line goes
/// another way, in bulk: there the request that began it has its entry, and the lines have none.
///
/// Whoever acts for another company brings nothing about that his own company would be told of: then it is
/// a side of it.
pub fn record(db: &mut Db, event: Event) -> Result<()> {
    if let Some(delegation) = event.origin.delegation {
        delegation.keep_out([Some(event.company_id), event.other_company_id])?;
    }
    diesel::insert_into(events::table).values(&event).execute(db)?;
    audit::write(db, event)
}

/// Which events are meant; all that a company may know of where nothing is said.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only those of this thing.
    pub object: Option<AnyId>,
    /// Only those of these types.
    pub kinds: Option<Vec<EventKind>>,
}

/// What a company may know of and a filter means, in commit order. A page that has something has a
/// next one: there is where to go on, once more has happened.
pub fn page(
    db: &mut Db,
    reach: &Reach,
    filter: &Filter,
    after: Option<Place>,
    limit: i64,
) -> Result<Page<FeedRow>> {
    // Events are not told apart by programs.
    if reach.programs != Limit::All || reach.event_types != Limit::All {
        return Ok(Page { rows: Vec::new(), next: None });
    }
    let others = match &reach.others {
        Limit::All => None,
        Limit::Only(others) => Some(others.clone()),
    };
    let Filter { object, kinds } = filter;
    let mut page = if object.is_none() && kinds.is_none() && others.is_none() {
        let rows = dialect::feed::page(db, reach.company, after, limit + 1)?;
        Page::cut(rows, limit, FeedRow::place)
    } else {
        let (company, object, kinds) = (reach.company, *object, kinds.clone());
        dialect::walk::meant(db, &Asked { company, object, kinds, others, after, limit })?
    };
    let last = page.rows.last().map(|row| write_cursor(&row.place()));
    page.next = page.next.or(last);
    Ok(page)
}

/// Up to where nobody needs any more what happened, at most `limit` events of it, and how many these
/// are.
pub fn over(db: &mut Db, keeping: &Keeping, limit: i64) -> Result<Option<(Place, usize)>> {
    let told: Option<(i64, EventId)> = dsl::event_followers
        .order((dsl::turn, dsl::event_id))
        .select((dsl::turn, dsl::event_id))
        .first(db)
        .optional()?;
    let told = told.map(Place::from_kept);
    let mut beginning = dialect::walk::oldest(db, limit.saturating_add(1))?;
    // The newest event stays for ever: SQLite counts on from the last one there is.
    beginning.pop();
    let old = |one: &Beginning| Oldest {
        at: one.at,
        told: told.as_ref().is_none_or(|told| one.place() <= *told),
    };
    let oldest: Vec<Oldest> = beginning.iter().map(old).collect();
    let over = keeping.over(&oldest);
    let last = over.checked_sub(1).and_then(|last| beginning.get(last));
    Ok(last.map(|last| (last.place(), over)))
}

/// Forgets what happened up to a place.
pub fn forget(db: &mut Db, until: &Place) -> Result<usize> {
    dialect::walk::forget(db, until)
}

/// Whether anything happened that a follower was not told. A read, so that asking often costs little.
pub fn anything_for(db: &mut Db, follower: Follower) -> Result<bool> {
    let place = place_of(db, follower)?;
    Ok(dialect::feed::end_of(db, &place, 1)?.is_some())
}

/// The most events that are passed over at once: of most nobody has to be told.
const LOOKED_AT: i64 = 5_000;

/// What a follower asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// Nobody cares at present.
    Nothing,
    /// Events of these kinds.
    These(Vec<&'a str>),
    /// Every event, also of kinds that only a newer server knows.
    Everything,
}

/// What a follower is told next.
#[derive(Debug, Clone, Default)]
pub struct Next {
    /// What it asked for.
    pub rows: Vec<FeedRow>,
    /// Whether anything happened at all, what it asked for or not.
    pub anything: bool,
}

/// What happened since a follower was last told, in commit order, as far as it asks for it: at most
/// `limit` events. Notes that it is told, in the caller's transaction; another server that asks for
/// the same waits until that ends. `wanted` is asked once it is settled how far the look
/// goes: who begins to care before something happens misses nothing.
pub fn next_for<'a>(
    db: &mut Db,
    follower: Follower,
    limit: i64,
    wanted: impl FnOnce(&mut Db) -> Result<Wanted<'a>>,
) -> Result<Next> {
    let row = dsl::event_followers.find(follower.as_str());
    diesel::update(row).set(dsl::turn.eq(dsl::turn)).execute(db)?;
    let place = place_of(db, follower)?;
    let Some(end) = dialect::feed::end_of(db, &place, LOOKED_AT)? else {
        return Ok(Next::default());
    };
    let rows = match wanted(db)? {
        Wanted::Nothing => Vec::new(),
        Wanted::These(kinds) => {
            dialect::feed::between(db, (&place, &end), Some(kinds.as_slice()), limit)?
        }
        Wanted::Everything => dialect::feed::between(db, (&place, &end), None, limit)?,
    };
    let full = usize::try_from(limit).is_ok_and(|limit| rows.len() >= limit);
    let told = rows.last().filter(|_| full).map_or(end, FeedRow::place);
    let (turn, id) = told.kept();
    diesel::update(row).set((dsl::turn.eq(turn), dsl::event_id.eq(id))).execute(db)?;
    Ok(Next { rows, anything: true })
}

/// These events, as far as they are kept.
pub fn of_ids(db: &mut Db, ids: &[EventId]) -> Result<Vec<FeedRow>> {
    dialect::feed::of_ids(db, ids)
}

fn place_of(db: &mut Db, follower: Follower) -> Result<Place> {
    let kept: (i64, EventId) = dsl::event_followers
        .find(follower.as_str())
        .select((dsl::turn, dsl::event_id))
        .first(db)?;
    Ok(Place::from_kept(kept))
}
