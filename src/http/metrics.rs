//! What the server tells about itself, for Prometheus.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::db::Load;
use crate::error::{Error, Result};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: String,
    operation: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Operation {
    method: String,
    operation: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Lane {
    lane: &'static str,
    stage: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Line {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Job {
    job: &'static str,
    result: &'static str,
}

/// Counters and gauges of this process.
pub struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    durations: Family<Operation, Histogram>,
    lanes: Family<Lane, Gauge>,
    lines: Family<Line, Counter>,
    jobs: Family<Job, Counter>,
    waiting: Gauge<i64>,
    kept_open: Gauge<i64>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("entente");
        let requests = Family::default();
        let durations: Family<Operation, Histogram> = Family::new_with_constructor(|| {
            Histogram::new([
                0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
            ])
        });
        let (lanes, lines, jobs) = (Family::default(), Family::default(), Family::default());
        let (waiting, kept_open) = (Gauge::default(), Gauge::default());
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register("http_request_seconds", "Time to answer", durations.clone());
        registry.register("database_work", "Work waiting and running", lanes.clone());
        registry.register("reversal_lines", "Batch lines decided", lines.clone());
        registry.register("jobs", "Background work done", jobs.clone());
        registry.register("jobs_waiting", "Background work that is not done yet", waiting.clone());
        registry.register(
            "actions_waiting",
            "Actions that are due to lock and wait for a batch, when this server last looked",
            kept_open.clone(),
        );
        Self { registry, requests, durations, lanes, lines, jobs, waiting, kept_open }
    }
}

impl Metrics {
    /// Counts an answer.
    pub fn answered(&self, method: &str, operation: &str, status: u16, took: Duration) {
        let (method, operation) = (method.to_string(), operation.to_string());
        let of = Operation { method: method.clone(), operation: operation.clone() };
        self.requests.get_or_create(&Request { method, operation, status }).inc();
        self.durations.get_or_create(&of).observe(took.as_secs_f64());
    }

    /// Counts decided lines of a batch.
    pub fn decided(&self, outcome: &'static str, lines: u64) {
        self.lines.get_or_create(&Line { outcome }).inc_by(lines);
    }

    /// Counts one run of a job.
    pub fn ran(&self, job: &'static str, well: bool) {
        let result = if well { "done" } else { "failed" };
        self.jobs.get_or_create(&Job { job, result }).inc();
    }

    /// How much background work is not done yet.
    pub fn waiting(&self, jobs: i64) {
        self.waiting.set(jobs);
    }

    /// How many actions are due to lock and wait for a batch.
    pub fn kept_open(&self, actions: u64) {
        self.kept_open.set(i64::try_from(actions).unwrap_or(i64::MAX));
    }

    /// Everything, as text.
    pub fn text(&self, load: Load) -> Result<String> {
        for (lane, (waiting, running)) in [("read", load.reads), ("write", load.writes)] {
            for (stage, count) in [("waiting", waiting), ("running", running)] {
                let count = i64::try_from(count).unwrap_or(i64::MAX);
                self.lanes.get_or_create(&Lane { lane, stage }).set(count);
            }
        }
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)
            .map_err(Error::internal)?;
        Ok(text)
    }
}
