//! URLs of companies.

use actix_web::{get, patch};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::Company;
use super::policy::{EditCompany, ReadCompany};
use super::wire::{CompanyView, PatchCompany};
use super::{rules, store};
use crate::access::{Guarded, Signed};
use crate::error::Result;
use crate::events::kinds::EventKind;
use crate::events::model::{Event, any};
use crate::events::store as events;
use crate::http::json::Json;
use crate::http::query::{Listing, Query};
use crate::http::reply::{Found, Listed};

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config.service(list_companies).service(get_company).service(update_company);
}

/// List your company and those it has an offered or active partnership with.
///
/// Of another company there is its card: `currency`, `plan`, `status` and `require_two_factor` are null.
/// Once a partnership has ended, the other company is no longer listed.
#[utoipa::path(tag = "Companies", params(Listing))]
#[get("/companies")]
async fn list_companies(
    signed: Signed<ReadCompany>,
    Query(listing): Query<Listing>,
) -> Result<Listed<CompanyView>> {
    let (after, limit, reader) = (listing.after()?, listing.limit(), signed.actor.reach.company);
    let page = signed.read(move |db, actor| store::page(db, &actor.reach, after, limit)).await?;
    Ok(Listed::of(page.map(|company| CompanyView::to(reader, company))))
}

/// Show your company, or the card of one it has a partnership with.
///
/// On another company's card `currency`, `plan`, `status` and `require_two_factor` are null. A company
/// that yours has no offered or active partnership with does not exist for it.
#[utoipa::path(tag = "Companies")]
#[get("/companies/{id}")]
async fn get_company(guarded: Guarded<Company, ReadCompany>) -> Result<Found<CompanyView>> {
    let reader = guarded.actor.reach.company;
    let found = move |company: Company| {
        let version = company.version;
        Found::version(version, CompanyView::to(reader, company))
    };
    guarded.read(move |_, company| Ok(found(company))).await
}

/// Edit your company.
///
/// A JSON merge patch: what is absent stays as it is, and a `website` of null is taken off. `contact`
/// and `address` are replaced as a whole. The domain follows the website and cannot be set. From the
/// moment at which it requires a second factor (`require_two_factor`), sessions of people without one can
/// only add it.
#[utoipa::path(tag = "Companies")]
#[patch("/companies/{id}")]
async fn update_company(
    guarded: Guarded<Company, EditCompany>,
    Json(body): Json<PatchCompany>,
) -> Result<Found<CompanyView>> {
    let (now, doer, forget) = (guarded.now, guarded.actor.doer, guarded.forgetter());
    let done = guarded
        .write(move |db, company| {
            let after = store::advance(db, &company, body.clone().apply(company.clone(), now))?;
            let event = Event::new(EventKind::CompanyUpdated, any(after.id), after.id, now);
            let event = event.by(doer).sequence(after.version);
            events::record(db, rules::changes(event, &company, &after))?;
            Ok(Found::version(after.version, CompanyView::from(after)))
        })
        .await?;
    // What it asks of its people counts for their sessions at once.
    forget();
    Ok(done)
}
