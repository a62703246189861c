//! URLs of webhook endpoints.

use actix_web::{delete, get, patch, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::Endpoint;
use super::outbound::Outbound;
use super::policy::{DeleteWebhook, EditWebhooks, ReadWebhooks};
use super::rules::{self, MOST_ENDPOINTS, Refusal, Unfit};
use super::store::{self, lanes};
use super::wire::{
    NewWebhookEndpoint, PatchWebhookEndpoint, WebhookCommand, WebhookEndpointView,
    WebhookEndpointWithSecret, WebhookTest, distinct,
};
use super::{sign, turn};
use crate::access::{Actor, Guarded, Signed, secret};
use crate::db::Db;
use crate::error::{Error, Fault, Result};
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::events::store as events;
use crate::http::json::Json;
use crate::http::query::{Listing, Query};
use crate::http::reply::{Created, Found, Listed, NoContent};
use crate::kernel::id::WebhookEndpointId;
use crate::kernel::time::Instant;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(create_webhook_endpoint)
        .service(list_webhook_endpoints)
        .service(rotate_webhook_secret)
        .service(test_webhook_endpoint)
        .service(get_webhook_endpoint)
        .service(update_webhook_endpoint)
        .service(delete_webhook_endpoint);
}

/// Have a system of yours told of what happens.
///
/// Every event of the types you name is sent to the URL as a POST, signed as the Standard Webhooks
/// say. The secret that verifies the signatures is in this answer and nowhere else. The URL begins with
/// `https://` and lies on the public internet. A company has at most 20 endpoints.
///
/// Refuses with `too_many_webhook_endpoints`.
#[utoipa::path(tag = "Webhooks")]
#[post("/webhook-endpoints")]
async fn create_webhook_endpoint(
    signed: Signed<EditWebhooks>,
    Json(body): Json<NewWebhookEndpoint>,
    outbound: Outbound,
) -> Result<Created<WebhookEndpointWithSecret>> {
    signed.permit()?;
    outbound.admit(&body.url).await.map_err(unfit)?;
    let (now, fresh, id) = (signed.now, secret::random()?, WebhookEndpointId::new());
    let sealed = outbound.seal().close(id.uuid(), &fresh)?;
    signed
        .write(move |db, actor| {
            if store::count(db, actor.reach.company)? >= MOST_ENDPOINTS {
                return Err(Refusal::TooManyEndpoints.into());
            }
            let endpoint = made(&body, (id, sealed.clone()), actor, now)?;
            store::insert(db, &endpoint)?;
            record(db, EventKind::WebhookEndpointCreated, None, &endpoint, actor.doer)?;
            let location = format!("/v1/webhook-endpoints/{id}");
            Ok(Created::at(location, shown(endpoint, None, &fresh)).uncached().secret_in("secret"))
        })
        .await
}

fn made(
    body: &NewWebhookEndpoint,
    (id, secret): (WebhookEndpointId, Vec<u8>),
    actor: &Actor,
    now: Instant,
) -> Result<Endpoint> {
    let person = actor.doer.user_id;
    let created_by = person.ok_or_else(|| Error::internal(anyhow::anyhow!("a key made one")))?;
    Ok(Endpoint {
        id,
        company_id: actor.reach.company,
        url: body.url.clone(),
        event_types: distinct(body.event_types.clone()),
        description: body.description.clone().unwrap_or_default(),
        enabled: true,
        disabled_reason: None,
        secret,
        previous_secret: None,
        previous_until: None,
        created_by,
        version: 1,
        created_at: now,
        updated_at: now,
    })
}

fn unfit(unfit: Unfit) -> Error {
    Error::invalid(Fault::at("/url", unfit.code(), unfit.to_string()))
}

fn shown(
    endpoint: Endpoint,
    failing_since: Option<Instant>,
    secret: &[u8],
) -> WebhookEndpointWithSecret {
    let endpoint = WebhookEndpointView::of(endpoint, failing_since);
    WebhookEndpointWithSecret { endpoint, secret: Some(sign::shown(secret)) }
}

/// List the company's webhook endpoints, newest first.
///
/// Each with its types of events, whether it is enabled, and since when nothing has got through. No
/// secret is among what is shown.
#[utoipa::path(tag = "Webhooks", params(Listing))]
#[get("/webhook-endpoints")]
async fn list_webhook_endpoints(
    signed: Signed<ReadWebhooks>,
    Query(listing): Query<Listing>,
) -> Result<Listed<WebhookEndpointView>> {
    let (after, limit) = (listing.after()?, listing.limit());
    signed
        .read(move |db, actor| {
            let page = store::page(db, &actor.reach, after, limit)?;
            let ids: Vec<WebhookEndpointId> = page.rows.iter().map(|row| row.id).collect();
            let failing = store::failing(db, &ids)?;
            let view = |endpoint: Endpoint| {
                let since = failing.get(&endpoint.id).copied();
                WebhookEndpointView::of(endpoint, since)
            };
            Ok(Listed::of(page.map(view)))
        })
        .await
}

/// Show a webhook endpoint.
///
/// Its types of events, whether it is enabled, and since when nothing has got through. Its secret was
/// shown once, when it was made or renewed.
#[utoipa::path(tag = "Webhooks")]
#[get("/webhook-endpoints/{id}")]
async fn get_webhook_endpoint(
    guarded: Guarded<Endpoint, ReadWebhooks>,
) -> Result<Found<WebhookEndpointView>> {
    guarded.read(found).await
}

fn found(db: &mut Db, endpoint: Endpoint) -> Result<Found<WebhookEndpointView>> {
    let since = store::failing(db, &[endpoint.id])?.remove(&endpoint.id);
    Ok(Found::version(endpoint.version, WebhookEndpointView::of(endpoint, since)))
}

/// Edit a webhook endpoint, disable it or enable it.
///
/// A JSON merge patch: what is absent stays as it is. While an endpoint is disabled, what happens is
/// not kept for it; what waited for it before goes on when it is enabled.
#[utoipa::path(tag = "Webhooks")]
#[patch("/webhook-endpoints/{id}")]
async fn update_webhook_endpoint(
    guarded: Guarded<Endpoint, EditWebhooks>,
    Json(body): Json<PatchWebhookEndpoint>,
    outbound: Outbound,
) -> Result<Found<WebhookEndpointView>> {
    guarded.actor.may::<EditWebhooks>()?;
    if let Some(url) = &body.url {
        outbound.admit(url).await.map_err(unfit)?;
    }
    let (now, doer) = (guarded.now, guarded.actor.doer);
    guarded
        .write(move |db, before| {
            let after = body.clone().apply(&before, now);
            let same = Endpoint { updated_at: before.updated_at, ..after.clone() } == before;
            if same {
                return found(db, before);
            }
            let after = store::advance(db, &before, after)?;
            if after.enabled && !before.enabled {
                lanes::begin_anew(db, after.id, now)?;
            }
            let kind = match before.enabled && !after.enabled {
                true => EventKind::WebhookEndpointDisabled,
                false => EventKind::WebhookEndpointUpdated,
            };
            record(db, kind, Some(&before), &after, doer)?;
            found(db, after)
        })
        .await
}

/// Delete a webhook endpoint. Nothing more is sent to it.
///
/// What was sent to it can no longer be looked up.
#[utoipa::path(tag = "Webhooks")]
#[delete("/webhook-endpoints/{id}")]
async fn delete_webhook_endpoint(guarded: Guarded<Endpoint, DeleteWebhook>) -> Result<NoContent> {
    let (now, doer) = (guarded.now, guarded.actor.doer);
    guarded
        .write(move |db, endpoint| {
            store::delete(db, &endpoint)?;
            let version = endpoint.version.saturating_add(1);
            let after = Endpoint { version, updated_at: now, ..endpoint };
            record(db, EventKind::WebhookEndpointDeleted, Some(&after), &after, doer)?;
            Ok(NoContent)
        })
        .await
}

/// Renew the secret of a webhook endpoint.
///
/// The new secret is in this answer and nowhere else. For 24 hours everything is signed with both, the
/// new one first; after that with the new one alone. To renew it again meanwhile ends the older one at
/// once.
#[utoipa::path(tag = "Webhooks")]
#[post("/webhook-endpoints/{id}/rotate-secret")]
async fn rotate_webhook_secret(
    guarded: Guarded<Endpoint, EditWebhooks>,
    _nothing: Json<WebhookCommand>,
    outbound: Outbound,
) -> Result<Found<WebhookEndpointWithSecret>> {
    let (now, doer, fresh) = (guarded.now, guarded.actor.doer, secret::random()?);
    guarded
        .write(move |db, before| {
            let sealed = outbound.seal().close(before.id.uuid(), &fresh)?;
            let after = store::advance(db, &before, rules::rotate(&before, sealed, now))?;
            record(db, EventKind::WebhookEndpointSecretRotated, Some(&before), &after, doer)?;
            let since = store::failing(db, &[after.id])?.remove(&after.id);
            let found = Found::version(after.version, shown(after, since, &fresh));
            Ok(found.uncached().secret_in("secret"))
        })
        .await
}

/// Try a webhook endpoint out: a `webhook.test` is sent to it now.
///
/// The answer says what came of it. It is sent once, whether the endpoint is enabled or not, and leaves
/// no trace. Whatever kept a connection from being made is told as `unreachable`.
#[utoipa::path(tag = "Webhooks")]
#[post("/webhook-endpoints/{id}/test")]
async fn test_webhook_endpoint(
    guarded: Guarded<Endpoint, EditWebhooks>,
    _nothing: Json<WebhookCommand>,
    outbound: Outbound,
) -> Result<Found<WebhookTest>> {
    let now = guarded.now;
    let endpoint = guarded.read(|_, endpoint| Ok(endpoint)).await?;
    let parcel = turn::trial(&endpoint, now)?;
    let sent = outbound.try_out(&endpoint, &parcel).await?;
    Ok(Found::of(WebhookTest::from(sent)))
}

/// Says that an endpoint changed. Of its URL, which may hold a secret, others learn the host.
fn record(
    db: &mut Db,
    kind: EventKind,
    before: Option<&Endpoint>,
    after: &Endpoint,
    doer: Doer,
) -> Result<()> {
    let host = |endpoint: &Endpoint| {
        let url = url::Url::parse(&endpoint.url).ok();
        url.and_then(|url| url.host_str().map(str::to_string))
    };
    let types = |endpoint: &Endpoint| serde_json::json!(endpoint.event_types.0);
    let event = Event::new(kind, any(after.id), after.company_id, after.updated_at);
    let event = event
        .by(doer)
        .sequence(after.version)
        .changed("host", before.and_then(host), host(after))
        .changed("event_types", before.map(types), types(after))
        .changed("enabled", before.map(|before| before.enabled), after.enabled);
    events::record(db, event)
}
