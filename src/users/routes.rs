//! Doors of access: register, sign in, stay signed in, sign out, and who one is.

use actix_web::{get, patch, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::delegations::model::DelegatedSession;
use super::delegations::wire::DelegationView;
use super::delegations::{ending, rules as delegated, store as delegations};
use super::model::{Membership, RefreshToken, Role, Session, User};
use super::rules::{self, Refresh};
use super::wire::{Login, MeView, MembershipView, PatchMe, RefreshRequest, Register, SignInView};
use super::{audit, store};
use crate::access::{Actor, Anonymous, Gate, Power, Signed, secret, token};
use crate::companies::model::{Company, Status};
use crate::companies::store as companies;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::events::model::Doer;
use crate::http::json::Json;
use crate::http::reply::{Created, Found, NoContent};
use crate::kernel::id::{CompanyId, MembershipId, RefreshId, SessionId, UserId};
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
    ReadMe: Viewer, Some(crate::access::Scope::CompaniesRead), always, relationship;
    /// Changing oneself, which even a suspended company's people may.
    ChangeMe: Viewer, None, always, never;
    /// Signing out.
    SignOut: Viewer, None, always, relationship;
}

/// Register a company and its first user.
///
/// The user becomes the company's owner and is signed in. A server whose operator has closed
/// registration refuses everybody with `registration_closed`.
#[utoipa::path(tag = "Access")]
#[post("/auth/register")]
async fn register_company(
    anonymous: Anonymous,
    Json(body): Json<Register>,
) -> Result<Created<SignInView>> {
    let now = anonymous.now;
    rules::welcome(anonymous.gate().registration)?;
    let password_hash = anonymous.gate().passwords.hash(body.password).await?;
    let company = crate::companies::rules::registered(
        CompanyId::new(),
        body.company.name,
        body.company.kind,
        body.company.website,
        now,
    );
    let user = User {
        id: UserId::new(),
        email: body.email.to_lowercase(),
        name: body.name,
        password_hash,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    let membership = Membership {
        id: MembershipId::new(),
        company_id: company.id,
        user_id: user.id,
        role: Role::Owner,
        created_at: now,
        version: 1,
    };
    let issued = Issued::new(user.id, company.id, now)?;
    let (opening, owner, origin) = (issued.clone(), user.clone(), anonymous.origin);
    let doer = Doer { user_id: Some(user.id), origin, ..Doer::SYSTEM };
    let company = anonymous
        .write(move |db| {
            companies::insert(db, &company, doer)?;
            store::insert(db, &owner, &membership)?;
            opening.begin(db, origin)?;
            Ok(company.clone())
        })
        .await?;
    let location = format!("/v1/companies/{}", company.id);
    let view = issued.view(anonymous.gate(), user, company.into(), now)?;
    Ok(Created::at(location, view).uncached())
}

/// Sign in.
///
/// The answer is the same, and takes as long, for an unknown address and for a wrong password. To a
/// deactivated company its owner alone signs in, for nothing but to see how that came and to reactivate
/// it; such a session is not refreshed.
#[utoipa::path(tag = "Access")]
#[post("/auth/login")]
async fn create_session(
    anonymous: Anonymous,
    Json(body): Json<Login>,
) -> Result<Found<SignInView>> {
    let now = anonymous.now;
    let email = body.email.to_lowercase();
    let user = anonymous.read(move |db| store::look_for_email(db, &email)).await?;
    let stored = user.as_ref().map(|user| user.password_hash.clone());
    let known = anonymous.gate().passwords.matches(body.password, stored).await?;
    let wrong = || Error::Unauthenticated("the address or the password is wrong");
    let user = user.ok_or_else(wrong)?;
    let (user_id, wanted, origin) = (user.id, body.company_id, anonymous.origin);
    let begun = match known {
        true => anonymous.write(move |db| begin(db, user_id, wanted, (origin, now))).await?,
        false => None,
    };
    let Some((issued, company)) = begun else {
        anonymous.aside(move |db| audit::refused(db, user_id, origin, now));
        return Err(wrong());
    };
    let view = issued.view(anonymous.gate(), user, company.into(), now)?;
    Ok(Found::of(view).uncached())
}

/// Begins a session in the company that is wanted, or in the first one; `None` if the user belongs to
/// none such.
pub(super) fn begin(
    db: &mut Db,
    user: UserId,
    wanted: Option<CompanyId>,
    (origin, now): (Origin, Instant),
) -> Result<Option<(Issued, Company)>> {
    let memberships = store::memberships_of(db, user)?;
    let asked: Vec<_> =
        memberships.iter().filter(|own| wanted.is_none_or(|id| id == own.company_id)).collect();
    let ids: Vec<CompanyId> = asked.iter().map(|own| own.company_id).collect();
    let gone = companies::deactivated(db, &ids)?;
    let Some(chosen) = rules::company_to_enter(&asked, &gone)? else { return Ok(None) };
    let issued = Issued::new(user, chosen.company_id, now)?;
    issued.begin(db, origin)?;
    Ok(Some((issued, companies::find_own(db, chosen.company_id)?)))
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
