//! SQL about the sessions that somebody has.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::model::Either;
use crate::db::schema::{delegated_sessions, sessions};
use crate::db::{Db, Find, MultiBackend};
use crate::error::Result;
use crate::kernel::id::{CompanyId, SessionId, UserId};
use crate::kernel::page::Page;
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;
use crate::users::delegations::model::DelegatedSession;
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

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.company_id), None]
    }
}

impl Find for Either {
    type Id = SessionId;
    const NAME: &'static str = Session::NAME;

    fn look_for(db: &mut Db, id: SessionId, reach: &Reach) -> Result<Option<Self>> {
        match DelegatedSession::look_for(db, id, reach)? {
            Some(session) => Ok(Some(Self::Delegated(session))),
            None => Ok(Session::look_for(db, id, reach)?.map(Self::Own)),
        }
    }

    /// It is ended once, which nobody can miss.
    fn version(&self) -> i64 {
        1
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        match self {
            Self::Own(session) => session.sides(),
            Self::Delegated(session) => session.sides(),
        }
    }
}

/// The sessions of a person in a company that still count, newest first. Those in which he acts for
/// another one are listed with that.
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
        .filter(not(exists(
            delegated_sessions::table.filter(delegated_sessions::id.eq(sessions::id)),
        )))
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
