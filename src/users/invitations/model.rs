//! Rows and words of invitations.

use std::str::FromStr;

use diesel::prelude::*;

use crate::db::schema::invitations;
use crate::kernel::id::{CompanyId, InvitationId, UserId};
use crate::kernel::time::Instant;
use crate::users::model::Role;
use crate::users::resets::model::ResetLink;

crate::words! {
    /// What has become of an invitation.
    pub enum Status as InvitationStatus {
        Pending = "pending",
        Accepted = "accepted",
        Revoked = "revoked",
        Expired = "expired",
    }
}

/// A word to somebody who shall belong to a company.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = invitations, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The company.
    pub company_id: CompanyId,
    /// The address, in lower case.
    pub email: String,
    /// What the person is called, as far as whoever invites knows.
    pub name: Option<String>,
    /// What the person will be.
    pub role: Role,
    /// What has become of it.
    pub status: Status,
    /// SHA-256 of the token in the newest letter, as long as that can count.
    pub hash: Option<Vec<u8>>,
    /// Who invites.
    pub invited_by: UserId,
    /// How many letters were sent.
    pub letters: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When the newest letter was sent.
    pub sent_at: Instant,
    /// Until when the token in it counts.
    pub expires_at: Instant,
    /// When it was accepted, revoked or replaced.
    pub answered_at: Option<Instant>,
    /// Counts its changes from 1.
    pub version: i64,
}

impl Invitation {
    /// What it is by now: one whose days are over is expired, whoever has noted that or not.
    pub fn standing(&self, now: Instant) -> Status {
        match self.status {
            Status::Pending if now >= self.expires_at => Status::Expired,
            status => status,
        }
    }
}

/// The page on which an invitation is accepted: a URL with a place for the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationLink(ResetLink);

impl InvitationLink {
    /// The page of a front end that is reached where the server is.
    pub fn under(public_url: &str) -> Self {
        Self(ResetLink::to_page(public_url, "invitation"))
    }

    /// The page, with a token.
    pub fn with(&self, token: &str) -> String {
        self.0.with(token)
    }
}

impl FromStr for InvitationLink {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self)
    }
}
