//! People who are named in a body, each with the place where it is.

use std::collections::{HashMap, HashSet};

use crate::db::Db;
use crate::error::{Fault, Result};
use crate::kernel::id::{CompanyId, PersonId};
use crate::people::model::Person;
use crate::people::store as people;

/// A person, by its place in the body and its id.
pub type Named = (String, PersonId);

/// The entries of a list of people, each with its place in the body.
pub fn placed(list: &str, people: Vec<PersonId>) -> Vec<Named> {
    people
        .into_iter()
        .enumerate()
        .map(|(place, person)| (format!("{list}/{place}"), person))
        .collect()
}

/// The faults of naming somebody again.
pub fn twice(named: &[Named]) -> Vec<Fault> {
    let mut seen = HashSet::new();
    let again = named.iter().filter(|(_, person)| !seen.insert(*person));
    again.map(|(place, _)| Fault::at(place, "duplicate", "this person is named twice")).collect()
}

/// The fault of naming somebody who is not there: one and the same for who is unknown, another
/// company's, or has left.
pub fn unknown(place: &str) -> Fault {
    let message = "there is nobody with this id who could be meant";
    Fault::at(place, "unknown_person", message)
}

/// Those who are named, all of them there and of one company; they stay until this transaction ends.
/// Or else the fault of each who is not.
pub fn found(
    db: &mut Db,
    company: CompanyId,
    named: &[Named],
) -> Result<Result<Vec<Person>, Vec<Fault>>> {
    if named.is_empty() {
        return Ok(Ok(Vec::new()));
    }
    let ids: Vec<PersonId> = named.iter().map(|(_, person)| *person).collect();
    let active = people::hold_active(db, company, &ids)?.into_iter();
    let mut active: HashMap<PersonId, Person> = active.map(|one| (one.id, one)).collect();
    let (mut all, mut faults) = (Vec::new(), Vec::new());
    for (place, id) in named {
        match active.remove(id) {
            Some(person) => all.push(person),
            None => faults.push(unknown(place)),
        }
    }
    Ok(if faults.is_empty() { Ok(all) } else { Err(faults) })
}
