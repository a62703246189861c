//! The only SQL that touches `stream_tickets`.

use diesel::prelude::*;

use super::model::StreamTicket;
use crate::db::Db;
use crate::db::schema::stream_tickets::dsl;
use crate::error::Result;
use crate::kernel::time::Instant;

/// Keeps a ticket until it is used.
pub fn insert(db: &mut Db, ticket: &StreamTicket) -> Result<()> {
    diesel::insert_into(dsl::stream_tickets).values(ticket).execute(db)?;
    Ok(())
}

/// Uses a ticket up, if it counted until now: of several who show it at once one is let in.
pub fn use_up(db: &mut Db, hash: &[u8], now: Instant) -> Result<Option<StreamTicket>> {
    let shown = dsl::stream_tickets.filter(dsl::hash.eq(hash)).filter(dsl::expires_at.gt(now));
    let Some(ticket): Option<StreamTicket> = shown.first(db).optional()? else { return Ok(None) };
    let used = diesel::delete(dsl::stream_tickets.find(ticket.id)).execute(db)?;
    Ok((used == 1).then_some(ticket))
}

/// Deletes what counts no longer.
pub fn sweep(db: &mut Db, now: Instant) -> Result<usize> {
    Ok(diesel::delete(dsl::stream_tickets.filter(dsl::expires_at.le(now))).execute(db)?)
}
