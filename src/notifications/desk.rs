//! What the notifier and the doors of one server have in common.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use tokio_util::sync::CancellationToken;

use super::unsubscribing::Ending;
use super::watch::Seats;
use crate::access::Stamp;
use crate::error::{Error, Result};

/// Where people are told from.
#[derive(Clone)]
pub struct Desk {
    /// Ends every stream.
    pub stopping: CancellationToken,
    /// Who watches.
    pub seats: Seats,
    /// Makes links in letters, and knows them again.
    pub stamp: Stamp,
    public_url: Arc<str>,
}

impl Desk {
    /// A desk of a server that is reached at this URL.
    pub fn new(
        server_key: &[u8; 32],
        public_url: &str,
        stopping: CancellationToken,
    ) -> Result<Self> {
        Ok(Self {
            stopping,
            seats: Seats::default(),
            stamp: Stamp::new(server_key, "unsubscribing 1")?,
            public_url: public_url.trim_end_matches('/').into(),
        })
    }

    /// The link that ends letters.
    pub fn link(&self, ending: Ending) -> String {
        format!("{}/v1/unsubscribe?token={}", self.public_url, ending.token(&self.stamp))
    }
}

impl FromRequest for Desk {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let missing = || Error::internal(anyhow::anyhow!("no desk was mounted"));
        std::future::ready(request.app_data::<Self>().cloned().ok_or_else(missing))
    }
}
