//! Rows and words of delegated sessions.

use diesel::prelude::*;

use crate::companies::model::Status as CompanyStatus;
use crate::db::schema::delegated_sessions;
use crate::kernel::delegation::Delegation;
use crate::kernel::id::{CompanyId, SessionId, UserId};
use crate::kernel::time::Instant;
use crate::users::model::Role;

crate::words! {
    /// Why a delegated session is over.
    pub enum Because as DelegatedSessionEndedBecause {
        /// The person signed out, or somebody of that person's company ended it.
        Delegate = "delegate",
        /// Somebody of the company that was acted for ended it.
        Company = "company",
        /// Its time was over.
        Time = "time",
        /// It is no longer granted, or not so far: the grant was taken back, or the partnership is over.
        Grant = "grant",
        /// The person has left the own company, or is less than a manager there.
        Membership = "membership",
        /// The sign-in that it was begun with has ended.
        SignIn = "sign_in",
        /// One of the two companies no longer takes part.
        CompanyStatus = "company_status",
    }
}

crate::words! {
    /// How far a delegated session reaches into the company that is acted for.
    pub enum Level as DelegatedSessionLevel {
        /// What is between the two companies.
        Relationship = "relationship",
        /// All of it.
        Company = "company",
    }
}

crate::words! {
    /// Whether a delegated session goes on.
    pub enum Status as DelegatedSessionStatus { Active = "active", Ended = "ended" }
}

/// A session in which somebody of one company acts for another. It has the id of the sign-in that it is.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = delegated_sessions, treat_none_as_default_value = false)]
pub struct DelegatedSession {
    /// Its id.
    pub id: SessionId,
    /// Who acts.
    pub user_id: UserId,
    /// Of which company.
    pub company_id: CompanyId,
    /// For which company.
    pub for_company_id: CompanyId,
    /// The sign-in to the own company that it was begun with.
    pub parent_session_id: SessionId,
    /// How far it reaches.
    pub level: Level,
    /// Why, in the person's own words.
    pub reason: String,
    /// Since when.
    pub started_at: Instant,
    /// Until when, whatever happens.
    pub expires_at: Instant,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// Why.
    pub ended_because: Option<Because>,
}

impl DelegatedSession {
    /// As it goes with a request.
    pub fn delegation(&self) -> Delegation {
        Delegation { session: self.id, company: self.company_id }
    }

    /// Counts its changes from 1: it ends once.
    pub fn version(&self) -> i64 {
        if self.ended_at.is_some() { 2 } else { 1 }
    }

    /// When and why it ended, if it has by now; that its time is over need not have been written down.
    pub fn end(&self, now: Instant) -> Option<(Instant, Because)> {
        match (self.ended_at, self.ended_because) {
            (Some(at), because) => Some((at, because.unwrap_or(Because::Time))),
            (None, _) if now >= self.expires_at => Some((self.expires_at, Because::Time)),
            (None, _) => None,
        }
    }
}

/// What a delegated session stands on right now.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Standing {
    /// The session.
    pub session: DelegatedSession,
    /// Whether the sign-in that it is still counts.
    pub lasts: bool,
    /// Whether the sign-in that it was begun with does.
    pub parent_lasts: bool,
    /// What the person may do in the own company.
    pub role: Option<Role>,
    /// Whether that company takes part.
    pub company_status: Option<CompanyStatus>,
    /// Whether the other one does.
    pub for_company_status: Option<CompanyStatus>,
    /// Whether it is granted at all.
    pub granted: bool,
    /// Whether it is granted for all of the company.
    pub granted_whole: bool,
}
