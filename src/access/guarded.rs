//! One thing, found and judged: the row is reached through the actor, or not at all.

use std::marker::PhantomData;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{ETAG, IF_MATCH};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use futures_util::Stream;

use super::actor::{Actor, Allows, Verb, Verdict};
use super::gate::Gate;
use super::idempotency::Keep;
use super::retry;
use super::signed::{Signed, in_steps, once};
use crate::db::{Db, Find};
use crate::error::{Error, Fault, Place, Result};
use crate::kernel::time::{Clock, Instant};

/// The thing the path names, for a caller who may do `V` to it.
pub struct Guarded<R: Find, V> {
    /// Who is asking.
    pub actor: Arc<Actor>,
    /// When.
    pub now: Instant,
    signed: Signed<V>,
    id: Option<R::Id>,
    pinned: Pinned,
    row: PhantomData<fn() -> R>,
}

/// The version a caller insists on, by `If-Match`.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Pinned {
    No,
    To(Vec<i64>),
}

impl<R, V> Guarded<R, V>
where
    R: Find + Allows<V>,
    V: Verb,
{
    /// Finds the row, asks the policy, reads more.
    pub async fn read<T: Send + 'static>(
        self,
        work: impl FnOnce(&mut Db, R) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let id = self.id;
        let judged = move |db: &mut Db, actor: &Actor| {
            let row = judge::<R, V>(db, id, actor, For::Looking)?;
            work(db, row)
        };
        self.signed.unjudged_read(judged).await
    }

    /// Finds the row and asks the policy once, then streams: each step is a short read of its own
    /// that gives some bytes and where to go on, or nothing at the end.
    pub async fn pages<S, Step>(
        self,
        start: S,
        step: Step,
    ) -> Result<impl Stream<Item = Result<Bytes>> + use<R, V, S, Step>>
    where
        R: Clone + Sync,
        S: Clone + Send + Sync + 'static,
        Step: Fn(&mut Db, &R, S) -> Result<Option<(Bytes, S)>> + Send + Sync + 'static,
    {
        let (id, gate) = (self.id, Arc::clone(&self.signed.gate));
        let judged = move |db: &mut Db, actor: &Actor| judge::<R, V>(db, id, actor, For::Looking);
        let row = self.signed.unjudged_read(judged).await?;
        Ok(in_steps(gate, start, move |db: &mut Db, place| step(db, &row, place)))
    }

    /// Finds the row and asks the policy, for doors that take in much before they write.
    pub async fn permit(&self) -> Result<()> {
        let id = self.id;
        self.signed
            .unjudged_read(move |db, actor| judge::<R, V>(db, id, actor, For::Changing).map(drop))
            .await
    }

    /// Finds the row, asks the policy, and writes something that is nothing by itself: for doors that
    /// keep bytes before they write what refers to them.
    pub async fn aside<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Db) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T>
    where
        R::Id: Sync,
    {
        let (id, actor) = (self.id, Arc::clone(&self.actor));
        let judged =
            move |db: &mut Db| judge::<R, V>(db, id, &actor, For::Changing).and_then(|_| work(db));
        self.signed.gate.pool.write_in_turn(judged).await
    }

    /// Finds the row, asks the policy and does the work, all in one transaction.
    pub async fn write<T: Keep + Send + 'static>(
        self,
        work: impl Fn(&mut Db, R) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        let (id, pinned) = (self.id, self.pinned);
        let stubborn = pinned != Pinned::No;
        let (signed, work) = (self.signed, Arc::new(work));
        retry::unless_pinned(stubborn, || {
            let (actor, now) = (Arc::clone(&signed.actor), signed.now);
            let (idempotency, work) = (signed.idempotency.clone(), Arc::clone(&work));
            let pinned = pinned.clone();
            signed.gate.pool.write(move |db| {
                once(db, idempotency.as_ref(), now, |db| {
                    let row = judge::<R, V>(db, id, &actor, For::Changing)?;
                    pinned.check(row.version())?;
                    work(db, row)
                })
            })
        })
        .await
    }

    /// The same where what comes of it holds secrets: nothing is kept for a repeat.
    pub async fn write_unkept<T: Send + 'static>(
        self,
        work: impl Fn(&mut Db, R) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        let (id, pinned, actor) = (self.id, self.pinned, self.signed.actor);
        let judged = move |db: &mut Db| {
            let row = judge::<R, V>(db, id, &actor, For::Changing)?;
            pinned.check(row.version())?;
            work(db, row)
        };
        self.signed.gate.pool.write(judged).await
    }
}

impl<R: Find, V: Verb> Guarded<R, V> {
    /// Signs and reads tokens, for doors that hand them out.
    pub fn gate(&self) -> Arc<Gate> {
        Arc::clone(&self.signed.gate)
    }

    /// The clock, for rows that need the database's own time.
    pub fn clock(&self) -> &Clock {
        &self.signed.gate.clock
    }

    /// Forgets what is remembered of credentials, after a change to some.
    pub fn forgetter(&self) -> impl FnOnce() + use<R, V> {
        let gate = Arc::clone(&self.signed.gate);
        move || gate.forget()
    }
}

impl<V: Verb> Signed<V> {
    /// Reads with the policy asked inside.
    async fn unjudged_read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Db, &Actor) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let actor = Arc::clone(&self.actor);
        self.gate.pool.read(move |db| work(db, &actor)).await
    }
}

/// What a thing is found for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    Looking,
    Changing,
}

/// First whether the thing exists for this caller, then whether the caller may; and whoever acts for one
/// company changes nothing that his own is a side of.
pub(super) fn judge<R, V>(db: &mut Db, id: Option<R::Id>, actor: &Actor, what_for: For) -> Result<R>
where
    R: Find + Allows<V>,
    V: Verb,
{
    let hidden = Error::NotFound(R::NAME);
    let Some(id) = id else { return Err(hidden) };
    let row = R::look_for(db, id, &actor.reach)?.ok_or(Error::NotFound(R::NAME))?;
    let verdict = row.allows(&actor.reach);
    if let (Some(delegation), true) = (actor.delegation, verdict != Verdict::Hidden) {
        actor.is_open::<V>()?;
        if what_for == For::Changing {
            delegation.keep_out(row.sides())?;
        }
    }
    match verdict {
        Verdict::Hidden => Err(hidden),
        Verdict::No => {
            actor.may::<V>()?;
            Err(Error::Forbidden {
                code: "forbidden",
                detail: format!("this is for the other side of the {}", R::NAME),
            })
        }
        Verdict::Yes => actor.may::<V>().map(|()| row),
    }
}

impl Pinned {
    fn of(request: &HttpRequest) -> Result<Self> {
        let Some(value) = request.headers().get(IF_MATCH) else { return Ok(Self::No) };
        let bad = || {
            Error::invalid(Fault {
                place: Place::Header("If-Match"),
                code: "bad_format".into(),
                message: format!("send the {ETAG} of an earlier answer, such as \"3\""),
            })
        };
        let text = value.to_str().map_err(|_| bad())?.trim();
        if text == "*" {
            return Ok(Self::No);
        }
        let version = |tag: &str| {
            let tag = tag.trim();
            tag.strip_prefix('"')?.strip_suffix('"')?.parse::<i64>().ok()
        };
        let versions: Option<Vec<i64>> = text.split(',').map(version).collect();
        versions.map(Self::To).ok_or_else(bad)
    }

    fn check(&self, version: i64) -> Result<()> {
        match self {
            Self::To(versions) if !versions.contains(&version) => Err(Error::Stale),
            Self::No | Self::To(_) => Ok(()),
        }
    }
}

impl<R: Find, V: Verb> FromRequest for Guarded<R, V> {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let made = Signed::of(request).and_then(|signed| {
            // A text that is no id names nothing, which is what an unknown id names.
            let id = request.match_info().get("id").and_then(|text| text.parse().ok());
            let pinned = Pinned::of(request)?;
            let (actor, now) = (Arc::clone(&signed.actor), signed.now);
            Ok(Self { actor, now, signed, id, pinned, row: PhantomData })
        });
        std::future::ready(made)
    }
}
