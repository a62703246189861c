//! The door for whoever confirms.

use actix_web::post;
use utoipa_actix_web::service_config::ServiceConfig;

use super::super::policy::ConfirmReversal;
use super::super::rows::Batch;
use super::super::wire::ReversalView;
use super::super::worker::Bells;
use super::weighing;
use crate::access::Guarded;
use crate::db::dialect;
use crate::error::Result;
use crate::http::reply::Found;

/// Mounts the door.
pub fn mount(config: &mut ServiceConfig) {
    config.service(confirm_reversal);
}

/// Confirm a batch that is beyond the guard of a program.
///
/// It goes on as if it had never stopped: what counts is when it was received. It takes a person; who
/// does not mean it cancels it. Whatever nobody confirms by `confirmation.confirm_by` is cancelled.
///
/// Refuses with `confirmation_not_needed`, `confirmation_over`.
#[utoipa::path(tag = "Reversals")]
#[post("/reversals/{id}/confirm")]
async fn confirm_reversal(
    guarded: Guarded<Batch, ConfirmReversal>,
    bells: Bells,
) -> Result<Found<ReversalView>> {
    let (clock, doer) = (guarded.clock().clone(), guarded.actor.doer);
    let confirmed = guarded
        .write(move |db, batch| {
            let now = dialect::now(db, &clock)?;
            let batch = weighing::confirm(db, batch.id, doer, now)?;
            let brand = batch.company_id;
            Ok(Found::version(batch.version, ReversalView::to(brand, batch)))
        })
        .await?;
    bells.submitted.notify_one();
    bells.progressed.notify_waiters();
    Ok(confirmed)
}
