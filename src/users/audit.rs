//! What the audit log tells of sign-ins, which the feed of events does not: whose they are, and from
//! where. No password and no token is in it.

use jiff::SignedDuration;

use super::model::{Session, User};
use super::store;
use crate::db::Db;
use crate::error::Result;
use crate::events::audit::{self, Deed};
use crate::events::model::{Doer, any};
use crate::kernel::id::{CompanyId, SessionId, UserId};
use crate::kernel::origin::Origin;
use crate::kernel::time::Instant;

/// How many refused sign-ins of one person are told of in an hour: whoever guesses passwords fills no
/// log.
const MOST_REFUSED: i64 = 60;

/// A person signed in.
pub fn started(db: &mut Db, session: &Session, origin: Origin) -> Result<()> {
    let doer = Doer { user_id: Some(session.user_id), origin, ..Doer::SYSTEM };
    let Session { id, company_id, created_at, .. } = *session;
    audit::write(db, Deed::new("session.started", any(id), (company_id, doer), created_at))
}

/// Somebody tried to sign in as this person, and failed. All companies of the person are told.
pub fn refused(db: &mut Db, user: UserId, origin: Origin, now: Instant) -> Result<()> {
    let doer = Doer { user_id: Some(user), origin, ..Doer::SYSTEM };
    let hour_ago = now.minus(SignedDuration::from_hours(1));
    for membership in store::memberships_of(db, user)? {
        let company = membership.company_id;
        if !audit::has_many(db, (company, any(user)), hour_ago, MOST_REFUSED)? {
            audit::write(db, Deed::new("user.sign_in_refused", any(user), (company, doer), now))?;
        }
    }
    Ok(())
}

/// A person signed out, or was by an admin.
pub fn ended(
    db: &mut Db,
    (session, company): (SessionId, CompanyId),
    doer: Doer,
    now: Instant,
) -> Result<()> {
    audit::write(db, Deed::new("session.ended", any(session), (company, doer), now))
}

/// A refresh token came back a second time, and the session was ended for it.
pub fn revoked(db: &mut Db, session: &Session, origin: Origin, now: Instant) -> Result<()> {
    let doer = Doer { user_id: Some(session.user_id), origin, ..Doer::SYSTEM };
    let of = (session.company_id, doer);
    audit::write(db, Deed::new("session.revoked", any(session.id), of, now))
}

/// A person ended all sessions but the one in hand, of which there were some in this company.
pub fn signed_out(db: &mut Db, company: CompanyId, doer: Doer, now: Instant) -> Result<()> {
    let Some(user) = doer.user_id else { return Ok(()) };
    audit::write(db, Deed::new("user.signed_out", any(user), (company, doer), now))
}

/// A person changed what others see of them.
pub fn renamed(
    db: &mut Db,
    (before, after): (&User, &User),
    company: CompanyId,
    doer: Doer,
) -> Result<()> {
    let deed = Deed::new("user.updated", any(after.id), (company, doer), after.updated_at);
    audit::write(db, deed.changed("name", &before.name, &after.name))
}
