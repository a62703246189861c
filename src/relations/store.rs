//! The only SQL that touches `account_owners` and `company_tags`, and that reads `relations`; what two
//! companies share of a row there is kept up by `companies::store::ties`.

use std::collections::{BTreeSet, HashMap, HashSet};

use diesel::dsl::exists;
use diesel::prelude::*;

use super::model::{Contact, Relation};
use crate::db::schema::{company_tags, memberships, partnerships, relations, users};
use crate::db::{Db, Find};
use crate::error::{Error, Result};
use crate::kernel::id::{CompanyId, PartnershipId, UserId};
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;

mod list;
mod owners;

pub use list::page;
pub use owners::{among, assign, clear, clear_of, history, of_ids};

impl Find for Relation {
    type Id = CompanyId;
    const NAME: &'static str = "relationship";

    fn look_for(db: &mut Db, id: CompanyId, reach: &Reach) -> Result<Option<Self>> {
        if id == reach.company || !reach.others.admits(id) {
            return Ok(None);
        }
        Ok(relations::table.find((reach.company, id)).first(db).optional()?)
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.company_id), Some(self.other_company_id)]
    }
}

/// What a company keeps about another one, that it is known to know.
fn find(db: &mut Db, own: CompanyId, other: CompanyId) -> Result<Relation> {
    let found = relations::table.find((own, other)).first(db).optional()?;
    found.ok_or(Error::NotFound(Relation::NAME))
}

/// Gives a company another account owner, or none, unless somebody else changed the row first.
fn advance(db: &mut Db, before: &Relation, owner: Option<UserId>) -> Result<Relation> {
    let version = before.version.saturating_add(1);
    let unchanged = relations::table
        .find((before.company_id, before.other_company_id))
        .filter(relations::version.eq(before.version));
    let changed = diesel::update(unchanged)
        .set((relations::account_owner_id.eq(owner), relations::version.eq(version)))
        .execute(db)?;
    match changed {
        1 => Ok(Relation { account_owner_id: owner, version, ..before.clone() }),
        _ => Err(Error::Stale),
    }
}

/// Notes that there are so many more notes about a company, or fewer, and when the last of what they
/// tell occurred; a note of this moment is something that happened between the two.
pub fn count_notes(
    db: &mut Db,
    (own, other): (CompanyId, CompanyId),
    more: i64,
    last_note_at: Option<Instant>,
    now: Instant,
) -> Result<()> {
    diesel::update(relations::table.find((own, other)))
        .set((
            relations::notes_count.eq(relations::notes_count + more),
            relations::last_note_at.eq(last_note_at),
            relations::last_activity_at.eq(now),
            relations::version.eq(relations::version + 1),
        ))
        .execute(db)?;
    Ok(())
}

/// Whether a person is a member of a company.
pub fn is_member(db: &mut Db, company: CompanyId, user: UserId) -> Result<bool> {
    let member = memberships::table
        .filter(memberships::user_id.eq(user))
        .filter(memberships::company_id.eq(company));
    Ok(diesel::select(exists(member)).get_result(db)?)
}

/// The names of people who are, or once were, of a company.
pub fn names(db: &mut Db, ids: &BTreeSet<UserId>) -> Result<HashMap<UserId, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let named = users::table.filter(users::id.eq_any(ids)).select((users::id, users::name));
    Ok(named.load::<(UserId, String)>(db)?.into_iter().collect())
}

/// Who of these companies looks after `reader`. Whoever has left his company does not, whatever the
/// row says.
pub fn contacts(
    db: &mut Db,
    reader: CompanyId,
    of: &[CompanyId],
) -> Result<HashMap<CompanyId, Contact>> {
    let member =
        memberships::user_id.eq(users::id).and(memberships::company_id.eq(relations::company_id));
    let found: Vec<(CompanyId, Contact)> = relations::table
        .inner_join(users::table.on(relations::account_owner_id.eq(users::id.nullable())))
        .inner_join(memberships::table.on(member))
        .filter(relations::company_id.eq_any(of))
        .filter(relations::other_company_id.eq(reader))
        .select((relations::company_id, (users::name, users::email)))
        .load(db)?;
    Ok(found.into_iter().collect())
}

/// Who looks after these companies, for each of these own ones.
pub fn owners(
    db: &mut Db,
    own: &BTreeSet<CompanyId>,
    of: &BTreeSet<CompanyId>,
) -> Result<HashMap<(CompanyId, CompanyId), UserId>> {
    if own.is_empty() || of.is_empty() {
        return Ok(HashMap::new());
    }
    let found: Vec<(CompanyId, CompanyId, Option<UserId>)> = relations::table
        .filter(relations::company_id.eq_any(own))
        .filter(relations::other_company_id.eq_any(of))
        .filter(relations::account_owner_id.is_not_null())
        .select((relations::company_id, relations::other_company_id, relations::account_owner_id))
        .load(db)?;
    let known = |(own, other, user): (CompanyId, CompanyId, Option<UserId>)| {
        user.map(|user| ((own, other), user))
    };
    Ok(found.into_iter().filter_map(known).collect())
}

/// The labels that a company has put on these.
pub fn tags(
    db: &mut Db,
    own: CompanyId,
    of: &[CompanyId],
) -> Result<HashMap<CompanyId, Vec<String>>> {
    let rows: Vec<(CompanyId, String)> = company_tags::table
        .filter(company_tags::company_id.eq(own))
        .filter(company_tags::other_company_id.eq_any(of))
        .order((company_tags::other_company_id, company_tags::tag))
        .select((company_tags::other_company_id, company_tags::tag))
        .load(db)?;
    let mut found: HashMap<CompanyId, Vec<String>> = HashMap::new();
    for (company, tag) in rows {
        found.entry(company).or_default().push(tag);
    }
    Ok(found)
}

/// Those of these partnerships of which a change waits for an answer.
pub fn modified(db: &mut Db, of: &[PartnershipId]) -> Result<HashSet<PartnershipId>> {
    if of.is_empty() {
        return Ok(HashSet::new());
    }
    let open = partnerships::table
        .filter(partnerships::id.eq_any(of).and(partnerships::open_changes.gt(0)));
    Ok(open.select(partnerships::id).load(db)?.into_iter().collect())
}

/// Replaces the labels of a company; gives how it is afterwards.
pub fn set_tags(
    db: &mut Db,
    relation: &Relation,
    (before, after): (&[String], &BTreeSet<String>),
) -> Result<Relation> {
    let changed = advance(db, relation, relation.account_owner_id)?;
    let (own, other) = (relation.company_id, relation.other_company_id);
    let gone: Vec<&String> = before.iter().filter(|tag| !after.contains(*tag)).collect();
    let labels = company_tags::table
        .filter(company_tags::company_id.eq(own))
        .filter(company_tags::other_company_id.eq(other));
    diesel::delete(labels.filter(company_tags::tag.eq_any(gone))).execute(db)?;
    for tag in after.iter().filter(|tag| !before.contains(tag)) {
        let row = (
            company_tags::company_id.eq(own),
            company_tags::other_company_id.eq(other),
            company_tags::tag.eq(tag),
        );
        diesel::insert_into(company_tags::table).values(row).execute(db)?;
    }
    Ok(changed)
}
