//! SQL about the sessions that somebody has.

use diesel::prelude::*;

use crate::db::schema::sessions;
use crate::db::{Db, Find, MultiBackend};
use crate::error::Result;
use crate::kernel::id::{CompanyId, SessionId, UserId};
use crate::kernel::page::Page;
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;
use crate::users::model::Session;

impl Find for Session {
    type Id = SessionId;
    const NAME: &'static str = "session";

    fn look_for(db: &mut Db, id: SessionId, reach: &Reach) -> Result<Option<Self>> {
        let own = sessions::table.find(id).filter(sessions::company_id.eq(reach.company));
        Ok(own.first(db).optional()?)
    }

    /// It is ended once, which nobody can miss.
    fn version(&self) -> i64 {
        1
    }
}

/// The sessions of a person in a company that still count, newest first.
pub fn page(
    db: &mut Db,
    (company, user): (CompanyId, UserId),
    now: Instant,
    after: Option<SessionId>,
    limit: i64,
) -> Result<Page<Session>> {
    let mut rows = sessions::table
        .filter(sessions::company_id.eq(company))
        .filter(sessions::user_id.eq(user))
        .filter(sessions::revoked_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .order(sessions::id.desc())
        .limit(limit + 1)
        .into_boxed::<MultiBackend>();
    if let Some(after) = after {
        rows = rows.filter(sessions::id.lt(after));
    }
    Ok(Page::cut(rows.load(db)?, limit, |row: &Session| row.id))
}

/// Ends all sessions of a person but one, and gives the companies in which there were some.
pub fn revoke_others(
    db: &mut Db,
    (user, kept): (UserId, SessionId),
    now: Instant,
) -> Result<Vec<CompanyId>> {
    let others = || {
        sessions::table
            .filter(sessions::user_id.eq(user))
            .filter(sessions::id.ne(kept))
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::expires_at.gt(now))
    };
    let companies = others().select(sessions::company_id).distinct().load(db)?;
    diesel::update(others()).set(sessions::revoked_at.eq(now)).execute(db)?;
    Ok(companies)
}
