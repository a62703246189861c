//! Rows and words of partnerships that are offered to an address.

use diesel::prelude::*;

use crate::db::schema::partnership_invitations;
use crate::kernel::document::Document;
use crate::kernel::id::{CompanyId, PartnershipId, PartnershipInvitationId, UserId};
use crate::kernel::time::Instant;
use crate::partnerships::change::Brought;
use crate::partnerships::model::Role;

crate::words! {
    /// What has become of an offer to an address.
    pub enum Status as PartnershipInvitationStatus {
        Pending = "pending",
        Claimed = "claimed",
        Withdrawn = "withdrawn",
        Expired = "expired",
    }
}

/// An offer of a partnership that no company has received yet, or what became of one.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset, Identifiable)]
#[diesel(
    table_name = partnership_invitations, treat_none_as_null = true,
    treat_none_as_default_value = false
)]
pub struct PartnershipInvitation {
    /// Its id.
    pub id: PartnershipInvitationId,
    /// The company that offers.
    pub company_id: CompanyId,
    /// The address, in lower case.
    pub email: String,
    /// What the other company is called, as far as the offering one knows: for its own list.
    pub company_name: Option<String>,
    /// Which side the offering company will be.
    pub role: Role,
    /// What has become of it.
    pub status: Status,
    /// What comes with the offer.
    pub message: String,
    /// The people and grants that come with it, as they were named.
    pub brought: Document<Brought>,
    /// SHA-256 of the token in the newest letter, as long as that can count.
    pub hash: Option<Vec<u8>>,
    /// Who has sent the newest letter.
    pub invited_by: UserId,
    /// How many letters were sent.
    pub letters: i32,
    /// When it was made.
    pub created_at: Instant,
    /// When the newest letter was sent.
    pub sent_at: Instant,
    /// Until when the token in it counts.
    pub expires_at: Instant,
    /// When it was claimed or withdrawn, or expired.
    pub answered_at: Option<Instant>,
    /// The partnership that was offered by it, once a company has received it.
    pub partnership_id: Option<PartnershipId>,
    /// Counts its changes from 1.
    pub version: i64,
}

impl PartnershipInvitation {
    /// What it is by now: one whose days are over is expired, whoever has noted that or not.
    pub fn standing(&self, now: Instant) -> Status {
        match self.status {
            Status::Pending if now >= self.expires_at => Status::Expired,
            status => status,
        }
    }
}

/// To whom a partnership is offered, where that is an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee {
    /// The address, in lower case.
    pub email: String,
    /// What the company is called, as far as that is known.
    pub company_name: Option<String>,
    /// Which side the offering company will be.
    pub role: Role,
}
