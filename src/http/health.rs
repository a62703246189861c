//! Is it alive, is it ready, how is it doing.

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpRequest, get};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::metrics::Metrics;
use super::reply::{Found, Text};
use crate::access::Anonymous;
use crate::error::{Error, Result};
use crate::jobs::queue;

/// Mounts the doors.
pub fn mount(config: &mut ServiceConfig) {
    config.service(check_health).service(check_readiness).service(get_metrics);
}

/// How long the counters wait for the database.
const PATIENCE: Duration = Duration::from_secs(2);

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`; anything else is a problem answer.
    #[schema(example = "ok")]
    pub status: &'static str,
    /// The version that runs.
    #[schema(example = "0.1.0")]
    pub version: &'static str,
}

const WELL: Health = Health { status: "ok", version: env!("CARGO_PKG_VERSION") };

/// Tell whether the process is alive.
///
/// It answers as long as the process can answer at all, and looks at nothing else: restart the server
/// when it does not.
#[utoipa::path(tag = "Operations")]
#[get("/healthz")]
async fn check_health() -> Result<Found<Health>> {
    Ok(Found::of(WELL).uncached())
}

/// Tell whether the server can work: the database answers.
///
/// Send requests elsewhere while this is 503. A server that starts or has lost its database is alive
/// and not ready.
#[utoipa::path(tag = "Operations")]
#[get("/readyz")]
async fn check_readiness(anonymous: Anonymous) -> Result<Found<Health>> {
    let answered = anonymous.read(crate::db::dialect::ping).await;
    // Whatever keeps the database from answering, the one thing to tell is: not now.
    answered.map_err(|cause| {
        log::warn!("not ready: {cause}");
        Error::Overloaded
    })?;
    Ok(Found::of(WELL).uncached())
}

/// Show the counters, in Prometheus's text format.
///
/// Requests by operation and status, work that waits for the database, jobs, and lines of batches by
/// outcome. There is no credential to show: keep this path from the outside.
#[utoipa::path(tag = "Operations")]
#[get("/metrics")]
async fn get_metrics(anonymous: Anonymous, request: HttpRequest) -> Result<Text> {
    let metrics = request.app_data::<Arc<Metrics>>().cloned();
    let metrics = metrics.ok_or_else(|| Error::internal(anyhow::anyhow!("no metrics mounted")))?;
    // The counters matter most when the database does not answer: they are told without it.
    match tokio::time::timeout(PATIENCE, anonymous.read(queue::waiting)).await {
        Ok(Ok(jobs)) => metrics.waiting(jobs),
        Ok(Err(cause)) => log::warn!("background work was not counted: {cause}"),
        Err(_) => log::warn!("background work was not counted: the database is slow"),
    }
    let text = metrics.text(anonymous.gate().load())?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(Text { kind, text })
}
