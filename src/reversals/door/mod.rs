//! The HTTP door: bytes are unpacked, made UTF-8 and streamed to storage, and what cannot be a batch is
//! turned away before there is one.

mod incoming;
mod media;
mod storing;
mod transcode;
mod unpack;

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::web::BytesMut;
use actix_web::{FromRequest, HttpRequest};

use self::incoming::Incoming;
use self::media::{Body, Kind, Wrapping};
use self::storing::Storing;
use super::formats::{self, Envelope, EnvelopeFault, Layout};
use super::line::EventTypeName;
use super::model::{Mode, OnAmbiguous};
use super::policy::SubmitReversal;
use super::rules::{MostLines, too_many_lines};
use super::wire::FileOptions;
use super::worker::Bells;
use crate::access::{Idempotency, Signed, digest_of, key_of, secret};
use crate::actions::model::Channel;
use crate::error::{Error, Fault, Result};
use crate::kernel::id::ReversalId;
use crate::kernel::time::Patience;

/// How much of a file is looked at before the rest is taken in.
const WINDOW: usize = 64 * 1024;

/// How much the door takes in.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of a file.
    pub file_bytes: u64,
    /// Bytes of JSON.
    pub json_bytes: u64,
    /// How long a client may be silent in the middle of a body.
    pub patience: Patience,
    /// Lines of JSON; those of files are counted when they are worked off.
    pub lines: MostLines,
}

/// The door's bells and limits, and the request at it.
pub struct Door {
    /// Rung when a batch was received; heard when one has ended.
    pub bells: Bells,
    limits: Limits,
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
    /// Bytes as they came, unpacked.
    pub size_bytes: i64,
    /// The digest of the text: unpacked, and in UTF-8.
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
            Self { bells: bells.clone(), limits: *limits, head, body: payload.take() }
        });
        let missing = || Error::internal(anyhow::anyhow!("the door was not mounted"));
        std::future::ready(made.ok_or_else(missing))
    }
}

impl Door {
    /// Takes the body in and stores it, unless it cannot be a batch. Gives it with the idempotency
    /// key, which holds for exactly this text, packed or not.
    pub async fn take_in(
        self,
        signed: &Signed<SubmitReversal>,
        options: FileOptions,
    ) -> Result<(Stored, Option<Idempotency>)> {
        signed.permit()?;
        let key = key_of(&self.head.headers)?;
        let (head, limits) = (self.head, self.limits);
        let stored = match media::body(&head.kind, &head.headers)? {
            Body::Json { packed } => {
                let incoming = Incoming::new(self.body, limits.json_bytes, packed, limits.patience);
                take_json(signed, incoming, &options, limits.lines).await?
            }
            Body::File(wrapping) => take_file(signed, self.body, wrapping, limits, options).await?,
        };
        let idempotency = key.map(|key| {
            let (path, query) = (head.path.as_bytes(), head.query.as_bytes());
            let digest = digest_of(&[path, query, &head.kind, &stored.digest]);
            Idempotency::new(&signed.actor, &key, digest)
        });
        Ok((stored, idempotency))
    }
}

/// Stores lines that were made here, as a batch that comes as JSON.
pub async fn keep_lines(
    signed: &Signed<SubmitReversal>,
    lines: &[u8],
    mode: Mode,
) -> Result<Stored> {
    let id = ReversalId::new();
    let mut store = Storing::of(signed, id);
    store.append(lines).await?;
    store.finish().await?;
    Ok(Stored {
        id,
        channel: Channel::Api,
        mode,
        on_ambiguous: OnAmbiguous::Reject,
        event_type: None,
        force: false,
        layout: Layout::Lines,
        file_name: None,
        size_bytes: i64::try_from(lines.len()).unwrap_or(i64::MAX),
        digest: secret::digest(lines),
    })
}

async fn take_json(
    signed: &Signed<SubmitReversal>,
    mut incoming: Incoming<Payload>,
    options: &FileOptions,
    most: MostLines,
) -> Result<Stored> {
    let misplaced = options.given().into_iter().map(|name| {
        let message = format!("a batch that comes as JSON has {name} in its body, or not at all");
        Fault::in_parameter(name, "unknown_parameter", message)
    });
    let misplaced: Vec<Fault> = misplaced.collect();
    if !misplaced.is_empty() {
        return Err(Error::Invalid(misplaced));
    }
    let mut text = BytesMut::new();
    while let Some(bytes) = incoming.next().await? {
        text.extend_from_slice(&bytes);
    }
    let digest = secret::digest(&text);
    // Some tens of megabytes take a while to read, and others are waiting.
    let read = tokio::task::spawn_blocking(move || {
        let envelope = formats::envelope(&text, most.at_all)?;
        let Envelope { mode, on_ambiguous, event_type, force, lines } = envelope;
        if let Some(fault) = too_many_lines(mode, lines.len(), most) {
            return Err(EnvelopeFault::TooManyLines(fault).into());
        }
        Ok::<_, Error>((mode, on_ambiguous, event_type, force, formats::stored(&lines)))
    });
    let (mode, on_ambiguous, event_type, force, lines) = read.await.map_err(Error::internal)??;
    let id = ReversalId::new();
    let mut store = Storing::of(signed, id);
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
        size_bytes: incoming.size(),
        digest,
    })
}

async fn take_file(
    signed: &Signed<SubmitReversal>,
    body: Payload,
    wrapping: Wrapping,
    limits: Limits,
    options: FileOptions,
) -> Result<Stored> {
    let incoming = Incoming::new(body, limits.file_bytes, wrapping.packed, limits.patience);
    let mut incoming = incoming.encoded_in(wrapping.charset);
    let (mut head, mut complete) = (BytesMut::new(), false);
    while head.len() < WINDOW && !complete {
        match incoming.next().await? {
            Some(bytes) => head.extend_from_slice(&bytes),
            None => complete = true,
        }
    }
    let window = head.get(..WINDOW.min(head.len())).unwrap_or_default();
    let whole = complete && window.len() == head.len();
    let layout = match wrapping.kind {
        Kind::Table => formats::sniff(window, whole),
        Kind::Lines => formats::sniff_lines(window, whole),
    };
    let faulty = |faults: Vec<_>| Error::Invalid(faults.into_iter().map(Into::into).collect());
    let layout = layout.map_err(faulty)?;
    let id = ReversalId::new();
    let mut digest = secret::Digest::default();
    let mut store = Storing::of(signed, id);
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
        size_bytes: incoming.size(),
        digest: digest.finish(),
    })
}
