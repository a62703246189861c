//! URLs of the feed of ledgers.

use actix_web::get;
use utoipa_actix_web::service_config::ServiceConfig;

use super::policy::ReadActions;
use super::store;
use super::wire::{EntriesFilter, EntryView};
use crate::access::Signed;
use crate::error::Result;
use crate::http::query::{Listing, Query};
use crate::http::reply::Listed;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config.service(follow_action_updates);
}

/// List every change of every action, oldest first, in the order in which it became visible.
///
/// These are the entries of all ledgers that you may read: of your own programs, and of the actions
/// your company earns from. Keep the last cursor you saw and go on from there: no entry is ever
/// inserted before it. Filters look at 10,000 entries a request: a page may then be short, or
/// empty, and have a `next_cursor` all the same.
#[utoipa::path(tag = "Actions", params(EntriesFilter, Listing))]
#[get("/action-updates")]
async fn follow_action_updates(
    signed: Signed<ReadActions>,
    Query(filter): Query<EntriesFilter>,
    Query(listing): Query<Listing>,
) -> Result<Listed<EntryView>> {
    let (after, limit, reader) = (listing.after()?, listing.limit(), signed.actor.reach.company);
    let filter = filter.into();
    signed
        .read(move |db, actor| {
            let page = store::feed(db, &actor.reach, &filter, after, limit)?;
            Ok(Listed::of(page.map(|entry| EntryView::to(reader, entry))))
        })
        .await
}
