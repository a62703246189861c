//! URLs of delegated sessions. They end at the door of all sessions.

use std::sync::Arc;

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::begin::begin;
use super::model::DelegatedSession;
use super::policy::{ReadDelegations, SignInAs};
use super::store;
use super::wire::{DelegatedSessionView, SignInAsCompany, views};
use crate::access::Guarded;
use crate::companies::model::Company;
use crate::error::{Error, Result};
use crate::http::json::Json;
use crate::http::query::{Listing, Query};
use crate::http::reply::{Found, Listed};
use crate::kernel::page::Page;
use crate::users::wire::SignInView;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config.service(sign_in_as).service(list_delegated_sessions).service(get_delegated_session);
}

/// Sign in as another company, which has granted yours `sign_in_as`.
///
/// The answer is that of a sign-in, to the other company: with its tokens you act there as a manager, but
/// for what is for its own people alone (`x-delegated` of each operation says what is open), and decide
/// nothing that your own company is a side of. It lasts an hour, refreshing included, and ends sooner if
/// what it stands on does. Its admins are told, and both companies see what is done. Where nothing is
/// granted it is refused with `grant_missing`. Nothing is kept of the answer: it holds secrets.
#[utoipa::path(tag = "Access")]
#[post("/companies/{id}/sessions")]
async fn sign_in_as(
    guarded: Guarded<Company, SignInAs>,
    Json(body): Json<SignInAsCompany>,
) -> Result<Found<SignInView>> {
    let (now, actor, gate) = (guarded.now, Arc::clone(&guarded.actor), guarded.gate());
    let (issued, user, company) = guarded
        .write_unkept(move |db, company| begin(db, &actor, (company, &body.reason), now))
        .await?;
    let view = issued.view(&gate, user, company.into(), now)?;
    Ok(Found::of(view).uncached())
}

/// List the sessions in which people of one company act for another, newest first.
///
/// Of another company: those between the two of you, whoever acts for whom. Of your own: all that it is
/// a side of, also with companies that you no longer work with. Both sides see the same.
#[utoipa::path(tag = "Access", params(Listing))]
#[get("/companies/{id}/sessions")]
async fn list_delegated_sessions(
    guarded: Guarded<Company, ReadDelegations>,
    Query(listing): Query<Listing>,
) -> Result<Listed<DelegatedSessionView>> {
    let (before, limit) = (listing.after()?, listing.limit());
    let (now, own) = (guarded.now, guarded.actor.reach.company);
    guarded
        .read(move |db, company| {
            let Page { rows, next } = store::page(db, (own, company.id), before, limit)?;
            Ok(Listed::of(Page { rows: views(db, rows, now)?, next }))
        })
        .await
}

/// Show a session in which somebody of one company acts for another.
///
/// It is what the events `delegated_session.*` are about; both sides see the same.
#[utoipa::path(tag = "Access")]
#[get("/delegated-sessions/{id}")]
async fn get_delegated_session(
    guarded: Guarded<DelegatedSession, ReadDelegations>,
) -> Result<Found<DelegatedSessionView>> {
    let now = guarded.now;
    guarded
        .read(move |db, session| {
            let view = views(db, vec![session], now)?.pop();
            Ok(Found::of(view.ok_or(Error::NotFound("session"))?))
        })
        .await
}
