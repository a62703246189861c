//! Reads that hold rows against others until the transaction ends. SQLite has one writer, whose
//! transaction holds everything already.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::super::Db;
use crate::db::schema::{jobs, mails, programs};
use crate::error::Result;
use crate::events::model::AnyId;
use crate::jobs::model::Job;
use crate::kernel::id::CompanyId;
use crate::kernel::time::Instant;
use crate::mail::model::Mail;

/// The lock horizons of a company's programs, which stay as they are until the transaction ends.
pub fn horizons(db: &mut Db, company: CompanyId) -> Result<Vec<Instant>> {
    let rows = programs::table
        .filter(programs::company_id.eq(company))
        .order(programs::id)
        .select(programs::lock_horizon);
    Ok(match db {
        Db::Postgres(connection) => rows.for_share().load(connection)?,
        Db::Sqlite(connection) => rows.load(connection)?,
    })
}

/// Lets whoever works on the same digest at the same time wait until the transaction ends.
pub fn alone(db: &mut Db, digest: &[u8]) -> Result<()> {
    let Db::Postgres(connection) = db else { return Ok(()) };
    let mut number = [0_u8; 8];
    number.iter_mut().zip(digest).for_each(|(slot, byte)| *slot = *byte);
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
        .bind::<BigInt, _>(i64::from_be_bytes(number))
        .execute(connection)?;
    Ok(())
}

/// The job of this kind whose turn it is and that nobody works on; those another server is just
/// taking are passed over.
pub fn next_job(db: &mut Db, kind: &str, now: Instant) -> Result<Option<Job>> {
    let rows = jobs::table
        .filter(jobs::kind.eq(kind))
        .filter(jobs::run_at.le(now))
        .filter(jobs::lease_until.is_null().or(jobs::lease_until.lt(now)))
        .order((jobs::run_at, jobs::id))
        .limit(1);
    Ok(match db {
        Db::Postgres(connection) => {
            rows.for_update().skip_locked().get_result(connection).optional()?
        }
        Db::Sqlite(connection) => rows.get_result(connection).optional()?,
    })
}

/// The jobs about one thing, in the order of their shares, held against their workers until the
/// transaction ends.
pub fn jobs_about(db: &mut Db, kind: &str, subject: AnyId) -> Result<Vec<Job>> {
    let about = jobs::kind.eq(kind).and(jobs::subject.eq(subject));
    let rows = jobs::table.filter(about).order(jobs::share);
    Ok(match db {
        Db::Postgres(connection) => rows.for_update().load(connection)?,
        Db::Sqlite(connection) => rows.load(connection)?,
    })
}

/// Letters that are due and that nobody has in hand; those another server is just taking are passed
/// over.
pub fn next_mails(db: &mut Db, most: i64, now: Instant) -> Result<Vec<Mail>> {
    let rows = mails::table
        .filter(mails::done_at.is_null())
        .filter(mails::next_at.le(now))
        .filter(mails::lease_until.is_null().or(mails::lease_until.lt(now)))
        .order((mails::next_at, mails::id))
        .limit(most);
    Ok(match db {
        Db::Postgres(connection) => rows.for_update().skip_locked().load(connection)?,
        Db::Sqlite(connection) => rows.load(connection)?,
    })
}
