//! The only SQL that touches `delegated_sessions`.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::model::{Because, DelegatedSession, Standing};
use crate::db::schema::{companies, delegated_sessions, memberships, partnership_grants, sessions};
use crate::db::{Db, Find, MultiBackend};
use crate::error::Result;
use crate::kernel::id::{CompanyId, SessionId};
use crate::kernel::page::Page;
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;
use crate::partnerships::grants::model::{GrantKind, GrantLevel};
use crate::partnerships::grants::store as grants;

impl Find for DelegatedSession {
    type Id = SessionId;
    const NAME: &'static str = "session";

    fn look_for(db: &mut Db, id: SessionId, reach: &Reach) -> Result<Option<Self>> {
        let found: Option<Self> = delegated_sessions::table.find(id).first(db).optional()?;
        Ok(found.filter(|row| [row.company_id, row.for_company_id].contains(&reach.company)))
    }

    fn version(&self) -> i64 {
        self.version()
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.company_id), Some(self.for_company_id)]
    }
}

/// A session, whosever it is.
pub fn look_for(db: &mut Db, id: SessionId) -> Result<Option<DelegatedSession>> {
    Ok(delegated_sessions::table.find(id).first(db).optional()?)
}

/// Those of these sessions that the caller's company is a side of.
pub fn among(db: &mut Db, reach: &Reach, ids: &[SessionId]) -> Result<Vec<DelegatedSession>> {
    let (one, other) = (delegated_sessions::company_id, delegated_sessions::for_company_id);
    let some = delegated_sessions::table.filter(delegated_sessions::id.eq_any(ids));
    Ok(some.filter(one.eq(reach.company).or(other.eq(reach.company))).load(db)?)
}

/// Whether a sign-in counts at a moment.
macro_rules! lasting {
    ($id:expr, $now:expr) => {
        exists(
            sessions::table
                .filter(sessions::id.eq($id))
                .filter(sessions::revoked_at.is_null())
                .filter(sessions::expires_at.gt($now)),
        )
    };
}

/// How a company stands.
macro_rules! status_of {
    ($id:expr) => {
        companies::table.filter(companies::id.eq($id)).select(companies::status).single_value()
    };
}

/// What one of the two grants the other.
macro_rules! granted {
    () => {
        grants::of_kind_in_force(GrantKind::SignInAs)
            .filter(partnership_grants::grantee_company_id.eq(delegated_sessions::company_id))
            .filter(partnership_grants::company_id.eq(delegated_sessions::for_company_id))
    };
}

/// What some rows stand on: one statement, for the gate.
macro_rules! standing {
    ($rows:expr, $now:expr) => {
        $rows.select((
            delegated_sessions::all_columns,
            lasting!(delegated_sessions::id, $now),
            lasting!(delegated_sessions::parent_session_id, $now),
            memberships::table
                .filter(memberships::company_id.eq(delegated_sessions::company_id))
                .filter(memberships::user_id.eq(delegated_sessions::user_id))
                .select(memberships::role)
                .single_value(),
            status_of!(delegated_sessions::company_id),
            status_of!(delegated_sessions::for_company_id),
            exists(granted!()),
            exists(granted!().filter(partnership_grants::level.eq(GrantLevel::Company))),
        ))
    };
}

/// What a session is worth.
pub fn standing(db: &mut Db, id: SessionId, now: Instant) -> Result<Option<Standing>> {
    Ok(standing!(delegated_sessions::table.find(id), now).first(db).optional()?)
}

/// What those are worth whose end was not written down, the oldest first.
pub fn open(db: &mut Db, now: Instant, limit: i64) -> Result<Vec<Standing>> {
    let open = delegated_sessions::table
        .filter(delegated_sessions::ended_at.is_null())
        .order(delegated_sessions::id)
        .limit(limit);
    Ok(standing!(open, now).load(db)?)
}

/// A session comes to be.
pub fn insert(db: &mut Db, session: &DelegatedSession) -> Result<()> {
    diesel::insert_into(delegated_sessions::table).values(session).execute(db)?;
    Ok(())
}

/// Ends a session with the sign-in that it is; whether it had not ended before.
pub fn end(db: &mut Db, id: SessionId, because: Because, at: Instant) -> Result<bool> {
    let open = delegated_sessions::table.find(id).filter(delegated_sessions::ended_at.is_null());
    let ended = (
        delegated_sessions::ended_at.eq(Some(at)),
        delegated_sessions::ended_because.eq(Some(because)),
    );
    if diesel::update(open).set(ended).execute(db)? == 0 {
        return Ok(false);
    }
    crate::users::store::revoke(db, id, at)?;
    Ok(true)
}

/// The sessions between a company and another, or all that the company is a side of, newest first.
pub fn page(
    db: &mut Db,
    (own, with): (CompanyId, CompanyId),
    before: Option<SessionId>,
    limit: i64,
) -> Result<Page<DelegatedSession>> {
    let mut found: Vec<DelegatedSession> = Vec::new();
    for own_people in [true, false] {
        let mut rows = delegated_sessions::table
            .order(delegated_sessions::id.desc())
            .limit(limit.saturating_add(1))
            .into_boxed::<MultiBackend>();
        rows = match own_people {
            true => rows.filter(delegated_sessions::company_id.eq(own)),
            false => rows.filter(delegated_sessions::for_company_id.eq(own)),
        };
        rows = match (own == with, own_people) {
            (true, _) => rows,
            (false, true) => rows.filter(delegated_sessions::for_company_id.eq(with)),
            (false, false) => rows.filter(delegated_sessions::company_id.eq(with)),
        };
        if let Some(before) = before {
            rows = rows.filter(delegated_sessions::id.lt(before));
        }
        found.extend(rows.load::<DelegatedSession>(db)?);
    }
    found.sort_by_key(|row| std::cmp::Reverse(row.id));
    Ok(Page::cut(found, limit, |row: &DelegatedSession| row.id))
}
