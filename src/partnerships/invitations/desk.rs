//! Where the letters lead, and for how long they count.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use jiff::SignedDuration;

use crate::error::{Error, Result};
use crate::mail::links::PageLink;

/// What the operator says of partnerships that are offered to addresses.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The page that the link of a letter leads to.
    pub link: PageLink,
    /// For how long the link counts.
    pub lifetime: SignedDuration,
    /// Whether whoever gets a letter can register here.
    pub open: bool,
}

impl Desk {
    /// For how many whole days the link counts.
    pub fn days(&self) -> i64 {
        self.lifetime.as_hours() / 24
    }
}

impl FromRequest for Desk {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let missing = || Error::internal(anyhow::anyhow!("no desk of partnerships was mounted"));
        std::future::ready(request.app_data::<Self>().cloned().ok_or_else(missing))
    }
}
