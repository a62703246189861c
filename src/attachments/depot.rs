//! Where a server takes files in, keeps them and gives them out again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use jiff::SignedDuration;

use super::door::Taken;
use super::links::Links;
use super::model::{Blob, Content, ContentType};
use super::rules;
use super::settings::Filing;
use super::stores::{Kept, Store};
use crate::error::{Error, Result};
use crate::http::download::{Download, Wanted};
use crate::kernel::id::BlobId;
use crate::kernel::time::{Clock, Patience};

/// One for a server.
#[derive(Clone)]
pub struct Depot(Arc<Parts>);

struct Parts {
    store: Store,
    incoming: PathBuf,
    most_bytes: u64,
    loose: SignedDuration,
    patience: Patience,
    links: Links,
}

/// What a depot needs to know of its server.
pub struct Premises<'a> {
    /// Where what is not in the database is.
    pub data_dir: &'a Path,
    /// The server's own key.
    pub server_key: &'a [u8; 32],
    /// How the world reaches the server.
    pub public_url: &'a str,
    /// How long a client may be silent.
    pub patience: Patience,
    /// The time.
    pub clock: Clock,
}

impl Depot {
    /// Opens the store that the settings name, and makes room for what comes in.
    pub fn open(filing: &Filing, premises: &Premises<'_>) -> Result<Self> {
        let folder = premises.data_dir.join("attachments");
        let incoming = folder.join("incoming");
        let said = |cause| Error::internal(anyhow::anyhow!("{}: {cause}", incoming.display()));
        std::fs::create_dir_all(&incoming).map_err(said)?;
        Ok(Self(Arc::new(Parts {
            store: Store::open(filing, &folder, &premises.clock)?,
            incoming,
            most_bytes: filing.attachment_max_bytes,
            loose: SignedDuration::from_hours(filing.attachment_loose_hours.into()),
            patience: premises.patience,
            links: Links::new(premises.server_key, premises.public_url)?,
        })))
    }

    /// The most bytes of an attachment.
    pub(super) fn most_bytes(&self) -> u64 {
        self.0.most_bytes
    }

    /// How long an upload may belong to nothing.
    pub(super) fn loose(&self) -> SignedDuration {
        self.0.loose
    }

    /// How long a client may be silent.
    pub(super) fn patience(&self) -> Patience {
        self.0.patience
    }

    /// Where files lie while they come in.
    pub(super) fn incoming(&self) -> &Path {
        &self.0.incoming
    }

    /// Links that open files for a while.
    pub(super) fn links(&self) -> &Links {
        &self.0.links
    }

    /// Keeps what was taken in as the bytes that were announced.
    pub(super) async fn keep(&self, blob: &Blob, taken: &Taken) -> Result<()> {
        let place = rules::place(&blob.digest, blob.id);
        let digest = rules::hex(&taken.digest);
        let size = u64::try_from(taken.size_bytes).unwrap_or_default();
        let file = Kept { place: &place, path: &taken.path, size, digest: &digest };
        self.0.store.keep(&file).await
    }

    /// Gives a file out, or the piece of it that is wanted.
    pub(super) async fn give<K>(&self, file: Content, wanted: &Wanted) -> Result<Download<K>> {
        let size = u64::try_from(file.size_bytes).unwrap_or_default();
        let etag = format!("\"{}\"", rules::hex(&file.digest));
        let answer = Download::of(file.content_type.as_str(), file.name, etag);
        if wanted.has(answer.etag()) {
            return Ok(answer.unchanged());
        }
        let (from, length) = wanted.range(size, answer.etag()).unwrap_or((0, size));
        let place = rules::place(&file.digest, file.blob_id);
        let pieces = self.0.store.read(&place, from, length).await?;
        Ok(answer.with(pieces, (from, length), size))
    }

    /// Removes bytes that were let go.
    pub(super) async fn remove(&self, digest: &[u8], id: BlobId) -> Result<()> {
        self.0.store.remove(&rules::place(digest, id)).await
    }
}

/// Everything that is given out as an attachment.
pub enum Files {}

impl crate::http::download::Kinds for Files {
    fn kinds() -> Vec<&'static str> {
        ContentType::ALL.iter().map(|kind| kind.as_str()).collect()
    }
}

impl FromRequest for Depot {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let missing = || Error::internal(anyhow::anyhow!("no depot was mounted"));
        std::future::ready(request.app_data::<Self>().cloned().ok_or_else(missing))
    }
}
