//! What is one's own, looked at again and again: every look is judged anew.

use std::marker::PhantomData;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::actor::{Actor, Verb};
use super::credential::Credential;
use super::gate::Gate;
use crate::db::Db;
use crate::error::{Error, Result};

/// A caller who stays, and may do `V` in its own company as long as its credential counts and its
/// rights suffice.
pub struct Staying<V> {
    gate: Arc<Gate>,
    credential: Credential,
    verb: PhantomData<fn() -> V>,
}

impl<V: Verb> Staying<V> {
    /// Admits the caller, as if the request had just come.
    pub async fn admit(&self) -> Result<Arc<Actor>> {
        let actor = self.gate.admit(self.credential.header()).await?;
        actor.may::<V>()?;
        Ok(actor)
    }

    /// Admits the caller, and reads within its reach.
    pub async fn look<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Db, &Actor) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let actor = self.admit().await?;
        self.gate.pool.read(move |db| work(db, &actor)).await
    }
}

impl<V: Verb> FromRequest for Staying<V> {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let gate = request.app_data::<Arc<Gate>>().cloned();
        let made =
            gate.map(|gate| Self { gate, credential: Credential::of(request), verb: PhantomData });
        let missing = || Error::internal(anyhow::anyhow!("no gate was mounted"));
        std::future::ready(made.ok_or_else(missing))
    }
}
