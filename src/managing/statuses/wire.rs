//! What the doors of a status take and give.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::companies::model::Status;
use crate::kernel::id::{CompanyId, StatusChangeId, UserId};
use crate::kernel::time::Instant;
use crate::statuses::model::{By, StatusChange};

/// Why a company's status changes.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "We move to another country." }))]
pub struct ChangeStatus {
    /// For the company's own people alone.
    #[schema(min_length = 1, max_length = 2000)]
    pub reason: String,
}

/// One change of a company's status.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StatusChange)]
pub struct StatusChangeView {
    /// Its id.
    pub id: StatusChangeId,
    /// What the company was from then on.
    pub status: Status,
    /// Why.
    pub reason: String,
    /// Who said so: somebody of the company, of one that it lets do so (`grantee`), or whoever runs the
    /// server.
    pub by: By,
    /// Who of the company, or of the one that it lets do so; null where whoever runs the server did, and
    /// where it was over with the grant.
    #[schema(required)]
    pub user_id: Option<UserId>,
    /// The company that it lets do so; null where it was not one of its people.
    #[schema(required)]
    pub grantee_company_id: Option<CompanyId>,
    /// When.
    pub at: Instant,
}

impl From<StatusChange> for StatusChangeView {
    fn from(change: StatusChange) -> Self {
        let by = change.by();
        let StatusChange { id, status, reason, user_id, at, grantee_company_id, .. } = change;
        Self { id, status, reason, by, user_id, grantee_company_id, at }
    }
}
