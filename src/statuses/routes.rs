//! URLs of a company's status.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::changing::{Wish, change};
use super::model::Command;
use super::policy::{EndTakingPart, Reactivate, ReadStatusHistory};
use super::store;
use super::wire::{ChangeStatus, StatusChangeView};
use crate::access::{Allows, Guarded, Verb};
use crate::companies::model::Company;
use crate::companies::wire::CompanyView;
use crate::error::Result;
use crate::http::json::Json;
use crate::http::query::{Listing, Query};
use crate::http::reply::{Found, Listed};

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(suspend_company)
        .service(deactivate_company)
        .service(reactivate_company)
        .service(list_status_changes);
}

/// Suspend your company: it reads, and writes nothing until it is reactivated.
///
/// Nobody can offer it a partnership or a contract. What it has earned stays, what its contracts bring
/// goes on to be tracked, and brands edit it until it locks as ever. What is left of its batches is
/// `forbidden`. Companies that work with it are told that it is suspended, and not why.
///
/// Refuses with `status_unchanged`, `company_is_deactivated`.
#[utoipa::path(tag = "Companies")]
#[post("/companies/{id}/suspend")]
async fn suspend_company(
    guarded: Guarded<Company, EndTakingPart>,
    Json(body): Json<ChangeStatus>,
) -> Result<Found<CompanyView>> {
    changed(guarded, Command::Suspend, body).await
}

/// Deactivate your company: it is gone for everybody else, and everybody is signed out of it.
///
/// Its keys stop, nothing is sent to it, what is left of its batches is `forbidden`, and what occurs
/// from now on is credited to it no more. Nothing is deleted. An owner can sign in again, for nothing
/// but to reactivate it. Companies that work with it are told, and not why.
///
/// Refuses with `status_unchanged`.
#[utoipa::path(tag = "Companies")]
#[post("/companies/{id}/deactivate")]
async fn deactivate_company(
    guarded: Guarded<Company, EndTakingPart>,
    Json(body): Json<ChangeStatus>,
) -> Result<Found<CompanyView>> {
    changed(guarded, Command::Deactivate, body).await
}

/// Reactivate your company after it was suspended or deactivated.
///
/// All is as before: keys count again, and so do contracts and partnerships that nobody has ended in the
/// meantime. Who was signed out signs in anew. What whoever runs the server has said is not taken back
/// here.
///
/// Refuses with `status_unchanged`, `status_kept_by_operator`.
#[utoipa::path(tag = "Companies")]
#[post("/companies/{id}/reactivate")]
async fn reactivate_company(
    guarded: Guarded<Company, Reactivate>,
    Json(body): Json<ChangeStatus>,
) -> Result<Found<CompanyView>> {
    changed(guarded, Command::Reactivate, body).await
}

async fn changed<V: Verb>(
    guarded: Guarded<Company, V>,
    command: Command,
    body: ChangeStatus,
) -> Result<Found<CompanyView>>
where
    Company: Allows<V>,
{
    let (now, forget) = (guarded.now, guarded.forgetter());
    let wish = Wish { command, reason: body.reason, doer: guarded.actor.doer };
    let done = guarded
        .write(move |db, company| {
            let after = change(db, &company, &wish, now)?;
            Ok(Found::version(after.version, CompanyView::from(after)))
        })
        .await;
    forget();
    done
}

/// List how the status of your company has changed, the newest first.
///
/// Each with its reason and who said so. A company that has always been active has no entry. Others
/// learn that a company they work with was suspended or came back, and never why.
#[utoipa::path(tag = "Companies", params(Listing))]
#[get("/companies/{id}/status-history")]
async fn list_status_changes(
    guarded: Guarded<Company, ReadStatusHistory>,
    Query(listing): Query<Listing>,
) -> Result<Listed<StatusChangeView>> {
    let (before, limit) = (listing.after()?, listing.limit());
    let read = guarded.read(move |db, company| store::page(db, company.id, before, limit));
    Ok(Listed::of(read.await?.map(StatusChangeView::from)))
}
