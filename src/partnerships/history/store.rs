//! The only SQL that touches `partnership_history`.

use diesel::prelude::*;

use super::model::Entry;
use crate::db::schema::partnership_history::{self, dsl};
use crate::db::schema::users;
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::kernel::id::{CompanyId, EventId, PartnershipId};
use crate::kernel::page::Page;

/// Adds an entry.
pub fn append(db: &mut Db, entry: &Entry) -> Result<()> {
    diesel::insert_into(dsl::partnership_history).values(entry).execute(db)?;
    Ok(())
}

/// What one side may know of a partnership's history, newest first, with the name of who did it; without
/// what is the side's own, where there is no such reader.
pub fn page(
    db: &mut Db,
    (partnership, reader): (PartnershipId, Option<CompanyId>),
    before: Option<EventId>,
    limit: i64,
) -> Result<Page<(Entry, Option<String>)>> {
    let mut rows = dsl::partnership_history
        .left_join(users::table.on(users::id.nullable().eq(dsl::user_id)))
        .filter(dsl::partnership_id.eq(partnership))
        .order(dsl::id.desc())
        .limit(limit.saturating_add(1))
        .select((partnership_history::all_columns, users::name.nullable()))
        .into_boxed::<MultiBackend>();
    rows = match reader {
        Some(reader) => rows.filter(dsl::shared.eq(true).or(dsl::company_id.eq(reader))),
        None => rows.filter(dsl::shared.eq(true)),
    };
    if let Some(before) = before {
        rows = rows.filter(dsl::id.lt(before));
    }
    Ok(Page::cut(rows.load(db)?, limit, |(entry, _): &(Entry, Option<String>)| entry.id))
}
