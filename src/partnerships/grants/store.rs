//! The only SQL that touches `partnership_grants`.

use std::collections::HashSet;

use diesel::prelude::*;

use super::model::{Grant, GrantKind};
use super::rules;
use crate::db::Db;
use crate::db::schema::partnership_grants::dsl;
use crate::db::schema::{partnership_grants, partnerships};
use crate::error::Result;
use crate::kernel::id::{CompanyId, PartnershipId};
use crate::partnerships::model::Status;

/// The grants of a kind that are in force: those of partnerships that are active. This is the one place
/// that says so, for all who ask within a statement of their own.
#[diesel::dsl::auto_type(no_type_alias)]
pub fn of_kind_in_force(kind: GrantKind) -> _ {
    let active: Status = Status::Active;
    partnership_grants::table
        .inner_join(partnerships::table.on(partnerships::id.eq(partnership_grants::partnership_id)))
        .filter(partnership_grants::kind.eq(kind))
        .filter(partnerships::status.eq(active))
}

/// What `from` lets `to` do at this moment: the one answer to "may `to` do this for `from` now".
pub fn in_force(
    db: &mut Db,
    from: CompanyId,
    to: CompanyId,
    kind: GrantKind,
) -> Result<Option<Grant>> {
    let given = of_kind_in_force(kind)
        .filter(dsl::grantee_company_id.eq(to).and(dsl::company_id.eq(from)))
        .select(partnership_grants::all_columns)
        .load(db)?;
    Ok(rules::furthest(given))
}

/// Those that let a company do this, at this moment: one by one as [`in_force`] says, but together.
pub fn letting(db: &mut Db, to: CompanyId, kind: GrantKind) -> Result<Vec<CompanyId>> {
    let given = of_kind_in_force(kind).filter(dsl::grantee_company_id.eq(to));
    Ok(given.select(dsl::company_id).distinct().load(db)?)
}

/// Those of these companies that let a company do this: likewise.
pub fn letting_among(
    db: &mut Db,
    to: CompanyId,
    kind: GrantKind,
    some: &[CompanyId],
) -> Result<HashSet<CompanyId>> {
    let given = of_kind_in_force(kind).filter(dsl::grantee_company_id.eq(to));
    let given = given.filter(dsl::company_id.eq_any(some)).select(dsl::company_id);
    Ok(given.load::<CompanyId>(db)?.into_iter().collect())
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
