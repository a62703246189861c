//! URLs of sessions, and the way to another company.

use std::sync::Arc;

use actix_web::{delete, get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::Either;
use super::policy::{EndSession, KeepSessions, ReadSessions, SwitchCompany};
use super::store;
use super::wire::{SessionView, SessionsFilter, SwitchCompanyTo};
use crate::access::{Actor, Guarded, Signed};
use crate::db::Db;
use crate::error::{Error, Fault, Result};
use crate::http::json::Json;
use crate::http::query::{Listing, Query};
use crate::http::reply::{Found, Listed, NoContent};
use crate::kernel::id::UserId;
use crate::kernel::time::Instant;
use crate::users::delegations::ending;
use crate::users::delegations::model::{Because, DelegatedSession};
use crate::users::delegations::policy::EndDelegation;
use crate::users::login::begin;
use crate::users::model::{Role, Session};
use crate::users::rules::up_to;
use crate::users::store as users;
use crate::users::wire::SignInView;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config
        .service(list_sessions)
        .service(revoke_other_sessions)
        .service(revoke_session)
        .service(switch_company);
}

/// List where you are signed in to this company, newest first.
///
/// Sessions that were ended or are over are not among them. An admin may ask for those of a member, by
/// `user_id`, who is not above.
#[utoipa::path(tag = "Access", params(SessionsFilter, Listing))]
#[get("/sessions")]
async fn list_sessions(
    signed: Signed<ReadSessions>,
    Query(filter): Query<SessionsFilter>,
    Query(listing): Query<Listing>,
) -> Result<Listed<SessionView>> {
    let (after, limit, now) = (listing.after()?, listing.limit(), signed.now);
    signed
        .read(move |db, actor| {
            let asking = actor.person()?;
            let user = filter.user_id.unwrap_or(asking.user);
            if user != asking.user && !keeps(db, actor, user)? {
                let message = "nobody of your company";
                let fault = Fault::in_parameter("user_id", "unknown_user", message);
                return Err(Error::invalid(fault));
            }
            let page = store::page(db, (actor.reach.company, user), now, after, limit)?;
            Ok(Listed::of(page.map(|session| SessionView::to(asking.session, session))))
        })
        .await
}

/// Whether somebody else belongs to the company; refuses whoever may not see to that person's sessions.
fn keeps(db: &mut Db, actor: &Actor, user: UserId) -> Result<bool> {
    actor.may::<KeepSessions>()?;
    let role = users::role_in(db, actor.reach.company, user)?.map(|(role, _)| role);
    up_to(actor.person()?.role, role.unwrap_or(Role::Viewer))?;
    Ok(role.is_some())
}

/// End a session: its tokens stop counting at once.
///
/// One of your own in this company, or as an admin one of a member who is not above you; as a manager
/// also one in which somebody acts for your company, or one of your people for another. To end it once more
/// changes nothing.
#[utoipa::path(tag = "Access")]
#[delete("/sessions/{id}")]
async fn revoke_session(guarded: Guarded<Either, EndSession>) -> Result<NoContent> {
    let (now, actor, forget) = (guarded.now, Arc::clone(&guarded.actor), guarded.forgetter());
    let done = guarded
        .write(move |db, session| {
            match session {
                Either::Own(session) => revoke(db, &actor, &session, now)?,
                Either::Delegated(session) => end(db, &actor, &session, now)?,
            }
            Ok(NoContent)
        })
        .await?;
    forget();
    Ok(done)
}

fn revoke(db: &mut Db, actor: &Actor, session: &Session, now: Instant) -> Result<()> {
    if actor.person()?.user != session.user_id {
        keeps(db, actor, session.user_id)?;
    }
    if users::revoke(db, session.id, now)? {
        let of = (session.id, session.company_id);
        crate::users::audit::ended(db, of, actor.doer, now)?;
    }
    Ok(())
}

/// Either company ends a session in which somebody of the one acts for the other.
fn end(db: &mut Db, actor: &Actor, session: &DelegatedSession, now: Instant) -> Result<()> {
    actor.may::<EndDelegation>()?;
    let because = match actor.reach.company == session.for_company_id {
        true => Because::Company,
        false => Because::Delegate,
    };
    ending::end(db, session, (because, actor.doer), now).map(drop)
}

/// Sign out everywhere else: all your sessions but this one end at once.
///
/// Those in other companies end too. It is what to do if somebody may know your password, after choosing
/// another one.
#[utoipa::path(tag = "Access")]
#[delete("/sessions")]
async fn revoke_other_sessions(signed: Signed<EndSession>) -> Result<NoContent> {
    let now = signed.now;
    let done = signed
        .write(move |db, actor| {
            let person = actor.person()?;
            for company in store::revoke_others(db, (person.user, person.session), now)? {
                crate::users::audit::signed_out(db, company, actor.doer, now)?;
            }
            Ok(NoContent)
        })
        .await?;
    signed.gate().forget();
    Ok(done)
}

/// Go to another of your companies: a session of its own there, without the password.
///
/// The session that asks goes on. A company that you do not belong to is answered like one that does not
/// exist. One of yours that is deactivated is open to its owner alone, for what signing in to it is; others
/// are refused with `company_deactivated`. Nothing is kept of the answer: it holds secrets.
#[utoipa::path(tag = "Access")]
#[post("/auth/switch")]
async fn switch_company(
    signed: Signed<SwitchCompany>,
    Json(body): Json<SwitchCompanyTo>,
) -> Result<Found<SignInView>> {
    let (now, wanted) = (signed.now, body.company_id);
    let (issued, user, company) = signed
        .write_unkept(move |db, actor| {
            let (user, origin) = (actor.person()?.user, actor.doer.origin);
            let begun = begin(db, user, Some(wanted), (origin, now))?;
            let (issued, company) = begun.ok_or_else(unknown)?;
            Ok((issued, users::find(db, user)?, company))
        })
        .await?;
    let view = issued.view(signed.gate(), user, company.into(), now)?;
    Ok(Found::of(view).uncached())
}

fn unknown() -> Error {
    Error::invalid(Fault::at("/company_id", "unknown_company", "none of your companies"))
}
