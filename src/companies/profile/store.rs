//! The only SQL that touches `company_tax`.

use diesel::prelude::*;

use super::model::Tax;
use crate::db::Db;
use crate::db::schema::company_tax;
use crate::error::Result;
use crate::kernel::id::CompanyId;

/// What a company says to the tax office.
pub fn tax(db: &mut Db, company: CompanyId) -> Result<Tax> {
    let said = company_tax::table.find(company).first(db).optional()?;
    Ok(said.unwrap_or_else(|| Tax::nothing(company)))
}

/// Keeps what it says from now on; the company is held.
pub fn put_tax(db: &mut Db, tax: &Tax) -> Result<()> {
    let kept = diesel::update(company_tax::table.find(tax.company_id)).set(tax).execute(db)?;
    if kept == 0 {
        diesel::insert_into(company_tax::table).values(tax).execute(db)?;
    }
    Ok(())
}
