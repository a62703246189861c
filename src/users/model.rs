//! Rows and words of users.

use diesel::prelude::*;

use crate::companies::model::Status;
use crate::db::schema::{memberships, refresh_tokens, sessions, users};
use crate::kernel::agent::Agent;
use crate::kernel::id::{CompanyId, MembershipId, RefreshId, SessionId, UserId};
use crate::kernel::origin::Address;
use crate::kernel::time::Instant;
use crate::users::resets::model::ResetLink;

crate::words! {
    /// What a person may do in a company; each role may all that the ones before it may.
    ///
    /// Viewers read. Members track, command and submit. Managers keep programs, event types,
    /// contracts and partnerships. Admins keep keys, users and the company. Owners may all.
    pub enum Role {
        Viewer = "viewer",
        Member = "member",
        Manager = "manager",
        Admin = "admin",
        Owner = "owner",
    }
}

crate::words! {
    /// Who may register a company, and with it themself: everybody at once, everybody whom a letter
    /// reaches, or nobody.
    pub enum Registration { Open = "open", Verified = "verified", Closed = "closed" }
}

/// How people become users, and where letters lead them.
#[derive(Debug, Clone)]
pub struct Reception {
    /// Who may.
    pub registration: Registration,
    /// Where a registration is confirmed.
    pub registration_link: ResetLink,
    /// Where another address is confirmed.
    pub email_link: ResetLink,
}

impl Reception {
    /// With pages that are reached where the server is.
    pub fn under(public_url: &str, registration: Registration) -> Self {
        Self {
            registration,
            registration_link: ResetLink::to_page(public_url, "register"),
            email_link: ResetLink::to_page(public_url, "email-change"),
        }
    }
}

/// A person who signs in.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The e-mail address, in lower case; unique.
    pub email: String,
    /// The name.
    pub name: String,
    /// Argon2id.
    pub password_hash: String,
    /// Counts its changes from 1.
    pub version: i64,
    /// When the person registered.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// Since when it is known that letters to the address reach the person.
    pub email_confirmed_at: Option<Instant>,
}

/// A person's place in a company.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = memberships, treat_none_as_default_value = false)]
pub struct Membership {
    /// Its id.
    pub id: MembershipId,
    /// The company.
    pub company_id: CompanyId,
    /// The person.
    pub user_id: UserId,
    /// What the person may do there.
    pub role: Role,
    /// Since when.
    pub created_at: Instant,
    /// Counts its changes from 1.
    pub version: i64,
}

/// One sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Who.
    pub user_id: UserId,
    /// In which company.
    pub company_id: CompanyId,
    /// Since when.
    pub created_at: Instant,
    /// Until when, whatever happens.
    pub expires_at: Instant,
    /// When it was ended.
    pub revoked_at: Option<Instant>,
    /// When it was begun or last refreshed; not known of those from before this was noted.
    pub seen_at: Option<Instant>,
    /// From which address that was.
    pub address: Option<Address>,
    /// By which program.
    pub agent: Option<Agent>,
}

/// One link of a session's chain of refresh tokens.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = refresh_tokens, treat_none_as_default_value = false)]
pub struct RefreshToken {
    /// Its id.
    pub id: RefreshId,
    /// The session.
    pub session_id: SessionId,
    /// SHA-256 of the token.
    pub hash: Vec<u8>,
    /// When it was given out.
    pub created_at: Instant,
    /// When it was used; it counts once.
    pub used_at: Option<Instant>,
}

/// What a session is worth right now.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Standing {
    /// Who signed in.
    pub user_id: UserId,
    /// Until when.
    pub expires_at: Instant,
    /// Whether it was ended.
    pub revoked_at: Option<Instant>,
    /// What the person may do.
    pub role: Role,
    /// Whether the company takes part.
    pub company_status: Status,
    /// Since when letters to the person's address are known to reach the person.
    pub email_confirmed_at: Option<Instant>,
    /// Whether the company asks its people for a second factor.
    pub require_two_factor: bool,
    /// Since when the person has one.
    pub second_factor_since: Option<Instant>,
}

impl Standing {
    /// Whether the session still counts. In a deactivated company an owner's does, who signed in after
    /// all sessions had ended, for what is always open.
    pub fn counts(&self, now: Instant) -> bool {
        self.revoked_at.is_none()
            && now < self.expires_at
            && (self.company_status != Status::Deactivated || self.role == Role::Owner)
    }
}
