//! Rows of tickets.

use diesel::prelude::*;
use jiff::SignedDuration;

use crate::db::schema::stream_tickets;
use crate::kernel::id::StreamTicketId;
use crate::kernel::time::Instant;

/// How long a ticket counts.
pub const LIFETIME: SignedDuration = SignedDuration::from_secs(60);

/// A ticket that nobody has used.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable)]
#[diesel(table_name = stream_tickets, treat_none_as_default_value = false)]
pub struct StreamTicket {
    /// Its id.
    pub id: StreamTicketId,
    /// SHA-256 of it.
    pub hash: Vec<u8>,
    /// The credential that it stands for, sealed.
    pub credential: Vec<u8>,
    /// Until when it counts.
    pub expires_at: Instant,
}
