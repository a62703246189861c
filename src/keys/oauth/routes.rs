//! The door of tokens.

use actix_web::post;
use utoipa_actix_web::service_config::ServiceConfig;

use super::rules::{Asked, Refusal, narrowed, written};
use super::wire::{TokenForm, TokenProblem, TokenRequest, TokenView};
use crate::access::{Anonymous, secret, token};
use crate::companies::model::Status;
use crate::http::reply::Found;
use crate::kernel::id::ApiKeyId;
use crate::kernel::time::Instant;
use crate::keys::model::ApiKey;
use crate::keys::rules::{Stands, mark, stands};
use crate::keys::store;

/// Mounts the door.
pub fn mount(config: &mut ServiceConfig) {
    config.service(issue_oauth_token);
}

/// Exchange an API key for a token of fifteen minutes: OAuth 2 client credentials.
///
/// The client's id is the key's, its secret the key's secret: both in the form, or by HTTP Basic. `scope`
/// asks for less than the key may do. The token is a JWT, which the keys at `/.well-known/jwks.json`
/// verify; it ends with the key, or with the secret that it was made with, at once. Errors are those of
/// OAuth. Whoever shows wrong secrets has to wait in between.
#[utoipa::path(
    tag = "Access",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded")
)]
#[post("/oauth/token")]
async fn issue_oauth_token(
    anonymous: Anonymous,
    TokenForm(asked): TokenForm,
) -> Result<Found<TokenView>, TokenProblem> {
    let (now, gate) = (anonymous.now, anonymous.gate());
    let named: Option<ApiKeyId> = asked.client_id.parse().ok();
    let who = (anonymous.origin.address, named);
    gate.mistakes.permit(who, now)?;
    let Some((key, hash, end)) = proven(&anonymous, named, &asked).await? else {
        gate.mistakes.note(who, now);
        return Err(Refusal::InvalidClient.into());
    };
    let scopes = narrowed(&key.scopes.0, asked.scope.as_deref())?;
    gate.note_use(key.id, now);
    let of = (key.id, key.company_id);
    let view = TokenView {
        access_token: gate.tokens.issue_to_key(of, &scopes, mark(&hash), (now, end))?,
        token_type: "Bearer",
        expires_in: end.since(now).as_secs(),
        scope: written(&scopes),
    };
    Ok(Found::of(view).uncached())
}

/// The key, the digest of the secret that was shown, and when a token of it ends; nothing if that is no
/// key's, another one's, or does not count any more: all of it is found in the same way.
async fn proven(
    anonymous: &Anonymous,
    named: Option<ApiKeyId>,
    asked: &Asked,
) -> Result<Option<(ApiKey, Vec<u8>, Instant)>, TokenProblem> {
    let (now, hash) = (anonymous.now, secret::digest(asked.client_secret.as_bytes()));
    let shown = hash.clone();
    let found = anonymous.read(move |db| store::look_for_live(db, &shown)).await?;
    let found = found.filter(|(_, status)| *status != Status::Deactivated).map(|(key, _)| key);
    let Some(key) = found.filter(|key| Some(key.id) == named) else { return Ok(None) };
    let usual = now.plus(token::LIFETIME);
    let end = match stands(&key, &hash, now) {
        Stands::Not => return Ok(None),
        Stands::Until(end) => end.min(usual),
        Stands::On => usual,
    };
    Ok(Some((key, hash, end)))
}
