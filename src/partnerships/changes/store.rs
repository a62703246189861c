//! The only SQL that touches `partnership_changes`.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::Bool;

use super::model::{Change, Proposal, Status};
use super::rules::Refusal;
use crate::db::schema::partnership_changes::dsl;
use crate::db::{Db, Find, MultiBackend};
use crate::error::{Error, Result};
use crate::kernel::id::{ChangeId, CompanyId, PartnershipId};
use crate::kernel::page::Page;
use crate::kernel::reach::Reach;
use crate::partnerships::model::Partnership;

impl Find for Proposal {
    type Id = ChangeId;
    const NAME: &'static str = "change";

    fn look_for(db: &mut Db, id: ChangeId, reach: &Reach) -> Result<Option<Self>> {
        let Some(change) = look_for(db, id)? else { return Ok(None) };
        let on = Partnership::look_for(db, change.partnership_id, reach)?;
        Ok(on.map(|on| Self { change, on }))
    }

    fn version(&self) -> i64 {
        self.change.version
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        self.on.sides()
    }
}

/// A change, whosever it is.
pub fn look_for(db: &mut Db, id: ChangeId) -> Result<Option<Change>> {
    Ok(dsl::partnership_changes.find(id).first(db).optional()?)
}

/// A new change, unless its side has one that waits.
pub fn insert(db: &mut Db, change: &Change) -> Result<()> {
    match diesel::insert_into(dsl::partnership_changes).values(change).execute(db) {
        Ok(_) => Ok(()),
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
            Err(Refusal::Open.into())
        }
        Err(other) => Err(other.into()),
    }
}

/// Replaces `before` by `after`, unless somebody else replaced it first.
pub fn advance(db: &mut Db, before: &Change, after: Change) -> Result<Change> {
    let after = Change { version: before.version.saturating_add(1), ..after };
    let unchanged =
        dsl::partnership_changes.filter(dsl::id.eq(before.id).and(dsl::version.eq(before.version)));
    match diesel::update(unchanged).set(&after).execute(db)? {
        1 => Ok(after),
        _ => Err(Error::Stale),
    }
}

/// The changes of a partnership that wait for an answer: one of each side at most.
pub fn open(db: &mut Db, partnership: PartnershipId) -> Result<Vec<Change>> {
    Ok(dsl::partnership_changes
        .filter(dsl::partnership_id.eq(partnership))
        // Spelt out, so that the planner sees that the partial index covers it.
        .filter(sql::<Bool>("status = 'proposed'"))
        .order(dsl::id)
        .load(db)?)
}

/// The changes of a partnership, newest first.
pub fn page(
    db: &mut Db,
    partnership: PartnershipId,
    statuses: Option<&[Status]>,
    before: Option<ChangeId>,
    limit: i64,
) -> Result<Page<Change>> {
    let mut rows = dsl::partnership_changes
        .filter(dsl::partnership_id.eq(partnership))
        .order(dsl::id.desc())
        .limit(limit.saturating_add(1))
        .into_boxed::<MultiBackend>();
    if let Some(statuses) = statuses {
        rows = rows.filter(dsl::status.eq_any(statuses));
    }
    if let Some(before) = before {
        rows = rows.filter(dsl::id.lt(before));
    }
    Ok(Page::cut(rows.load(db)?, limit, |change: &Change| change.id))
}
