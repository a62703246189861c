//! The only SQL that touches `partnerships` and `hidden_partnerships`, but for the cards of companies and
//! for what people stand on. Lists are in [`list`].

pub mod list;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::Bool;

use super::model::{Partnership, Status};
use super::rules::Refusal;
use crate::companies::store::ties::{self, Bond};
use crate::db::schema::{hidden_partnerships, partnerships};
use crate::db::{Db, Find, MultiBackend};
use crate::error::{Error, Result};
use crate::kernel::id::{CompanyId, PartnershipId};
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;

/// A place in the order in which offers expire.
pub type Turn = (Instant, PartnershipId);

impl Find for Partnership {
    type Id = PartnershipId;
    const NAME: &'static str = "partnership";

    fn look_for(db: &mut Db, id: PartnershipId, reach: &Reach) -> Result<Option<Self>> {
        let own = partnerships::partner_company_id
            .eq(reach.company)
            .or(partnerships::client_company_id.eq(reach.company));
        let found: Option<Self> = partnerships::table.find(id).filter(own).first(db).optional()?;
        Ok(found.filter(|row| reach.is_between(row.partner_company_id, row.client_company_id)))
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.partner_company_id), Some(self.client_company_id)]
    }
}

/// Those of these partnerships that the caller's company is a side of.
pub fn among(db: &mut Db, reach: &Reach, ids: &[PartnershipId]) -> Result<Vec<Partnership>> {
    let own = partnerships::partner_company_id
        .eq(reach.company)
        .or(partnerships::client_company_id.eq(reach.company));
    let mut found: Vec<Partnership> =
        partnerships::table.filter(partnerships::id.eq_any(ids)).filter(own).load(db)?;
    found.retain(|row| reach.is_between(row.partner_company_id, row.client_company_id));
    Ok(found)
}

/// A new offer, unless the pair has a live partnership in this direction.
pub fn insert(db: &mut Db, offered: &Partnership) -> Result<()> {
    let live = partnerships::table
        .filter(partnerships::partner_company_id.eq(offered.partner_company_id))
        .filter(partnerships::client_company_id.eq(offered.client_company_id))
        .filter(partnerships::status.eq_any([Status::Offered, Status::Active]));
    if diesel::select(diesel::dsl::exists(live)).get_result(db)? {
        return Err(Refusal::Exists.into());
    }
    match diesel::insert_into(partnerships::table).values(offered).execute(db) {
        Ok(_) => ties::meet(db, &bond(offered)),
        // Somebody else offered between the look and the leap.
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
            Err(Refusal::Exists.into())
        }
        Err(other) => Err(other.into()),
    }
}

/// Replaces `before` by `after`, unless somebody else replaced it first.
pub fn advance(db: &mut Db, before: &Partnership, after: Partnership) -> Result<Partnership> {
    let after = Partnership { version: before.version + 1, ..after };
    let unchanged = partnerships::table
        .filter(partnerships::id.eq(before.id).and(partnerships::version.eq(before.version)));
    match diesel::update(unchanged).set(&after).execute(db)? {
        1 => ties::bind(db, &bond(&after)).map(|()| after),
        _ => Err(Error::Stale),
    }
}

/// What a partnership is to who knows whom.
fn bond(row: &Partnership) -> Bond {
    Bond {
        id: row.id,
        partner: row.partner_company_id,
        client: row.client_company_id,
        live: row.status.is_live().then_some(row.status.as_str()),
        at: row.updated_at,
    }
}

/// Whether two companies have an active partnership, in either direction; if so, it stays active
/// until this transaction ends: the update changes nothing and holds the row.
pub fn hold_active(db: &mut Db, one: CompanyId, other: CompanyId) -> Result<bool> {
    let (partner, client) = (partnerships::partner_company_id, partnerships::client_company_id);
    let this_way = partner.eq(one).and(client.eq(other));
    let that_way = partner.eq(other).and(client.eq(one));
    let active = partnerships::table
        .filter(this_way.or(that_way))
        .filter(partnerships::status.eq(Status::Active));
    let held = diesel::update(active).set(partnerships::status.eq(Status::Active)).execute(db)?;
    Ok(held > 0)
}

/// The offered or active partnership of a pair in one direction, if there is one.
pub fn live_of(
    db: &mut Db,
    (partner, client): (CompanyId, CompanyId),
) -> Result<Option<Partnership>> {
    Ok(partnerships::table
        .filter(partnerships::partner_company_id.eq(partner))
        .filter(partnerships::client_company_id.eq(client))
        .filter(partnerships::status.eq_any([Status::Offered, Status::Active]))
        .first(db)
        .optional()?)
}

/// A partnership as it is, whosever it is, held against others until this transaction ends: the update
/// changes nothing and holds the row.
pub fn hold(db: &mut Db, id: PartnershipId) -> Result<Option<Partnership>> {
    let row = || partnerships::table.find(id);
    diesel::update(row()).set(partnerships::version.eq(partnerships::version)).execute(db)?;
    Ok(row().first(db).optional()?)
}

/// The offers that have expired by `until`, in order, from after `after` on.
pub fn overdue(db: &mut Db, until: Instant, after: Option<Turn>, limit: i64) -> Result<Vec<Turn>> {
    let mut rows = partnerships::table
        // Spelt out, so that the planner sees that the partial index covers it.
        .filter(sql::<Bool>("status = 'offered'"))
        .filter(partnerships::expires_at.le(until))
        .order((partnerships::expires_at, partnerships::id))
        .limit(limit)
        .select((partnerships::expires_at.assume_not_null(), partnerships::id))
        .into_boxed::<MultiBackend>();
    if let Some((at, id)) = after {
        let later = partnerships::expires_at.gt(at).or(partnerships::id.gt(id));
        rows = rows.filter(partnerships::expires_at.ge(at)).filter(later);
    }
    Ok(rows.load(db)?)
}

/// Puts a partnership out of a company's list, or back into it; gives whether that changed anything.
pub fn hide(
    db: &mut Db,
    (company, id): (CompanyId, PartnershipId),
    hidden: bool,
    now: Instant,
) -> Result<bool> {
    let row = || hidden_partnerships::table.find((company, id));
    if !hidden {
        return Ok(diesel::delete(row()).execute(db)? > 0);
    }
    if diesel::select(diesel::dsl::exists(row())).get_result(db)? {
        return Ok(false);
    }
    let new = (
        hidden_partnerships::company_id.eq(company),
        hidden_partnerships::partnership_id.eq(id),
        hidden_partnerships::hidden_at.eq(now),
    );
    match diesel::insert_into(hidden_partnerships::table).values(new).execute(db) {
        Ok(_) => Ok(true),
        // Somebody else of the company did so at the same moment. The transaction is run again, after it.
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Err(Error::Stale),
        Err(other) => Err(other.into()),
    }
}
