//! URLs of API keys.

use actix_web::{delete, get, patch, post};
use jiff::SignedDuration;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{ApiKey, Secret};
use super::policy::{CreateKey, EditKey, ReadKeys, RevokeKey};
use super::wire::{ApiKeyView, ApiKeyWithSecret, NewApiKey, PatchApiKey, RotateApiKey};
use super::{rules, store};
use crate::access::{Actor, Guarded, Signed, secret};
use crate::error::{Error, Fault, Result};
use crate::events::kinds::EventKind;
use crate::events::model::{Event, any};
use crate::events::store as events;
use crate::http::json::Json;
use crate::http::query::{Listing, Query};
use crate::http::reply::{Created, Found, Listed, NoContent};
use crate::kernel::document::Document;
use crate::kernel::id::ApiKeyId;
use crate::kernel::time::Instant;
use crate::programs::store as programs;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(create_api_key)
        .service(list_api_keys)
        .service(get_api_key)
        .service(update_api_key)
        .service(rotate_api_key)
        .service(revoke_api_key);
}

/// Make an API key.
///
/// The secret is in this answer and nowhere else; what is stored is its digest.
#[utoipa::path(tag = "API keys")]
#[post("/api-keys")]
async fn create_api_key(
    signed: Signed<CreateKey>,
    Json(body): Json<NewApiKey>,
) -> Result<Created<ApiKeyWithSecret>> {
    let now = signed.now;
    let issued = secret::issue("entk")?;
    still_to_come(body.expires_at, now)?;
    signed
        .write(move |db, actor| {
            programs::check_limits(
                db,
                &actor.reach,
                body.program_ids.as_deref().unwrap_or_default(),
                body.event_type_ids.as_deref().unwrap_or_default(),
            )?;
            let key = made(&body, &issued, actor, now)?;
            store::insert(db, &key)?;
            let event = Event::new(EventKind::ApiKeyCreated, any(key.id), key.company_id, now);
            events::record(db, event.by(actor.doer))?;
            let location = format!("/v1/api-keys/{}", key.id);
            let view = ApiKeyWithSecret { key: key.into(), secret: Some(issued.clone()) };
            Ok(Created::at(location, view).uncached().secret_in("secret"))
        })
        .await
}

/// Refuses an end that has passed.
fn still_to_come(end: Option<Instant>, now: Instant) -> Result<()> {
    if end.is_some_and(|end| end <= now) {
        let fault = Fault::at("/expires_at", "out_of_range", "this moment has passed");
        return Err(Error::invalid(fault));
    }
    Ok(())
}

/// What is kept of a secret.
fn kept(issued: &str) -> Secret {
    let hint = issued.chars().take(12).collect();
    Secret { hint, hash: secret::digest(issued.as_bytes()) }
}

fn made(body: &NewApiKey, issued: &str, actor: &Actor, now: Instant) -> Result<ApiKey> {
    let person = actor.doer.user_id;
    let created_by = person.ok_or_else(|| Error::internal(anyhow::anyhow!("a key made a key")))?;
    let mut scopes = body.scopes.clone();
    scopes.sort_unstable();
    scopes.dedup();
    let Secret { hint, hash } = kept(issued);
    Ok(ApiKey {
        id: ApiKeyId::new(),
        company_id: actor.reach.company,
        name: body.name.clone(),
        hint,
        hash,
        scopes: Document(scopes),
        program_ids: body.program_ids.clone().map(Document),
        event_type_ids: body.event_type_ids.clone().map(Document),
        created_by,
        created_at: now,
        expires_at: body.expires_at,
        revoked_at: None,
        last_used_at: None,
        version: 1,
        previous_hint: None,
        previous_hash: None,
        previous_until: None,
    })
}

/// List the company's API keys, newest first; revoked ones too.
///
/// No secret is among what is shown; the `hint`, a secret's first characters, tells keys apart.
#[utoipa::path(tag = "API keys", params(Listing))]
#[get("/api-keys")]
async fn list_api_keys(
    signed: Signed<ReadKeys>,
    Query(listing): Query<Listing>,
) -> Result<Listed<ApiKeyView>> {
    let (after, limit) = (listing.after()?, listing.limit());
    let page = signed.read(move |db, actor| store::page(db, &actor.reach, after, limit)).await?;
    Ok(Listed::of(page.map(Into::into)))
}

/// Show an API key.
///
/// Its scopes and limits, until when it counts, and when it was last used. Its secret was shown once,
/// when the key was made.
#[utoipa::path(tag = "API keys")]
#[get("/api-keys/{id}")]
async fn get_api_key(guarded: Guarded<ApiKey, ReadKeys>) -> Result<Found<ApiKeyView>> {
    guarded.read(|_, key| Ok(Found::version(key.version, ApiKeyView::from(key)))).await
}

/// Rename an API key, or set until when it counts.
///
/// A JSON merge patch: what is absent stays as it is, and an `expires_at` of null is taken off. What a key
/// may do, and where, is for ever: make another one for that. Refuses with `key_revoked`.
#[utoipa::path(tag = "API keys")]
#[patch("/api-keys/{id}")]
async fn update_api_key(
    guarded: Guarded<ApiKey, EditKey>,
    Json(body): Json<PatchApiKey>,
) -> Result<Found<ApiKeyView>> {
    let (now, doer, forget) = (guarded.now, guarded.actor.doer, guarded.forgetter());
    still_to_come(body.expires_at.flatten(), now)?;
    let done = guarded
        .write(move |db, before| {
            let after = rules::edit(&before, body.name.clone(), body.expires_at)?;
            if after == before {
                return Ok(Found::version(before.version, ApiKeyView::from(before)));
            }
            let after = store::advance(db, &before, after)?;
            let event = Event::new(EventKind::ApiKeyUpdated, any(after.id), after.company_id, now);
            let end = |key: &ApiKey| key.expires_at.map(|end| end.to_string());
            let event = event
                .by(doer)
                .sequence(after.version)
                .changed("name", before.name.clone(), after.name.clone())
                .changed("expires_at", end(&before), end(&after));
            events::record(db, event)?;
            Ok(Found::version(after.version, ApiKeyView::from(after)))
        })
        .await?;
    forget();
    Ok(done)
}

/// Renew the secret of an API key.
///
/// The new secret is in this answer and nowhere else. The one before counts too until `overlap_hours` are
/// over, 24 if nothing is said: time to bring the new one everywhere. To renew it again meanwhile ends the
/// older one at once. What was made with a secret ends with it: tokens of `/v1/oauth/token` too.
/// Refuses with `key_revoked`, `key_expired`.
#[utoipa::path(tag = "API keys")]
#[post("/api-keys/{id}/rotate")]
async fn rotate_api_key(
    guarded: Guarded<ApiKey, EditKey>,
    Json(body): Json<RotateApiKey>,
) -> Result<Found<ApiKeyWithSecret>> {
    let (now, doer, forget) = (guarded.now, guarded.actor.doer, guarded.forgetter());
    let issued = secret::issue("entk")?;
    let overlap = SignedDuration::from_hours(body.overlap_hours.unwrap_or(rules::OVERLAP_HOURS));
    let done = guarded
        .write(move |db, before| {
            let after = rules::rotate(&before, kept(&issued), overlap, now)?;
            let after = store::advance(db, &before, after)?;
            let kind = EventKind::ApiKeySecretRotated;
            let event = Event::new(kind, any(after.id), after.company_id, now);
            events::record(db, event.by(doer).sequence(after.version))?;
            let version = after.version;
            let view = ApiKeyWithSecret { key: after.into(), secret: Some(issued.clone()) };
            Ok(Found::version(version, view).uncached().secret_in("secret"))
        })
        .await?;
    forget();
    Ok(done)
}

/// Revoke an API key. It stops counting at once.
///
/// Both of its secrets and every token that was made from it end with it. There is no way back. The key
/// stays in the list, with the moment of its end; to revoke it once more changes nothing.
#[utoipa::path(tag = "API keys")]
#[delete("/api-keys/{id}")]
async fn revoke_api_key(guarded: Guarded<ApiKey, RevokeKey>) -> Result<NoContent> {
    let (now, doer, forget) = (guarded.now, guarded.actor.doer, guarded.forgetter());
    let done = guarded
        .write(move |db, key| {
            if store::revoke(db, &key, now)? {
                let event = Event::new(EventKind::ApiKeyRevoked, any(key.id), key.company_id, now);
                events::record(db, event.by(doer).sequence(key.version + 1))?;
            }
            Ok(NoContent)
        })
        .await?;
    forget();
    Ok(done)
}
