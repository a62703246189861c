//! Lists and creations: what a caller does within its own company.

use std::marker::PhantomData;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::Stream;

use super::actor::{Actor, Verb};
use super::gate::Gate;
use super::idempotency::{Idempotency, Keep};
use super::retry;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::kernel::time::Instant;

/// A caller who may do `V` in its own company.
pub struct Signed<V> {
    /// Who is asking.
    pub actor: Arc<Actor>,
    /// When.
    pub now: Instant,
    pub(super) gate: Arc<Gate>,
    pub(super) idempotency: Option<Idempotency>,
    verb: PhantomData<fn() -> V>,
}

impl<V: Verb> Signed<V> {
    pub(super) fn of(request: &HttpRequest) -> Result<Self> {
        let gate = request.app_data::<Arc<Gate>>().cloned();
        let gate = gate.ok_or_else(|| Error::internal(anyhow::anyhow!("no gate was mounted")))?;
        let extensions = request.extensions();
        let actor = extensions.get::<Arc<Actor>>().cloned();
        let actor = actor.ok_or(Error::Unauthenticated("send a token or an API key"))?;
        let idempotency = extensions.get::<Idempotency>().cloned();
        Ok(Self { actor, now: gate.clock.now(), gate, idempotency, verb: PhantomData })
    }

    /// Signs and reads tokens, for doors that hand them out.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// Reads within the caller's reach.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Db, &Actor) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.actor.may::<V>()?;
        let actor = Arc::clone(&self.actor);
        self.gate.pool.read(move |db| work(db, &actor)).await
    }

    /// Reads within the caller's reach and streams: each step is a short read of its own that gives
    /// some bytes and where to go on, or nothing at the end. Whether the caller may is asked once.
    pub fn pages<S, Step>(
        &self,
        start: S,
        step: Step,
    ) -> Result<impl Stream<Item = Result<Bytes>> + use<V, S, Step>>
    where
        S: Clone + Send + Sync + 'static,
        Step: Fn(&mut Db, &Actor, S) -> Result<Option<(Bytes, S)>> + Send + Sync + 'static,
    {
        self.actor.may::<V>()?;
        let (actor, gate) = (Arc::clone(&self.actor), Arc::clone(&self.gate));
        Ok(in_steps(gate, start, move |db: &mut Db, place| step(db, &actor, place)))
    }

    /// Refuses at once what could not be done anyway: for doors that take in much before they write.
    pub fn permit(&self) -> Result<()> {
        self.actor.may::<V>()
    }

    /// Writes something that is nothing by itself, in a transaction of its own: a part of a body.
    pub async fn aside<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Db) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        self.actor.may::<V>()?;
        // Much has been taken in already: it waits its turn rather than be thrown away.
        self.gate.pool.write_in_turn(work).await
    }

    /// Gives the request the idempotency key that the door has made out itself, while streaming.
    pub fn identified(mut self, idempotency: Option<Idempotency>) -> Self {
        self.idempotency = idempotency;
        self
    }

    /// The clock, for rows that need the database's own time.
    pub fn clock(&self) -> &crate::kernel::time::Clock {
        &self.gate.clock
    }

    /// The same where nothing may be kept for a repeat: what is asked or answered holds a secret.
    pub async fn write_unkept<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Db, &Actor) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        self.actor.may::<V>()?;
        let actor = Arc::clone(&self.actor);
        self.gate.pool.write(move |db| work(db, &actor)).await
    }

    /// Writes within the caller's reach, in one transaction; the answer is kept for a repeat.
    pub async fn write<T: Keep + Send + 'static>(
        &self,
        work: impl Fn(&mut Db, &Actor) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        let work = Arc::new(work);
        retry::unless_pinned(false, || {
            let (actor, now) = (Arc::clone(&self.actor), self.now);
            let (idempotency, work) = (self.idempotency.clone(), Arc::clone(&work));
            self.gate.pool.write(move |db| {
                once(db, idempotency.as_ref(), now, |db| {
                    actor.may::<V>()?;
                    work(db, &actor)
                })
            })
        })
        .await
    }
}

/// Short reads, one after the other, each from where the one before ended.
pub(super) fn in_steps<S, Step>(
    gate: Arc<Gate>,
    start: S,
    step: Step,
) -> impl Stream<Item = Result<Bytes>> + use<S, Step>
where
    S: Clone + Send + Sync + 'static,
    Step: Fn(&mut Db, S) -> Result<Option<(Bytes, S)>> + Send + Sync + 'static,
{
    let step = Arc::new(step);
    futures_util::stream::try_unfold(Some(start), move |place| {
        let (gate, step) = (Arc::clone(&gate), Arc::clone(&step));
        async move {
            let Some(place) = place else { return Ok(None) };
            // Half an answer is out: the rest waits its turn rather than break off.
            let next = gate.pool.read_in_turn(move |db| step(db, place.clone())).await?;
            Ok(next.map(|(bytes, place)| (bytes, Some(place))))
        }
    })
}

/// Does `work` once per idempotency key.
pub(super) fn once<T: Keep>(
    db: &mut Db,
    idempotency: Option<&Idempotency>,
    now: Instant,
    work: impl FnOnce(&mut Db) -> Result<T>,
) -> Result<T> {
    let Some(idempotency) = idempotency else { return work(db) };
    idempotency.claim(db, now)?;
    let done = work(db)?;
    idempotency.store(db, &done.keep())?;
    Ok(done)
}

impl<V: Verb> FromRequest for Signed<V> {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Self::of(request))
    }
}
