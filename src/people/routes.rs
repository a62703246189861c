//! URLs of people, but for those by which they leave and return, which are with partnerships.

use actix_web::{get, patch, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::Person;
use super::policy::{EditPeople, ReadPeople};
use super::rules::{self, MOST_PEOPLE, Refusal};
use super::store;
use super::wire::{NewPerson, PatchPerson, PeopleFilter, PersonView};
use crate::access::{Guarded, Signed};
use crate::companies::store as companies;
use crate::db::Db;
use crate::error::{Error, Fault, Result};
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::events::store as events;
use crate::http::json::Json;
use crate::http::query::{Listing, Query};
use crate::http::reply::{Created, Found, Listed};
use crate::kernel::id::{CompanyId, PersonId};

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config.service(create_person).service(list_people).service(get_person).service(update_person);
}

/// Enter somebody of your company, who can then be a contact or manage partnerships.
///
/// A person is no user and does not sign in. One who is a user of your company as well is linked to it
/// by `user_id`, and is told of what concerns the partnerships that the person manages. A company has at
/// most 10,000 people.
///
/// Refuses with `too_many_people`, `user_already_linked`.
#[utoipa::path(tag = "People")]
#[post("/people")]
async fn create_person(
    signed: Signed<EditPeople>,
    Json(body): Json<NewPerson>,
) -> Result<Created<PersonView>> {
    let now = signed.now;
    signed
        .write(move |db, actor| {
            let own = actor.reach.company;
            let country = country(db, own)?;
            let (person, faults) =
                body.clone().read((PersonId::new(), own), country.as_deref(), now);
            fit(db, None, &person, faults)?;
            if store::count(db, own)? >= MOST_PEOPLE {
                return Err(Refusal::TooMany.into());
            }
            store::insert(db, &person)?;
            let event = Event::new(EventKind::PersonCreated, any(person.id), own, now);
            events::record(db, event.by(actor.doer))?;
            Ok(Created::at(format!("/v1/people/{}", person.id), person.into()))
        })
        .await
}

/// List the people of your company, newest first.
///
/// `q` looks at names, address and title. `available_for` are those whom your company could offer as
/// contacts of a partnership.
#[utoipa::path(tag = "People", params(PeopleFilter, Listing))]
#[get("/people")]
async fn list_people(
    signed: Signed<ReadPeople>,
    Query(filter): Query<PeopleFilter>,
    Query(listing): Query<Listing>,
) -> Result<Listed<PersonView>> {
    let (after, limit) = (listing.after()?, listing.limit());
    signed
        .read(move |db, actor| {
            if let Some(id) = filter.available_for
                && !store::is_side_of(db, &actor.reach, id)?
            {
                let (name, message) = ("available_for", "your company has no such partnership");
                let fault = Fault::in_parameter(name, "unknown_partnership", message);
                return Err(Error::invalid(fault));
            }
            let meant = store::Filter::from(filter);
            let page = store::page(db, &actor.reach, &meant, after, limit)?;
            Ok(Listed::of(page.map(PersonView::from)))
        })
        .await
}

/// Show a person of your company.
///
/// Another company's people are shown by `GET /v1/partnerships/{id}/contacts`, where they are contacts.
#[utoipa::path(tag = "People")]
#[get("/people/{id}")]
async fn get_person(guarded: Guarded<Person, ReadPeople>) -> Result<Found<PersonView>> {
    guarded.read(|_, person| Ok(found(person))).await
}

/// Edit a person of your company.
///
/// A JSON merge patch: what is absent stays as it is, and a `title`, `phone` or `user_id` of null is
/// taken off. Where the person is a contact, the other company sees the change at once.
///
/// Refuses with `user_already_linked`.
#[utoipa::path(tag = "People")]
#[patch("/people/{id}")]
async fn update_person(
    guarded: Guarded<Person, EditPeople>,
    Json(body): Json<PatchPerson>,
) -> Result<Found<PersonView>> {
    let (now, doer) = (guarded.now, guarded.actor.doer);
    guarded
        .write(move |db, before| {
            let country = country(db, before.company_id)?;
            let (after, faults) = body.clone().apply(&before, country.as_deref(), now);
            fit(db, Some(&before), &after, faults)?;
            if (Person { updated_at: before.updated_at, ..after.clone() }) == before {
                return Ok(found(before));
            }
            let after = store::advance(db, &before, after)?;
            record(db, EventKind::PersonUpdated, (&before, &after), doer)?;
            Ok(found(after))
        })
        .await
}

/// The country in which numbers are read that name none.
fn country(db: &mut Db, company: CompanyId) -> Result<Option<String>> {
    Ok(companies::find_own(db, company)?.profile.0.address.country)
}

/// Refuses what is wrong with a person, all of it at once. Who is no member may be linked still, and is
/// not linked anew.
fn fit(db: &mut Db, before: Option<&Person>, after: &Person, mut faults: Vec<Fault>) -> Result<()> {
    let linked = before.and_then(|before| before.user_id);
    if let Some(user) = after.user_id.filter(|user| linked != Some(*user))
        && !store::is_member(db, after.company_id, user)?
    {
        let message = "no user of your company has this id";
        faults.push(Fault::at("/user_id", "unknown_user", message));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

/// Says that a person changed, within the company.
pub fn record(
    db: &mut Db,
    kind: EventKind,
    (before, after): (&Person, &Person),
    doer: Doer,
) -> Result<()> {
    let event = Event::new(kind, any(after.id), after.company_id, after.updated_at);
    let event = event.by(doer).sequence(after.version);
    events::record(db, rules::changes(event, before, after))
}

/// A person and its version.
pub fn found(person: Person) -> Found<PersonView> {
    Found::version(person.version, person.into())
}
