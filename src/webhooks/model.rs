//! Rows and words of webhooks.

use diesel::prelude::*;

use crate::db::schema::{webhook_attempts, webhook_deliveries, webhook_endpoints, webhook_lanes};
use crate::events::model::AnyId;
use crate::events::pattern::Pattern;
use crate::kernel::document::Document;
use crate::kernel::id::{
    CompanyId, EventId, UserId, WebhookDeliveryId, WebhookEndpointId, WorkerId,
};
use crate::kernel::time::Instant;

crate::words! {
    /// Why nothing is sent to an endpoint.
    pub enum DisabledReason as WebhookDisabledReason {
        /// Somebody of the company wanted it.
        Request = "request",
        /// Nothing got through for days.
        Failing = "failing",
        /// It answered 410 Gone.
        Gone = "gone",
    }
}

crate::words! {
    /// How far a delivery has come.
    pub enum Status as WebhookDeliveryStatus {
        /// It is to be sent, or sent again.
        Pending = "pending",
        /// It was answered with 2xx.
        Succeeded = "succeeded",
        /// It was tried as often as it is.
        Failed = "failed",
        /// Its event was no longer kept when it was to be sent.
        Expired = "expired",
    }
}

crate::words! {
    /// Why an attempt failed.
    pub enum Failure as WebhookFailure {
        /// No connection: the address is not public or not known, nobody answers there, or not with a
        /// valid certificate.
        Unreachable = "unreachable",
        /// No answer in time.
        Timeout = "timeout",
        /// The connection ended before the answer did.
        Closed = "closed",
        /// An answer that is not 2xx.
        Refused = "refused",
    }
}

/// Where a company wants to be told of what happens.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = webhook_endpoints, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Endpoint {
    /// Its id.
    pub id: WebhookEndpointId,
    /// Whose it is.
    pub company_id: CompanyId,
    /// Where to send to.
    pub url: String,
    /// Of what.
    pub event_types: Document<Vec<Pattern>>,
    /// What it is, in its owner's words.
    pub description: String,
    /// Whether anything is sent.
    pub enabled: bool,
    /// Why nothing is.
    pub disabled_reason: Option<DisabledReason>,
    /// What signs, sealed.
    pub secret: Vec<u8>,
    /// What signed before, sealed.
    pub previous_secret: Option<Vec<u8>>,
    /// Until when that one signs too.
    pub previous_until: Option<Instant>,
    /// Who made it.
    pub created_by: UserId,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// The work on an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Insertable, Identifiable)]
#[diesel(table_name = webhook_lanes, primary_key(endpoint_id), treat_none_as_default_value = false)]
pub struct Lane {
    /// The endpoint.
    pub endpoint_id: WebhookEndpointId,
    /// From when on there is something to do.
    pub due_at: Option<Instant>,
    /// Since when nothing has got through.
    pub failing_since: Option<Instant>,
    /// Who works on it.
    pub worker_id: Option<WorkerId>,
    /// Until when nobody else may.
    pub lease_until: Option<Instant>,
}

/// One event for one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = webhook_deliveries, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Delivery {
    /// Its id.
    pub id: WebhookDeliveryId,
    /// To which endpoint.
    pub endpoint_id: WebhookEndpointId,
    /// Whose that is.
    pub company_id: CompanyId,
    /// Of which event.
    pub event_id: EventId,
    /// Of what type that is.
    pub event_type: String,
    /// What it happened to: what comes later about the same waits.
    pub object_id: AnyId,
    /// The event's place in the feed; among those of one place the event's id tells.
    pub turn: i64,
    /// How far it has come.
    pub status: Status,
    /// When it is to be sent; nothing while it waits behind another, and at the end.
    pub due_at: Option<Instant>,
    /// How often it has failed since it was last asked for.
    pub tries: i32,
    /// How often it was sent.
    pub attempts: i32,
    /// The status of the last answer.
    pub last_status: Option<i32>,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it ended.
    pub finished_at: Option<Instant>,
}

/// One time that a delivery was sent.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = webhook_attempts, treat_none_as_default_value = false)]
pub struct Attempt {
    /// The delivery.
    pub delivery_id: WebhookDeliveryId,
    /// Which time, from 1.
    pub number: i32,
    /// When.
    pub at: Instant,
    /// How long it took.
    pub duration_ms: i64,
    /// The status of the answer, if there was one.
    pub status: Option<i32>,
    /// Why it failed, if it did.
    pub error: Option<Failure>,
    /// What was sent, without the body.
    pub request_head: String,
    /// What came back, without the body.
    pub response_head: Option<String>,
    /// The beginning of the body.
    pub response_body: Option<String>,
}
