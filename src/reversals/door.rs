//! The HTTP door: bytes are streamed to storage, and what cannot be a batch is turned away before
//! there is one.

use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::web::{Bytes, BytesMut};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;

use super::formats::{self, Envelope, Layout};
use super::line::EventTypeName;
use super::model::{Mode, OnAmbiguous};
use super::parts;
use super::policy::SubmitReversal;
use super::wire::FileOptions;
use super::worker::Bells;
use crate::access::{Idempotency, Signed, digest_of, key_of, secret};
use crate::actions::model::Channel;
use crate::error::{Error, Fault, Result};
use crate::http::json::is_encoded;
use crate::kernel::id::ReversalId;

/// How much of a file is looked at before the rest is taken in.
const WINDOW: usize = 64 * 1024;
/// How long a client may be silent in the middle of a body.
const PATIENCE: Duration = Duration::from_secs(30);

/// How much the door takes in.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of a file.
    pub file_bytes: u64,
    /// Bytes of JSON.
    pub json_bytes: u64,
}

/// The door's bells and limits, and the request at it.
pub struct Door {
    /// Rung when a batch was received; heard when one has ended.
    pub bells: Bells,
    limits: Limits,
    format: Option<Format>,
    head: Head,
    body: Payload,
}

/// What of a request makes it the same request.
struct Head {
    path: String,
    query: String,
    kind: Vec<u8>,
    headers: HeaderMap,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Table,
}

/// A body that is stored and can be a batch.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The id its parts are stored under.
    pub id: ReversalId,
    /// The door within the door.
    pub channel: Channel,
    /// What becomes of it if lines are faulty.
    pub mode: Mode,
    /// What an order id means that several actions have.
    pub on_ambiguous: OnAmbiguous,
    /// The event type of lines that name none.
    pub event_type: Option<EventTypeName>,
    /// Run a file that was run before.
    pub force: bool,
    /// How the bytes are to be read.
    pub layout: Layout,
    /// What the file is called.
    pub file_name: Option<String>,
    /// Bytes as they came.
    pub size_bytes: i64,
    /// The digest of the bytes.
    pub digest: Vec<u8>,
}

impl FromRequest for Bells {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mounted = request.app_data::<Arc<(Self, Limits)>>();
        let missing = || Error::internal(anyhow::anyhow!("no bells were mounted"));
        std::future::ready(mounted.map(|mounted| mounted.0.clone()).ok_or_else(missing))
    }
}

impl FromRequest for Door {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let mounted = request.app_data::<Arc<(Bells, Limits)>>();
        let made = mounted.map(|mounted| {
            let (bells, limits) = mounted.as_ref();
            let kind = request.headers().get(CONTENT_TYPE);
            let head = Head {
                path: request.path().to_string(),
                query: request.query_string().to_string(),
                kind: kind.map(|kind| kind.as_bytes().to_vec()).unwrap_or_default(),
                headers: request.headers().clone(),
            };
            let format = format_of(&head.kind);
            Self { bells: bells.clone(), limits: *limits, format, head, body: payload.take() }
        });
        let missing = || Error::internal(anyhow::anyhow!("the door was not mounted"));
        std::future::ready(made.ok_or_else(missing))
    }
}

fn format_of(kind: &[u8]) -> Option<Format> {
    let kind = String::from_utf8_lossy(kind).to_ascii_lowercase();
    match kind.split(';').next().unwrap_or_default().trim() {
        "application/json" => Some(Format::Json),
        "text/csv" | "application/csv" | "text/tab-separated-values" => Some(Format::Table),
        _ => None,
    }
}

impl Door {
    /// Takes the body in and stores it, unless it cannot be a batch. Gives it with the idempotency
    /// key, which holds for exactly these bytes.
    pub async fn take_in(
        self,
        signed: &Signed<SubmitReversal>,
        options: FileOptions,
    ) -> Result<(Stored, Option<Idempotency>)> {
        signed.permit()?;
        let key = key_of(&self.head.headers)?;
        let reads =
            Error::UnsupportedMediaType("application/json, text/csv, text/tab-separated-values");
        let (head, limits) = (self.head, self.limits);
        if is_encoded(&head.headers) {
            return Err(Error::UnsupportedMediaType(
                "bodies as they are: send the file unpacked, without a Content-Encoding",
            ));
        }
        let stored = match self.format.ok_or(reads)? {
            Format::Json => take_json(signed, self.body, limits.json_bytes, &options).await?,
            Format::Table => take_table(signed, self.body, limits.file_bytes, options).await?,
        };
        let idempotency = key.map(|key| {
            let (path, query) = (head.path.as_bytes(), head.query.as_bytes());
            let digest = digest_of(&[path, query, &head.kind, &stored.digest]);
            Idempotency::new(&signed.actor, &key, digest)
        });
        Ok((stored, idempotency))
    }
}

/// Bytes on their way from the client, counted against a limit.
struct Incoming {
    body: Payload,
    taken: u64,
    limit: u64,
}

impl Incoming {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        let next = tokio::time::timeout(PATIENCE, self.body.next()).await;
        let silent = |_| Error::Malformed("the body did not arrive in time".into());
        let Some(bytes) = next.map_err(silent)? else { return Ok(None) };
        let bytes =
            bytes.map_err(|cause| Error::Malformed(format!("reading the body: {cause}")))?;
        self.taken = self.taken.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if self.taken > self.limit {
            let detail = format!("a batch of this kind has at most {} bytes", self.limit);
            return Err(Error::TooLarge { code: "body_too_large", detail });
        }
        Ok(Some(bytes))
    }
}

async fn take_json(
    signed: &Signed<SubmitReversal>,
    body: Payload,
    limit: u64,
    options: &FileOptions,
) -> Result<Stored> {
    let misplaced = options.given().into_iter().map(|name| {
        let message = format!("a batch that comes as JSON has {name} in its body, or not at all");
        Fault::in_parameter(name, "unknown_parameter", message)
    });
    let misplaced: Vec<Fault> = misplaced.collect();
    if !misplaced.is_empty() {
        return Err(Error::Invalid(misplaced));
    }
    let mut incoming = Incoming { body, taken: 0, limit };
    let mut text = BytesMut::new();
    while let Some(bytes) = incoming.next().await? {
        text.extend_from_slice(&bytes);
    }
    let (digest, size) = (secret::digest(&text), text.len());
    // Some tens of megabytes take a while to read, and others are waiting.
    let read = tokio::task::spawn_blocking(move || {
        let envelope = formats::envelope(&text)?;
        let Envelope { mode, on_ambiguous, event_type, force, lines } = envelope;
        Ok::<_, Error>((mode, on_ambiguous, event_type, force, formats::stored(&lines)))
    });
    let (mode, on_ambiguous, event_type, force, lines) = read.await.map_err(Error::internal)??;
    let id = ReversalId::new();
    let mut store = Storing { signed, id, next: 0, held: BytesMut::new() };
    store.append(&lines).await?;
    store.finish().await?;
    Ok(Stored {
        id,
        channel: Channel::Api,
        mode,
        on_ambiguous,
        event_type,
        force,
        layout: Layout::Lines,
        file_name: None,
        size_bytes: i64::try_from(size).unwrap_or(i64::MAX),
        digest,
    })
}

async fn take_table(
    signed: &Signed<SubmitReversal>,
    body: Payload,
    limit: u64,
    options: FileOptions,
) -> Result<Stored> {
    let mut incoming = Incoming { body, taken: 0, limit };
    let (mut head, mut complete) = (BytesMut::new(), false);
    while head.len() < WINDOW && !complete {
        match incoming.next().await? {
            Some(bytes) => head.extend_from_slice(&bytes),
            None => complete = true,
        }
    }
    let window = head.get(..WINDOW.min(head.len())).unwrap_or_default();
    let whole = complete && window.len() == head.len();
    let layout = formats::sniff(window, whole)
        .map_err(|faults| Error::Invalid(faults.into_iter().map(Into::into).collect()))?;
    let id = ReversalId::new();
    let mut digest = secret::Digest::default();
    let mut store = Storing { signed, id, next: 0, held: BytesMut::new() };
    digest.update(&head);
    store.append(&head).await?;
    drop(head);
    while let Some(bytes) = incoming.next().await? {
        digest.update(&bytes);
        store.append(&bytes).await?;
    }
    store.finish().await?;
    Ok(Stored {
        id,
        channel: Channel::Upload,
        mode: options.mode.unwrap_or(Mode::BestEffort),
        on_ambiguous: options.on_ambiguous.unwrap_or(OnAmbiguous::Reject),
        event_type: options.event_type_id.as_deref().map(EventTypeName::of),
        force: options.force.unwrap_or(false),
        layout,
        file_name: options.file_name,
        size_bytes: i64::try_from(incoming.taken).unwrap_or(i64::MAX),
        digest: digest.finish(),
    })
}

/// Stores bytes in parts as they come; at most one part and one piece are in memory.
struct Storing<'a> {
    signed: &'a Signed<SubmitReversal>,
    id: ReversalId,
    next: i32,
    held: BytesMut,
}

impl Storing<'_> {
    async fn append(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            let room = parts::PART_BYTES - self.held.len();
            let (fits, rest) = bytes.split_at(room.min(bytes.len()));
            self.held.extend_from_slice(fits);
            bytes = rest;
            if self.held.len() == parts::PART_BYTES {
                self.store().await?;
            }
        }
        Ok(())
    }

    async fn finish(&mut self) -> Result<()> {
        if self.held.is_empty() { Ok(()) } else { self.store().await }
    }

    async fn store(&mut self) -> Result<()> {
        let (id, part, now) = (self.id, self.next, self.signed.now);
        let bytes = self.held.split().to_vec();
        self.signed.aside(move |db| parts::store(db, id, part, bytes.clone(), now)).await?;
        self.next = self.next.saturating_add(1);
        Ok(())
    }
}
