//! The only SQL that touches `company_payment`.

use diesel::prelude::*;

use super::model::{Kept, OfPayment};
use crate::companies::model::Company;
use crate::companies::store as companies;
use crate::db::schema::company_payment;
use crate::db::{Db, Find};
use crate::error::{Error, Result};
use crate::kernel::id::CompanyId;
use crate::kernel::reach::Reach;

impl Find for OfPayment {
    type Id = CompanyId;
    const NAME: &'static str = Company::NAME;

    fn look_for(db: &mut Db, id: CompanyId, reach: &Reach) -> Result<Option<Self>> {
        Ok(Company::look_for(db, id, reach)?.map(Self))
    }

    fn version(&self) -> i64 {
        Self::version(self)
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        self.0.sides()
    }
}

/// The company of a section that was seen, held until the transaction ends. An edit of another section
/// in between does no harm; one of this section was first.
pub fn hold(db: &mut Db, seen: &OfPayment) -> Result<Company> {
    let now = OfPayment(companies::hold(db, seen.0.id)?);
    if now.version() == seen.version() { Ok(now.0) } else { Err(Error::Stale) }
}

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
