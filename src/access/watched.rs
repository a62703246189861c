//! One thing, looked at again and again: every look is judged anew.

use std::marker::PhantomData;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::actor::{Actor, Allows, Verb};
use super::credential::Credential;
use super::gate::Gate;
use super::guarded::{For, judge};
use crate::db::Find;
use crate::error::{Error, Result};

/// The thing the path names, for a caller who stays: it may do `V` to it as long as its credential
/// counts and its rights suffice.
pub struct Watched<R: Find, V> {
    gate: Arc<Gate>,
    credential: Credential,
    id: Option<R::Id>,
    kind: PhantomData<fn() -> (R, V)>,
}

impl<R, V> Watched<R, V>
where
    R: Find + Allows<V>,
    V: Verb,
{
    /// Admits the caller, as if the request had just come.
    pub async fn caller(&self) -> Result<Arc<Actor>> {
        self.gate.admit(self.credential.header()).await
    }

    /// Admits the caller, finds the row and asks the policy, as if the request had just come.
    pub async fn look(&self) -> Result<R> {
        let actor = self.gate.admit(self.credential.header()).await?;
        let id = self.id;
        self.gate.pool.read(move |db| judge::<R, V>(db, id, &actor, For::Looking)).await
    }
}

impl<R: Find, V: Verb> FromRequest for Watched<R, V> {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let gate = request.app_data::<Arc<Gate>>().cloned();
        let made = gate.map(|gate| Self {
            gate,
            credential: Credential::of(request),
            id: request.match_info().get("id").and_then(|text| text.parse().ok()),
            kind: PhantomData,
        });
        let missing = || Error::internal(anyhow::anyhow!("no gate was mounted"));
        std::future::ready(made.ok_or_else(missing))
    }
}
