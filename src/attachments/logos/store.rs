//! The only SQL that touches `company_logos`.

use diesel::prelude::*;

use super::model::{Logo, Shown};
use crate::attachments::store::release;
use crate::companies::model::{Company, Status};
use crate::companies::store as companies;
use crate::db::schema::company_logos;
use crate::db::{Db, Find};
use crate::error::Result;
use crate::kernel::id::CompanyId;
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;

impl Find for Shown {
    type Id = CompanyId;
    const NAME: &'static str = "logo";

    fn look_for(db: &mut Db, id: CompanyId, reach: &Reach) -> Result<Option<Self>> {
        let Some(logo) = look_for(db, id)? else { return Ok(None) };
        if Company::look_for(db, id, reach)?.is_some() {
            return Ok(Some(Self { logo, known: true }));
        }
        let company = companies::find_own(db, id)?;
        let listed = company.profile.0.listed && company.status == Status::Active;
        Ok(listed.then_some(Self { logo, known: false }))
    }

    // Which picture it is, its tag says.
    fn version(&self) -> i64 {
        1
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.logo.company_id), None]
    }
}

/// The logo of a company.
pub fn look_for(db: &mut Db, company: CompanyId) -> Result<Option<Logo>> {
    Ok(company_logos::table.find(company).first(db).optional()?)
}

/// Gives a company another logo, or none. What it had before goes if nothing else has it.
pub fn put(db: &mut Db, company: CompanyId, logo: Option<&Logo>, now: Instant) -> Result<()> {
    let before = look_for(db, company)?;
    match (&before, logo) {
        (_, None) => {
            diesel::delete(company_logos::table.find(company)).execute(db)?;
        }
        (Some(_), Some(logo)) => {
            diesel::update(company_logos::table.find(company)).set(logo).execute(db)?;
        }
        (None, Some(logo)) => {
            diesel::insert_into(company_logos::table).values(logo).execute(db)?;
        }
    }
    let ids: Vec<_> = before.map(|before| before.blob_id).into_iter().collect();
    release(db, &ids, now)
}
