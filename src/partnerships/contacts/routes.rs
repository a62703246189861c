//! URL of a partnership's contacts.

use std::collections::HashMap;

use actix_web::get;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{Contact, Label, State};
use super::wire::{ContactView, ContactsFilter};
use super::{rules, store};
use crate::access::Guarded;
use crate::db::Db;
use crate::error::Result;
use crate::http::query::{Listing, Query};
use crate::http::reply::Listed;
use crate::kernel::id::PersonId;
use crate::kernel::reach::Reach;
use crate::partnerships::changes::model::Change;
use crate::partnerships::changes::store as changes;
use crate::partnerships::model::Partnership;
use crate::partnerships::policy::ReadPartnership;
use crate::people::store as people;

/// Mounts the door.
pub fn mount(config: &mut ServiceConfig) {
    config.service(list_partnership_contacts);
}

/// List the contacts of a partnership: whom the two sides have offered each other.
///
/// Those that are `removed` are listed if asked for. Of another company's people you see its contacts
/// and nobody else: what they are called, and `title`, `email` and `phone` as long as they are contacts
/// of a partnership that is offered or active.
///
/// Where your company has a draft of a change, the list shows your people what it would propose: whom
/// it would offer as `to_be_added`, and whom it would release as `to_be_released`. With `state` given,
/// those who never were contacts are left out.
#[utoipa::path(tag = "Partnerships", params(ContactsFilter, Listing))]
#[get("/partnerships/{id}/contacts")]
async fn list_partnership_contacts(
    guarded: Guarded<Partnership, ReadPartnership>,
    Query(filter): Query<ContactsFilter>,
    Query(listing): Query<Listing>,
) -> Result<Listed<ContactView>> {
    let (after, limit) = (listing.after()?, listing.limit());
    let reach = guarded.actor.reach.clone();
    guarded
        .read(move |db, on| {
            let draft = changes::draft(db, on.id, reach.company)?;
            let page = store::page(db, on.id, &filter.states(), after, limit)?;
            let labels = draft.as_ref().map(rules::labels).unwrap_or_default();
            let (reader, label) = (reach.company, |id: &PersonId| labels.get(id).copied());
            let page = page.map(|row| {
                let drafted = label(&row.0.person_id);
                ContactView::to(reader, &on, row, drafted)
            });
            let Some(draft) = draft.filter(|_| filter.state.is_none()) else {
                return Ok(Listed::of(page));
            };
            let newcomers = newcomers(db, &reach, (&on, &draft), &labels)?;
            Ok(Listed::of(rules::with_newcomers(page, newcomers, (after, limit), |one| {
                one.person_id
            })))
        })
        .await
}

/// Those whom a draft would offer, and whom the list has not: they were never contacts, or are none any
/// more.
fn newcomers(
    db: &mut Db,
    reach: &Reach,
    (on, draft): (&Partnership, &Change),
    labels: &HashMap<PersonId, Label>,
) -> Result<Vec<ContactView>> {
    let added = labels.iter().filter(|(_, label)| **label == Label::ToBeAdded);
    let mut added: Vec<PersonId> = added.map(|(person, _)| *person).collect();
    let there = store::among(db, on.id, &added)?;
    let standing = |one: &Contact| one.state != State::Removed;
    added.retain(|id| !there.iter().any(|one| one.person_id == *id && standing(one)));
    let people = people::among(db, reach, &added)?;
    Ok(people.into_iter().map(|person| ContactView::drafted(draft, person)).collect())
}
