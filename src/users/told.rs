//! What happened to how a person signs in, as each of the person's companies is told.

use crate::db::Db;
use crate::error::Result;
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::events::store as events;
use crate::kernel::id::UserId;
use crate::kernel::origin::Origin;
use crate::kernel::time::Instant;
use crate::users::store as users;

/// Says in every company of a person what the person has done.
pub fn in_every_company(
    db: &mut Db,
    id: UserId,
    kind: EventKind,
    (origin, now): (Origin, Instant),
) -> Result<()> {
    let doer = Doer { user_id: Some(id), origin, ..Doer::SYSTEM };
    let version = users::find(db, id)?.version;
    for membership in users::memberships_of(db, id)? {
        let event = Event::new(kind, any(id), membership.company_id, now);
        events::record(db, event.by(doer).sequence(version))?;
    }
    Ok(())
}
