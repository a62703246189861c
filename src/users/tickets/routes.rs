//! The door of tickets.

use actix_web::post;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{LIFETIME, StreamTicket};
use super::policy::TakeStreamTicket;
use super::store;
use super::wire::StreamTicketView;
use crate::access::{Credential, Signed, secret};
use crate::error::Result;
use crate::http::reply::Found;
use crate::kernel::id::StreamTicketId;

/// Mounts the door.
pub fn mount(config: &mut ServiceConfig) {
    config.service(take_stream_ticket);
}

/// Take a ticket, by which a browser opens one stream of events.
///
/// `EventSource` sends no `Authorization`: put the ticket in the address instead, as in
/// `/v1/notifications/events?ticket=…`. It counts once, within a minute, and the stream ends when the
/// token that asked for it does: then take another one. Programs that send headers need none.
#[utoipa::path(tag = "Access")]
#[post("/stream-tickets")]
async fn take_stream_ticket(
    signed: Signed<TakeStreamTicket>,
    credential: Credential,
) -> Result<Found<StreamTicketView>> {
    let (id, ticket) = (StreamTicketId::new(), secret::issue("entt")?);
    let expires_at = signed.now.plus(LIFETIME);
    let row = StreamTicket {
        id,
        hash: secret::digest(ticket.as_bytes()),
        credential: signed.gate().vault.tickets.close(id.uuid(), credential.shown().as_bytes())?,
        expires_at,
    };
    signed.write_unkept(move |db, _| store::insert(db, &row)).await?;
    Ok(Found::of(StreamTicketView { ticket, expires_at }).uncached())
}
