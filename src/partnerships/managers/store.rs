//! The only SQL that touches `partnership_managers`, but for whom notifications are for.

use diesel::prelude::*;

use super::model::Manager;
use crate::db::schema::partnership_managers::dsl;
use crate::db::schema::{partnership_managers, partnerships, people};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::kernel::id::{CompanyId, PartnershipId, PersonId};
use crate::kernel::page::Page;
use crate::partnerships::model::Status;
use crate::people::model::Person;

/// Who is on the team of one side.
pub fn team(db: &mut Db, partnership: PartnershipId, company: CompanyId) -> Result<Vec<PersonId>> {
    Ok(dsl::partnership_managers
        .filter(dsl::partnership_id.eq(partnership))
        .filter(dsl::company_id.eq(company))
        .order(dsl::person_id)
        .select(dsl::person_id)
        .load(db)?)
}

/// The team of one side, with who they are, in the order of their ids.
pub fn page(
    db: &mut Db,
    (partnership, company): (PartnershipId, CompanyId),
    after: Option<PersonId>,
    limit: i64,
) -> Result<Page<(Manager, Person)>> {
    let mut rows = dsl::partnership_managers
        .inner_join(people::table.on(people::id.eq(dsl::person_id)))
        .filter(dsl::partnership_id.eq(partnership))
        .filter(dsl::company_id.eq(company))
        .order(dsl::person_id)
        .limit(limit.saturating_add(1))
        .select((partnership_managers::all_columns, people::all_columns))
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        rows = rows.filter(dsl::person_id.gt(after));
    }
    Ok(Page::cut(rows.load(db)?, limit, |(manager, _): &(Manager, Person)| manager.person_id))
}

/// The partnerships whose teams a person is on.
pub fn teams_of(db: &mut Db, person: PersonId) -> Result<Vec<PartnershipId>> {
    Ok(dsl::partnership_managers
        .filter(dsl::person_id.eq(person))
        .order(dsl::partnership_id)
        .select(dsl::partnership_id)
        .load(db)?)
}

/// Those of them that are offered or active, and whose other side sees the team.
pub fn shown_teams_of(db: &mut Db, person: &Person) -> Result<Vec<PartnershipId>> {
    let company = person.company_id;
    let by_partner = partnerships::partner_company_id
        .eq(company)
        .and(partnerships::partner_team_visible.eq(true));
    let by_client =
        partnerships::client_company_id.eq(company).and(partnerships::client_team_visible.eq(true));
    Ok(dsl::partnership_managers
        .inner_join(partnerships::table.on(partnerships::id.eq(dsl::partnership_id)))
        .filter(dsl::person_id.eq(person.id))
        .filter(partnerships::status.eq_any([Status::Offered, Status::Active]))
        .filter(by_partner.or(by_client))
        .order(dsl::partnership_id)
        .select(dsl::partnership_id)
        .load(db)?)
}

/// Puts a person on a team.
pub fn insert(db: &mut Db, manager: &Manager) -> Result<()> {
    diesel::insert_into(dsl::partnership_managers).values(manager).execute(db)?;
    Ok(())
}

/// Takes a person off a team.
pub fn delete(db: &mut Db, partnership: PartnershipId, person: &Person) -> Result<()> {
    let row = dsl::partnership_managers.find((partnership, person.company_id, person.id));
    diesel::delete(row).execute(db)?;
    Ok(())
}
