//! URL of the feed.

use actix_web::get;
use utoipa_actix_web::service_config::ServiceConfig;

use super::policy::{ReadEvents, may_see};
use super::render;
use super::wire::{EventView, EventsFilter};
use crate::access::{Actor, Signed};
use crate::error::Result;
use crate::events::kinds::EventKind;
use crate::events::store::{self, Filter};
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
/// them yet. A delegated session is told of nothing that it may not see.
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
            let Some(filter) = narrowed(actor, &filter) else {
                return Ok(Listed::of(Page { rows: Vec::new(), next: None }));
            };
            let page = store::page(db, &actor.reach, &filter, after, limit)?;
            let rows = render::views_for(db, actor, page.rows, now)?;
            Ok(Listed::of(Page { rows, next: page.next }))
        })
        .await
}

/// What somebody is told of who acts for a company: that there are things which he may not see, he does
/// not learn by what happens to them. Nothing, if none of it is for him.
fn narrowed(actor: &Actor, asked: &Filter) -> Option<Filter> {
    if actor.delegation.is_none() {
        return Some(asked.clone());
    }
    let kinds = asked.kinds.as_deref().unwrap_or(EventKind::ALL).iter().copied();
    // Who manages a partnership is the company's own business, whoever the people are.
    let of_team = [EventKind::PersonPutOnTeam, EventKind::PersonTakenOffTeam];
    let kinds = kinds.filter(|kind| !of_team.contains(kind) && may_see(actor, kind.object()));
    let kinds: Vec<EventKind> = kinds.collect();
    let filter = |kinds| Filter { kinds: Some(kinds), ..asked.clone() };
    Some(kinds).filter(|kinds| !kinds.is_empty()).map(filter)
}
