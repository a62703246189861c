//! What the doors of sessions take and give.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::kernel::id::{CompanyId, SessionId, UserId};
use crate::kernel::time::Instant;
use crate::users::model::Session;

/// Whose sessions.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SessionsFilter {
    /// Those of this member of your company; your own if absent.
    #[param(nullable = false)]
    pub user_id: Option<UserId>,
}

/// Which company to go to.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "company_id": "co_01k5h2v7xnf8rtq3m9bcw4ze6a" }))]
pub struct SwitchCompanyTo {
    /// One of your companies: `memberships` of `GET /v1/me` has them.
    pub company_id: CompanyId,
}

/// One sign-in that still counts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Session)]
pub struct SessionView {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// When the person signed in.
    pub created_at: Instant,
    /// When it was last kept alive: a session that is in use is, every fifteen minutes.
    pub seen_at: Instant,
    /// Until when it lasts at most.
    pub expires_at: Instant,
    /// From which address it was last kept alive.
    #[schema(required, example = "192.0.2.17")]
    pub address: Option<String>,
    /// By which program, in a few words.
    #[schema(required, example = "Firefox on Linux")]
    pub agent: Option<String>,
    /// Whether it is the one that asks.
    pub current: bool,
}

impl SessionView {
    /// A session, for whoever asks by this one.
    pub fn to(asking: SessionId, session: Session) -> Self {
        Self {
            id: session.id,
            user_id: session.user_id,
            created_at: session.created_at,
            seen_at: session.seen_at.unwrap_or(session.created_at),
            expires_at: session.expires_at,
            address: session.address.map(|address| address.to_string()),
            agent: session.agent.map(|agent| agent.to_string()),
            current: session.id == asking,
        }
    }
}
