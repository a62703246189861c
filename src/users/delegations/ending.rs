//! A delegated session ends: both companies are told, once.

use super::model::{Because, DelegatedSession};
use super::store;
use crate::db::Db;
use crate::error::Result;
use crate::events::audit::{self, Deed};
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::events::store as events;
use crate::kernel::delegation::Delegation;
use crate::kernel::id::SessionId;
use crate::kernel::origin::Origin;
use crate::kernel::time::Instant;

impl DelegatedSession {
    /// Whoever acts in it, for what is written down of that.
    pub fn delegate(&self, origin: Origin) -> Doer {
        let origin = Origin { delegation: Some(self.delegation()), ..origin };
        Doer { delegate_user_id: Some(self.user_id), origin, ..Doer::SYSTEM }
    }
}

/// Ends a session, unless it has ended. `by` is somebody of one of the two companies, in its own name, or
/// the system.
pub fn end(
    db: &mut Db,
    session: &DelegatedSession,
    (because, by): (Because, Doer),
    now: Instant,
) -> Result<bool> {
    // Whatever is found out late has ended when its time was over.
    let at = now.min(session.expires_at);
    if !store::end(db, session.id, because, at)? {
        return Ok(false);
    }
    let (own, other) = match because {
        Because::Company => (session.for_company_id, session.company_id),
        Because::Delegate
        | Because::Time
        | Because::Grant
        | Because::Membership
        | Because::SignIn
        | Because::CompanyStatus => (session.company_id, session.for_company_id),
    };
    let kind = EventKind::DelegatedSessionEnded;
    let event = Event::new(kind, any(session.id), own, at)
        .by(by)
        .shared_with(other)
        .sequence(2)
        .changed("ended_because", (), because.as_str());
    events::record(db, event)?;
    if because == Because::Delegate {
        let of = (session.for_company_id, session.delegate(by.origin));
        let deed = Deed::new(kind.as_str(), any(session.id), of, at);
        audit::write_alone(db, deed.changed("ended_because", "", because.as_str()))?;
    }
    Ok(true)
}

/// The person signs out of the session in hand.
pub fn sign_out(db: &mut Db, delegation: Delegation, doer: Doer, now: Instant) -> Result<()> {
    let Some(session) = store::look_for(db, delegation.session)? else { return Ok(()) };
    let origin = Origin { delegation: None, ..doer.origin };
    let by = Doer { user_id: Some(session.user_id), origin, ..Doer::SYSTEM };
    end(db, &session, (Because::Delegate, by), now).map(drop)
}

/// Writes down of a session why it is over, which was found out.
pub fn found_over(db: &mut Db, id: SessionId, because: Because, now: Instant) -> Result<bool> {
    match store::look_for(db, id)? {
        Some(session) => end(db, &session, (because, Doer::SYSTEM), now),
        None => Ok(false),
    }
}
