//! The only SQL that touches `adjustments`.

use std::collections::HashMap;

use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::model::Adjustment;
use crate::db::Db;
use crate::db::schema::adjustments;
use crate::error::{Error, Result};
use crate::kernel::id::ActionId;
use crate::kernel::page::Page;

/// How many ids one statement asks for.
const AT_ONCE: usize = 5_000;

/// The newest adjustment of an action.
pub fn last(db: &mut Db, action: ActionId) -> Result<Option<Adjustment>> {
    let newest = adjustments::table.filter(adjustments::action_id.eq(action));
    Ok(newest.order(adjustments::sequence.desc()).first(db).optional()?)
}

/// The newest adjustment of each of these actions that has any.
pub fn last_of(db: &mut Db, actions: &[ActionId]) -> Result<HashMap<ActionId, Adjustment>> {
    let newer = diesel::alias!(adjustments as newer);
    let mut found = HashMap::new();
    for ids in actions.chunks(AT_ONCE) {
        let newer = newer
            .filter(newer.field(adjustments::action_id).eq(adjustments::action_id))
            .filter(newer.field(adjustments::sequence).gt(adjustments::sequence));
        let newest: Vec<Adjustment> = adjustments::table
            .filter(adjustments::action_id.eq_any(ids))
            .filter(not(exists(newer)))
            .load(db)?;
        found.extend(newest.into_iter().map(|one| (one.action_id, one)));
    }
    Ok(found)
}

/// Adds the next one; `Stale` if somebody else was first.
pub fn append(db: &mut Db, adjustment: &Adjustment) -> Result<()> {
    match diesel::insert_into(adjustments::table).values(adjustment).execute(db) {
        Ok(_) => Ok(()),
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Err(Error::Stale),
        Err(cause) => Err(cause.into()),
    }
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
