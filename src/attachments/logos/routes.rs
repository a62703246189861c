//! URLs of logos.

use actix_web::{delete, get, put};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{Logo, Shown};
use super::policy::{EditLogo, ReadLogo};
use super::store;
use crate::access::Guarded;
use crate::attachments::depot::Depot;
use crate::attachments::door::{Door, PICTURE_TYPES};
use crate::attachments::rules;
use crate::attachments::store as blobs;
use crate::companies::directory::policy::SearchDirectory;
use crate::companies::model::Company;
use crate::companies::profile::editing::keep;
use crate::companies::wire::CompanyView;
use crate::db::Find;
use crate::error::{Error, Result};
use crate::http::download::{Download, Kinds, Wanted};
use crate::http::reply::{Found, NoContent};

/// How much of the digest says which picture it is.
const VERSION: usize = 8;

/// What logos are.
pub enum Pictures {}

impl Kinds for Pictures {
    fn kinds() -> Vec<&'static str> {
        PICTURE_TYPES.iter().map(|kind| kind.as_str()).collect()
    }
}

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config.service(get_logo).service(put_logo).service(delete_logo);
}

/// Download the logo of a company.
///
/// Of your own, of one whose card you see, and for people of one that is found in the directory. The
/// `ETag` is that of the picture: who has it already is told so.
#[utoipa::path(tag = "Companies")]
#[get("/companies/{id}/logo")]
async fn get_logo(
    guarded: Guarded<Shown, ReadLogo>,
    depot: Depot,
    wanted: Wanted,
) -> Result<Download<Pictures>> {
    let searches = guarded.actor.may::<SearchDirectory>().is_ok();
    let logo = guarded.read(move |_, shown| {
        let seen = shown.known || searches;
        seen.then_some(shown.logo).ok_or(Error::NotFound(Shown::NAME))
    });
    Ok(depot.give(logo.await?.into(), &wanted).await?.kept())
}

/// Give your company a logo.
///
/// The body is the picture: PNG, JPEG or WebP, at most 1 MiB, and its bytes have to be what the content
/// type says. It stands on the company's card, for everybody who sees that. `If-Match` takes the version
/// of the company. The same picture again changes nothing.
#[utoipa::path(
    tag = "Companies",
    request_body(content(
        (String = "image/png"), (String = "image/jpeg"), (String = "image/webp"),
    ))
)]
#[put("/companies/{id}/logo")]
async fn put_logo(guarded: Guarded<Company, EditLogo>, door: Door) -> Result<Found<CompanyView>> {
    let (now, doer, depot) = (guarded.now, guarded.actor.doer, door.depot.clone());
    guarded.permit().await?;
    let (taken, content_type) = door.picture().await?;
    let (digest, size) = (taken.digest.clone(), taken.size_bytes);
    let blob = guarded.aside(move |db| blobs::announce(db, &digest, size, now)).await?;
    depot.keep(&blob, &taken).await?;
    guarded
        .write(move |db, company| {
            blobs::hold(db, &blob, now)?;
            let logo = Logo {
                company_id: company.id,
                blob_id: blob.id,
                content_type,
                size_bytes: blob.size_bytes,
                digest: blob.digest.clone(),
            };
            if store::look_for(db, company.id)?.as_ref() == Some(&logo) {
                return Ok(Found::version(company.version, CompanyView::from(company)));
            }
            store::put(db, company.id, Some(&logo), now)?;
            let mut after = company.clone();
            let version = logo.digest.get(..VERSION).unwrap_or(&logo.digest);
            after.profile.0.logo = Some(rules::hex(version));
            let after = keep(db, &company, after, (doer, now))?;
            Ok(Found::version(after.version, CompanyView::from(after)))
        })
        .await
}

/// Take the logo off your company.
///
/// It is gone from the company's card, for everybody. To take it off twice changes nothing. `If-Match`
/// takes the version of the company.
#[utoipa::path(tag = "Companies")]
#[delete("/companies/{id}/logo")]
async fn delete_logo(guarded: Guarded<Company, EditLogo>) -> Result<NoContent> {
    let (now, doer) = (guarded.now, guarded.actor.doer);
    guarded
        .write(move |db, company| {
            if company.profile.0.logo.is_none() {
                return Ok(NoContent);
            }
            store::put(db, company.id, None, now)?;
            let mut after = company.clone();
            after.profile.0.logo = None;
            keep(db, &company, after, (doer, now))?;
            Ok(NoContent)
        })
        .await
}
