//! URL of the feed.

use actix_web::get;
use utoipa_actix_web::service_config::ServiceConfig;

use super::store;
use super::wire::EventView;
use crate::access::{Scope, Signed};
use crate::error::Result;
use crate::http::query::{Listing, Query};
use crate::http::reply::Listed;

/// Mounts the door.
pub fn mount(config: &mut ServiceConfig) {
    config.service(list_events);
}

crate::verbs! {
    /// Following what happens.
    ReadEvents: Viewer, Some(Scope::EventsRead), reads;
}

/// List what happened, oldest first, in the order in which it became visible.
///
/// Keep the last cursor you saw and go on from there: no event is ever inserted before it. An API
/// key that is limited to programs or event types sees none, because events are not told apart by
/// them yet.
#[utoipa::path(tag = "Events", params(Listing))]
#[get("/events")]
async fn list_events(
    signed: Signed<ReadEvents>,
    Query(listing): Query<Listing>,
) -> Result<Listed<EventView>> {
    let (after, limit, reader) = (listing.after()?, listing.limit(), signed.actor.reach.company);
    signed
        .read(move |db, actor| {
            let page = store::page(db, &actor.reach, after, limit)?;
            Ok(Listed::of(page.map(|row| EventView::to(reader, row))))
        })
        .await
}
