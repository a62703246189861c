//! The only SQL that touches `adjustments` and `adjustment_proposals`, but for the bulk writes of
//! batches.

use std::collections::HashMap;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::Bool;

use super::model::{Adjustment, Either, Proposal, Status};
use crate::actions::model::Action;
use crate::db::schema::{actions, adjustment_proposals, adjustments};
use crate::db::{Db, Find};
use crate::error::{Error, Result};
use crate::kernel::id::{ActionId, AdjustmentId, CompanyId};
use crate::kernel::money::Currency;
use crate::kernel::page::Page;
use crate::kernel::reach::Reach;

mod list;

pub use list::{Filter, list};

/// How many ids one statement asks for.
const AT_ONCE: usize = 5_000;

/// The newest adjustment of an action.
pub fn last(db: &mut Db, action: ActionId) -> Result<Option<Adjustment>> {
    let newest = adjustments::table.filter(adjustments::action_id.eq(action));
    Ok(newest.order(adjustments::sequence.desc()).first(db).optional()?)
}

/// The newest adjustment of each of these actions that has any.
pub fn last_of(db: &mut Db, actions: &[ActionId]) -> Result<HashMap<ActionId, Adjustment>> {
    let is_newest = "NOT EXISTS (SELECT 1 FROM adjustments AS newer \
                     WHERE newer.action_id = adjustments.action_id \
                     AND newer.sequence > adjustments.sequence)";
    let mut found = HashMap::new();
    for ids in actions.chunks(AT_ONCE) {
        let newest: Vec<Adjustment> = adjustments::table
            .filter(adjustments::action_id.eq_any(ids))
            .filter(sql::<Bool>(is_newest))
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

impl Find for Either {
    type Id = AdjustmentId;
    const NAME: &'static str = "adjustment";

    fn look_for(db: &mut Db, id: AdjustmentId, reach: &Reach) -> Result<Option<Self>> {
        let found = match made(db, id, reach)? {
            Some(adjustment) => Some(Self::Made(adjustment)),
            None => proposed(db, id, reach)?.map(Self::Proposed),
        };
        let Some(found) = found else { return Ok(None) };
        let within = Action::look_for(db, found.action_id(), reach)?.is_some();
        Ok(Some(found).filter(|_| within))
    }

    fn version(&self) -> i64 {
        match self {
            Self::Made(adjustment) => adjustment.approved_by_user_id.map_or(1, |_| 2),
            Self::Proposed(proposal) => proposal.version,
        }
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.company_id()), Some(self.partner_company_id())]
    }
}

/// Those of these adjustments that the caller may see, each with what its action is counted in.
pub fn among(db: &mut Db, reach: &Reach, ids: &[AdjustmentId]) -> Result<Vec<(Either, Currency)>> {
    let made = || adjustments::table.filter(adjustments::id.eq_any(ids));
    let mut found: Vec<Adjustment> =
        made().filter(adjustments::company_id.eq(reach.company)).load(db)?;
    let paid = made().filter(adjustments::partner_company_id.eq(reach.company));
    found.extend(paid.load::<Adjustment>(db)?);
    let proposed: Vec<Proposal> = adjustment_proposals::table
        .filter(adjustment_proposals::id.eq_any(ids))
        .filter(adjustment_proposals::company_id.eq(reach.company))
        .load(db)?;
    let mut all: HashMap<AdjustmentId, Either> =
        proposed.into_iter().map(|one| (one.id, Either::Proposed(one))).collect();
    // What counts comes after what was proposed, and takes its place.
    all.extend(found.into_iter().map(|one| (one.id, Either::Made(one))));
    let named: Vec<ActionId> = all.values().map(Either::action_id).collect();
    let within = crate::actions::store::among(db, reach, &named)?;
    let within: HashMap<ActionId, Currency> =
        within.into_iter().map(|action| (action.id, action.currency)).collect();
    let with = |one: Either| within.get(&one.action_id()).map(|currency| (one, *currency));
    Ok(all.into_values().filter_map(with).collect())
}

/// One that counts, on either side: each has its own index.
fn made(db: &mut Db, id: AdjustmentId, reach: &Reach) -> Result<Option<Adjustment>> {
    let with_id = adjustments::table.filter(adjustments::id.eq(id));
    let as_brand = with_id.filter(adjustments::company_id.eq(reach.company));
    if let Some(found) = as_brand.first(db).optional()? {
        return Ok(Some(found));
    }
    Ok(with_id.filter(adjustments::partner_company_id.eq(reach.company)).first(db).optional()?)
}

/// One that does not; only the brand knows of it.
fn proposed(db: &mut Db, id: AdjustmentId, reach: &Reach) -> Result<Option<Proposal>> {
    let own = adjustment_proposals::company_id.eq(reach.company);
    Ok(adjustment_proposals::table.find(id).filter(own).first(db).optional()?)
}

/// A new proposal.
pub fn propose(db: &mut Db, proposal: &Proposal) -> Result<()> {
    diesel::insert_into(adjustment_proposals::table).values(proposal).execute(db)?;
    Ok(())
}

/// What became of a proposal; `Stale` if somebody else answered it first.
pub fn answer(db: &mut Db, proposal: &Proposal) -> Result<()> {
    let open = adjustment_proposals::table
        .find(proposal.id)
        .filter(adjustment_proposals::status.eq(Status::Proposed));
    match diesel::update(open).set(proposal).execute(db)? {
        1 => Ok(()),
        _ => Err(Error::Stale),
    }
}

/// What these actions are counted in.
pub fn currencies(db: &mut Db, ids: Vec<ActionId>) -> Result<HashMap<ActionId, Currency>> {
    let rows = actions::table.filter(actions::id.eq_any(ids));
    let rows: Vec<(ActionId, Currency)> = rows.select((actions::id, actions::currency)).load(db)?;
    Ok(rows.into_iter().collect())
}
