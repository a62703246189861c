//! The only SQL that touches `people`, but for the contacts and managers of partnerships, whom their
//! stores show with what they are.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::model::Person;
use super::rules::Refusal;
use crate::db::schema::{memberships, partnership_contacts, partnerships, people};
use crate::db::{Db, Find, MultiBackend};
use crate::error::{Error, Result};
use crate::kernel::id::{CompanyId, PartnershipId, PersonId, UserId};
use crate::kernel::page::Page;
use crate::kernel::reach::Reach;

/// A contact in this state is one no more. Partnerships come later in the order of features, and their
/// words with them.
const REMOVED: &str = "removed";

impl Find for Person {
    type Id = PersonId;
    const NAME: &'static str = "person";

    fn look_for(db: &mut Db, id: PersonId, reach: &Reach) -> Result<Option<Self>> {
        let own = people::table.find(id).filter(people::company_id.eq(reach.company));
        Ok(own.first(db).optional()?)
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.company_id), None]
    }
}

/// Those of these people who are of the caller's company.
pub fn among(db: &mut Db, reach: &Reach, ids: &[PersonId]) -> Result<Vec<Person>> {
    let own = people::table.filter(people::company_id.eq(reach.company));
    Ok(own.filter(people::id.eq_any(ids)).load(db)?)
}

/// Those of these people who are of a company and have not left; they stay until this transaction
/// ends: the update changes nothing and holds the rows.
pub fn hold_active(db: &mut Db, company: CompanyId, ids: &[PersonId]) -> Result<Vec<Person>> {
    let meant = || {
        people::table
            .filter(people::id.eq_any(ids))
            .filter(people::company_id.eq(company))
            .filter(people::left_at.is_null())
    };
    diesel::update(meant()).set(people::version.eq(people::version)).execute(db)?;
    Ok(meant().load(db)?)
}

/// Which people a list shows.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Those with this in what a search looks at, folded.
    pub q: Option<String>,
    /// Only those who are there, or only those who have left.
    pub active: Option<bool>,
    /// Only those who can be offered for this partnership: who are there, and are no contacts of it.
    pub available_for: Option<PartnershipId>,
}

/// A company's people, newest first.
pub fn page(
    db: &mut Db,
    reach: &Reach,
    filter: &Filter,
    after: Option<PersonId>,
    limit: i64,
) -> Result<Page<Person>> {
    let mut rows = people::table
        .filter(people::company_id.eq(reach.company))
        .order(people::id.desc())
        .limit(limit.saturating_add(1))
        .into_boxed::<MultiBackend>();
    if let Some(text) = &filter.q {
        rows = rows.filter(people::folded.like(within(text)).escape('\\'));
    }
    match filter.active {
        Some(true) => rows = rows.filter(people::left_at.is_null()),
        Some(false) => rows = rows.filter(people::left_at.is_not_null()),
        None => {}
    }
    if let Some(partnership) = filter.available_for {
        let contacts = partnership_contacts::table
            .filter(partnership_contacts::partnership_id.eq(partnership))
            .filter(partnership_contacts::state.ne(REMOVED))
            .select(partnership_contacts::person_id);
        rows = rows.filter(people::left_at.is_null()).filter(people::id.ne_all(contacts));
    }
    if let Some(after) = after {
        rows = rows.filter(people::id.lt(after));
    }
    Ok(Page::cut(rows.load(db)?, limit, |person: &Person| person.id))
}

/// A pattern for texts that have this within: what would mean anything in a pattern means itself.
fn within(text: &str) -> String {
    let plain = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{plain}%")
}

/// Whether the caller's company is a side of a partnership.
pub fn is_side_of(db: &mut Db, reach: &Reach, id: PartnershipId) -> Result<bool> {
    let (partner, client) = (partnerships::partner_company_id, partnerships::client_company_id);
    let own =
        partnerships::table.find(id).filter(partner.eq(reach.company).or(client.eq(reach.company)));
    Ok(diesel::select(exists(own)).get_result(db)?)
}

/// Whether a user belongs to a company.
pub fn is_member(db: &mut Db, company: CompanyId, user: UserId) -> Result<bool> {
    let member = memberships::table
        .filter(memberships::company_id.eq(company))
        .filter(memberships::user_id.eq(user));
    Ok(diesel::select(exists(member)).get_result(db)?)
}

/// How many people a company has.
pub fn count(db: &mut Db, company: CompanyId) -> Result<i64> {
    let own = people::table.filter(people::company_id.eq(company));
    Ok(own.count().get_result(db)?)
}

/// A new person.
pub fn insert(db: &mut Db, person: &Person) -> Result<()> {
    let inserted = diesel::insert_into(people::table).values(person).execute(db);
    unless_linked(inserted).map(drop)
}

/// Replaces `before` by `after`, unless somebody else replaced it first.
pub fn advance(db: &mut Db, before: &Person, after: Person) -> Result<Person> {
    let after = Person { version: before.version.saturating_add(1), ..after };
    let unchanged =
        people::table.filter(people::id.eq(before.id).and(people::version.eq(before.version)));
    let updated = diesel::update(unchanged).set(&after).execute(db);
    match unless_linked(updated)? {
        1 => Ok(after),
        _ => Err(Error::Stale),
    }
}

/// A user is one person of a company.
fn unless_linked(done: std::result::Result<usize, DieselError>) -> Result<usize> {
    match done {
        Ok(rows) => Ok(rows),
        Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
            Err(Refusal::Linked.into())
        }
        Err(other) => Err(other.into()),
    }
}
