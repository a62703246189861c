//! The only SQL that touches `partnership_contacts`, but for who can still be offered.

use diesel::prelude::*;

use super::model::{Contact, State};
use crate::db::schema::partnership_contacts::dsl;
use crate::db::schema::{partnership_contacts, partnerships, people};
use crate::db::{Db, MultiBackend};
use crate::error::Result;
use crate::kernel::id::{PartnershipId, PersonId};
use crate::kernel::page::Page;
use crate::partnerships::model::Status;
use crate::people::model::Person;

/// People who are offered with a partnership that comes to be.
pub fn insert(db: &mut Db, contacts: &[Contact]) -> Result<()> {
    for contact in contacts {
        diesel::insert_into(dsl::partnership_contacts).values(contact).execute(db)?;
    }
    Ok(())
}

/// The contacts of a partnership who are offered, in the order of their ids.
pub fn offered(db: &mut Db, partnership: PartnershipId) -> Result<Vec<Contact>> {
    Ok(dsl::partnership_contacts
        .filter(dsl::partnership_id.eq(partnership))
        .filter(dsl::state.eq(State::Offered))
        .order(dsl::person_id)
        .load(db)?)
}

/// The places of these people on a partnership, whatever became of them.
pub fn among(db: &mut Db, partnership: PartnershipId, people: &[PersonId]) -> Result<Vec<Contact>> {
    Ok(dsl::partnership_contacts
        .filter(dsl::partnership_id.eq(partnership))
        .filter(dsl::person_id.eq_any(people))
        .order(dsl::person_id)
        .load(db)?)
}

/// A person's place on a partnership, if it has one.
pub fn look_for(
    db: &mut Db,
    partnership: PartnershipId,
    person: PersonId,
) -> Result<Option<Contact>> {
    Ok(dsl::partnership_contacts.find((partnership, person)).first(db).optional()?)
}

/// Puts a contact in the place of what it was. Whoever does so holds the partnership.
pub fn replace(db: &mut Db, after: &Contact) -> Result<()> {
    diesel::update(dsl::partnership_contacts.find((after.partnership_id, after.person_id)))
        .set((dsl::state.eq(after.state), dsl::updated_at.eq(after.updated_at)))
        .execute(db)?;
    Ok(())
}

/// Offers a person, who may have been there before. Whoever does so holds the partnership.
pub fn put(db: &mut Db, contact: &Contact) -> Result<()> {
    let there = dsl::partnership_contacts.find((contact.partnership_id, contact.person_id));
    let put = (
        dsl::state.eq(contact.state),
        dsl::offered_at.eq(contact.offered_at),
        dsl::updated_at.eq(contact.updated_at),
    );
    match diesel::update(there).set(put).execute(db)? {
        0 => insert(db, std::slice::from_ref(contact)),
        _ => Ok(()),
    }
}

/// The partnerships that are offered or active and have this person as a contact.
pub fn standing_of(db: &mut Db, person: PersonId) -> Result<Vec<PartnershipId>> {
    Ok(dsl::partnership_contacts
        .inner_join(partnerships::table.on(partnerships::id.eq(dsl::partnership_id)))
        .filter(dsl::person_id.eq(person))
        .filter(dsl::state.ne(State::Removed))
        .filter(partnerships::status.eq_any([Status::Offered, Status::Active]))
        .order(dsl::partnership_id)
        .select(dsl::partnership_id)
        .load(db)?)
}

/// The contacts of a partnership in any of these states, with who they are, in the order of their ids.
pub fn page(
    db: &mut Db,
    partnership: PartnershipId,
    states: &[State],
    after: Option<PersonId>,
    limit: i64,
) -> Result<Page<(Contact, Person)>> {
    let mut rows = dsl::partnership_contacts
        .inner_join(people::table.on(people::id.eq(dsl::person_id)))
        .filter(dsl::partnership_id.eq(partnership))
        .filter(dsl::state.eq_any(states))
        .order(dsl::person_id)
        .limit(limit.saturating_add(1))
        .select((partnership_contacts::all_columns, people::all_columns))
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        rows = rows.filter(dsl::person_id.gt(after));
    }
    Ok(Page::cut(rows.load(db)?, limit, |(contact, _): &(Contact, Person)| contact.person_id))
}
