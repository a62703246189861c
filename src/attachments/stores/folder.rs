//! Files in a folder of this machine, or of one that all servers share.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

use super::{Kept, Pieces};
use crate::error::{Error, Result};

/// How many bytes are read at once.
const PIECE: usize = 64 * 1024;
/// The same, where files are counted.
const AT_ONCE: u64 = 64 * 1024;

/// A folder.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// Makes it if it is not there.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let said = |cause| Error::internal(anyhow::anyhow!("{}: {cause}", path.display()));
        fs::create_dir_all(path).map_err(said)?;
        Ok(Self(path.to_path_buf()))
    }

    /// Renames it to its place, so that nobody ever sees half of it.
    pub(super) async fn keep(&self, file: &Kept<'_>) -> Result<()> {
        let (from, to) = (file.path.to_path_buf(), self.0.join(file.place));
        let kept = tokio::task::spawn_blocking(move || put(&from, &to));
        kept.await.map_err(Error::internal)?.map_err(Error::internal)
    }

    pub(super) async fn read(&self, place: &str, from: u64, length: u64) -> Result<Pieces> {
        let path = self.0.join(place);
        let lost = |cause| Error::internal(anyhow::anyhow!("{place}: {cause}"));
        let mut file = tokio::fs::File::open(&path).await.map_err(lost)?;
        file.seek(io::SeekFrom::Start(from)).await.map_err(lost)?;
        let pieces =
            futures_util::stream::try_unfold((file, length), |(mut file, left)| async move {
                if left == 0 {
                    return Ok(None);
                }
                let most = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
                let mut piece = BytesMut::with_capacity(most);
                let read = (&mut file).take(left.min(AT_ONCE)).read_buf(&mut piece).await;
                match read.map_err(Error::internal)? {
                    0 => Err(Error::internal(anyhow::anyhow!("a file is shorter than it was"))),
                    _ => {
                        let read = u64::try_from(piece.len()).unwrap_or(left);
                        Ok(Some((piece.freeze(), (file, left.saturating_sub(read)))))
                    }
                }
            });
        Ok(Box::pin(pieces))
    }

    pub(super) async fn remove(&self, place: &str) -> Result<()> {
        let path = self.0.join(place);
        let removed = tokio::task::spawn_blocking(move || match fs::remove_file(&path) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(cause),
            _ => Ok(()),
        });
        removed.await.map_err(Error::internal)?.map_err(Error::internal)
    }
}

/// Puts a file to its place: its bytes are on the disk before its name is, and the name before this is
/// done.
fn put(from: &Path, to: &Path) -> io::Result<()> {
    let folder = to.parent().unwrap_or(to);
    if !folder.is_dir() {
        fs::create_dir_all(folder)?;
        folder.parent().map(sync).transpose()?;
    }
    File::open(from)?.sync_all()?;
    fs::rename(from, to)?;
    sync(folder)
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
