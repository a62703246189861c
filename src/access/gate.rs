//! The gate: every request under `/v1` shows a credential before anything else is looked at.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, HeaderName, USER_AGENT};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest};
use moka::sync::Cache;

use super::actor::{Actor, Held, Power};
use super::credential::Credential;
use super::linked::Maker;
use super::password::Passwords;
use super::proxies::Proxies;
use super::rates::{Mistakes, Rates, Sender};
use super::secret;
use super::settings::RateLimits;
use super::token::{Claims, DelegateClaims, KeyClaims, Read, Tokens};
use super::vault::Vault;
use crate::companies::model::Status;
use crate::db::Pool;
use crate::error::{Error, Result};
use crate::events::model::Doer;
use crate::kernel::agent::Agent;
use crate::kernel::id::{ApiKeyId, CompanyId, SessionId, UserId};
use crate::kernel::origin::{Address, Origin, RequestId};
use crate::kernel::reach::{Limit, Reach};
use crate::kernel::time::{Clock, Instant};
use crate::keys::model::{ApiKey, Scope};
use crate::keys::rules::{Stands, stands, stands_marked};
use crate::keys::store as keys;
use crate::users::delegations::model::{Because, DelegatedSession};
use crate::users::delegations::{ending, rules as delegated, store as delegations};
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
    "/v1/oauth/token",
    "/v1/invitations/accept",
    "/v1/me/email/confirm",
    "/v1/unsubscribe",
    "/v1/downloads",
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
    /// Counts wrong secrets of keys.
    pub mistakes: Mistakes,
    proxies: Proxies,
    rates: Rates,
    known: Cache<Vec<u8>, Known>,
    /// How often it has forgotten: what was looked up before is not remembered after.
    forgotten: AtomicU64,
    used: std::sync::Mutex<std::collections::HashMap<ApiKeyId, Instant>>,
}

/// Who is behind a credential, what counts its requests, and until when it is taken at its word.
#[derive(Clone)]
struct Known {
    actor: Arc<Actor>,
    sender: Sender,
    until: Option<Instant>,
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
        let (proxies, rates) = (Proxies::default(), Rates::new(RateLimits::OFF));
        let (mistakes, forgotten) = (Mistakes::default(), AtomicU64::default());
        Ok(Self {
            pool,
            clock,
            tokens,
            passwords,
            reception,
            vault,
            mistakes,
            proxies,
            rates,
            known,
            forgotten,
            used,
        })
    }

    /// The same behind proxies, whose word on addresses it takes.
    pub fn behind(self, proxies: Proxies) -> Self {
        Self { proxies, ..self }
    }

    /// The same for so many requests.
    pub fn paced(self, limits: RateLimits) -> Self {
        Self { rates: Rates::new(limits), ..self }
    }

    /// Where a request came from.
    fn origin(&self, request: &HttpRequest) -> Origin {
        // What a client wrote may be no text; what a proxy added behind it is still read.
        let forwarded = request.headers().get_all(FORWARDED_FOR);
        let forwarded = forwarded.map(|value| String::from_utf8_lossy(value.as_bytes()));
        let forwarded: Vec<Cow<'_, str>> = forwarded.collect();
        let client = |peer| self.proxies.client(peer, forwarded.iter().map(|value| &**value));
        let address = request.peer_addr().map(|peer| Address::from(client(peer.ip())));
        let request_id = request.extensions().get::<RequestId>().copied();
        let said = request.headers().get(USER_AGENT).and_then(|said| said.to_str().ok());
        Origin { address, request_id, agent: said.and_then(Agent::of), ..Origin::NOWHERE }
    }

    /// How much database work waits and runs.
    pub fn load(&self) -> crate::db::Load {
        self.pool.load()
    }

    /// Forgets what it remembers of credentials: something about them has changed.
    pub fn forget(&self) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.known.invalidate_all();
    }

    /// The actor behind an `Authorization` header.
    pub async fn admit(&self, header: Option<&str>) -> Result<Arc<Actor>> {
        self.recognise(header).await.map(|known| known.actor)
    }

    async fn recognise(&self, header: Option<&str>) -> Result<Known> {
        let bearer = header
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, credential)| credential.trim())
            .ok_or(Error::Unauthenticated(
                "send Authorization: Bearer and a token or an API key",
            ))?;
        let now = self.clock.now();
        let digest = secret::digest(bearer.as_bytes());
        if let Some(known) = self.known.get(&digest)
            && known.until.is_none_or(|until| now < until)
        {
            return Ok(known);
        }
        let forgotten = self.forgotten.load(Ordering::SeqCst);
        let (actor, until) = if bearer.starts_with("entk_") {
            self.admit_key(digest.clone(), now).await?
        } else {
            self.admit_token(bearer, now).await?
        };
        let known = Known { sender: self.rates.of_actor(&actor), actor: Arc::new(actor), until };
        if known.actor.delegation.is_some() {
            // What others let him do counts for no longer than they do: it is asked anew each time.
            return Ok(known);
        }
        self.known.insert(digest.clone(), known.clone());
        if self.forgotten.load(Ordering::SeqCst) != forgotten {
            // Something has changed since it was looked up: it counts this once.
            self.known.invalidate(&digest);
        }
        Ok(known)
    }

    async fn admit_token(&self, token: &str, now: Instant) -> Result<(Actor, Option<Instant>)> {
        match self.tokens.read(token, now)? {
            Read::OfPerson(claims) => self.admit_person(claims, now).await,
            Read::OfKey(claims) => self.admit_for_key(claims, now).await,
            Read::OfDelegate(claims) => self.admit_delegate(claims, now).await,
        }
    }

    /// Somebody who acts for another company: as long as all counts that this stands on.
    async fn admit_delegate(
        &self,
        claims: DelegateClaims,
        now: Instant,
    ) -> Result<(Actor, Option<Instant>)> {
        let (id, acts_for, act) = (claims.sid, claims.sub, claims.act);
        let found = self.pool.read(move |db| delegations::standing(db, id, now)).await?;
        let refused = || Error::Unauthenticated("the delegated session has ended");
        let standing = found.ok_or_else(refused)?;
        if let Some(because) = delegated::over(&standing, now) {
            self.note_end(&standing.session, because, now).await;
            return Err(refused());
        }
        let session = standing.session;
        let named = (session.user_id, session.company_id, session.for_company_id);
        if named != (act.sub, act.company, acts_for) {
            return Err(refused());
        }
        let actor = Actor {
            doer: session.delegate(Origin::NOWHERE),
            reach: delegated::reach(session.level, session.company_id, acts_for),
            company_status: standing.for_company_status.unwrap_or(Status::Deactivated),
            power: Power::Person { role: delegated::ROLE, session: id, held: None },
            delegation: Some(session.delegation()),
        };
        Ok((actor, Some(session.expires_at)))
    }

    /// Writes down why a delegated session is over, which has just been found out. If that fails, it is
    /// over all the same, and somebody else finds it out.
    async fn note_end(&self, session: &DelegatedSession, because: Because, now: Instant) {
        if session.ended_at.is_some() {
            return;
        }
        let id = session.id;
        let noted = self.pool.write(move |db| ending::found_over(db, id, because, now)).await;
        if let Err(error) = noted {
            log::warn!(session = id.to_string(), error:?; "the end of a session was not written down");
        }
    }

    async fn admit_person(&self, claims: Claims, now: Instant) -> Result<(Actor, Option<Instant>)> {
        let actor = self.in_session((claims.sub, claims.sid), claims.company, now).await?;
        let until = Instant::from_micros(claims.exp.saturating_mul(1_000_000));
        Ok((actor, Some(until)))
    }

    /// A person in a session that counts, and in a company that the person still belongs to.
    async fn in_session(
        &self,
        (user, session): (UserId, SessionId),
        company: CompanyId,
        now: Instant,
    ) -> Result<Actor> {
        let found = self.pool.read(move |db| users::standing(db, session, company)).await?;
        let standing = found
            .filter(|standing| standing.user_id == user && standing.counts(now))
            .ok_or(Error::Unauthenticated("the session has ended"))?;
        Ok(Actor {
            doer: Doer { user_id: Some(user), ..Doer::SYSTEM },
            reach: Reach::whole(company),
            company_status: standing.company_status,
            power: Power::Person { role: standing.role, session, held: self.held(&standing) },
            delegation: None,
        })
    }

    /// Whoever made a link, as if the request came from there.
    pub(super) async fn admit_maker(
        &self,
        company: CompanyId,
        maker: Maker,
        now: Instant,
    ) -> Result<Actor> {
        let id = match maker {
            Maker::Person { user, session } => {
                return self.in_session((user, session), company, now).await;
            }
            Maker::System { key } => key,
        };
        let found = self.pool.read(move |db| keys::with_company(db, company, id)).await?;
        let refused = || Error::Unauthenticated("the API key does not count");
        let (key, status) = found.filter(|(key, _)| key.counts(now)).ok_or_else(refused)?;
        let scopes = key.scopes.0.clone();
        self.system((key, status), scopes, now).ok_or_else(refused)
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
        let shown = digest.clone();
        let found = self.pool.read(move |db| keys::look_for_live(db, &shown)).await?;
        let refused = || Error::Unauthenticated("the API key does not count");
        let (key, status) = found.ok_or_else(refused)?;
        let until = match stands(&key, &digest, now) {
            Stands::Not => return Err(refused()),
            Stands::Until(end) => Some(end),
            Stands::On => None,
        };
        let scopes = key.scopes.0.clone();
        Ok((self.system((key, status), scopes, now).ok_or_else(refused)?, until))
    }

    /// A token is worth what its key and its secret are worth now.
    async fn admit_for_key(
        &self,
        claims: KeyClaims,
        now: Instant,
    ) -> Result<(Actor, Option<Instant>)> {
        let (id, company) = (claims.sub, claims.company);
        let found = self.pool.read(move |db| keys::with_company(db, company, id)).await?;
        let refused = || Error::Unauthenticated("the API key of this token does not count");
        let (key, status) = found.ok_or_else(refused)?;
        let end = Instant::from_micros(claims.exp.saturating_mul(1_000_000));
        let until = match stands_marked(&key, &claims.secret, now) {
            Stands::Not => return Err(refused()),
            Stands::Until(sooner) => sooner.min(end),
            Stands::On => end,
        };
        let scopes = claims.scopes(&key.scopes.0);
        Ok((self.system((key, status), scopes, now).ok_or_else(refused)?, Some(until)))
    }

    /// A key at work, with some of its scopes; nothing if its company takes no part.
    fn system(
        &self,
        (key, company_status): (ApiKey, Status),
        scopes: Vec<Scope>,
        now: Instant,
    ) -> Option<Actor> {
        if company_status == Status::Deactivated {
            return None;
        }
        self.note_use(key.id, now);
        let only = |ids: Option<_>| ids.map_or(Limit::All, Limit::Only);
        Some(Actor {
            doer: Doer { api_key_id: Some(key.id), ..Doer::SYSTEM },
            reach: Reach {
                programs: only(key.program_ids.map(|ids| ids.0)),
                event_types: key.event_type_ids.map_or(Limit::All, |ids| Limit::Only(ids.0)),
                ..Reach::whole(key.company_id)
            },
            company_status,
            power: Power::System { scopes },
            delegation: None,
        })
    }

    /// Remembers that a key was used, by whichever of its secrets or tokens.
    pub fn note_use(&self, key: ApiKeyId, now: Instant) {
        if let Ok(mut used) = self.used.lock() {
            used.insert(key, now);
        }
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

/// Stops a request that shows no valid credential, or comes too soon after others; those that go on carry
/// their [`Actor`] from here on, and every one where it came from.
pub async fn authenticate(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, actix_web::Error> {
    let gate = request.app_data::<Arc<Gate>>().cloned();
    let missing = || Error::internal(anyhow::anyhow!("no gate was mounted"));
    let gate = match gate.ok_or_else(missing) {
        Ok(gate) => gate,
        Err(error) => return Ok(request.error_response(error).map_into_right_body()),
    };
    let (origin, actor, sender) = match gate.shown(&request).await {
        Ok(shown) => shown,
        Err(error) => return Ok(request.error_response(error).map_into_right_body()),
    };
    let now = gate.clock.now();
    if let Err(error) = gate.rates.draw(&sender, now) {
        let mut refused = request.error_response(error);
        gate.rates.tell(&sender, now, refused.headers_mut());
        return Ok(refused.map_into_right_body());
    }
    {
        let mut extensions = request.extensions_mut();
        extensions.insert(origin);
        if let Some(actor) = actor {
            extensions.insert(actor);
        }
    }
    let mut answer = next.call(request).await?;
    gate.rates.tell(&sender, now, answer.headers_mut());
    Ok(answer.map_into_left_body())
}

impl Gate {
    /// Where a request came from, if it has to say so whose it is, and what counts it.
    async fn shown(
        &self,
        request: &ServiceRequest,
    ) -> Result<(Origin, Option<Arc<Actor>>, Sender)> {
        let (origin, path) = (self.origin(request.request()), request.path());
        if !path.starts_with("/v1/") {
            return Ok((origin, None, Sender::Uncounted));
        }
        if PUBLIC.contains(&path) {
            return Ok((origin, None, self.rates.of_address(origin.address)));
        }
        let shown = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let exchanged = match shown {
            Some(_) => None,
            None => self.exchange(request).await?,
        };
        let header = shown.or(exchanged.as_ref().and_then(Credential::header));
        let Known { actor: known, sender, .. } = self.recognise(header).await?;
        // Whom it remembers came from elsewhere, maybe.
        let origin = Origin { delegation: known.delegation, ..origin };
        let actor = Actor { doer: Doer { origin, ..known.doer }, ..Actor::clone(&known) };
        Ok((origin, Some(Arc::new(actor)), sender))
    }
}
