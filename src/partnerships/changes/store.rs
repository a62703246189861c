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
        let seen = |change: &Change| !change.is_draft_of_other(reach.company);
        let Some(change) = look_for(db, id)?.filter(seen) else { return Ok(None) };
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

/// A new change, unless its side has one that waits, or a draft.
pub fn insert(db: &mut Db, change: &Change) -> Result<()> {
    let done = diesel::insert_into(dsl::partnership_changes).values(change).execute(db);
    alone(change, done).map(drop)
}

/// The refusal where a side has another one already: each has one open change, and one draft.
fn alone(change: &Change, done: QueryResult<usize>) -> Result<usize> {
    match done {
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
            let draft = change.status == Status::Draft;
            Err(if draft { Refusal::Drafted } else { Refusal::Open }.into())
        }
        done => Ok(done?),
    }
}

/// Replaces `before` by `after`, unless somebody else replaced it first, or a draft is proposed beside
/// another change.
pub fn advance(db: &mut Db, before: &Change, after: Change) -> Result<Change> {
    let after = Change { version: before.version.saturating_add(1), ..after };
    let unchanged =
        dsl::partnership_changes.filter(dsl::id.eq(before.id).and(dsl::version.eq(before.version)));
    let done = diesel::update(unchanged).set(&after).execute(db);
    match alone(&after, done)? {
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

/// What a side has not proposed yet, if it has a draft.
pub fn draft(
    db: &mut Db,
    partnership: PartnershipId,
    company: CompanyId,
) -> Result<Option<Change>> {
    Ok(dsl::partnership_changes
        .filter(dsl::partnership_id.eq(partnership))
        .filter(dsl::proposed_by_company_id.eq(company))
        // Spelt out, so that the planner sees that the partial index covers it.
        .filter(sql::<Bool>("status = 'draft'"))
        .first(db)
        .optional()?)
}

/// Whether a draft was there, and is no more.
pub fn discard(db: &mut Db, draft: &Change) -> Result<bool> {
    let row = dsl::partnership_changes.find(draft.id);
    Ok(diesel::delete(row.filter(dsl::status.eq(Status::Draft))).execute(db)? > 0)
}

/// Nothing can be proposed any more.
pub fn discard_all(db: &mut Db, partnership: PartnershipId) -> Result<()> {
    let drafts = dsl::partnership_changes
        .filter(dsl::partnership_id.eq(partnership))
        .filter(sql::<Bool>("status = 'draft'"));
    diesel::delete(drafts).execute(db)?;
    Ok(())
}

/// The changes of a partnership that a side may know of, newest first.
pub fn page(
    db: &mut Db,
    (partnership, reader): (PartnershipId, CompanyId),
    statuses: Option<&[Status]>,
    before: Option<ChangeId>,
    limit: i64,
) -> Result<Page<Change>> {
    let mut rows = dsl::partnership_changes
        .filter(dsl::partnership_id.eq(partnership))
        .filter(dsl::status.ne(Status::Draft).or(dsl::proposed_by_company_id.eq(reader)))
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
