//! Doors that need no credential, because they hand them out.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use super::actor::Actor;
use super::gate::Gate;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::kernel::origin::Origin;
use crate::kernel::time::Instant;

/// Somebody, of whom nothing is known yet.
pub struct Anonymous {
    /// When.
    pub now: Instant,
    /// From where.
    pub origin: Origin,
    gate: Arc<Gate>,
    authorization: Option<String>,
}

impl Anonymous {
    /// Signs and reads tokens, compares passwords.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Whoever shows a credential although the door needs none; it has to count.
    pub async fn caller(&self) -> Result<Option<Arc<Actor>>> {
        match self.authorization.as_deref() {
            Some(shown) => self.gate.admit(Some(shown)).await.map(Some),
            None => Ok(None),
        }
    }

    /// Reads.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.gate.pool.read(work).await
    }

    /// Writes, in one transaction. Nothing is kept for a repeat: these answers hold secrets.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.gate.pool.write(work).await
    }

    /// Writes something that the answer does not wait for, and does not depend on: so it takes no
    /// longer with it than without. Under load it may be left out.
    pub fn aside(&self, work: impl Fn(&mut Db) -> Result<()> + Send + 'static) {
        let pool = self.gate.pool.clone();
        actix_web::rt::spawn(async move {
            if let Err(error) = pool.write(work).await {
                log::error!(error:?; "what was to be written aside was not");
            }
        });
    }
}

impl FromRequest for Anonymous {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let gate = request.app_data::<Arc<Gate>>().cloned();
        let gate = gate.ok_or_else(|| Error::internal(anyhow::anyhow!("no gate was mounted")));
        let origin = request.extensions().get::<Origin>().copied().unwrap_or_default();
        let shown = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let authorization = shown.map(ToString::to_string);
        let made = gate.map(|gate| Self { now: gate.clock.now(), origin, gate, authorization });
        std::future::ready(made)
    }
}
