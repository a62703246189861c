//! What a request shows to say who asks: in its header, or for a stream in a browser by a ticket.

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use super::gate::Gate;
use super::secret;
use crate::error::{Error, Result};
use crate::users::tickets::store;

/// The doors that give events as they happen, which a ticket opens.
pub const EVENT_STREAMS: &[&str] =
    &["/v1/reversals/{id}/events", "/v1/action-imports/{id}/events", "/v1/notifications/events"];

/// An `Authorization` header, for whoever has to show it again.
#[derive(Debug, Clone, Default)]
pub struct Credential(Option<String>);

impl Credential {
    /// Of a request, whose ticket was exchanged already.
    pub(super) fn of(request: &HttpRequest) -> Self {
        if let Some(exchanged) = request.extensions().get::<Self>() {
            return exchanged.clone();
        }
        let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        Self(header.map(ToString::to_string))
    }

    /// The header's value, if there is one.
    pub fn header(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The header's value, as it was shown by somebody who was admitted.
    pub fn shown(&self) -> &str {
        self.header().unwrap_or_default()
    }
}

impl FromRequest for Credential {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self::of(request)))
    }
}

impl Gate {
    /// What the ticket of a stream stands for; nothing where none is shown.
    pub(super) async fn exchange(&self, request: &ServiceRequest) -> Result<Option<Credential>> {
        let Some(ticket) = ticket(request) else { return Ok(None) };
        let (hash, now) = (secret::digest(ticket.as_bytes()), self.clock.now());
        let refused = || Error::Unauthenticated("the ticket does not count");
        // Whoever makes tickets up waits in no queue of those who write.
        let found = self.pool.read(move |db| store::look_for(db, &hash, now)).await?;
        let ticket = found.ok_or_else(refused)?;
        let id = ticket.id;
        if !self.pool.write(move |db| store::use_up(db, id)).await? {
            return Err(refused());
        }
        let opened = self.vault.tickets.open(id.uuid(), &ticket.credential)?;
        let exchanged = Credential(Some(String::from_utf8(opened).map_err(|_| refused())?));
        request.extensions_mut().insert(exchanged.clone());
        Ok(Some(exchanged))
    }
}

/// The ticket in the address of a stream.
fn ticket(request: &ServiceRequest) -> Option<String> {
    if request.query_string().is_empty() || !is_stream(request.path()) {
        return None;
    }
    let mut values = url::form_urlencoded::parse(request.query_string().as_bytes());
    values.find(|(name, _)| name == "ticket").map(|(_, value)| value.into_owned())
}

fn is_stream(path: &str) -> bool {
    EVENT_STREAMS.iter().any(|door| match door.split_once("{id}") {
        Some((before, after)) => {
            let id = path.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            id.is_some_and(|id| !id.is_empty() && !id.contains('/'))
        }
        None => path == *door,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_opens_streams_and_nothing_else() {
        for door in EVENT_STREAMS {
            assert!(is_stream(&door.replace("{id}", "rev_1")), "{door}");
        }
        for other in ["/v1/events", "/v1/reversals/events", "/v1/reversals//events", "/v1/me"] {
            assert!(!is_stream(other), "{other}");
        }
        assert!(!is_stream("/v1/reversals/rev_1/lines/events"));
    }
}
