//! The URL at which a company edits itself; how it sees others is in `relations`.

use actix_web::patch;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::Company;
use super::policy::EditCompany;
use super::wire::{CompanyView, PatchCompany};
use super::{rules, store};
use crate::access::Guarded;
use crate::error::Result;
use crate::events::kinds::EventKind;
use crate::events::model::{Event, any};
use crate::events::store as events;
use crate::http::json::Json;
use crate::http::reply::Found;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config.service(update_company);
}

/// Edit your company.
///
/// A JSON merge patch: what is absent stays as it is, and a `website` of null is taken off. `contact`
/// and `address` are replaced as a whole. The domain follows the website and cannot be set.
#[utoipa::path(tag = "Companies")]
#[patch("/companies/{id}")]
async fn update_company(
    guarded: Guarded<Company, EditCompany>,
    Json(body): Json<PatchCompany>,
) -> Result<Found<CompanyView>> {
    let (now, doer) = (guarded.now, guarded.actor.doer);
    guarded
        .write(move |db, company| {
            let after = store::advance(db, &company, body.clone().apply(company.clone(), now))?;
            let event = Event::new(EventKind::CompanyUpdated, any(after.id), after.id, now);
            let event = event.by(doer).sequence(after.version);
            events::record(db, rules::changes(event, &company, &after))?;
            Ok(Found::version(after.version, CompanyView::from(after)))
        })
        .await
}
