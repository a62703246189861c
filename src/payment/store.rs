//! The only SQL that touches `company_payment`.

use diesel::prelude::*;

use super::model::Kept;
use crate::db::Db;
use crate::db::schema::{company_payment, memberships, users};
use crate::error::Result;
use crate::kernel::id::CompanyId;
use crate::users::model::{Role, User};

/// Where a company is paid, if it has said so.
pub fn look_for(db: &mut Db, company: CompanyId) -> Result<Option<Kept>> {
    Ok(company_payment::table.find(company).first(db).optional()?)
}

/// Keeps where it is paid from now on; the company is held.
pub fn put(db: &mut Db, said: &Kept) -> Result<()> {
    let row = company_payment::table.find(said.company_id);
    if diesel::update(row).set(said).execute(db)? == 0 {
        diesel::insert_into(company_payment::table).values(said).execute(db)?;
    }
    Ok(())
}

/// All owners of a company.
pub fn owners(db: &mut Db, company: CompanyId) -> Result<Vec<User>> {
    let owners = memberships::table
        .inner_join(users::table.on(users::id.eq(memberships::user_id)))
        .filter(memberships::company_id.eq(company))
        .filter(memberships::role.eq(Role::Owner))
        .order(memberships::id)
        .select(users::all_columns);
    Ok(owners.load(db)?)
}
