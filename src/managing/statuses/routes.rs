//! URLs of a company's status.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::OfStatus;
use super::policy::{Deactivate, Reactivate, ReadStatusHistory, Suspend};
use super::wire::{ChangeStatus, StatusChangeView};
use crate::access::{Actor, Allows, Guarded, Verb};
use crate::companies::model::{Company, Status};
use crate::companies::wire::CompanyView;
use crate::error::Result;
use crate::http::json::Json;
use crate::http::query::{Listing, Query};
use crate::http::reply::{Found, Listed};
use crate::managing::model::Managed;
use crate::managing::store::hold;
use crate::statuses::changing::{Wish, change};
use crate::statuses::model::{Command, Voice};
use crate::statuses::store;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(suspend_company)
        .service(deactivate_company)
        .service(reactivate_company)
        .service(list_status_changes);
}

/// Suspend a company: it reads, and writes nothing until it is reactivated.
///
/// Nobody can offer it a partnership or a contract. What it has earned stays, what its contracts bring
/// goes on to be tracked, and brands edit it until it locks as ever. What is left of its batches is
/// `forbidden`. Companies that work with it are told that it is suspended, and not why. Another company
/// takes its grant `manage_status`: it goes on to read, can take the grant back and end the partnership,
/// and with either the suspension is over.
///
/// Refuses with `status_unchanged`, `company_is_deactivated`.
#[utoipa::path(tag = "Companies")]
#[post("/companies/{id}/suspend")]
async fn suspend_company(
    guarded: Guarded<Managed<OfStatus>, Suspend>,
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
    guarded: Guarded<Managed<OfStatus>, Deactivate>,
    Json(body): Json<ChangeStatus>,
) -> Result<Found<CompanyView>> {
    changed(guarded, Command::Deactivate, body).await
}

/// Reactivate a company after it was suspended or, your own, deactivated.
///
/// All is as before: keys count again, and so do contracts and partnerships that nobody has ended in the
/// meantime. Who was signed out signs in anew. What whoever runs the server has said is not taken back
/// here. Another company takes its grant `manage_status`, and is reactivated by the one that has
/// suspended it by such a grant, or by its own owner.
///
/// Refuses with `status_unchanged`, `status_kept_by_operator`, `status_kept_by_others`.
#[utoipa::path(tag = "Companies")]
#[post("/companies/{id}/reactivate")]
async fn reactivate_company(
    guarded: Guarded<Managed<OfStatus>, Reactivate>,
    Json(body): Json<ChangeStatus>,
) -> Result<Found<CompanyView>> {
    changed(guarded, Command::Reactivate, body).await
}

async fn changed<V: Verb>(
    guarded: Guarded<Managed<OfStatus>, V>,
    command: Command,
    body: ChangeStatus,
) -> Result<Found<CompanyView>>
where
    Managed<OfStatus>: Allows<V>,
{
    let (now, forget) = (guarded.now, guarded.forgetter());
    let (actor, reason) = (guarded.actor.clone(), body.reason);
    let done = guarded
        .write(move |db, seen| {
            let company = hold(db, &seen)?;
            let voice = voice(&actor, &company)?;
            let doer = actor.doer_in(company.id);
            let wish = Wish { command, reason: reason.clone(), voice, doer };
            let after = change(db, &company, &wish, now)?;
            let version = after.version;
            Ok(Found::version(version, CompanyView::to(actor.reach.company, after)))
        })
        .await;
    forget();
    done
}

/// In whose name somebody says what becomes of a company. That it is suspended itself keeps nobody from
/// managing its status.
fn voice(actor: &Actor, company: &Company) -> Result<Voice> {
    let own = actor.reach.company;
    if company.id == own {
        return Ok(Voice::Company);
    }
    actor.acts_for(Status::Active).map(|()| Voice::Grantee(own))
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
