//! Finds companies together with what they let the caller's company manage.

use diesel::prelude::*;

use super::model::{Door, Managed};
use crate::companies::model::Company;
use crate::companies::store as companies;
use crate::db::schema::{memberships, users};
use crate::db::{Db, Find};
use crate::error::{Error, Result};
use crate::kernel::id::{CompanyId, UserId};
use crate::kernel::reach::{Limit, Reach};
use crate::partnerships::grants::store as grants;

impl<D: Door> Find for Managed<D> {
    type Id = CompanyId;
    const NAME: &'static str = Company::NAME;

    fn look_for(db: &mut Db, id: CompanyId, reach: &Reach) -> Result<Option<Self>> {
        let Some(company) = Company::look_for(db, id, reach)? else { return Ok(None) };
        // What a company is let do, it is let do as a whole: not those who see a part of it.
        let asks = id != reach.company && reach.is_whole() && reach.others == Limit::All;
        let granted = match asks {
            true => grants::in_force(db, id, reach.company, D::GRANT)?,
            false => None,
        };
        let granted = granted.map(|grant| (grant.grantee_company_id, grant.level));
        Ok(Some(Self::of(company, granted)))
    }

    fn version(&self) -> i64 {
        D::version(&self.company)
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        self.company.sides()
    }
}

/// The company that was seen, held until the transaction ends. An edit of something else in between
/// does no harm; one of what is managed was first. What is granted counts as it is now.
pub fn hold<D: Door>(db: &mut Db, seen: &Managed<D>) -> Result<Company> {
    let now = companies::hold(db, seen.company.id)?;
    let stands = match seen.granted {
        None => true,
        Some((grantee, _)) => {
            let still = grants::in_force(db, now.id, grantee, D::GRANT)?;
            still.map(|grant| (grant.grantee_company_id, grant.level)) == seen.granted
        }
    };
    if stands && D::version(&now) == D::version(&seen.company) {
        Ok(now)
    } else {
        Err(Error::Stale)
    }
}

/// Somebody a letter goes to.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Owner {
    /// Who.
    pub id: UserId,
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
}

/// All owners of a company.
pub fn owners(db: &mut Db, company: CompanyId) -> Result<Vec<Owner>> {
    let owners = memberships::table
        .inner_join(users::table.on(users::id.eq(memberships::user_id)))
        .filter(memberships::company_id.eq(company))
        // Roles come later in the order of features.
        .filter(memberships::role.eq("owner"))
        .order(memberships::id)
        .select((users::id, users::name, users::email));
    Ok(owners.load(db)?)
}
