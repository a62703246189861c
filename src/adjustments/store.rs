//! The only SQL that touches `adjustments`.

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::model::Adjustment;
use crate::db::Db;
use crate::db::schema::adjustments;
use crate::error::{Error, Result};
use crate::kernel::id::ActionId;
use crate::kernel::page::Page;

/// The newest adjustment of an action.
pub fn last(db: &mut Db, action: ActionId) -> Result<Option<Adjustment>> {
    let newest = adjustments::table.filter(adjustments::action_id.eq(action));
    Ok(newest.order(adjustments::sequence.desc()).first(db).optional()?)
}

/// Adds the next one; `Stale` if somebody else was first.
pub fn append(db: &mut Db, adjustment: &Adjustment) -> Result<()> {
    match diesel::insert_into(adjustments::table).values(adjustment).execute(db) {
        Ok(_) => Ok(()),
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Err(Error::Stale),
        Err(cause) => Err(cause.into()),
    }
}

/// The newest adjustments of an action, at most so many, oldest first.
pub fn newest(db: &mut Db, action: ActionId, most: i64) -> Result<Vec<Adjustment>> {
    let of_action = adjustments::table.filter(adjustments::action_id.eq(action));
    let mut rows: Vec<Adjustment> =
        of_action.order(adjustments::sequence.desc()).limit(most).load(db)?;
    rows.reverse();
    Ok(rows)
}

/// The adjustments of an action, oldest first.
pub fn page(
    db: &mut Db,
    action: ActionId,
    after: Option<i64>,
    limit: i64,
) -> Result<Page<Adjustment>> {
    let rows = adjustments::table
        .filter(adjustments::action_id.eq(action))
        .filter(adjustments::sequence.gt(after.unwrap_or(0)))
        .order(adjustments::sequence)
        .limit(limit.saturating_add(1));
    Ok(Page::cut(rows.load(db)?, limit, |row: &Adjustment| row.sequence))
}
