//! What stands beside partnerships, for all of a page at once; and the only SQL that touches
//! `favourite_partnerships`.

use std::collections::{HashMap, HashSet};

use diesel::dsl::{count_star, sql};
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::Bool;

use super::model::{Beside, Contacts, Reader};
use crate::db::Db;
use crate::db::schema::{contracts, favourite_partnerships, partnership_contacts};
use crate::error::{Error, Result};
use crate::kernel::id::{CompanyId, PartnershipId, UserId};
use crate::kernel::time::Instant;
use crate::partnerships::contacts::model::State;
use crate::partnerships::model::Partnership;

/// What stands beside each of these partnerships, in as many questions for one as for many.
pub fn beside(
    db: &mut Db,
    reader: Reader,
    rows: &[Partnership],
) -> Result<HashMap<PartnershipId, Beside>> {
    let ids: Vec<PartnershipId> = rows.iter().map(|row| row.id).collect();
    let others: Vec<CompanyId> = rows.iter().map(|row| row.other_side(reader.company)).collect();
    let contacts = contacts(db, &ids)?;
    let contracts = contracts_with(db, reader.company, &others)?;
    let marked = match reader.user {
        Some(user) => marked(db, (reader.company, user), &ids)?,
        None => HashSet::new(),
    };
    let beside = |row: &Partnership| Beside {
        contacts: contacts.get(&row.id).copied().unwrap_or_default(),
        active_contracts: contracts.get(&row.other_side(reader.company)).copied().unwrap_or(0),
        favourite: marked.contains(&row.id),
    };
    Ok(rows.iter().map(|row| (row.id, beside(row))).collect())
}

fn contacts(db: &mut Db, ids: &[PartnershipId]) -> Result<HashMap<PartnershipId, Contacts>> {
    use partnership_contacts::dsl;
    let counted: Vec<(PartnershipId, State, i64)> = dsl::partnership_contacts
        .filter(dsl::partnership_id.eq_any(ids))
        .filter(dsl::state.ne(State::Removed))
        .group_by((dsl::partnership_id, dsl::state))
        .select((dsl::partnership_id, dsl::state, count_star()))
        .load(db)?;
    let mut all: HashMap<PartnershipId, Contacts> = HashMap::new();
    for (id, state, many) in counted {
        let of = all.entry(id).or_default();
        match state {
            State::Offered => of.offered = many,
            State::Assigned => of.assigned = many,
            State::ReleaseProposed => of.release_proposed = many,
            State::Removed => {}
        }
    }
    Ok(all)
}

/// How many active contracts a company has with each of these, whichever of the two is the brand.
fn contracts_with(
    db: &mut Db,
    own: CompanyId,
    others: &[CompanyId],
) -> Result<HashMap<CompanyId, i64>> {
    use contracts::dsl;
    // Spelt out, so that the planner sees that the partial index covers it.
    let active = || sql::<Bool>("contracts.status = 'active'");
    let as_brand: Vec<(CompanyId, i64)> = dsl::contracts
        .filter(active())
        .filter(dsl::brand_company_id.eq(own).and(dsl::partner_company_id.eq_any(others)))
        .group_by(dsl::partner_company_id)
        .select((dsl::partner_company_id, count_star()))
        .load(db)?;
    let as_partner: Vec<(CompanyId, i64)> = dsl::contracts
        .filter(active())
        .filter(dsl::partner_company_id.eq(own).and(dsl::brand_company_id.eq_any(others)))
        .group_by(dsl::brand_company_id)
        .select((dsl::brand_company_id, count_star()))
        .load(db)?;
    let mut all: HashMap<CompanyId, i64> = HashMap::new();
    for (other, many) in as_brand.into_iter().chain(as_partner) {
        let there = all.entry(other).or_default();
        *there = there.saturating_add(many);
    }
    Ok(all)
}

/// Which of these a user has marked.
fn marked(
    db: &mut Db,
    (company, user): (CompanyId, UserId),
    ids: &[PartnershipId],
) -> Result<HashSet<PartnershipId>> {
    use favourite_partnerships::dsl;
    let marked: Vec<PartnershipId> = dsl::favourite_partnerships
        .filter(dsl::company_id.eq(company).and(dsl::user_id.eq(user)))
        .filter(dsl::partnership_id.eq_any(ids))
        .select(dsl::partnership_id)
        .load(db)?;
    Ok(marked.into_iter().collect())
}

/// Marks a partnership for a user, or takes the mark off.
pub fn mark(
    db: &mut Db,
    (company, user): (CompanyId, UserId),
    id: PartnershipId,
    marked_at: Option<Instant>,
) -> Result<()> {
    use favourite_partnerships::dsl;
    let row = || dsl::favourite_partnerships.find((company, user, id));
    let Some(now) = marked_at else {
        diesel::delete(row()).execute(db)?;
        return Ok(());
    };
    if diesel::select(diesel::dsl::exists(row())).get_result(db)? {
        return Ok(());
    }
    let new = (
        dsl::company_id.eq(company),
        dsl::user_id.eq(user),
        dsl::partnership_id.eq(id),
        dsl::marked_at.eq(now),
    );
    match diesel::insert_into(dsl::favourite_partnerships).values(new).execute(db) {
        Ok(_) => Ok(()),
        // The same user did so at the same moment. The transaction is run again, after it.
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Err(Error::Stale),
        Err(other) => Err(other.into()),
    }
}
