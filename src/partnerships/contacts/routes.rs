//! URL of a partnership's contacts.

use actix_web::get;
use utoipa_actix_web::service_config::ServiceConfig;

use super::store;
use super::wire::{ContactView, ContactsFilter};
use crate::access::Guarded;
use crate::error::Result;
use crate::http::query::{Listing, Query};
use crate::http::reply::Listed;
use crate::partnerships::model::Partnership;
use crate::partnerships::policy::ReadPartnership;

/// Mounts the door.
pub fn mount(config: &mut ServiceConfig) {
    config.service(list_partnership_contacts);
}

/// List the contacts of a partnership: whom the two sides have offered each other.
///
/// Those that are `removed` are listed if asked for. Of another company's people you see its contacts
/// and nobody else: what they are called, and `title`, `email` and `phone` as long as they are contacts
/// of a partnership that is offered or active.
#[utoipa::path(tag = "Partnerships", params(ContactsFilter, Listing))]
#[get("/partnerships/{id}/contacts")]
async fn list_partnership_contacts(
    guarded: Guarded<Partnership, ReadPartnership>,
    Query(filter): Query<ContactsFilter>,
    Query(listing): Query<Listing>,
) -> Result<Listed<ContactView>> {
    let (after, limit, states) = (listing.after()?, listing.limit(), filter.states());
    let reader = guarded.actor.reach.company;
    guarded
        .read(move |db, partnership| {
            let page = store::page(db, partnership.id, &states, after, limit)?;
            Ok(Listed::of(page.map(|row| ContactView::to(reader, &partnership, row))))
        })
        .await
}
