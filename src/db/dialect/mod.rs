//! What Diesel cannot say for both engines at once: one function per need, one arm per engine.

pub mod actions;
pub mod blobs;
pub mod bulk;
pub mod feed;
pub mod hot;
pub mod ledger;
pub mod locks;
pub mod performance;
pub mod relations;
mod statement;
pub mod walk;
pub mod webhooks;

use diesel::prelude::*;

use super::Db;
use crate::error::Result;
use crate::kernel::column::At;
use crate::kernel::time::{Clock, Instant};

/// How many rows of many PostgreSQL is given at once. While it works on a piece, it keeps a core busy;
/// in the pause before the next one, whoever only wants to read comes first.
const ROWS_AT_ONCE: usize = 64;

#[derive(QueryableByName)]
struct Now {
    #[diesel(sql_type = At)]
    at: Instant,
}

/// The present by the database's clock, which all servers share; a manual clock stands in for it.
pub fn now(db: &mut Db, clock: &Clock) -> Result<Instant> {
    match (db, clock) {
        (Db::Postgres(connection), Clock::System) => {
            let row: Now =
                diesel::sql_query("SELECT clock_timestamp() AS at").get_result(connection)?;
            Ok(row.at)
        }
        _ => Ok(clock.now()),
    }
}

/// Whether the engine answers.
pub fn ping(db: &mut Db) -> Result<()> {
    Ok(diesel::connection::SimpleConnection::batch_execute(db, "SELECT 1")?)
}
