//! URLs of companies.

use actix_web::{get, patch};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::Company;
use super::policy::{EditCompany, ReadCompany};
use super::profile::editing::keep;
use super::store;
use super::wire::{CompanyView, PatchCompany};
use crate::access::{Guarded, Signed};
use crate::error::{Error, Result};
use crate::http::json::Json;
use crate::http::query::{Listing, Query};
use crate::http::reply::{Found, Listed};

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config.service(list_companies).service(get_company).service(update_company);
}

/// List your company and those it has an offered or active partnership with.
///
/// Of another company there is its card: `currency`, `plan` and `status` are null. Once a partnership
/// has ended, the other company is no longer listed.
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
/// On another company's card `currency`, `plan` and `status` are null. A company that yours has no
/// offered or active partnership with does not exist for it.
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
/// and `address` are replaced as a whole, by the rules of the profile's sections, which can also be
/// edited field by field. The domain follows the website and cannot be set.
#[utoipa::path(tag = "Companies")]
#[patch("/companies/{id}")]
async fn update_company(
    guarded: Guarded<Company, EditCompany>,
    Json(body): Json<PatchCompany>,
) -> Result<Found<CompanyView>> {
    let by = (guarded.actor.doer, guarded.now);
    guarded
        .write(move |db, company| {
            let (after, faults) = body.clone().apply(company.clone());
            if !faults.is_empty() {
                return Err(Error::Invalid(faults));
            }
            let after = keep(db, &company, after, by)?;
            Ok(Found::version(after.version, CompanyView::from(after)))
        })
        .await
}
