//! Bytes on their way from the client: waited for, counted, unpacked and made UTF-8.

use std::fmt::Display;

use actix_web::web::Bytes;
use encoding_rs::Encoding;
use futures_util::{Stream, StreamExt};

use super::transcode::Transcoding;
use super::unpack::Unpacking;
use crate::error::{Error, Result};
use crate::kernel::time::Patience;
use crate::reversals::formats::FileFault;

/// What comes next from a client that does not keep us waiting for ever.
pub(super) async fn next_of<S>(from: &mut S, patience: Patience) -> Result<Option<S::Item>>
where
    S: Stream + Unpin,
{
    let silent = |_| Error::Malformed("the body did not arrive in time".into());
    tokio::time::timeout(patience.0, from.next()).await.map_err(silent)
}

/// A body, or a form's file, of which only pieces are in memory.
pub(super) struct Incoming<S> {
    from: S,
    limit: u64,
    patience: Patience,
    /// Bytes as they came.
    came: u64,
    /// Bytes of what they are when they are unpacked.
    taken: u64,
    unpacking: Option<Unpacking>,
    transcoding: Transcoding,
    ended: bool,
}

impl<S, E> Incoming<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    E: Display,
{
    /// At most `limit` bytes, packed or not; each piece of them in time.
    pub(super) fn new(from: S, limit: u64, packed: bool, patience: Patience) -> Self {
        let unpacking = packed.then(Unpacking::new);
        let transcoding = Transcoding::Passing;
        Self { from, limit, patience, came: 0, taken: 0, unpacking, transcoding, ended: false }
    }

    /// The same, of a text that is said to be in an encoding.
    pub(super) fn encoded_in(self, charset: &'static Encoding) -> Self {
        Self { transcoding: Transcoding::of(charset), ..self }
    }

    /// The next piece of text; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>> {
        let faulty = |fault: FileFault| Error::invalid(fault.into());
        while let Some(bytes) = self.unpacked().await? {
            let text = self.transcoding.push(bytes).map_err(faulty)?;
            if !text.is_empty() {
                return Ok(Some(text));
            }
        }
        let rest = self.transcoding.finish().map_err(faulty)?;
        Ok((!rest.is_empty()).then_some(rest))
    }

    /// How many bytes were taken, unpacked.
    pub(super) fn size(&self) -> i64 {
        i64::try_from(self.taken).unwrap_or(i64::MAX)
    }

    async fn unpacked(&mut self) -> Result<Option<Bytes>> {
        let unpacked = loop {
            let unpacked = self.unpacking.as_mut().map(Unpacking::pull).transpose()?.flatten();
            if unpacked.is_some() || self.ended {
                break unpacked;
            }
            match (next_of(&mut self.from, self.patience).await?, &mut self.unpacking) {
                (Some(bytes), unpacking) => {
                    let bytes = bytes.map_err(broken)?;
                    count(&mut self.came, &bytes, self.limit)?;
                    match unpacking {
                        Some(unpacking) => unpacking.push(bytes),
                        None => break Some(bytes),
                    }
                }
                (None, unpacking) => {
                    self.ended = true;
                    break unpacking.take().map(Unpacking::finish).transpose()?.flatten();
                }
            }
        };
        if let Some(bytes) = &unpacked {
            count(&mut self.taken, bytes, self.limit)?;
        }
        Ok(unpacked)
    }
}

/// The client, or the line to it, broke off.
pub(super) fn broken(cause: impl Display) -> Error {
    Error::Malformed(format!("reading the body: {cause}"))
}

fn count(taken: &mut u64, bytes: &Bytes, limit: u64) -> Result<()> {
    *taken = taken.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    if *taken > limit {
        let detail = format!("a batch of this kind has at most {limit} bytes");
        return Err(Error::TooLarge { code: "body_too_large", detail });
    }
    Ok(())
}
