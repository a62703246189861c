//! The HTTP door: bytes are unpacked, made UTF-8 and streamed to storage, and what cannot be a batch is
//! turned away before there is one.

mod form;
mod incoming;
mod media;
mod storing;
mod taking;
mod transcode;
mod unpack;

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;

use self::form::Form;
use self::incoming::Incoming;
use self::media::Body;
use self::storing::Storing;
use self::taking::Taking;
use super::formats::Layout;
use super::line::EventTypeName;
use super::model::{Mode, OnAmbiguous, Purpose};
use super::policy::SubmitReversal;
use super::rules::MostLines;
use super::worker::Bells;
use crate::access::{Idempotency, Signed, Verb, digest_of, key_of, secret};
use crate::actions::model::Channel;
use crate::error::{Error, Fault, Result};
use crate::http::shape::Shapes;
use crate::kernel::id::{CompanyId, ReversalId};
use crate::kernel::time::Patience;

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
    /// Whose shape the parts of a form are held against, and how that is found.
    shapes: Arc<Shapes>,
    request: HttpRequest,
}

/// What may be asked of a batch that comes as a file.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What becomes of it if lines are faulty.
    pub mode: Option<Mode>,
    /// What an order id means that several actions have.
    pub on_ambiguous: Option<OnAmbiguous>,
    /// The event type of lines that name none.
    pub event_type: Option<String>,
    /// Run a file that was run before.
    pub force: Option<bool>,
    /// What the file is called.
    pub file_name: Option<String>,
    /// The company on whose behalf it is submitted, if it is not the own one; whatever form it comes in.
    pub brand: Option<CompanyId>,
}

impl Options {
    /// The names of those that were given and are for files.
    fn given(&self) -> Vec<&'static str> {
        let Self { mode, on_ambiguous, event_type, force, file_name, brand: _ } = self;
        let all = [
            ("mode", mode.is_some()),
            ("on_ambiguous", on_ambiguous.is_some()),
            ("event_type_id", event_type.is_some()),
            ("force", force.is_some()),
            ("file_name", file_name.is_some()),
        ];
        all.into_iter().filter(|(_, given)| *given).map(|(name, _)| name).collect()
    }
}

/// The options of a door, by the names its callers give them.
pub trait Asked: DeserializeOwned {
    /// What the lines of the batches are that come through this door.
    const PURPOSE: Purpose;

    /// The same for every door.
    fn options(self) -> Options;
}

/// A body that is stored and can be a batch.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The id its parts are stored under.
    pub id: ReversalId,
    /// The company on whose behalf it is submitted, if it is not the own one.
    pub brand: Option<CompanyId>,
    /// What its lines are.
    pub purpose: Purpose,
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
    /// Whether it came in a form, with its options as parts.
    pub in_form: bool,
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
        let made = mounted.zip(request.app_data::<Arc<Shapes>>()).map(|(mounted, shapes)| {
            let (bells, limits) = mounted.as_ref();
            let kind = request.headers().get(CONTENT_TYPE);
            let head = Head {
                path: request.path().to_string(),
                query: request.query_string().to_string(),
                kind: kind.map(|kind| kind.as_bytes().to_vec()).unwrap_or_default(),
                headers: request.headers().clone(),
                shapes: Arc::clone(shapes),
                request: request.clone(),
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
    pub async fn take_in<V: Verb, O: Asked>(
        self,
        signed: &Signed<V>,
        asked: O,
    ) -> Result<(Stored, Option<Idempotency>)> {
        signed.permit()?;
        let key = key_of(&self.head.headers)?;
        let (head, limits) = (self.head, self.limits);
        let taking = Taking { signed, purpose: O::PURPOSE, limits };
        let (stored, kind) = match media::body(&head.kind, &head.headers)? {
            Body::Json { packed } => {
                let incoming = Incoming::new(self.body, limits.json_bytes, packed, limits.patience);
                let options = asked.options();
                let misplaced = options.given().into_iter().map(misplaced_parameter);
                let misplaced: Vec<Fault> = misplaced.collect();
                if !misplaced.is_empty() {
                    return Err(Error::Invalid(misplaced));
                }
                let stored = taking.json(incoming).await?;
                (Stored { brand: options.brand, ..stored }, head.kind.clone())
            }
            Body::File(wrapping) => {
                let kept = taking.file(self.body, wrapping).await?;
                (kept.asked_for(asked.options()), head.kind.clone())
            }
            Body::Form => take_form::<V, O>(&taking, &head, self.body).await?,
        };
        let idempotency = key.map(|key| {
            let (path, query) = (head.path.as_bytes(), head.query.as_bytes());
            let digest = digest_of(&[path, query, &kind, &stored.digest]);
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
        brand: None,
        purpose: Purpose::Reversals,
        channel: Channel::Api,
        mode,
        on_ambiguous: OnAmbiguous::Reject,
        event_type: None,
        force: false,
        in_form: false,
        layout: Layout::Lines,
        file_name: None,
        size_bytes: i64::try_from(lines.len()).unwrap_or(i64::MAX),
        digest: secret::digest(lines),
    })
}

/// Takes in a form. What is wrong with it is told before its file is taken in, as far as it has come
/// by then.
async fn take_form<V: Verb, O: Asked>(
    taking: &Taking<'_, V>,
    head: &Head,
    body: Payload,
) -> Result<(Stored, Vec<u8>)> {
    let shape = head.shapes.of(&head.request)?;
    let limits = taking.limits;
    let mut form = Form::of(&head.headers, body, &limits);
    let (file, wrapped) = form.file().await?;
    form.asked::<O>(shape, &head.query)?;
    let name = wrapped.name.unwrap_or_default();
    let stored = match media::file_in_form(&wrapped.kind, &name, form.charset())? {
        Body::Json { packed } => {
            let incoming = Incoming::new(file, limits.json_bytes, packed, limits.patience);
            let stored = taking.json(incoming).await?;
            form.rest().await?;
            let options = form.asked::<O>(shape, &head.query)?.options();
            let mut given = options.given();
            given.extend(form.charset().map(|_| "charset"));
            let misplaced = given.into_iter().map(|name| match form.has(name) {
                true => misplaced_part(name),
                false => misplaced_parameter(name),
            });
            let misplaced: Vec<Fault> = misplaced.collect();
            if !misplaced.is_empty() {
                return Err(Error::Invalid(misplaced));
            }
            Stored { brand: options.brand, ..stored }
        }
        Body::File(wrapping) => {
            let kept = taking.file(file, wrapping).await?;
            form.rest().await?;
            let mut options = form.asked::<O>(shape, &head.query)?.options();
            options.file_name = options.file_name.or(Some(name).filter(|name| !name.is_empty()));
            Stored { in_form: true, ..kept.asked_for(options) }
        }
        Body::Form => return Err(Error::Malformed("a form has no form in it".into())),
    };
    Ok((stored, form.identity()))
}

fn misplaced_parameter(name: &str) -> Fault {
    let message = format!("a batch that comes as JSON has {name} in its body, or not at all");
    Fault::in_parameter(name.to_string(), "unknown_parameter", message)
}

/// The same, where it is a part of a form.
fn misplaced_part(name: &str) -> Fault {
    let message = format!("a batch that comes as JSON has {name} in its file, or not at all");
    Fault::at(format!("/{name}"), "unknown_field", message)
}
