//! Invitations that end because of what becomes of others.

use super::{rules, store};
use crate::db::Db;
use crate::error::Result;
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::events::store as events;
use crate::kernel::id::{CompanyId, UserId};
use crate::kernel::time::Instant;
use crate::users::model::Role;

/// Revokes what somebody has invited to and may invite to no longer, in the role that is left; none is
/// if the person is gone.
pub fn beyond(
    db: &mut Db,
    (company, user): (CompanyId, UserId),
    left: Option<Role>,
    (doer, now): (Doer, Instant),
) -> Result<()> {
    for waiting in store::pending_by(db, company, user)? {
        if rules::may_invite(left, waiting.role) {
            continue;
        }
        let revoked = store::advance(db, &waiting, rules::revoke(&waiting, now)?)?;
        let event = Event::new(EventKind::InvitationRevoked, any(revoked.id), company, now);
        events::record(db, event.by(doer).sequence(revoked.version))?;
    }
    Ok(())
}
