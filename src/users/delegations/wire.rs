//! What the doors of delegated sessions take and give.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::model::{Because, DelegatedSession, Level, Status};
use super::store;
use crate::access::Actor;
use crate::companies::store as companies;
use crate::db::Db;
use crate::error::Result;
use crate::events::audit;
use crate::kernel::id::{CompanyId, SessionId, UserId};
use crate::kernel::time::Instant;
use crate::users::store as users;

/// Why somebody wants to act for another company.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "Ticket 1042: the links of March" }))]
pub struct SignInAsCompany {
    /// Both companies read it.
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Somebody who acts for another company.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DelegatedUser {
    /// The person's id.
    pub id: UserId,
    /// The person's name.
    pub name: String,
}

/// One of the two companies.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DelegatedCompany {
    /// Its id.
    pub id: CompanyId,
    /// Its name.
    pub name: String,
}

/// A session in which somebody of one company acts for another.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DelegatedSession)]
pub struct DelegatedSessionView {
    /// Its id.
    pub id: SessionId,
    /// Who acts.
    pub user: DelegatedUser,
    /// Of which company.
    pub company: DelegatedCompany,
    /// For which company.
    pub for_company: DelegatedCompany,
    /// How far it reaches: `relationship` for what is between the two companies, `company` for all of
    /// the one that is acted for.
    pub level: Level,
    /// Why, in the person's own words.
    pub reason: String,
    /// Whether it goes on.
    pub status: Status,
    /// Since when.
    pub started_at: Instant,
    /// Until when, whatever happens: an hour, refreshing included.
    pub expires_at: Instant,
    /// When it ended.
    #[schema(required)]
    pub ended_at: Option<Instant>,
    /// Why it ended.
    #[schema(required)]
    pub ended_because: Option<Because>,
    /// How many entries of the audit log it has: `GET /v1/audit-log?session_id=` lists them.
    #[schema(minimum = 0)]
    pub writes: i64,
    /// Counts its changes from 1: it ends once.
    pub version: i64,
}

/// The session in which the caller acts for the company.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Delegation)]
pub struct DelegationView {
    /// The session.
    pub session_id: SessionId,
    /// The company whose person the caller is.
    pub company: DelegatedCompany,
    /// How far it reaches.
    pub level: Level,
    /// Why, in the person's own words.
    pub reason: String,
    /// Until when, whatever happens.
    pub expires_at: Instant,
}

impl DelegationView {
    /// That of a caller, if he acts for another company.
    pub fn of(db: &mut Db, actor: &Actor) -> Result<Option<Self>> {
        let Some(delegation) = actor.delegation else { return Ok(None) };
        let Some(session) = store::look_for(db, delegation.session)? else { return Ok(None) };
        let id = session.company_id;
        let name = companies::names(db, vec![id])?.remove(&id).unwrap_or_default();
        Ok(Some(Self {
            session_id: session.id,
            company: DelegatedCompany { id, name },
            level: session.level,
            reason: session.reason,
            expires_at: session.expires_at,
        }))
    }
}

/// Sessions as both sides see them, with the names of all who are in them and what was done.
pub fn views(
    db: &mut Db,
    rows: Vec<DelegatedSession>,
    now: Instant,
) -> Result<Vec<DelegatedSessionView>> {
    let ids: Vec<SessionId> = rows.iter().map(|row| row.id).collect();
    let sides = rows.iter().flat_map(|row| [row.company_id, row.for_company_id]);
    let sides: HashSet<CompanyId> = sides.collect();
    let acted_for: HashSet<CompanyId> = rows.iter().map(|row| row.for_company_id).collect();
    let people: HashSet<UserId> = rows.iter().map(|row| row.user_id).collect();
    let around = Around {
        people: users::names(db, &people)?,
        companies: companies::names(db, sides.into_iter().collect())?,
        writes: audit::done_in(db, &acted_for, &ids)?,
    };
    Ok(rows.into_iter().map(|row| around.view(row, now)).collect())
}

/// What is shown with sessions, looked up together.
struct Around {
    people: HashMap<UserId, String>,
    companies: HashMap<CompanyId, String>,
    writes: HashMap<SessionId, i64>,
}

impl Around {
    fn company(&self, id: CompanyId) -> DelegatedCompany {
        DelegatedCompany { id, name: self.companies.get(&id).cloned().unwrap_or_default() }
    }

    fn view(&self, row: DelegatedSession, now: Instant) -> DelegatedSessionView {
        let end = row.end(now);
        let name = self.people.get(&row.user_id).cloned().unwrap_or_default();
        DelegatedSessionView {
            user: DelegatedUser { id: row.user_id, name },
            company: self.company(row.company_id),
            for_company: self.company(row.for_company_id),
            level: row.level,
            status: if end.is_some() { Status::Ended } else { Status::Active },
            started_at: row.started_at,
            expires_at: row.expires_at,
            ended_at: end.map(|(at, _)| at),
            ended_because: end.map(|(_, because)| because),
            writes: self.writes.get(&row.id).copied().unwrap_or_default(),
            version: row.version(),
            id: row.id,
            reason: row.reason,
        }
    }
}
