//! URL of the directory.

use actix_web::get;
use utoipa_actix_web::service_config::ServiceConfig;

use super::policy::SearchDirectory;
use super::store;
use super::wire::{DirectoryEntry, DirectoryQuestion};
use crate::access::Signed;
use crate::error::Result;
use crate::http::query::Query;
use crate::http::reply::Listed;

/// Mounts the door.
pub fn mount(config: &mut ServiceConfig) {
    config.service(search_directory);
}

/// Search for companies to offer a partnership to.
///
/// Found is who wants to be: companies whose settings say `listed`, and that take part. They are in the
/// order of what was found of their name. What is shown is public; more of a company is on its card,
/// once it was offered a partnership.
#[utoipa::path(tag = "Companies", params(DirectoryQuestion))]
#[get("/directory")]
async fn search_directory(
    signed: Signed<SearchDirectory>,
    Query(query): Query<DirectoryQuestion>,
) -> Result<Listed<DirectoryEntry>> {
    signed.permit()?;
    let question = query.read()?;
    let place = query.place(&question)?;
    let (own, limit) = (signed.actor.reach.company, query.limit());
    let page =
        signed.read(move |db, _| store::search(db, own, &question, place.as_ref(), limit)).await?;
    Ok(Listed::of(page.map(DirectoryEntry::from)))
}
