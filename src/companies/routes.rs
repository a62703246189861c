//! The URL at which a company edits itself; how it sees others is in `relations`.

use actix_web::patch;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::Company;
use super::policy::EditCompany;
use super::profile::editing::keep;
use super::wire::{CompanyView, PatchCompany};
use crate::access::Guarded;
use crate::error::{Error, Result};
use crate::http::json::Json;
use crate::http::reply::Found;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config.service(update_company);
}

/// Edit your company.
///
/// A JSON merge patch: what is absent stays as it is, and a `website` of null is taken off. `contact`
/// and `address` are replaced as a whole, by the rules of the profile's sections, which can also be
/// edited field by field. The domain follows the website and cannot be set. From the moment at which it
/// requires a second factor (`require_two_factor`), sessions of people without one can only add it.
#[utoipa::path(tag = "Companies")]
#[patch("/companies/{id}")]
async fn update_company(
    guarded: Guarded<Company, EditCompany>,
    Json(body): Json<PatchCompany>,
) -> Result<Found<CompanyView>> {
    let (by, forget) = ((guarded.actor.doer, guarded.now), guarded.forgetter());
    let done = guarded
        .write(move |db, company| {
            let (after, faults) = body.clone().apply(company.clone());
            if !faults.is_empty() {
                return Err(Error::Invalid(faults));
            }
            let after = keep(db, &company, after, by)?;
            Ok(Found::version(after.version, CompanyView::from(after)))
        })
        .await?;
    // What it asks of its people counts for their sessions at once.
    forget();
    Ok(done)
}
