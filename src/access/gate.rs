//! The gate: every request under `/v1` shows a credential before anything else is looked at.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, HeaderName};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest};
use moka::sync::Cache;

use super::actor::{Actor, Held, Power};
use super::password::Passwords;
use super::proxies::Proxies;
use super::secret;
use super::token::Tokens;
use super::vault::Vault;
use crate::companies::model::Status;
use crate::db::Pool;
use crate::error::{Error, Result};
use crate::events::model::Doer;
use crate::kernel::origin::{Address, Origin, RequestId};
use crate::kernel::reach::{Limit, Reach};
use crate::kernel::time::{Clock, Instant};
use crate::keys::store as keys;
use crate::users::model::{Reception, Registration, Standing};
use crate::users::store as users;

/// The operations that need no credential; the document marks them, a test compares.
pub const PUBLIC: &[&str] = &[
    "/v1/auth/register",
    "/v1/auth/register/resend",
    "/v1/auth/register/confirm",
    "/v1/auth/login",
    "/v1/auth/refresh",
    "/v1/auth/password-resets",
    "/v1/auth/password-resets/confirm",
    "/v1/me/email/confirm",
    "/v1/unsubscribe",
];

/// How long a credential is taken at its word before the database is asked again.
const MEMORY: Duration = Duration::from_secs(5);

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What every request needs: the pool, the clock, and what turns credentials into actors.
pub struct Gate {
    pub(super) pool: Pool,
    pub(super) clock: Clock,
    /// Signs and reads access tokens.
    pub tokens: Tokens,
    /// Hashes and compares passwords.
    pub passwords: Passwords,
    /// How people become users.
    pub reception: Reception,
    /// Keeps second factors.
    pub vault: Vault,
    proxies: Proxies,
    known: Cache<Vec<u8>, (Arc<Actor>, Option<Instant>)>,
    used: std::sync::Mutex<std::collections::HashMap<crate::kernel::id::ApiKeyId, Instant>>,
}

impl Gate {
    /// A gate before `pool`.
    pub fn new(
        pool: Pool,
        clock: Clock,
        tokens: Tokens,
        reception: Reception,
        vault: Vault,
    ) -> Result<Self> {
        let known = Cache::builder().max_capacity(100_000).time_to_live(MEMORY).build();
        let (passwords, used) = (Passwords::new()?, std::sync::Mutex::default());
        let proxies = Proxies::default();
        Ok(Self { pool, clock, tokens, passwords, reception, vault, proxies, known, used })
    }

    /// The same behind proxies, whose word on addresses it takes.
    pub fn behind(self, proxies: Proxies) -> Self {
        Self { proxies, ..self }
    }

    /// Where a request came from.
    fn origin(&self, request: &HttpRequest) -> Origin {
        // What a client wrote may be no text; what a proxy added behind it is still read.
        let forwarded = request.headers().get_all(FORWARDED_FOR);
        let forwarded = forwarded.map(|value| String::from_utf8_lossy(value.as_bytes()));
        let forwarded: Vec<Cow<'_, str>> = forwarded.collect();
        let client = |peer| self.proxies.client(peer, forwarded.iter().map(|value| &**value));
        let address = request.peer_addr().map(|peer| Address::from(client(peer.ip())));
        Origin { address, request_id: request.extensions().get::<RequestId>().copied() }
    }

    /// How much database work waits and runs.
    pub fn load(&self) -> crate::db::Load {
        self.pool.load()
    }

    /// Forgets what it remembers of credentials: something about them has changed.
    pub fn forget(&self) {
        self.known.invalidate_all();
    }

    /// The actor behind an `Authorization` header.
    pub async fn admit(&self, header: Option<&str>) -> Result<Arc<Actor>> {
        let bearer = header
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, credential)| credential.trim())
            .ok_or(Error::Unauthenticated(
                "send Authorization: Bearer and a token or an API key",
            ))?;
        let now = self.clock.now();
        let digest = secret::digest(bearer.as_bytes());
        if let Some((actor, until)) = self.known.get(&digest)
            && until.is_none_or(|until| now < until)
        {
            return Ok(actor);
        }
        let (actor, until) = if bearer.starts_with("entk_") {
            self.admit_key(digest.clone(), now).await?
        } else {
            self.admit_token(bearer, now).await?
        };
        let actor = Arc::new(actor);
        self.known.insert(digest, (Arc::clone(&actor), until));
        Ok(actor)
    }

    async fn admit_token(&self, token: &str, now: Instant) -> Result<(Actor, Option<Instant>)> {
        let claims = self.tokens.read(token, now)?;
        let (session, company) = (claims.sid, claims.company);
        let found = self.pool.read(move |db| users::standing(db, session, company)).await?;
        let standing = found
            .filter(|standing| standing.user_id == claims.sub && standing.counts(now))
            .ok_or(Error::Unauthenticated("the session has ended"))?;
        let actor = Actor {
            doer: Doer { user_id: Some(claims.sub), ..Doer::SYSTEM },
            reach: Reach::whole(company),
            company_status: standing.company_status,
            power: Power::Person { role: standing.role, session, held: self.held(&standing) },
        };
        let until = Instant::from_micros(claims.exp.saturating_mul(1_000_000));
        Ok((actor, Some(until)))
    }

    /// What keeps somebody who has signed in from what the role allows.
    fn held(&self, standing: &Standing) -> Option<Held> {
        let verified = self.reception.registration == Registration::Verified;
        if standing.require_two_factor && standing.second_factor_since.is_none() {
            Some(Held::NoSecondFactor)
        } else if verified && standing.email_confirmed_at.is_none() {
            Some(Held::UnconfirmedEmail)
        } else {
            None
        }
    }

    async fn admit_key(&self, digest: Vec<u8>, now: Instant) -> Result<(Actor, Option<Instant>)> {
        let found = self.pool.read(move |db| keys::look_for_live(db, &digest)).await?;
        let refused = Error::Unauthenticated("the API key does not count");
        let (key, company_status) = found.ok_or(refused)?;
        if !key.counts(now) || company_status == Status::Deactivated {
            return Err(Error::Unauthenticated("the API key does not count"));
        }
        if let Ok(mut used) = self.used.lock() {
            used.insert(key.id, now);
        }
        let only = |ids: Option<_>| ids.map_or(Limit::All, Limit::Only);
        let actor = Actor {
            doer: Doer { api_key_id: Some(key.id), ..Doer::SYSTEM },
            reach: Reach {
                company: key.company_id,
                programs: only(key.program_ids.map(|ids| ids.0)),
                event_types: key.event_type_ids.map_or(Limit::All, |ids| Limit::Only(ids.0)),
            },
            company_status,
            power: Power::System { scopes: key.scopes.0 },
        };
        Ok((actor, key.expires_at))
    }

    /// Writes down when keys were last used; called once a minute.
    pub async fn flush_last_used(&self) -> Result<()> {
        let used = self.used.lock().map(|mut used| std::mem::take(&mut *used)).unwrap_or_default();
        if used.is_empty() {
            return Ok(());
        }
        self.pool.write(move |db| keys::note_use(db, &used)).await
    }
}

/// Stops a request that shows no valid credential; the others carry their [`Actor`] from here on, and
/// every one where it came from.
pub async fn authenticate(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, actix_web::Error> {
    let path = request.path();
    let guarded = path.starts_with("/v1/") && !PUBLIC.contains(&path);
    match shown(&request, guarded).await {
        Ok((origin, actor)) => {
            let mut extensions = request.extensions_mut();
            extensions.insert(origin);
            if let Some(actor) = actor {
                extensions.insert(actor);
            }
        }
        Err(error) => return Ok(request.error_response(error).map_into_right_body()),
    }
    next.call(request).await.map(ServiceResponse::map_into_left_body)
}

/// Where a request came from, and if it has to say so, whose it is.
async fn shown(request: &ServiceRequest, guarded: bool) -> Result<(Origin, Option<Arc<Actor>>)> {
    let gate = request.app_data::<Arc<Gate>>().cloned();
    let gate = gate.ok_or_else(|| Error::internal(anyhow::anyhow!("no gate was mounted")))?;
    let origin = gate.origin(request.request());
    if !guarded {
        return Ok((origin, None));
    }
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let known = gate.admit(header).await?;
    // Whom it remembers came from elsewhere, maybe.
    let actor = Actor { doer: Doer { origin, ..known.doer }, ..Actor::clone(&known) };
    Ok((origin, Some(Arc::new(actor))))
}
