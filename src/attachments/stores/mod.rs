//! Where the bytes of files are kept: in a folder, or in a bucket.

mod bucket;
mod folder;

use std::path::Path;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::Stream;

use self::bucket::Bucket;
use self::folder::Folder;
use super::settings::Filing;
use crate::error::Result;
use crate::kernel::time::Clock;

/// Bytes, a piece at a time.
pub type Pieces = Pin<Box<dyn Stream<Item = Result<Bytes>>>>;

/// A file on this machine that is to be kept.
#[derive(Debug)]
pub struct Kept<'a> {
    /// Where it is kept.
    pub place: &'a str,
    /// Where it lies now.
    pub path: &'a Path,
    /// How many bytes it has.
    pub size: u64,
    /// Their SHA-256, in hexadecimal digits.
    pub digest: &'a str,
}

/// Where bytes are kept. To keep something twice at the same place, or to remove what is not there,
/// is no fault: both are done again after a crash.
#[derive(Debug)]
pub enum Store {
    /// A folder.
    Folder(Folder),
    /// A bucket.
    Bucket(Box<Bucket>),
}

impl Store {
    /// The one that the settings name; a folder unless they do.
    pub fn open(filing: &Filing, folder: &Path, clock: &Clock) -> Result<Self> {
        match &filing.attachments_url {
            None => Folder::open(folder).map(Self::Folder),
            Some(url) => {
                let bucket = Bucket::open(url, filing, clock.clone())?;
                Ok(Self::Bucket(Box::new(bucket)))
            }
        }
    }

    /// Keeps a file. Once this is done it is there, whatever happens to the machine.
    pub async fn keep(&self, file: &Kept<'_>) -> Result<()> {
        match self {
            Self::Folder(folder) => folder.keep(file).await,
            Self::Bucket(bucket) => bucket.keep(file).await,
        }
    }

    /// Reads so many bytes from one on.
    pub async fn read(&self, place: &str, from: u64, length: u64) -> Result<Pieces> {
        match self {
            Self::Folder(folder) => folder.read(place, from, length).await,
            Self::Bucket(bucket) => bucket.read(place, from, length).await,
        }
    }

    /// Removes it.
    pub async fn remove(&self, place: &str) -> Result<()> {
        match self {
            Self::Folder(folder) => folder.remove(place).await,
            Self::Bucket(bucket) => bucket.remove(place).await,
        }
    }
}
