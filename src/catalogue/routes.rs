//! URL of the feed.

use actix_web::get;
use utoipa_actix_web::service_config::ServiceConfig;

use super::policy::ReadEvents;
use super::render;
use super::wire::{EventView, EventsFilter};
use crate::access::Signed;
use crate::error::Result;
use crate::events::store;
use crate::http::query::{Listing, Query};
use crate::http::reply::Listed;
use crate::kernel::page::Page;

/// Mounts the door.
pub fn mount(config: &mut ServiceConfig) {
    config.service(list_events);
}

/// List what happened, oldest first, in the order in which it became visible.
///
/// Keep the last cursor you saw and go on from there: no event is ever inserted before it. A page
/// that has something has a `next_cursor`; the page after the newest event is empty and has none.
/// Filters look at 10,000 events a request: a page may then be short, or empty, and have a
/// `next_cursor` all the same. Events are kept for some time, 90 days unless the server is set up
/// otherwise. `object` takes what reading the thing takes: an API key needs that scope, too. A key
/// that is limited to programs or event types sees no events, because they are not told apart by
/// them yet.
#[utoipa::path(tag = "Events", params(EventsFilter, Listing))]
#[get("/events")]
async fn list_events(
    signed: Signed<ReadEvents>,
    Query(filter): Query<EventsFilter>,
    Query(listing): Query<Listing>,
) -> Result<Listed<EventView>> {
    let (after, limit, now) = (listing.after()?, listing.limit(), signed.now);
    let filter = filter.read()?;
    signed
        .read(move |db, actor| {
            let page = store::page(db, &actor.reach, &filter, after, limit)?;
            let rows = render::views_for(db, actor, page.rows, now)?;
            Ok(Listed::of(Page { rows, next: page.next }))
        })
        .await
}
