//! People leave their company and return to it. Whoever leaves is taken off the teams that manage
//! partnerships, and is nobody's contact any more; whoever returns begins anew.

use std::collections::BTreeSet;

use actix_web::post;
use utoipa_actix_web::service_config::ServiceConfig;

use super::changes::change as changes;
use super::contacts::rules as contact_rules;
use super::contacts::store as contacts;
use super::managers::change as teams;
use super::managers::store as managers;
use super::{change, store};
use crate::access::Guarded;
use crate::db::Db;
use crate::error::Result;
use crate::events::kinds::EventKind;
use crate::events::model::Doer;
use crate::http::json::Json;
use crate::http::reply::Found;
use crate::kernel::id::PartnershipId;
use crate::kernel::time::Instant;
use crate::people::model::Person;
use crate::people::policy::EditPeople;
use crate::people::routes::{found, record};
use crate::people::wire::{PersonCommand, PersonView};
use crate::people::{rules, store as people};

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config.service(leave_person).service(return_person);
}

/// Note that a person is no longer there.
///
/// The person is taken off every team that manages a partnership, and is no contact of any partnership
/// that is offered or active: the other side is told. The record stays. Leaving twice changes nothing.
#[utoipa::path(tag = "People")]
#[post("/people/{id}/leave")]
async fn leave_person(
    guarded: Guarded<Person, EditPeople>,
    Json(body): Json<PersonCommand>,
) -> Result<Found<PersonView>> {
    let PersonCommand {} = body;
    let by = (guarded.actor.doer, guarded.now);
    guarded
        .write(move |db, person| {
            let Some(left) = rules::leave(&person, by.1) else { return Ok(found(person)) };
            let left = people::advance(db, &person, left)?;
            record(db, EventKind::PersonLeft, (&person, &left), by.0)?;
            let (standing, shown) = hold_all(db, &left)?;
            release(db, &left, &standing, by)?;
            Ok(found(off_every_team(db, left, &shown, by)?))
        })
        .await
}

/// Note that a person who had left is back.
///
/// The person can be offered as a contact and put on teams again; it is on none by itself. Returning
/// twice changes nothing.
#[utoipa::path(tag = "People")]
#[post("/people/{id}/return")]
async fn return_person(
    guarded: Guarded<Person, EditPeople>,
    Json(body): Json<PersonCommand>,
) -> Result<Found<PersonView>> {
    let PersonCommand {} = body;
    let (now, doer) = (guarded.now, guarded.actor.doer);
    guarded
        .write(move |db, person| {
            let Some(back) = rules::come_back(&person, now) else { return Ok(found(person)) };
            let back = people::advance(db, &person, back)?;
            record(db, EventKind::PersonReturned, (&person, &back), doer)?;
            Ok(found(back))
        })
        .await
}

/// Holds the partnerships that somebody's leaving changes, in the order of their ids: of two who leave at the
/// same moment neither waits for the other while that one waits for him. They are those of which the person is
/// a contact, and those whose other side sees the team that the person is on.
fn hold_all(db: &mut Db, person: &Person) -> Result<(Vec<PartnershipId>, Vec<PartnershipId>)> {
    let standing = contacts::standing_of(db, person.id)?;
    let shown = managers::shown_teams_of(db, person)?;
    let all: BTreeSet<PartnershipId> = standing.iter().chain(&shown).copied().collect();
    for id in all {
        store::hold(db, id)?;
    }
    Ok((standing, shown))
}

/// Whoever has left is nobody's contact. Each partnership is held before it is looked at, so that an
/// answer at the same moment comes before or after it.
fn release(
    db: &mut Db,
    person: &Person,
    standing: &[PartnershipId],
    (doer, now): (Doer, Instant),
) -> Result<()> {
    for id in standing {
        let held = store::hold(db, *id)?.filter(|held| held.status.is_live());
        let contact = contacts::look_for(db, *id, person.id)?;
        let released = contact.and_then(|contact| contact_rules::release(&contact, now));
        if let (Some(held), Some(released)) = (held, released) {
            let after = change::release(db, &held, &released, (doer, now))?;
            changes::refresh(db, &after, now)?;
        }
    }
    Ok(())
}

/// Whoever has left manages nothing. Of a team that nobody else sees, nobody else is told.
fn off_every_team(
    db: &mut Db,
    mut person: Person,
    shown: &[PartnershipId],
    by: (Doer, Instant),
) -> Result<Person> {
    for partnership in managers::teams_of(db, person.id)? {
        person = teams::quit(db, partnership, &person, by)?;
        if shown.contains(&partnership)
            && let Some(held) = store::hold(db, partnership)?
        {
            teams::tell(db, &held, person.company_id, by)?;
        }
    }
    Ok(person)
}
