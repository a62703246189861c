//! URLs of what was sent.

use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{Delivery, Endpoint, Status};
use super::policy::{ReadWebhooks, Redeliver};
use super::rules::Refusal;
use super::store::{self, log};
use super::wire::{
    RedeliverWebhooks, RedeliveredWebhooks, WebhookCommand, WebhookDeliveriesFilter,
    WebhookDeliveryView, WebhookDeliveryWithAttempts,
};
use crate::access::Guarded;
use crate::error::{Error, Fault, Result};
use crate::http::json::Json;
use crate::http::query::{Listing, Query};
use crate::http::reply::{Found, Listed};

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(list_webhook_deliveries)
        .service(redeliver_webhooks)
        .service(get_webhook_delivery)
        .service(redeliver_webhook_delivery);
}

/// List what was sent to a webhook endpoint, newest first.
///
/// One entry for each event, with how far it has come. A page may be short, or empty, and have a next
/// one all the same. Entries are kept for 30 days.
#[utoipa::path(tag = "Webhooks", params(WebhookDeliveriesFilter, Listing))]
#[get("/webhook-endpoints/{id}/deliveries")]
async fn list_webhook_deliveries(
    guarded: Guarded<Endpoint, ReadWebhooks>,
    Query(filter): Query<WebhookDeliveriesFilter>,
    Query(listing): Query<Listing>,
) -> Result<Listed<WebhookDeliveryView>> {
    let (after, limit, filter) = (listing.after()?, listing.limit(), filter.into());
    guarded
        .read(move |db, endpoint| {
            let page = log::page(db, endpoint.id, &filter, after, limit)?;
            Ok(Listed::of(page.map(WebhookDeliveryView::from)))
        })
        .await
}

/// Send again what was sent to a webhook endpoint within a time.
///
/// All deliveries that were made then and have ended, or those that ended as `status` says: the events
/// are sent again with the same ids, those about one object in their order. At most 10,000 at once.
///
/// Refuses with `webhook_endpoint_disabled`, `too_many_deliveries`.
#[utoipa::path(tag = "Webhooks")]
#[post("/webhook-endpoints/{id}/redeliver")]
async fn redeliver_webhooks(
    guarded: Guarded<Endpoint, Redeliver>,
    Json(body): Json<RedeliverWebhooks>,
) -> Result<Found<RedeliveredWebhooks>> {
    let now = guarded.now;
    if body.before <= body.after {
        let fault = Fault::at("/before", "out_of_range", "it ends before it begins");
        return Err(Error::invalid(fault));
    }
    guarded
        .write(move |db, endpoint| {
            if !endpoint.enabled {
                return Err(Refusal::Disabled.into());
            }
            let statuses = body.status.as_deref().unwrap_or(Status::ALL);
            let within = (body.after, body.before);
            let many = log::redeliver_all(db, endpoint.id, within, statuses, now)?;
            let deliveries = u32::try_from(many).unwrap_or(u32::MAX);
            Ok(Found::of(RedeliveredWebhooks { deliveries }))
        })
        .await
}

/// Show a delivery, and each time that it was sent.
///
/// Of each attempt there are the heads of request and answer, and the beginning of the answer's body.
#[utoipa::path(tag = "Webhooks")]
#[get("/webhook-deliveries/{id}")]
async fn get_webhook_delivery(
    guarded: Guarded<Delivery, ReadWebhooks>,
) -> Result<Found<WebhookDeliveryWithAttempts>> {
    guarded
        .read(|db, delivery| {
            let attempts = log::attempts(db, delivery.id)?.into_iter().map(Into::into).collect();
            let (version, delivery) = (delivery.version, delivery.into());
            Ok(Found::version(version, WebhookDeliveryWithAttempts { delivery, attempts }))
        })
        .await
}

/// Send a delivery again.
///
/// The same event with the same id, whatever became of it. One that waits for its next attempt is sent
/// now; one that waits behind another about the same object goes on waiting.
///
/// Refuses with `webhook_endpoint_disabled`.
#[utoipa::path(tag = "Webhooks")]
#[post("/webhook-deliveries/{id}/redeliver")]
async fn redeliver_webhook_delivery(
    guarded: Guarded<Delivery, Redeliver>,
    _nothing: Json<WebhookCommand>,
) -> Result<Found<WebhookDeliveryView>> {
    let now = guarded.now;
    guarded
        .write(move |db, delivery| {
            if store::look_for_enabled(db, delivery.endpoint_id)?.is_none() {
                return Err(Refusal::Disabled.into());
            }
            let after = log::redeliver(db, &delivery, now)?;
            Ok(Found::version(after.version, WebhookDeliveryView::from(after)))
        })
        .await
}
