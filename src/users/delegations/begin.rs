//! Somebody signs in as another company.

use std::sync::Arc;

use super::model::DelegatedSession;
use super::{rules, store};
use crate::access::Actor;
use crate::companies::model::Company;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::events::audit::{self, Deed};
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::events::store as events;
use crate::kernel::time::Instant;
use crate::partnerships::grants::model::{Grant, GrantKind};
use crate::partnerships::grants::store as grants;
use crate::users::model::User;
use crate::users::routes::Issued;
use crate::users::store as users;
use crate::users::two_factor::store as factors;

/// What somebody got who has signed in as another company.
pub(super) type Begun = (Issued, User, Company);

/// Begins a session, and tells both companies.
pub(super) fn begin(
    db: &mut Db,
    actor: &Arc<Actor>,
    (company, reason): (Company, &str),
    now: Instant,
) -> Result<Begun> {
    let person = actor.person()?;
    let own = actor.reach.company;
    let granted = grants::in_force(db, company.id, own, GrantKind::SignInAs)?;
    let Some(Grant { level, .. }) = granted else {
        let detail = "the company has not granted yours to sign in as it".into();
        return Err(Error::Forbidden { code: "grant_missing", detail });
    };
    let factor = factors::look_for(db, person.user)?;
    rules::sufficient(company.require_two_factor, factor.as_ref())?;
    let issued = Issued::lasting(person.user, own, (now, rules::SPAN))?;
    let session = DelegatedSession {
        id: issued.session().id,
        user_id: person.user,
        company_id: own,
        for_company_id: company.id,
        parent_session_id: person.session,
        level: rules::level(level),
        reason: reason.to_string(),
        started_at: now,
        expires_at: issued.session().expires_at,
        ended_at: None,
        ended_because: None,
    };
    issued.keep(db, actor.doer.origin)?;
    store::insert(db, &session)?;
    tell(db, &session, actor.doer)?;
    Ok((issued.acting(&session), users::find(db, person.user)?, company))
}

/// The event is of the company whose person it is, and shared with the one that is acted for; the logs
/// of both have it.
fn tell(db: &mut Db, session: &DelegatedSession, doer: Doer) -> Result<()> {
    let (kind, at) = (EventKind::DelegatedSessionStarted, session.started_at);
    let event = Event::new(kind, any(session.id), session.company_id, at)
        .by(doer)
        .shared_with(session.for_company_id);
    events::record(db, event)?;
    let of = (session.for_company_id, session.delegate(doer.origin));
    audit::write_alone(db, Deed::new(kind.as_str(), any(session.id), of, at))
}
