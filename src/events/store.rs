//! The only SQL that touches `events`, but for the bulk writes of the batch.

use diesel::prelude::*;

use super::model::Event;
use crate::db::schema::events;
use crate::db::{Db, dialect};
use crate::error::Result;
use crate::kernel::page::Page;
use crate::kernel::reach::Reach;

pub use crate::db::dialect::feed::{FeedRow, Place};

/// Writes down that something happened.
pub fn record(db: &mut Db, event: Event) -> Result<()> {
    diesel::insert_into(events::table).values(&event).execute(db)?;
    Ok(())
}

/// What a company may know of, in commit order.
pub fn page(db: &mut Db, reach: &Reach, after: Option<Place>, limit: i64) -> Result<Page<FeedRow>> {
    if !reach.is_whole() {
        return Ok(Page { rows: Vec::new(), next: None });
    }
    let rows = dialect::feed::page(db, reach.company, after, limit + 1)?;
    Ok(Page::cut(rows, limit, FeedRow::place))
}
