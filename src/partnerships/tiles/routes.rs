//! URL of the marks that users put on partnerships.

use actix_web::{delete, put};
use utoipa_actix_web::service_config::ServiceConfig;

use super::store;
use crate::access::Guarded;
use crate::error::Result;
use crate::http::reply::NoContent;
use crate::partnerships::model::Partnership;
use crate::partnerships::policy::MarkFavourite;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config.service(mark_favourite_partnership).service(unmark_favourite_partnership);
}

/// Mark a partnership as one of your favourites.
///
/// The mark is your own: neither your colleagues nor the other side see it. Marking twice changes
/// nothing.
#[utoipa::path(tag = "Partnerships")]
#[put("/partnerships/{id}/favourite")]
async fn mark_favourite_partnership(
    guarded: Guarded<Partnership, MarkFavourite>,
) -> Result<NoContent> {
    mark(guarded, true).await
}

/// Take your mark off a partnership.
///
/// Where there is none, nothing changes.
#[utoipa::path(tag = "Partnerships")]
#[delete("/partnerships/{id}/favourite")]
async fn unmark_favourite_partnership(
    guarded: Guarded<Partnership, MarkFavourite>,
) -> Result<NoContent> {
    mark(guarded, false).await
}

async fn mark(guarded: Guarded<Partnership, MarkFavourite>, on: bool) -> Result<NoContent> {
    let (now, actor) = (guarded.now, guarded.actor.clone());
    guarded
        .write(move |db, partnership| {
            let whose = (actor.reach.company, actor.person()?.user);
            store::mark(db, whose, partnership.id, on.then_some(now))?;
            Ok(NoContent)
        })
        .await
}
