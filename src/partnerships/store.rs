//! The only SQL that touches `partnerships`, but for the cards of companies.

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::model::{Partnership, Status};
use super::rules::Refusal;
use crate::companies::store::ties::{self, Bond};
use crate::db::schema::partnerships;
use crate::db::{Db, Find, MultiBackend};
use crate::error::{Error, Result};
use crate::kernel::id::{CompanyId, PartnershipId};
use crate::kernel::page::Page;
use crate::kernel::reach::Reach;

impl Find for Partnership {
    type Id = PartnershipId;
    const NAME: &'static str = "partnership";

    fn look_for(db: &mut Db, id: PartnershipId, reach: &Reach) -> Result<Option<Self>> {
        let own = partnerships::partner_company_id
            .eq(reach.company)
            .or(partnerships::client_company_id.eq(reach.company));
        Ok(partnerships::table.find(id).filter(own).first(db).optional()?)
    }

    fn version(&self) -> i64 {
        self.version
    }
}

/// Those of these partnerships that the caller's company is a side of.
pub fn among(db: &mut Db, reach: &Reach, ids: &[PartnershipId]) -> Result<Vec<Partnership>> {
    let own = partnerships::partner_company_id
        .eq(reach.company)
        .or(partnerships::client_company_id.eq(reach.company));
    Ok(partnerships::table.filter(partnerships::id.eq_any(ids)).filter(own).load(db)?)
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

/// A company's partnerships, newest first.
pub fn page(
    db: &mut Db,
    reach: &Reach,
    statuses: Option<&[Status]>,
    after: Option<PartnershipId>,
    limit: i64,
) -> Result<Page<Partnership>> {
    let own = partnerships::partner_company_id
        .eq(reach.company)
        .or(partnerships::client_company_id.eq(reach.company));
    let mut rows = partnerships::table
        .filter(own)
        .order(partnerships::id.desc())
        .limit(limit + 1)
        .into_boxed::<MultiBackend>();
    if let Some(statuses) = statuses {
        rows = rows.filter(partnerships::status.eq_any(statuses));
    }
    if let Some(after) = after {
        rows = rows.filter(partnerships::id.lt(after));
    }
    Ok(Page::cut(rows.load(db)?, limit, |row: &Partnership| row.id))
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
    let live = matches!(row.status, Status::Offered | Status::Active);
    Bond {
        id: row.id,
        partner: row.partner_company_id,
        client: row.client_company_id,
        live: live.then_some(row.status.as_str()),
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
