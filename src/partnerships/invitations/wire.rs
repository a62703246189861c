//! What the doors of partnerships that are offered to an address take and give.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{PartnershipInvitation, Status};
use crate::kernel::id::{PartnershipId, PartnershipInvitationId, PersonId, UserId};
use crate::kernel::time::Instant;
use crate::partnerships::grants::model::{GrantKind, GrantLevel};
use crate::partnerships::model::Role;

/// Which offers to addresses.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PartnershipInvitationsFilter {
    /// Only those that are this by now.
    #[param(inline, nullable = false)]
    pub status: Option<Status>,
}

/// A token of a letter.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "token": "ento_..." }))]
pub struct ClaimPartnership {
    /// The one in the newest letter.
    #[schema(max_length = 200)]
    pub token: String,
}

/// What the offering company would let the other one do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PartnershipInvitationGrant)]
pub struct BroughtGrant {
    /// What it opens.
    pub grant: GrantKind,
    /// How far; null where there are no levels.
    #[schema(required)]
    pub level: Option<GrantLevel>,
}

/// A partnership that is offered to an address, as the company that offers it sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PartnershipInvitation)]
pub struct PartnershipInvitationView {
    /// Its id.
    pub id: PartnershipInvitationId,
    /// What has become of it: `pending` until a company has received it.
    pub status: Status,
    /// Which side your company will be.
    pub my_role: Role,
    /// Where the letter goes. Whether somebody has an account with this address is not told.
    pub email: String,
    /// What the other company is called, as far as you said so.
    #[schema(required)]
    pub company_name: Option<String>,
    /// What the other side reads with the offer.
    pub message: String,
    /// The people of your company who are offered with it.
    pub contacts: Vec<PersonId>,
    /// What your company would let the other one do.
    pub grants: Vec<BroughtGrant>,
    /// Who has sent the newest letter.
    pub invited_by: UserId,
    /// When it was made.
    pub created_at: Instant,
    /// When the newest letter was sent.
    pub sent_at: Instant,
    /// Until when the link in that letter counts.
    pub expires_at: Instant,
    /// When it was claimed or withdrawn, or expired; null until then.
    #[schema(required)]
    pub answered_at: Option<Instant>,
    /// The partnership that a company was offered by it; null until one has received it.
    #[schema(required)]
    pub partnership_id: Option<PartnershipId>,
    /// Counts its changes from 1.
    pub version: i64,
}

impl PartnershipInvitationView {
    /// One as it stands now.
    pub fn at(invitation: PartnershipInvitation, now: Instant) -> Self {
        let status = invitation.standing(now);
        let brought = invitation.brought.0;
        let grants = brought.grants.into_iter();
        Self {
            id: invitation.id,
            status,
            my_role: invitation.role,
            email: invitation.email,
            company_name: invitation.company_name,
            message: invitation.message,
            contacts: brought.people,
            grants: grants.map(|(grant, level)| BroughtGrant { grant, level }).collect(),
            invited_by: invitation.invited_by,
            created_at: invitation.created_at,
            sent_at: invitation.sent_at,
            expires_at: invitation.expires_at,
            answered_at: invitation.answered_at,
            partnership_id: invitation.partnership_id,
            version: invitation.version,
        }
    }
}
