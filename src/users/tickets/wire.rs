//! What the door of tickets gives.

use serde::Serialize;
use utoipa::ToSchema;

use crate::kernel::time::Instant;

/// A ticket for one stream.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StreamTicket)]
pub struct StreamTicketView {
    /// What stands in the address of the stream: `?ticket=…`. It counts once.
    #[schema(example = "entt_q2w...")]
    pub ticket: String,
    /// Until when it counts: a minute.
    pub expires_at: Instant,
}
