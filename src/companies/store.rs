//! The only SQL that touches `companies`; [`ties`] keeps up who knows whom.

use std::collections::{HashMap, HashSet};

use diesel::dsl::exists;
use diesel::prelude::*;

use super::model::{Company, Status};
use crate::db::schema::{companies, partnerships};
use crate::db::{Db, Find, MultiBackend};
use crate::error::{Error, Result};
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::events::store as events;
use crate::kernel::id::CompanyId;
use crate::kernel::reach::Reach;
use crate::kernel::time::Zone;

pub mod ties;

/// A partnership in one of these states shows two companies to each other. Partnerships come later in
/// the order of features, and their words with them.
pub const LIVE: [&str; 2] = ["offered", "active"];

impl Find for Company {
    type Id = CompanyId;
    const NAME: &'static str = "company";

    fn look_for(db: &mut Db, id: CompanyId, reach: &Reach) -> Result<Option<Self>> {
        let known = companies::table.find(id).into_boxed::<MultiBackend>();
        if id == reach.company {
            return Ok(known.first(db).optional()?);
        }
        if !reach.others.admits(id) {
            return Ok(None);
        }
        let (one, other) = (partnerships::partner_company_id, partnerships::client_company_id);
        let ours = one.eq(reach.company).and(other.eq(id));
        let theirs = other.eq(reach.company).and(one.eq(id));
        let live = partnerships::status.eq_any(LIVE);
        let together = partnerships::table.filter(ours.or(theirs)).filter(live);
        let there = companies::status.ne(Status::Deactivated);
        Ok(known.filter(there).filter(exists(together)).first(db).optional()?)
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.id), None]
    }
}

/// Those of these companies that the caller may see, with their cards.
pub fn among(db: &mut Db, reach: &Reach, ids: &[CompanyId]) -> Result<Vec<Company>> {
    let visible: Vec<CompanyId> = visible(db, reach, ids)?.into_iter().collect();
    Ok(companies::table.filter(companies::id.eq_any(visible)).load(db)?)
}

/// A company that registers, by its first user.
pub fn insert(db: &mut Db, company: &Company, by: Doer) -> Result<()> {
    diesel::insert_into(companies::table).values(company).execute(db)?;
    ties::begin(db, company)?;
    let event =
        Event::new(EventKind::CompanyRegistered, any(company.id), company.id, company.created_at);
    events::record(db, event.by(by))
}

/// Those of these companies that the caller may see: as one by one, but together.
pub fn visible(db: &mut Db, reach: &Reach, ids: &[CompanyId]) -> Result<HashSet<CompanyId>> {
    let live = partnerships::status.eq_any(LIVE);
    let as_client = partnerships::table
        .filter(partnerships::partner_company_id.eq(reach.company).and(live.clone()))
        .filter(partnerships::client_company_id.eq_any(ids))
        .select(partnerships::client_company_id);
    let as_partner = partnerships::table
        .filter(partnerships::client_company_id.eq(reach.company).and(live))
        .filter(partnerships::partner_company_id.eq_any(ids))
        .select(partnerships::partner_company_id);
    let mut found: HashSet<CompanyId> = as_client.load::<CompanyId>(db)?.into_iter().collect();
    found.extend(as_partner.load::<CompanyId>(db)?);
    found.retain(|id| reach.others.admits(*id));
    let others: Vec<CompanyId> = found.iter().copied().collect();
    let gone = if others.is_empty() { HashSet::new() } else { deactivated(db, &others)? };
    found.retain(|id| !gone.contains(id));
    found.extend(ids.iter().copied().filter(|id| *id == reach.company));
    Ok(found)
}

/// A company, held until the transaction ends: whoever would change it at the same time waits.
pub fn hold(db: &mut Db, id: CompanyId) -> Result<Company> {
    let own = companies::table.find(id);
    diesel::update(own).set(companies::version.eq(companies::version)).execute(db)?;
    find_own(db, id)
}

/// Those of these companies that are deactivated.
pub fn deactivated(db: &mut Db, ids: &[CompanyId]) -> Result<HashSet<CompanyId>> {
    let gone = companies::table.filter(companies::id.eq_any(ids));
    let gone = gone.filter(companies::status.eq(Status::Deactivated)).select(companies::id);
    Ok(gone.load::<CompanyId>(db)?.into_iter().collect())
}

/// A company that is known to exist: the caller's own.
pub fn find_own(db: &mut Db, id: CompanyId) -> Result<Company> {
    companies::table.find(id).first(db).optional()?.ok_or(Error::NotFound(Company::NAME))
}

/// Whether a company with this id takes part, for whoever names it in a request: whoever is suspended
/// or deactivated agrees on nothing new.
pub fn is_known(db: &mut Db, id: CompanyId) -> Result<bool> {
    let live = companies::table.find(id).filter(companies::status.eq(Status::Active));
    Ok(diesel::select(exists(live)).get_result(db)?)
}

/// The names of companies the caller deals with.
pub fn names(db: &mut Db, ids: Vec<CompanyId>) -> Result<HashMap<CompanyId, String>> {
    let named = companies::table.filter(companies::id.eq_any(ids));
    let rows: Vec<(CompanyId, String)> = named.select((companies::id, companies::name)).load(db)?;
    Ok(rows.into_iter().collect())
}

/// What companies are called, and where their days begin.
pub fn names_and_zones(
    db: &mut Db,
    ids: Vec<CompanyId>,
) -> Result<HashMap<CompanyId, (String, Zone)>> {
    let named = companies::table.filter(companies::id.eq_any(ids));
    let columns = (companies::id, companies::name, companies::time_zone);
    let rows: Vec<(CompanyId, String, Zone)> = named.select(columns).load(db)?;
    Ok(rows.into_iter().map(|(id, name, zone)| (id, (name, zone))).collect())
}

/// Replaces `before` by `after`, unless somebody else replaced it first.
pub fn advance(db: &mut Db, before: &Company, after: Company) -> Result<Company> {
    let after = Company { version: before.version + 1, ..after };
    let unchanged = companies::table
        .filter(companies::id.eq(before.id).and(companies::version.eq(before.version)));
    match diesel::update(unchanged).set(&after).execute(db)? {
        1 => ties::follow(db, before, &after).map(|()| after),
        _ => Err(Error::Stale),
    }
}
