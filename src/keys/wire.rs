//! What the doors of API keys take and give.

use serde::{Deserialize, Serialize};
use serde_with::rust::double_option;
use utoipa::ToSchema;
use validator::Validate;

use super::model::{ApiKey, Scope};
use crate::kernel::id::{ApiKeyId, EventTypeId, ProgramId, UserId};
use crate::kernel::time::Instant;

/// A key to be made.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Returns feed", "scopes": ["reversals:write", "reversals:read"] }))]
pub struct NewApiKey {
    /// What it is for.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What it may do; at least one.
    #[schema(min_items = 1, max_items = 20)]
    pub scopes: Vec<Scope>,
    /// Limits it to these programs.
    #[schema(min_items = 1, max_items = 100)]
    pub program_ids: Option<Vec<ProgramId>>,
    /// Limits it to these event types.
    #[schema(min_items = 1, max_items = 100)]
    pub event_type_ids: Option<Vec<EventTypeId>>,
    /// Until when it counts; for ever if absent.
    pub expires_at: Option<Instant>,
}

/// A change of a key (JSON merge patch): what is absent stays, what is null is cleared. What it may do is
/// for ever.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "Returns feed, Europe", "expires_at": null }))]
pub struct PatchApiKey {
    /// What it is for.
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    pub name: Option<String>,
    /// Until when it counts; null for ever.
    #[serde(default, with = "double_option")]
    pub expires_at: Option<Option<Instant>>,
}

/// How a key's secret is renewed.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "overlap_hours": 24 }))]
pub struct RotateApiKey {
    /// For how many hours the secret before counts too; 24 if absent, and with 0 it ends at once.
    #[schema(minimum = 0, maximum = 168, nullable = false)]
    pub overlap_hours: Option<i64>,
}

/// An API key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub struct ApiKeyView {
    /// Its id.
    pub id: ApiKeyId,
    /// What it is for.
    pub name: String,
    /// The beginning of the secret, to tell keys apart.
    pub hint: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The programs it is limited to; null for all.
    #[schema(required)]
    pub program_ids: Option<Vec<ProgramId>>,
    /// The event types it is limited to; null for all.
    #[schema(required)]
    pub event_type_ids: Option<Vec<EventTypeId>>,
    /// Who made it.
    pub created_by: UserId,
    /// When.
    pub created_at: Instant,
    /// Until when it counts; null for ever.
    #[schema(required)]
    pub expires_at: Option<Instant>,
    /// When it was revoked.
    #[schema(required)]
    pub revoked_at: Option<Instant>,
    /// When it was last used, to the minute. That is no change of it: `If-None-Match` does not see it.
    #[schema(required)]
    pub last_used_at: Option<Instant>,
    /// The beginning of the secret before the present one; null if there is none.
    #[schema(required)]
    pub previous_hint: Option<String>,
    /// Until when that one counts too.
    #[schema(required)]
    pub previous_secret_until: Option<Instant>,
    /// Counts its changes from 1.
    pub version: i64,
}

/// An API key, this once with its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NewlyMadeApiKey)]
pub struct ApiKeyWithSecret {
    /// The key.
    #[serde(flatten)]
    pub key: ApiKeyView,
    /// Send it as `Authorization: Bearer`, or exchange it for a token. It is never shown again; a repeated request has null here.
    #[schema(required)]
    pub secret: Option<String>,
}

impl From<ApiKey> for ApiKeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            hint: key.hint,
            scopes: key.scopes.0,
            program_ids: key.program_ids.map(|ids| ids.0),
            event_type_ids: key.event_type_ids.map(|ids| ids.0),
            created_by: key.created_by,
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
            previous_hint: key.previous_hint,
            previous_secret_until: key.previous_until,
            version: key.version,
        }
    }
}
