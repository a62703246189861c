//! The doors of files: bytes go to the disk as they come, are counted and digested on the way, and are
//! looked at there. Of a form only one part is taken, the file.

use std::io;

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use actix_web::{FromRequest, HttpRequest};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tempfile::{NamedTempFile, TempPath};
use tokio::io::AsyncWriteExt;

use super::depot::Depot;
use super::model::ContentType;
use super::rules::{self, LONGEST_NAME, Seen};
use super::sniff;
use crate::access::{Idempotency, Signed, Verb, digest_of, key_of, secret};
use crate::error::{Error, Fault, Result};
use crate::http::json::is_encoded;
use crate::kernel::time::Patience;

/// What a form of ours is called.
const FORM: &str = "multipart/form-data";
/// The part that is the file.
const FILE: &str = "file";
/// How many bytes a form may have beside its file.
const AROUND_THE_FILE: u64 = 64 * 1024;
/// The pictures that logos are.
const PICTURES: &str = "image/png, image/jpeg and image/webp";
/// The most bytes of a logo: 1 MiB.
const LARGEST_LOGO: u64 = 1 << 20;

/// What logos are.
pub const PICTURE_TYPES: [ContentType; 3] =
    [ContentType::Png, ContentType::Jpeg, ContentType::Webp];

/// The request at a door.
pub struct Door {
    /// Where files are taken in.
    pub depot: Depot,
    path: String,
    kind: String,
    headers: HeaderMap,
    body: Payload,
}

/// Bytes that were taken in and lie on this machine; they go with this.
#[derive(Debug)]
pub struct Taken {
    /// Where they lie.
    pub(super) path: TempPath,
    /// Their SHA-256.
    pub(super) digest: Vec<u8>,
    /// How many they are.
    pub(super) size_bytes: i64,
    seen: Seen,
}

/// A file that was taken in, and what it is.
#[derive(Debug)]
pub struct Received {
    /// Its bytes.
    pub taken: Taken,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub content_type: ContentType,
}

impl FromRequest for Door {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let missing = || Error::internal(anyhow::anyhow!("no depot was mounted"));
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default();
        let made = request.app_data::<Depot>().cloned().map(|depot| Self {
            depot,
            path: request.path().to_string(),
            kind: kind.trim().to_ascii_lowercase(),
            headers: request.headers().clone(),
            body: payload.take(),
        });
        std::future::ready(made.ok_or_else(missing))
    }
}

impl Door {
    /// Takes in the file of a form. Gives it with the idempotency key, which holds for exactly these
    /// bytes under this name.
    pub(super) async fn file<V: Verb>(
        self,
        signed: &Signed<V>,
    ) -> Result<(Received, Option<Idempotency>)> {
        signed.permit()?;
        let key = key_of(&self.headers)?;
        if self.kind != FORM || is_encoded(&self.headers) {
            return Err(Error::UnsupportedMediaType(FORM));
        }
        let depot = &self.depot;
        let (most, mut came) = (depot.most_bytes().saturating_add(AROUND_THE_FILE), 0_u64);
        let counted = self.body.map(move |bytes| {
            let bytes = bytes?;
            came = came.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            if came > most { Err(PayloadError::Overflow) } else { Ok(bytes) }
        });
        let mut form = Multipart::new(&self.headers, counted);
        let received = received(&mut form, depot).await?;
        let idempotency = key.map(|key| {
            let parts = [self.path.as_bytes(), received.name.as_bytes(), &received.taken.digest];
            Idempotency::new(&signed.actor, &key, digest_of(&parts))
        });
        Ok((received, idempotency))
    }

    /// Takes in a picture, which is the whole body.
    pub(super) async fn picture(self) -> Result<(Taken, ContentType)> {
        let said = ContentType::parse(&self.kind).filter(|kind| PICTURE_TYPES.contains(kind));
        let said = said.filter(|_| !is_encoded(&self.headers));
        let said = said.ok_or(Error::UnsupportedMediaType(PICTURES))?;
        let body = self.body.map(|bytes| bytes.map_err(broken));
        let taken = take(&self.depot, body, LARGEST_LOGO).await?;
        match taken.seen {
            Seen::Nothing => Err(Error::invalid(rules::Unfit::Empty.fault(""))),
            Seen::Exactly(kind) if kind == said => Ok((taken, kind)),
            Seen::Exactly(kind) if PICTURE_TYPES.contains(&kind) => {
                Err(Error::invalid(rules::Unfit::Mismatch(kind).fault("")))
            }
            _ => Err(Error::UnsupportedMediaType(PICTURES)),
        }
    }
}

/// The one file of a form.
async fn received(form: &mut Multipart, depot: &Depot) -> Result<Received> {
    let (patience, most) = (depot.patience(), depot.most_bytes());
    let mut found = None;
    while let Some(part) = next_of(form, patience).await? {
        let part = part.map_err(|error| unread(error, most))?;
        let at = pointer(part.name().unwrap_or_default());
        if part.name() != Some(FILE) {
            let message = "a form has one part, named file";
            return Err(Error::invalid(Fault::at(at, "unknown_field", message)));
        }
        if found.is_some() {
            let message = "the form has two files; each is uploaded by itself";
            return Err(Error::invalid(Fault::at(at, "duplicate_field", message)));
        }
        let name = name_of(&part)?;
        let pieces = part.map(|bytes| bytes.map_err(|error| unread(error, most)));
        found = Some((take(depot, pieces, most).await?, name));
    }
    let missing = || Fault::at("/file", "missing_field", "the form has no part named file");
    let (taken, name) = found.ok_or_else(|| Error::invalid(missing()))?;
    let content_type =
        rules::settle(taken.seen, &name).map_err(|unfit| Error::invalid(unfit.fault("/file")))?;
    Ok(Received { taken, name, content_type })
}

/// What a part says that its file is called.
fn name_of(part: &Field) -> Result<String> {
    let written = part.content_disposition().and_then(|disposition| {
        let extended = disposition.get_filename_ext();
        let extended = extended.map(|name| String::from_utf8_lossy(&name.value).into_owned());
        extended.or_else(|| disposition.get_filename().map(ToString::to_string))
    });
    let name = written.as_deref().and_then(rules::plain_name);
    let fault =
        |code: &'static str, message: String| Error::invalid(Fault::at("/file", code, message));
    let name = name.ok_or_else(|| fault("bad_format", "the file needs a name".to_string()))?;
    if name.len() > LONGEST_NAME {
        return Err(fault("too_long", format!("a name has at most {LONGEST_NAME} bytes")));
    }
    Ok(name)
}

/// Writes bytes to the disk as they come, at most so many, and looks at what they are.
async fn take<S>(depot: &Depot, mut from: S, most: u64) -> Result<Taken>
where
    S: Stream<Item = Result<Bytes>> + Unpin,
{
    let folder = depot.incoming().to_path_buf();
    let made = tokio::task::spawn_blocking(move || NamedTempFile::new_in(folder));
    let (file, path) = made.await.map_err(Error::internal)?.map_err(Error::internal)?.into_parts();
    let mut file = tokio::fs::File::from_std(file);
    let (mut digest, mut size) = (secret::Digest::default(), 0_u64);
    while let Some(bytes) = next_of(&mut from, depot.patience()).await? {
        let bytes = bytes?;
        size = size.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if size > most {
            return Err(too_large(most));
        }
        digest.update(&bytes);
        file.write_all(&bytes).await.map_err(Error::internal)?;
    }
    file.flush().await.map_err(Error::internal)?;
    let mut file = file.into_std().await;
    let looked = tokio::task::spawn_blocking(move || sniff::look(&mut file));
    let seen: io::Result<Seen> = looked.await.map_err(Error::internal)?;
    let size_bytes = i64::try_from(size).unwrap_or(i64::MAX);
    Ok(Taken { path, digest: digest.finish(), size_bytes, seen: seen.map_err(Error::internal)? })
}

/// What comes next from a client that does not keep us waiting for ever.
async fn next_of<S: Stream + Unpin>(from: &mut S, patience: Patience) -> Result<Option<S::Item>> {
    let silent = |_| Error::Malformed("the body did not arrive in time".into());
    tokio::time::timeout(patience.0, from.next()).await.map_err(silent)
}

fn too_large(most: u64) -> Error {
    let detail = format!("a file here has at most {most} bytes");
    Error::TooLarge { code: "body_too_large", detail }
}

fn broken(cause: PayloadError) -> Error {
    Error::Malformed(format!("reading the body: {cause}"))
}

/// Why a form cannot be read on.
fn unread(error: MultipartError, most: u64) -> Error {
    match error {
        MultipartError::Payload(PayloadError::Overflow) => too_large(most),
        MultipartError::Incomplete => Error::Malformed("the form ends in the middle".into()),
        other => Error::Malformed(format!("reading the form: {other}")),
    }
}

fn pointer(name: &str) -> String {
    let name: String = name.chars().take(64).collect();
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}
