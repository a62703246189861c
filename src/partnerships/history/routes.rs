//! URL of a partnership's history.

use actix_web::get;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::Entry;
use super::store;
use super::wire::EntryView;
use crate::access::Guarded;
use crate::companies::store as companies;
use crate::error::Result;
use crate::http::query::{Listing, Query};
use crate::http::reply::Listed;
use crate::partnerships::model::Partnership;
use crate::partnerships::policy::{ReadPartnership, ReadTeam};

/// Mounts the door.
pub fn mount(config: &mut ServiceConfig) {
    config.service(list_partnership_history);
}

/// List what happened to a partnership, newest first.
///
/// Both sides read what they share: the offer, its answer, the end, and contacts that were released.
/// What your company did with its own team your people alone read, as `private`, and nobody who acts for it. Events are forgotten in
/// time; this is kept as long as the partnership.
#[utoipa::path(tag = "Partnerships", params(Listing))]
#[get("/partnerships/{id}/history")]
async fn list_partnership_history(
    guarded: Guarded<Partnership, ReadPartnership>,
    Query(listing): Query<Listing>,
) -> Result<Listed<EntryView>> {
    let (before, limit) = (listing.after()?, listing.limit());
    let reader = guarded.actor.reach.company;
    let own_people = guarded.actor.may::<ReadTeam>().is_ok();
    guarded
        .read(move |db, partnership| {
            let own = Some(reader).filter(|_| own_people);
            let both = vec![partnership.partner_company_id, partnership.client_company_id];
            let names = companies::names(db, both)?;
            let page = store::page(db, (partnership.id, own), before, limit)?;
            let view = |row: (Entry, Option<String>)| {
                let name = names.get(&row.0.company_id).cloned().unwrap_or_default();
                EntryView::to(reader, row, name)
            };
            Ok(Listed::of(page.map(view)))
        })
        .await
}
