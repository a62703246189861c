//! Puts people on a team and takes them off it. Each is a change of the person, told within its
//! company, and an entry of the partnership's history that its own side alone reads.

use serde_json::json;

use super::model::Manager;
use super::store;
use crate::db::Db;
use crate::error::Result;
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::kernel::id::{CompanyId, PartnershipId};
use crate::kernel::time::Instant;
use crate::partnerships::model::Partnership;
use crate::partnerships::{history, store as partnerships};
use crate::people::model::Person;
use crate::people::store as people;

/// Somebody manages a partnership from now on. The change of the person keeps it from leaving at the
/// same moment.
pub fn join(
    db: &mut Db,
    partnership: PartnershipId,
    person: &Person,
    (doer, now): (Doer, Instant),
) -> Result<Person> {
    let after = people::advance(db, person, Person { updated_at: now, ..person.clone() })?;
    let manager = Manager {
        partnership_id: partnership,
        company_id: person.company_id,
        person_id: person.id,
        added_at: now,
    };
    store::insert(db, &manager)?;
    let id = partnership.to_string();
    let event = event(EventKind::PersonPutOnTeam, &after, doer).changed("partnership_id", (), id);
    let details = [("manager_id".to_string(), json!([null, person.id]))];
    history::record_beside(db, partnership, event, details.into_iter().collect())?;
    Ok(after)
}

/// Somebody manages a partnership no longer.
pub fn quit(
    db: &mut Db,
    partnership: PartnershipId,
    person: &Person,
    (doer, now): (Doer, Instant),
) -> Result<Person> {
    let after = people::advance(db, person, Person { updated_at: now, ..person.clone() })?;
    store::delete(db, partnership, person)?;
    let id = partnership.to_string();
    let event =
        event(EventKind::PersonTakenOffTeam, &after, doer).changed("partnership_id", id, ());
    let details = [("manager_id".to_string(), json!([person.id, null]))];
    history::record_beside(db, partnership, event, details.into_iter().collect())?;
    Ok(after)
}

/// A side shows the other one who manages the partnership, or no longer does.
pub fn show(
    db: &mut Db,
    before: &Partnership,
    after: Partnership,
    (own, doer): (CompanyId, Doer),
) -> Result<Partnership> {
    let after = partnerships::advance(db, before, after)?;
    let kind = match after.team_is_visible(own) {
        true => EventKind::PartnershipTeamShown,
        false => EventKind::PartnershipTeamHidden,
    };
    history::record(db, after.id, shared(kind, &after, own, doer))?;
    Ok(after)
}

/// A team that the other side sees has changed.
pub fn tell(
    db: &mut Db,
    on: &Partnership,
    own: CompanyId,
    (doer, now): (Doer, Instant),
) -> Result<()> {
    if !on.status.is_live() || !on.team_is_visible(own) {
        return Ok(());
    }
    let after = Partnership { updated_at: now, ..on.clone() };
    let after = partnerships::advance(db, on, after)?;
    let event = shared(EventKind::PartnershipTeamChanged, &after, own, doer);
    history::record(db, after.id, event)
}

fn shared(kind: EventKind, after: &Partnership, own: CompanyId, doer: Doer) -> Event {
    Event::new(kind, any(after.id), own, after.updated_at)
        .by(doer)
        .shared_with(after.other_side(own))
        .sequence(after.version)
}

fn event(kind: EventKind, after: &Person, doer: Doer) -> Event {
    let event = Event::new(kind, any(after.id), after.company_id, after.updated_at);
    event.by(doer).sequence(after.version)
}
