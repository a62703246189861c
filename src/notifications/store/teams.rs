//! Who manages partnerships: many at once.

use std::collections::HashSet;

use diesel::prelude::*;

use crate::db::Db;
use crate::db::schema::{partnership_managers, partnerships, people};
use crate::error::Result;
use crate::kernel::id::CompanyId;
use crate::notifications::model::TeamPlace;

/// The users on the teams of partnerships between any of these pairs, for the first of the two. Pairs
/// are taken apart for the question: a place may be of another one, and the rules tell.
pub fn team_places(db: &mut Db, pairs: &HashSet<(CompanyId, CompanyId)>) -> Result<Vec<TeamPlace>> {
    if pairs.is_empty() {
        return Ok(Vec::new());
    }
    let told: HashSet<CompanyId> = pairs.iter().map(|(company, _)| *company).collect();
    let sides: HashSet<CompanyId> = pairs.iter().flat_map(|(one, other)| [*one, *other]).collect();
    let (partner, client) = (partnerships::partner_company_id, partnerships::client_company_id);
    Ok(partnerships::table
        .inner_join(
            partnership_managers::table
                .on(partnership_managers::partnership_id.eq(partnerships::id)),
        )
        .inner_join(people::table.on(people::id.eq(partnership_managers::person_id)))
        .filter(partner.eq_any(&sides))
        .filter(client.eq_any(&sides))
        .filter(partnership_managers::company_id.eq_any(told))
        .filter(people::user_id.is_not_null())
        .order((partnership_managers::partnership_id, partnership_managers::person_id))
        .select((
            people::user_id.assume_not_null(),
            partnership_managers::company_id,
            partnership_managers::partnership_id,
            (partner, client),
            partnerships::status,
            partnerships::ended_at,
        ))
        .load(db)?)
}
