//! Makes and unmakes the schema; the migrations of both engines are inside the binary.

use anyhow::{Context, anyhow};
use diesel::ConnectionResult;
use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::migration::MigrationSource;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connect::{Db, Purpose, Url};
use crate::error::{Error, Result};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

diesel::table! {
    /// Where the engine's half of Diesel notes what was applied.
    __diesel_schema_migrations (version) {
        /// Of the migration.
        version -> Text,
    }
}

/// Brings the schema up to date; gives the names of what was applied.
pub fn up(url: &Url) -> Result<Vec<String>> {
    let mut db = opened(url, Db::open(url, Purpose::Write))?;
    let applied = match &mut db {
        Db::Postgres(connection) => {
            // Two servers that start together take turns; the lock ends with the connection.
            connection.batch_execute("SELECT pg_advisory_lock(727065)")?;
            apply(connection, POSTGRES)
        }
        Db::Sqlite(connection) => apply(connection, SQLITE),
    };
    applied.map_err(|cause| Error::internal(anyhow!("migrating: {cause}")))
}

/// Takes the whole schema back, newest first; gives the names of what was taken back.
pub fn down(url: &Url) -> Result<Vec<String>> {
    let mut db = opened(url, Db::open(url, Purpose::Write))?;
    let reverted = match &mut db {
        Db::Postgres(connection) => revert(connection, POSTGRES),
        Db::Sqlite(connection) => revert(connection, SQLITE),
    };
    reverted.map_err(|cause| Error::internal(anyhow!("reverting: {cause}")))
}

/// An error unless the database is there and its schema is exactly this program's. Changes nothing
/// and makes nothing.
pub fn check(url: &Url) -> Result<()> {
    if let Some(file) = url.file().filter(|file| !file.exists()) {
        let place = file.display();
        return Err(Error::internal(anyhow!(
            "there is no database at {place}; run `entente migrate` or `entente serve` first"
        )));
    }
    let mut db = opened(url, Db::peek(url))?;
    let known = match &db {
        Db::Postgres(_) => names::<diesel::pg::Pg>(POSTGRES),
        Db::Sqlite(_) => names::<diesel::sqlite::Sqlite>(SQLITE),
    };
    let known = known.map_err(|cause| Error::internal(anyhow!("the migrations: {cause}")))?;
    let applied = applied(&mut db)?;
    if let Some(version) = applied.iter().find(|one| known.iter().all(|(its, _)| its != *one)) {
        return Err(Error::internal(anyhow!(
            "the database was migrated by a newer program: this one does not know {version}"
        )));
    }
    match known.iter().find(|(version, _)| !applied.contains(version)) {
        None => Ok(()),
        Some((_, name)) => Err(Error::internal(anyhow!(
            "the database's schema is not up to date, {name} is missing; \
             run `entente migrate` or `entente serve` first"
        ))),
    }
}

/// A connection, or what to tell whoever wanted one.
fn opened(url: &Url, tried: ConnectionResult<Db>) -> Result<Db> {
    let place = url.file().map_or("on PostgreSQL".into(), |file| file.display().to_string());
    tried.with_context(|| format!("cannot open the database {place}")).map_err(Error::Internal)
}

type Ran<T> = diesel::migration::Result<T>;

fn apply<DB: Backend>(
    connection: &mut impl MigrationHarness<DB>,
    source: impl MigrationSource<DB>,
) -> Ran<Vec<String>> {
    let mut names = Vec::new();
    for migration in connection.pending_migrations(source)? {
        connection.run_migration(&migration)?;
        names.push(migration.name().to_string());
    }
    Ok(names)
}

fn revert<DB: Backend>(
    connection: &mut impl MigrationHarness<DB>,
    source: impl MigrationSource<DB>,
) -> Ran<Vec<String>> {
    let known = source.migrations()?;
    let mut names = Vec::new();
    for version in connection.applied_migrations()? {
        let migration = known.iter().find(|migration| migration.name().version() == version);
        let migration = migration.ok_or_else(|| anyhow!("{version} is not known"))?;
        connection.revert_migration(migration)?;
        names.push(migration.name().to_string());
    }
    Ok(names)
}

/// The versions of migrations and their names, in order.
fn names<DB: Backend>(source: impl MigrationSource<DB>) -> Ran<Vec<(String, String)>> {
    let migrations = source.migrations()?;
    let names = migrations.iter().map(|migration| migration.name());
    let names = names.map(|name| (name.version().to_string(), name.to_string()));
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    Ok(names)
}

/// The versions of what was applied; none in a database without our tables.
fn applied(db: &mut Db) -> Result<Vec<String>> {
    const ON_POSTGRES: &str = "to_regclass('__diesel_schema_migrations') IS NOT NULL";
    const ON_SQLITE: &str =
        "EXISTS (SELECT 1 FROM sqlite_master WHERE name = '__diesel_schema_migrations')";
    let noted: bool = match db {
        Db::Postgres(connection) => diesel::select(sql::<Bool>(ON_POSTGRES)).get_result(connection),
        Db::Sqlite(connection) => diesel::select(sql::<Bool>(ON_SQLITE)).get_result(connection),
    }?;
    if !noted {
        return Ok(Vec::new());
    }
    use __diesel_schema_migrations::{table, version};
    Ok(table.select(version).load(db)?)
}
