//! The only SQL that touches `company_tax`.

use diesel::prelude::*;

use super::model::{About, In, Tax};
use crate::companies::model::Company;
use crate::companies::store as companies;
use crate::db::schema::company_tax;
use crate::db::{Db, Find};
use crate::error::{Error, Result};
use crate::kernel::id::CompanyId;
use crate::kernel::reach::Reach;

impl<S: About> Find for In<S> {
    type Id = CompanyId;
    const NAME: &'static str = Company::NAME;

    fn look_for(db: &mut Db, id: CompanyId, reach: &Reach) -> Result<Option<Self>> {
        Ok(Company::look_for(db, id, reach)?.map(Self::of))
    }

    fn version(&self) -> i64 {
        Self::version(self)
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        self.company.sides()
    }
}

/// The company of a section that was seen, held until the transaction ends. An edit of another section
/// in between does no harm; one of this section was first.
pub fn hold<S: About>(db: &mut Db, seen: &In<S>) -> Result<Company> {
    let now = In::<S>::of(companies::hold(db, seen.company.id)?);
    if now.version() == seen.version() { Ok(now.company) } else { Err(Error::Stale) }
}

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
