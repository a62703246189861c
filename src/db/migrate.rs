//! Makes and unmakes the schema; the migrations of both engines are inside the binary.

use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connect::{Db, Purpose, Url};
use crate::error::{Error, Result};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Brings the schema up to date; gives the names of what was applied.
pub fn up(url: &Url) -> Result<Vec<String>> {
    let mut db = Db::open(url, Purpose::Write).map_err(Error::internal)?;
    let applied = match &mut db {
        Db::Postgres(connection) => {
            // Two servers that start together take turns; the lock ends with the connection.
            diesel::connection::SimpleConnection::batch_execute(
                connection,
                "SELECT pg_advisory_lock(727065)",
            )?;
            names(connection.run_pending_migrations(POSTGRES))
        }
        Db::Sqlite(connection) => names(connection.run_pending_migrations(SQLITE)),
    };
    applied.map_err(|cause| Error::internal(anyhow::anyhow!("migrating: {cause}")))
}

/// Takes the whole schema back, newest first.
pub fn down(url: &Url) -> Result<Vec<String>> {
    let mut db = Db::open(url, Purpose::Write).map_err(Error::internal)?;
    let reverted = match &mut db {
        Db::Postgres(connection) => names(connection.revert_all_migrations(POSTGRES)),
        Db::Sqlite(connection) => names(connection.revert_all_migrations(SQLITE)),
    };
    reverted.map_err(|cause| Error::internal(anyhow::anyhow!("reverting: {cause}")))
}

type Ran<'a> = diesel::migration::Result<Vec<diesel::migration::MigrationVersion<'a>>>;

fn names(ran: Ran<'_>) -> diesel::migration::Result<Vec<String>> {
    Ok(ran?.iter().map(ToString::to_string).collect())
}
