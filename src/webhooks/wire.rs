//! What the doors of webhooks take and give.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{Attempt, Delivery, DisabledReason, Endpoint, Failure, Status};
use super::outbound::Sent;
use super::rules;
use super::store::log::Filter;
use crate::events::pattern::Pattern;
use crate::kernel::document::Document;
use crate::kernel::id::{EventId, UserId, WebhookDeliveryId, WebhookEndpointId};
use crate::kernel::time::Instant;

/// An endpoint to be told of what happens.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "url": "https://hooks.example.com/entente", "event_types": ["action.*", "reversal.*"],
    "description": "Returns feed"
}))]
pub struct NewWebhookEndpoint {
    /// Where to send to: `https`, on the public internet.
    #[schema(min_length = 1, max_length = 2000)]
    pub url: String,
    /// Of what: types such as `action.reversed`, all of a kind such as `action.*`, or `*` for all.
    #[schema(min_items = 1, max_items = 50)]
    pub event_types: Vec<Pattern>,
    /// What it is, for people.
    #[serde(default)]
    #[schema(max_length = 200, nullable = false)]
    pub description: Option<String>,
}

/// A change of an endpoint (JSON merge patch): what is absent stays.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "event_types": ["action.*"], "enabled": true }))]
pub struct PatchWebhookEndpoint {
    /// Where to send to.
    #[schema(min_length = 1, max_length = 2000, nullable = false)]
    pub url: Option<String>,
    /// Of what; replaced as a whole.
    #[schema(min_items = 1, max_items = 50, nullable = false)]
    pub event_types: Option<Vec<Pattern>>,
    /// What it is, for people.
    #[schema(max_length = 200, nullable = false)]
    pub description: Option<String>,
    /// Whether anything is sent. What waited for a disabled endpoint goes on when it is enabled.
    #[schema(nullable = false)]
    pub enabled: Option<bool>,
}

/// No arguments.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct WebhookCommand {}

/// Which deliveries shall be sent again.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "after": "2026-03-10T08:00:00Z", "before": "2026-03-10T12:00:00Z", "status": ["failed"]
}))]
pub struct RedeliverWebhooks {
    /// Those made at this moment or later,
    pub after: Instant,
    /// and before this one.
    pub before: Instant,
    /// Only those that ended so; all that ended if absent.
    #[schema(min_items = 1, max_items = 4, nullable = false)]
    pub status: Option<Vec<Status>>,
}

/// How many deliveries are sent again.
#[derive(Debug, Serialize, ToSchema)]
pub struct RedeliveredWebhooks {
    /// How many.
    pub deliveries: u32,
}

/// A webhook endpoint, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookEndpoint)]
pub struct WebhookEndpointView {
    /// Its id.
    pub id: WebhookEndpointId,
    /// Where to send to. Events show its origin alone: what comes behind may hold a secret.
    pub url: String,
    /// Of what.
    pub event_types: Vec<Pattern>,
    /// What it is, for people.
    pub description: String,
    /// Whether anything is sent.
    pub enabled: bool,
    /// Why nothing is; null while it is enabled.
    #[schema(required)]
    pub disabled_reason: Option<DisabledReason>,
    /// Since when nothing has got through; null while something does, or nothing was sent. That is no
    /// change of it: `If-None-Match` does not see it.
    #[schema(required)]
    pub failing_since: Option<Instant>,
    /// Until when the secret before the present one signs too.
    #[schema(required)]
    pub previous_secret_until: Option<Instant>,
    /// Who made it.
    pub created_by: UserId,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// A webhook endpoint, this once with its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookEndpointWithNewSecret)]
pub struct WebhookEndpointWithSecret {
    /// The endpoint.
    #[serde(flatten)]
    pub endpoint: WebhookEndpointView,
    /// Verifies what is sent. It is never shown again; a repeated request has null here.
    #[schema(required, example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    pub secret: Option<String>,
}

/// What came of a test.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookTest {
    /// Whether it was answered with 2xx.
    pub delivered: bool,
    /// The status of the answer; null if there was none.
    #[schema(required)]
    pub status: Option<i32>,
    /// Why it failed; null if it did not.
    #[schema(required)]
    pub error: Option<Failure>,
    /// How long it took.
    pub duration_ms: i64,
    /// What was sent, without the body.
    pub request_head: String,
    /// What came back, without the body.
    #[schema(required)]
    pub response_head: Option<String>,
    /// The first 1,024 bytes of the body.
    #[schema(required)]
    pub response_body: Option<String>,
}

/// One event for one endpoint.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub struct WebhookDeliveryView {
    /// Its id.
    pub id: WebhookDeliveryId,
    /// The endpoint.
    pub webhook_endpoint_id: WebhookEndpointId,
    /// The event; also the header `webhook-id`.
    pub event_id: EventId,
    /// Its type.
    #[schema(example = "action.reversed")]
    pub event_type: String,
    /// How far it has come.
    pub status: Status,
    /// How often it was sent.
    pub attempt_count: i32,
    /// The status of the last answer; null if there was none.
    #[schema(required)]
    pub last_status: Option<i32>,
    /// When it is to be sent; null while it waits behind an earlier one about the same object, and at
    /// the end.
    #[schema(required)]
    pub next_attempt_at: Option<Instant>,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it ended.
    #[schema(required)]
    pub finished_at: Option<Instant>,
}

/// One time that a delivery was sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookAttempt {
    /// Which time, from 1.
    pub number: i32,
    /// When.
    pub at: Instant,
    /// How long it took.
    pub duration_ms: i64,
    /// The status of the answer; null if there was none.
    #[schema(required)]
    pub status: Option<i32>,
    /// Why it failed; null if it did not.
    #[schema(required)]
    pub error: Option<Failure>,
    /// What was sent, without the body.
    pub request_head: String,
    /// What came back, without the body.
    #[schema(required)]
    pub response_head: Option<String>,
    /// The first 1,024 bytes of the body.
    #[schema(required)]
    pub response_body: Option<String>,
}

/// A delivery with its attempts.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookDeliveryWithAttempts {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: WebhookDeliveryView,
    /// The last 50 times that it was sent, oldest first.
    pub attempts: Vec<WebhookAttempt>,
}

/// Which deliveries.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WebhookDeliveriesFilter {
    /// In one of these states.
    #[param(nullable = false)]
    pub status: Option<Vec<Status>>,
    /// Of this type of events.
    #[param(nullable = false, min_length = 1, max_length = 100)]
    pub event_type: Option<String>,
    /// Made at this moment or later.
    #[param(nullable = false)]
    pub created_after: Option<Instant>,
    /// Made before this moment.
    #[param(nullable = false)]
    pub created_before: Option<Instant>,
}

impl From<WebhookDeliveriesFilter> for Filter {
    fn from(filter: WebhookDeliveriesFilter) -> Self {
        Self {
            status: filter.status,
            event_type: filter.event_type,
            created_after: filter.created_after,
            created_before: filter.created_before,
        }
    }
}

impl WebhookEndpointView {
    /// An endpoint, and since when nothing has got through to it.
    pub fn of(endpoint: Endpoint, failing_since: Option<Instant>) -> Self {
        Self {
            id: endpoint.id,
            url: endpoint.url,
            event_types: endpoint.event_types.0,
            description: endpoint.description,
            enabled: endpoint.enabled,
            disabled_reason: endpoint.disabled_reason,
            failing_since,
            previous_secret_until: endpoint.previous_until,
            created_by: endpoint.created_by,
            version: endpoint.version,
            created_at: endpoint.created_at,
            updated_at: endpoint.updated_at,
        }
    }

    /// The same, as events show it: other endpoints of the company are told of them, too.
    pub fn told(self) -> Self {
        Self { url: rules::origin(&self.url), ..self }
    }
}

impl PatchWebhookEndpoint {
    /// The endpoint with the change made.
    pub fn apply(self, endpoint: &Endpoint, now: Instant) -> Endpoint {
        let enabled = self.enabled.unwrap_or(endpoint.enabled);
        let reason = endpoint.disabled_reason.unwrap_or(DisabledReason::Request);
        Endpoint {
            url: self.url.unwrap_or_else(|| endpoint.url.clone()),
            event_types: self.event_types.map_or_else(|| endpoint.event_types.clone(), distinct),
            description: self.description.unwrap_or_else(|| endpoint.description.clone()),
            enabled,
            disabled_reason: (!enabled).then_some(reason),
            updated_at: now,
            ..endpoint.clone()
        }
    }
}

/// Each pattern once, in order.
pub fn distinct(mut patterns: Vec<Pattern>) -> Document<Vec<Pattern>> {
    patterns.sort_unstable();
    patterns.dedup();
    Document(patterns)
}

impl From<Sent> for WebhookTest {
    fn from(sent: Sent) -> Self {
        Self {
            delivered: sent.came.failure.is_none(),
            status: sent.came.status.map(i32::from),
            error: sent.came.failure,
            duration_ms: sent.duration_ms,
            request_head: sent.request_head,
            response_head: sent.response_head,
            response_body: sent.response_body,
        }
    }
}

impl From<Delivery> for WebhookDeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id,
            webhook_endpoint_id: delivery.endpoint_id,
            event_id: delivery.event_id,
            event_type: delivery.event_type,
            status: delivery.status,
            attempt_count: delivery.attempts,
            last_status: delivery.last_status,
            next_attempt_at: delivery.due_at,
            version: delivery.version,
            created_at: delivery.created_at,
            finished_at: delivery.finished_at,
        }
    }
}

impl From<Attempt> for WebhookAttempt {
    fn from(attempt: Attempt) -> Self {
        Self {
            number: attempt.number,
            at: attempt.at,
            duration_ms: attempt.duration_ms,
            status: attempt.status,
            error: attempt.error,
            request_head: attempt.request_head,
            response_head: attempt.response_head,
            response_body: attempt.response_body,
        }
    }
}
