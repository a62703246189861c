//! The only SQL that touches `partnership_grants`.

use diesel::prelude::*;

use super::model::{Grant, GrantKind};
use super::rules;
use crate::db::Db;
use crate::db::schema::partnership_grants::dsl;
use crate::db::schema::{partnership_grants, partnerships};
use crate::error::Result;
use crate::kernel::id::{CompanyId, PartnershipId};
use crate::partnerships::model::Status;

/// What `from` lets `to` do at this moment: only grants of a partnership that is active count. This is
/// the one answer to "may `to` do this for `from` now".
pub fn in_force(
    db: &mut Db,
    from: CompanyId,
    to: CompanyId,
    kind: GrantKind,
) -> Result<Option<Grant>> {
    let given = dsl::partnership_grants
        .inner_join(partnerships::table.on(partnerships::id.eq(dsl::partnership_id)))
        .filter(dsl::grantee_company_id.eq(to).and(dsl::kind.eq(kind)))
        .filter(dsl::company_id.eq(from).and(partnerships::status.eq(Status::Active)))
        .select(partnership_grants::all_columns)
        .load(db)?;
    Ok(rules::furthest(given))
}

/// What the sides of a partnership grant each other, or did until it ended.
pub fn of(db: &mut Db, partnership: PartnershipId) -> Result<Vec<Grant>> {
    Ok(dsl::partnership_grants
        .filter(dsl::partnership_id.eq(partnership))
        .order((dsl::company_id, dsl::kind))
        .load(db)?)
}

/// Puts a grant in the place of what it was. Whoever does so holds the partnership.
pub fn put(db: &mut Db, grant: &Grant) -> Result<()> {
    let key = (grant.partnership_id, grant.company_id, grant.kind);
    let put = (dsl::level.eq(grant.level), dsl::granted_at.eq(grant.granted_at));
    if diesel::update(dsl::partnership_grants.find(key)).set(put).execute(db)? == 0 {
        diesel::insert_into(dsl::partnership_grants).values(grant).execute(db)?;
    }
    Ok(())
}

/// Takes a grant away; gives whether there was one. Whoever does so holds the partnership.
pub fn remove(
    db: &mut Db,
    partnership: PartnershipId,
    company: CompanyId,
    kind: GrantKind,
) -> Result<bool> {
    let row = dsl::partnership_grants.find((partnership, company, kind));
    Ok(diesel::delete(row).execute(db)? > 0)
}
