//! What the doors of invitations take and give.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationError};

use super::model::{Invitation, Status};
use crate::kernel::id::{InvitationId, UserId};
use crate::kernel::time::Instant;
use crate::users::model::Role;
use crate::users::wire::one_of;

/// Somebody to be invited.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "email": "grace@acme.example", "role": "manager", "name": "Grace" }))]
pub struct NewInvitation {
    /// Where the letter goes, and what the person will sign in with.
    #[schema(format = "email", max_length = 254)]
    pub email: String,
    /// What the person will be: at most what you are.
    pub role: Role,
    /// What the person is called, for the letter; whoever is new may choose another name.
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
}

/// Which invitations.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InvitationsFilter {
    /// Only those that are this by now.
    #[param(inline, nullable = false)]
    pub status: Option<Status>,
}

/// A token of a letter; and for somebody new, who that is.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "one_code_at_most"))]
#[schema(example = json!({
    "token": "enti_...", "name": "Grace", "password": "correct horse battery"
}))]
pub struct AcceptInvitation {
    /// The one in the newest letter.
    #[schema(max_length = 200)]
    pub token: String,
    /// The name of somebody new; the one in the invitation if absent. Not looked at for whoever has an
    /// account.
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// The password of somebody new, at least twelve characters. Not looked at for whoever has signed in.
    #[schema(min_length = 12, max_length = 200)]
    pub password: Option<String>,
    /// The six digits that the app shows, for somebody with an account and a second factor who has not
    /// signed in.
    #[schema(pattern = "^[0-9]{6}$")]
    pub code: Option<String>,
    /// One of the recovery codes instead; it counts once.
    #[schema(max_length = 40)]
    pub recovery_code: Option<String>,
}

fn one_code_at_most(body: &AcceptInvitation) -> Result<(), ValidationError> {
    one_of(body.code.as_ref(), body.recovery_code.as_ref())
}

/// An invitation, as the company sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Invitation)]
pub struct InvitationView {
    /// Its id.
    pub id: InvitationId,
    /// Where the letter went. Whether somebody has an account with this address is not told.
    pub email: String,
    /// What the person is called, as far as you said so.
    #[schema(required)]
    pub name: Option<String>,
    /// What the person will be.
    pub role: Role,
    /// What has become of it.
    pub status: Status,
    /// Who invites.
    pub invited_by: UserId,
    /// When it was made.
    pub created_at: Instant,
    /// When the newest letter was sent.
    pub sent_at: Instant,
    /// Until when the link in that letter counts.
    pub expires_at: Instant,
    /// When it was accepted or revoked; null until then.
    #[schema(required)]
    pub answered_at: Option<Instant>,
    /// Counts its changes from 1.
    pub version: i64,
}

impl InvitationView {
    /// An invitation as it stands now.
    pub fn at(invitation: Invitation, now: Instant) -> Self {
        let status = invitation.standing(now);
        Self {
            id: invitation.id,
            email: invitation.email,
            name: invitation.name,
            role: invitation.role,
            status,
            invited_by: invitation.invited_by,
            created_at: invitation.created_at,
            sent_at: invitation.sent_at,
            expires_at: invitation.expires_at,
            answered_at: invitation.answered_at,
            version: invitation.version,
        }
    }
}
