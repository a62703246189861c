//! The only SQL that touches `events`, but for the bulk writes of the batch.

use diesel::prelude::*;

use super::audit;
use super::model::{Event, Follower};
use crate::db::schema::event_followers::dsl;
use crate::db::schema::events;
use crate::db::{Db, dialect};
use crate::error::Result;
use crate::kernel::id::EventId;
use crate::kernel::page::Page;
use crate::kernel::reach::Reach;

pub use crate::db::dialect::feed::{FeedRow, Place};

/// Writes down that something happened, and who brought it about. What a worker does line by line goes
/// another way, in bulk: there the request that began it has its entry, and the lines have none.
pub fn record(db: &mut Db, event: Event) -> Result<()> {
    diesel::insert_into(events::table).values(&event).execute(db)?;
    audit::write(db, event)
}

/// What a company may know of, in commit order.
pub fn page(db: &mut Db, reach: &Reach, after: Option<Place>, limit: i64) -> Result<Page<FeedRow>> {
    if !reach.is_whole() {
        return Ok(Page { rows: Vec::new(), next: None });
    }
    let rows = dialect::feed::page(db, reach.company, after, limit + 1)?;
    Ok(Page::cut(rows, limit, FeedRow::place))
}

/// Whether anything happened that a follower was not told. A read, so that asking often costs little.
pub fn anything_for(db: &mut Db, follower: Follower) -> Result<bool> {
    let place = place_of(db, follower)?;
    Ok(!dialect::feed::since(db, &place, 1)?.is_empty())
}

/// What happened since a follower was last told, in commit order, and notes that it is told now, in
/// the caller's transaction. Another server that asks for the same waits until that ends.
pub fn next_for(db: &mut Db, follower: Follower, limit: i64) -> Result<Vec<FeedRow>> {
    let row = dsl::event_followers.find(follower.as_str());
    diesel::update(row).set(dsl::turn.eq(dsl::turn)).execute(db)?;
    let place = place_of(db, follower)?;
    let rows = dialect::feed::since(db, &place, limit)?;
    if let Some(last) = rows.last() {
        let (turn, id) = last.place().kept();
        diesel::update(row).set((dsl::turn.eq(turn), dsl::event_id.eq(id))).execute(db)?;
    }
    Ok(rows)
}

fn place_of(db: &mut Db, follower: Follower) -> Result<Place> {
    let kept: (i64, EventId) = dsl::event_followers
        .find(follower.as_str())
        .select((dsl::turn, dsl::event_id))
        .first(db)?;
    Ok(Place::from_kept(kept))
}
