//! The same request twice is answered once: `Idempotency-Key`.
//!
//! The key is claimed by the first statement of the transaction that does the work, and the answer
//! is stored by its last. A twin waits on the unique key, then gets the stored answer.

use std::sync::Arc;

use actix_web::HttpMessage;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::middleware::Next;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use uuid::Uuid;

use super::actor::Actor;
use super::body::take_in;
use super::gate::Gate;
use super::secret;
use crate::db::Db;
use crate::db::schema::idempotency_keys::dsl;
use crate::error::{Answered, Error, Fault, Place, Result};
use crate::kernel::id::{Id, Kind};
use crate::kernel::time::Instant;

/// Doors that make out their keys themselves: their bodies are streamed to storage, or what they
/// answer is shown as it is now.
const BY_THEMSELVES: &[&str] =
    &["/v1/reversals", "/v1/action-imports", "/v1/actions/bulk", "/v1/attachments"];

/// Doors that take a password or give a secret of the person who asks: nothing of them is kept for a
/// repeat, not even a digest, which would tell a thief whether a guess is right.
pub const KEEPS_NOTHING: &[&str] = &[
    "/v1/auth/switch",
    "/v1/stream-tickets",
    "/v1/attachments/{id}/link",
    "/v1/companies/{id}/sessions",
    "/v1/me/password",
    "/v1/me/email",
    "/v1/me/two-factor",
    "/v1/me/two-factor/confirm",
    "/v1/me/two-factor/disable",
    "/v1/me/two-factor/recovery-codes",
];

/// The principal of a key, stored like any id.
#[derive(Debug)]
pub enum PrincipalKey {}

impl Kind for PrincipalKey {
    const PREFIX: &'static str = "prn";
    const NAME: &'static str = "principal";
}

/// An idempotency key that came with a request, and what it was used for.
#[derive(Debug, Clone)]
pub struct Idempotency {
    principal: Id<PrincipalKey>,
    key: String,
    digest: Vec<u8>,
}

/// What an answer leaves behind for whoever asks the same again.
pub trait Keep {
    /// Status, headers and body, without secrets.
    fn keep(&self) -> Answered;
}

impl Idempotency {
    /// A key of this actor for a request with this digest.
    pub fn new(actor: &Actor, key: &str, digest: Vec<u8>) -> Self {
        let principal: Uuid = actor.principal();
        Self { principal: Id::from_uuid(principal), key: key.to_string(), digest }
    }

    /// Claims the key inside the transaction that does the work.
    pub fn claim(&self, db: &mut Db, now: Instant) -> Result<()> {
        self.replay(db)?;
        let claimed = diesel::insert_into(dsl::idempotency_keys)
            .values((
                dsl::principal.eq(self.principal),
                dsl::key.eq(&self.key),
                dsl::digest.eq(&self.digest),
                dsl::created_at.eq(now),
            ))
            .execute(db);
        match claimed {
            Ok(_) => Ok(()),
            // A twin was first, and has committed. The transaction is run again, and finds its answer.
            Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, twin)) => {
                let again = DatabaseErrorKind::SerializationFailure;
                Err(DieselError::DatabaseError(again, twin).into())
            }
            Err(cause) => Err(cause.into()),
        }
    }

    /// Answers from the store if this key was used before; conflicts if for something else.
    pub fn replay(&self, db: &mut Db) -> Result<()> {
        type Stored = (Vec<u8>, Option<i32>, Option<String>, Option<String>, Option<String>);
        let stored: Option<Stored> = dsl::idempotency_keys
            .find((self.principal, &self.key))
            .select((dsl::digest, dsl::status, dsl::location, dsl::etag, dsl::body))
            .first(db)
            .optional()?;
        let Some((digest, status, location, etag, body)) = stored else { return Ok(()) };
        if digest != self.digest {
            return Err(Error::IdempotencyConflict);
        }
        let status = status.and_then(|status| u16::try_from(status).ok()).unwrap_or(200);
        let body = body.unwrap_or_default();
        Err(Error::Replayed(Box::new(Answered { status, location, etag, body })))
    }

    /// Stores the answer, as the transaction's last statement.
    pub fn store(&self, db: &mut Db, answer: &Answered) -> Result<()> {
        diesel::update(dsl::idempotency_keys.find((self.principal, &self.key)))
            .set((
                dsl::status.eq(i32::from(answer.status)),
                dsl::location.eq(&answer.location),
                dsl::etag.eq(&answer.etag),
                dsl::body.eq(&answer.body),
            ))
            .execute(db)?;
        Ok(())
    }

    /// Deletes keys older than a day.
    pub fn sweep(db: &mut Db, now: Instant) -> Result<usize> {
        let day_ago = now.minus(jiff::SignedDuration::from_hours(24));
        Ok(diesel::delete(dsl::idempotency_keys.filter(dsl::created_at.lt(day_ago))).execute(db)?)
    }
}

/// The value of the header, if it is one a client should send.
pub fn key_of(headers: &HeaderMap) -> Result<Option<String>> {
    let Some(value) = headers.get("Idempotency-Key") else { return Ok(None) };
    let key = value.to_str().ok().map(|key| key.trim().trim_matches('"'));
    let key = key.filter(|key| !key.is_empty() && key.len() <= 255);
    key.map(|key| Some(key.to_string())).ok_or_else(|| {
        Error::invalid(Fault {
            place: Place::Header("Idempotency-Key"),
            code: "bad_format".into(),
            message: "1 to 255 visible ASCII characters".into(),
        })
    })
}

/// Replays an answered request before its body is looked at; passes others on with their key.
///
/// Bodies that are streamed to storage have their own way (the door digests while it stores).
pub async fn remember(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, actix_web::Error> {
    match recall(&mut request).await {
        Ok(Some(idempotency)) => drop(request.extensions_mut().insert(idempotency)),
        Ok(None) => {}
        Err(error) => return Ok(request.error_response(error).map_into_right_body()),
    }
    next.call(request).await.map(ServiceResponse::map_into_left_body)
}

/// The key of a request that has one and was not answered yet; an answered one ends here.
async fn recall(request: &mut ServiceRequest) -> Result<Option<Idempotency>> {
    let path = request.path();
    let by_itself = BY_THEMSELVES.contains(&path) || KEEPS_NOTHING.contains(&path);
    let actor = request.extensions().get::<Arc<Actor>>().cloned();
    let (Some(actor), false, &Method::POST) = (actor, by_itself, request.method()) else {
        return Ok(None);
    };
    let Some(key) = key_of(request.headers())? else { return Ok(None) };
    let payload = request.take_payload();
    let body = take_in(request.request(), payload).await?.freeze();
    let kind = request.headers().get(CONTENT_TYPE).map(|kind| kind.as_bytes().to_vec());
    let kind = kind.unwrap_or_default();
    let (path, query) = (request.path().as_bytes(), request.query_string().as_bytes());
    let idempotency = Idempotency::new(&actor, &key, digest_of(&[path, query, &kind, &body]));
    request.set_payload(Payload::from(body));
    if let Some(gate) = request.app_data::<Arc<Gate>>().cloned() {
        let lookup = idempotency.clone();
        gate.pool.read(move |db| lookup.replay(db)).await?;
    }
    Ok(Some(idempotency))
}

/// One digest over several texts, each with its length, so that none can run into the next.
pub fn digest_of(parts: &[&[u8]]) -> Vec<u8> {
    let mut all = Vec::new();
    for part in parts {
        all.extend_from_slice(&part.len().to_be_bytes());
        all.extend_from_slice(part);
    }
    secret::digest(&all)
}
