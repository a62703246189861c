//! The only SQL that touches `stream_tickets`.

use diesel::prelude::*;

use super::model::StreamTicket;
use crate::db::Db;
use crate::db::schema::stream_tickets::dsl;
use crate::error::Result;
use crate::kernel::id::StreamTicketId;
use crate::kernel::time::Instant;

/// Keeps a ticket until it is used.
pub fn insert(db: &mut Db, ticket: &StreamTicket) -> Result<()> {
    diesel::insert_into(dsl::stream_tickets).values(ticket).execute(db)?;
    Ok(())
}

/// The ticket with this hash, if it counts.
pub fn look_for(db: &mut Db, hash: &[u8], now: Instant) -> Result<Option<StreamTicket>> {
    let shown = dsl::stream_tickets.filter(dsl::hash.eq(hash)).filter(dsl::expires_at.gt(now));
    Ok(shown.first(db).optional()?)
}

/// Uses a ticket up, and gives whether it was there until now: of several who show it at once one is let
/// in.
pub fn use_up(db: &mut Db, ticket: StreamTicketId) -> Result<bool> {
    Ok(diesel::delete(dsl::stream_tickets.find(ticket)).execute(db)? == 1)
}

/// Deletes what counts no longer.
pub fn sweep(db: &mut Db, now: Instant) -> Result<usize> {
    Ok(diesel::delete(dsl::stream_tickets.filter(dsl::expires_at.le(now))).execute(db)?)
}
