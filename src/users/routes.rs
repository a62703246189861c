//! Doors of access: register, sign in, stay signed in, sign out, and who one is.

use actix_web::{get, patch, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::attempts::marks_of;
use super::delegations::model::DelegatedSession;
use super::delegations::wire::DelegationView;
use super::delegations::{ending, rules as delegated, store as delegations};
use super::login::{self, Arrived, Attempt, Outcome};
use super::model::{RefreshToken, Registration, Session, User};
use super::registrations::model::{Brought, Newcomer};
use super::registrations::routes::{self as registrations, Token};
use super::rules::{self, Refresh};
use super::two_factor::codes;
use super::two_factor::model::Shown;
use super::wire::{
    Login, MeView, MembershipView, NewCompany, PatchMe, RefreshRequest, Register, SignInView,
};
use super::{audit, store};
use crate::access::{Actor, Anonymous, Gate, Power, Signed, secret, token};
use crate::companies::model::{Company, Status};
use crate::companies::store as companies;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::http::either::Either;
use crate::http::json::Json;
use crate::http::noted::Noted;
use crate::http::reply::{Created, Found, NoContent};
use crate::kernel::id::{CompanyId, RefreshId, SessionId, UserId};
use crate::kernel::origin::Origin;
use crate::kernel::time::Instant;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(register_company)
        .service(create_session)
        .service(refresh_session)
        .service(end_session)
        .service(get_me)
        .service(update_me);
}

crate::verbs! {
    /// Reading what one is oneself.
    ReadMe: Viewer, Some(crate::access::Scope::CompaniesRead), oneself, relationship;
    /// Changing oneself, which even a suspended company's people may.
    ChangeMe: Viewer, None, oneself, never;
    /// Signing out.
    SignOut: Viewer, None, oneself, relationship;
}

/// Register a company and its first user.
///
/// The user becomes the company's owner and is signed in. A server that wants addresses to be confirmed
/// answers 202 instead, whether somebody has the address already or not, and sends a letter there; its
/// token goes to `POST /v1/auth/register/confirm`. One whose operator has closed registration refuses
/// everybody with `registration_closed`.
#[utoipa::path(tag = "Access")]
#[post("/auth/register")]
async fn register_company(
    anonymous: Anonymous,
    Json(body): Json<Register>,
) -> Result<Either<Created<SignInView>, Noted>> {
    let (now, origin) = (anonymous.now, anonymous.origin);
    let registration = anonymous.gate().reception.registration;
    rules::welcome(registration)?;
    let password_hash = anonymous.gate().passwords.hash(body.password).await?;
    let NewCompany { name, kind, website } = body.company;
    let newcomer = Newcomer {
        email: body.email.to_lowercase(),
        name: body.name,
        password_hash,
        company: Brought { name, kind, website },
    };
    if registration == Registration::Verified {
        let token = Token::for_letter(&anonymous)?;
        anonymous.write(move |db| registrations::ask(db, &newcomer, &token, now)).await?;
        return Ok(Either::Other(Noted));
    }
    let marks = marks_of(&anonymous.gate().vault, &newcomer.email, origin);
    let arrived = Arrived::new(now)?;
    let (opening, at) = (arrived.clone(), (origin, now));
    let settled =
        anonymous.write(move |db| opening.settle(db, (newcomer.clone(), None), &marks, at)).await?;
    login::arrived(anonymous.gate(), arrived, settled, now).map(Either::One)
}

/// Sign in.
///
/// The answer is the same, and takes as long, for an unknown address and for a wrong password. Where the
/// user has a second factor, it takes `code` or `recovery_code` too: without one it is refused with
/// `two_factor_required`, and with one that does not count with `two_factor_invalid`. Whoever fails too
/// often has to wait, as long as `Retry-After` says: `too_many_attempts`. To a deactivated company its
/// owner alone signs in, for nothing but to see how that came and to reactivate it; such a session is
/// not refreshed.
#[utoipa::path(tag = "Access")]
#[post("/auth/login")]
async fn create_session(
    anonymous: Anonymous,
    Json(body): Json<Login>,
) -> Result<Found<SignInView>> {
    let (now, origin, gate) = (anonymous.now, anonymous.origin, anonymous.gate());
    let email = body.email.to_lowercase();
    let marks = marks_of(&gate.vault, &email, origin);
    let counted = marks.clone();
    let found = anonymous.read(move |db| login::look(db, (&email, &counted), now)).await?;
    let stored = found.as_ref().map(|(user, _)| user.password_hash.clone());
    let known = gate.passwords.matches(body.password, stored).await?;
    let shown = match &found {
        Some((user, factor)) => {
            let given = (body.code.as_deref(), body.recovery_code.as_deref());
            codes::shown(&gate.vault, (user.id, factor.as_ref()), given, now)?
        }
        None => Shown::Nothing,
    };
    let user = found.map(|(user, _)| user);
    let id = user.as_ref().map(|user| user.id);
    let attempt = Attempt { user: id.filter(|_| known), wanted: body.company_id, marks, shown };
    let outcome = anonymous.write(move |db| attempt.decide(db, (origin, now))).await?;
    match (outcome, user) {
        (Outcome::Begun(begun), Some(user)) => {
            let (issued, company) = *begun;
            let view = issued.view(gate, user, company.into(), now)?;
            Ok(Found::of(view).uncached())
        }
        (Outcome::CodeMissing, _) => Err(login::code_missing()),
        (refused, _) => {
            if let Some(id) = id {
                anonymous.aside(move |db| audit::refused(db, id, origin, now));
            }
            Err(refused.into_error())
        }
    }
}

/// Exchange a refresh token for the next pair of tokens.
///
/// Each refresh token counts once. One that is shown a second time ends the whole session, because
/// somebody else has a copy of it.
#[utoipa::path(tag = "Access")]
#[post("/auth/refresh")]
async fn refresh_session(
    anonymous: Anonymous,
    Json(body): Json<RefreshRequest>,
) -> Result<Found<SignInView>> {
    let now = anonymous.now;
    let hash = secret::digest(body.refresh_token.as_bytes());
    let next = secret::issue("entr")?;
    let refused = Error::Unauthenticated("the refresh token does not count");
    let origin = anonymous.origin;
    let turned = anonymous.write(move |db| rotate(db, &hash, &next, (origin, now))).await?;
    let Some((issued, user, company)) = turned else {
        anonymous.gate().forget();
        return Err(refused);
    };
    let view = issued.view(anonymous.gate(), user, company.into(), now)?;
    Ok(Found::of(view).uncached())
}

type Turned = Option<(Issued, User, Company)>;

/// Uses a refresh token up; `None` if it does not count, in which case its session may have ended.
fn rotate(
    db: &mut Db,
    hash: &[u8],
    next: &str,
    (origin, now): (Origin, Instant),
) -> Result<Turned> {
    let Some((shown, session)) = store::look_for_refresh(db, hash)? else { return Ok(None) };
    match rules::refresh(&shown, &session, now) {
        Refresh::Over => Ok(None),
        Refresh::Revoke => revoke(db, &session, (origin, now)),
        Refresh::Rotate => {
            let acting = match delegations::standing(db, session.id, now)? {
                Some(standing) => match delegated::over(&standing, now) {
                    Some(because) => {
                        ending::found_over(db, session.id, because, now)?;
                        return Ok(None);
                    }
                    None => Some(Acting::of(&standing.session)),
                },
                None => None,
            };
            let company = acting.map_or(session.company_id, |acting| acting.acts_for);
            let company = companies::find_own(db, company)?;
            if company.status == Status::Deactivated {
                return Ok(None);
            }
            if !store::use_up(db, &shown, now)? {
                // Shown twice at the same moment, and the other was first.
                return revoke(db, &session, (origin, now));
            }
            let issued = Issued { session, refresh: next.to_string(), acting };
            store::append(db, &issued.link(now))?;
            store::note_refresh(db, issued.session.id, origin, now)?;
            let user = store::find(db, issued.session.user_id)?;
            Ok(Some((issued, user, company)))
        }
    }
}

/// Somebody has a copy of a token: the session ends.
fn revoke(db: &mut Db, session: &Session, (origin, now): (Origin, Instant)) -> Result<Turned> {
    if store::revoke(db, session.id, now)? {
        audit::revoked(db, session, origin, now)?;
    }
    Ok(None)
}

/// Sign out: the session's tokens stop counting at once.
///
/// The access token and the refresh token of this session count no longer; the user's other sessions
/// go on. An API key is not signed in, and is revoked instead.
#[utoipa::path(tag = "Access")]
#[post("/auth/logout")]
async fn end_session(signed: Signed<SignOut>) -> Result<NoContent> {
    let now = signed.now;
    let done = signed
        .write(move |db, actor| {
            if let Some(delegation) = actor.delegation {
                ending::sign_out(db, delegation, actor.doer, now)?;
            } else if let Power::Person { session, .. } = actor.power
                && store::revoke(db, session, now)?
            {
                audit::ended(db, (session, actor.reach.company), actor.doer, now)?;
            }
            Ok(NoContent)
        })
        .await?;
    signed.gate().forget();
    Ok(done)
}

/// Show who is asking: the user or key, and the company it acts in.
///
/// The first request of a client that was just given a credential: it tells what that is good for.
#[utoipa::path(tag = "Access")]
#[get("/me")]
async fn get_me(signed: Signed<ReadMe>) -> Result<Found<MeView>> {
    Ok(Found::of(signed.read(me).await?))
}

/// Change one's own name.
///
/// The name is the same in every company the user belongs to.
#[utoipa::path(tag = "Access")]
#[patch("/me")]
async fn update_me(signed: Signed<ChangeMe>, Json(body): Json<PatchMe>) -> Result<Found<MeView>> {
    let now = signed.now;
    signed
        .write(move |db, actor| {
            if let (Some(user), Some(name)) = (actor.doer.user_id, &body.name) {
                let before = store::find(db, user)?;
                let after = store::rename(db, user, name, now)?;
                audit::renamed(db, (&before, &after), actor.reach.company, actor.doer)?;
            }
            Ok(Found::of(me(db, actor)?))
        })
        .await
}

fn me(db: &mut Db, actor: &Actor) -> Result<MeView> {
    let company = companies::find_own(db, actor.reach.company)?;
    let delegation = DelegationView::of(db, actor)?;
    let user = actor.doer.user_id.or(actor.doer.delegate_user_id);
    let user = user.map(|id| store::find(db, id)).transpose()?;
    let memberships = match &user {
        Some(user) if delegation.is_none() => store::memberships_of(db, user.id)?,
        Some(_) | None => Vec::new(),
    };
    let named = companies::names(db, memberships.iter().map(|one| one.company_id).collect())?;
    let (role, scopes) = match &actor.power {
        Power::Person { role, .. } => (Some(*role), None),
        Power::System { scopes } => (None, Some(scopes.clone())),
    };
    Ok(MeView {
        user: user.map(Into::into),
        company: company.into(),
        role,
        scopes,
        memberships: memberships.into_iter().map(|one| MembershipView::of(one, &named)).collect(),
        delegation,
    })
}

/// A session and the refresh token just made for it.
#[derive(Clone)]
pub(super) struct Issued {
    session: Session,
    refresh: String,
    acting: Option<Acting>,
}

/// For whom somebody acts, and as whose person.
#[derive(Debug, Clone, Copy)]
struct Acting {
    act: token::Act,
    acts_for: CompanyId,
}

impl Acting {
    fn of(session: &DelegatedSession) -> Self {
        let act = token::Act { sub: session.user_id, company: session.company_id };
        Self { act, acts_for: session.for_company_id }
    }
}

impl Issued {
    pub(super) fn new(user_id: UserId, company_id: CompanyId, now: Instant) -> Result<Self> {
        Self::lasting(user_id, company_id, (now, rules::SESSION))
    }

    /// One that lasts so long.
    pub(super) fn lasting(
        user_id: UserId,
        company_id: CompanyId,
        (now, span): (Instant, jiff::SignedDuration),
    ) -> Result<Self> {
        let session = Session {
            id: SessionId::new(),
            user_id,
            company_id,
            created_at: now,
            expires_at: now.plus(span),
            revoked_at: None,
            seen_at: Some(now),
            address: None,
            agent: None,
        };
        Ok(Self { session, refresh: secret::issue("entr")?, acting: None })
    }

    pub(super) fn begin(&self, db: &mut Db, origin: Origin) -> Result<()> {
        let session = self.keep(db, origin)?;
        audit::started(db, &session, origin)
    }

    /// Keeps it, without a word of it in the log.
    pub(super) fn keep(&self, db: &mut Db, origin: Origin) -> Result<Session> {
        let Origin { address, agent, .. } = origin;
        let session = Session { address, agent, ..self.session.clone() };
        store::begin(db, &session, &self.link(session.created_at))?;
        Ok(session)
    }

    /// The session.
    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// The same, in which another company is acted for.
    pub(super) fn acting(self, session: &DelegatedSession) -> Self {
        Self { acting: Some(Acting::of(session)), ..self }
    }

    fn link(&self, now: Instant) -> RefreshToken {
        RefreshToken {
            id: RefreshId::new(),
            session_id: self.session.id,
            hash: secret::digest(self.refresh.as_bytes()),
            created_at: now,
            used_at: None,
        }
    }

    pub(super) fn view(
        self,
        gate: &Gate,
        user: User,
        company: crate::companies::wire::CompanyView,
        now: Instant,
    ) -> Result<SignInView> {
        let Session { id, user_id, company_id, expires_at, .. } = self.session;
        let until = now.plus(token::LIFETIME).min(expires_at);
        let access_token = match self.acting {
            None => gate.tokens.issue(user_id, id, company_id, now)?,
            Some(Acting { act, acts_for }) => {
                gate.tokens.issue_to_delegate(act, (id, acts_for), (now, until))?
            }
        };
        let seconds = until.micros().saturating_sub(now.micros()).div_euclid(1_000_000);
        Ok(SignInView {
            access_token,
            refresh_token: self.refresh,
            token_type: "Bearer",
            expires_in: if self.acting.is_some() { seconds } else { token::LIFETIME.as_secs() },
            user: user.into(),
            company,
        })
    }
}
