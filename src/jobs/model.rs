//! Rows of the queue.

use diesel::prelude::*;

use crate::db::schema::jobs;
use crate::events::model::AnyId;
use crate::kernel::id::{JobId, WorkerId};
use crate::kernel::time::Instant;

crate::words! {
    /// What kind of work a job is.
    pub enum JobKind { Reversal = "reversal", Reprocessing = "reprocessing" }
}

/// One piece of work to be done.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, Identifiable)]
#[diesel(table_name = jobs, treat_none_as_default_value = false)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What kind of work.
    pub kind: JobKind,
    /// On what.
    pub subject: AnyId,
    /// Not before.
    pub run_at: Instant,
    /// How often it was taken since it last got a step further.
    pub attempts: i32,
    /// How many steps are done.
    pub step: i64,
    /// Who works on it.
    pub worker_id: Option<WorkerId>,
    /// Until when nobody else may.
    pub lease_until: Option<Instant>,
    /// Why it last failed.
    pub last_error: Option<String>,
    /// When it was enqueued.
    pub created_at: Instant,
}
