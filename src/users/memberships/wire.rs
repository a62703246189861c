//! What the doors of memberships take and give.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::kernel::id::{MembershipId, UserId};
use crate::kernel::time::Instant;
use crate::users::model::{Membership, Role, User};

/// Another role for a member.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "role": "manager" }))]
pub struct PatchMembership {
    /// What the person may do from now on: at most what you may.
    pub role: Role,
}

/// A person's place in your company.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Membership)]
pub struct MemberView {
    /// Its id.
    pub id: MembershipId,
    /// The person.
    pub user_id: UserId,
    /// What the person is called.
    pub name: String,
    /// What the person may do.
    pub role: Role,
    /// Since when the person belongs to the company.
    pub created_at: Instant,
    /// Counts its changes from 1.
    pub version: i64,
}

/// A person of your company.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CompanyUser)]
pub struct CompanyUserView {
    /// The person's id.
    pub id: UserId,
    /// What the person is called.
    pub name: String,
    /// The address to sign in with; shown to admins, null for others.
    #[schema(required)]
    pub email: Option<String>,
    /// The person's place in the company.
    pub membership_id: MembershipId,
    /// What the person may do.
    pub role: Role,
    /// Since when the person belongs to the company.
    pub since: Instant,
    /// When a session of the person in the company was last kept alive, which happens every fifteen
    /// minutes while it is in use; shown to admins, null for others and for whoever was not here lately.
    #[schema(required)]
    pub last_seen_at: Option<Instant>,
}

impl MemberView {
    /// A membership of somebody of this name.
    pub fn of(membership: Membership, name: String) -> Self {
        let Membership { id, user_id, role, created_at, version, .. } = membership;
        Self { id, user_id, name, role, created_at, version }
    }
}

impl CompanyUserView {
    /// A person as colleagues see them.
    pub fn to_colleague((membership, user): (Membership, User)) -> Self {
        Self {
            id: user.id,
            name: user.name,
            email: None,
            membership_id: membership.id,
            role: membership.role,
            since: membership.created_at,
            last_seen_at: None,
        }
    }

    /// A person as admins see them.
    pub fn to_admin(row: (Membership, User), last_seen_at: Option<Instant>) -> Self {
        let email = Some(row.1.email.clone());
        Self { email, last_seen_at, ..Self::to_colleague(row) }
    }
}
