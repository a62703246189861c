//! Unpacks gzip as it comes, a little at a time.

use std::io::{self, Write};

use actix_web::web::Bytes;
use flate2::write::MultiGzDecoder;

use crate::error::{Error, Result};

/// How much is unpacked at once. No archive holds more than a thousand times its size.
const PIECE: usize = 1024;
/// The most bytes that one packed byte may stand for: far more than any real table.
const MOST_RATIO: u64 = 200;
/// Up to here the ratio is nobody's concern.
const FREE_BYTES: u64 = 1 << 20;

/// A gzip stream of one member or several, on its way.
pub(super) struct Unpacking {
    decoder: MultiGzDecoder<Unpacked>,
    waiting: Bytes,
}

/// What came out and was not taken yet.
#[derive(Default)]
struct Unpacked {
    bytes: Vec<u8>,
    packed: u64,
    total: u64,
}

impl Unpacked {
    fn is_too_much(&self) -> bool {
        self.total > FREE_BYTES && self.total > self.packed.saturating_mul(MOST_RATIO)
    }
}

impl Write for Unpacked {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.total = self.total.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if self.is_too_much() {
            return Err(io::Error::other("too much is packed into too little"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Unpacking {
    pub(super) fn new() -> Self {
        let decoder = MultiGzDecoder::new(Unpacked::default());
        Self { decoder, waiting: Bytes::new() }
    }

    /// More packed bytes have come; those before are all unpacked.
    pub(super) fn push(&mut self, packed: Bytes) {
        self.waiting = packed;
    }

    /// The next unpacked bytes; `None` when more packed ones must come first.
    pub(super) fn pull(&mut self) -> Result<Option<Bytes>> {
        while !self.waiting.is_empty() {
            let piece = self.waiting.split_to(PIECE.min(self.waiting.len()));
            let sink = self.decoder.get_mut();
            let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
            sink.packed = sink.packed.saturating_add(length);
            let written = self.decoder.write_all(&piece);
            if let Some(bytes) = self.taken(written)? {
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }

    /// No more packed bytes come: what was left, if the stream is whole.
    pub(super) fn finish(mut self) -> Result<Option<Bytes>> {
        let finished = self.decoder.try_finish();
        self.taken(finished)
    }

    fn taken(&mut self, done: io::Result<()>) -> Result<Option<Bytes>> {
        let sink = self.decoder.get_mut();
        if sink.is_too_much() {
            let detail = format!("a packed byte stands for at most {MOST_RATIO} bytes");
            return Err(Error::TooLarge { code: "body_too_large", detail });
        }
        done.map_err(|_| Error::Malformed("the gzip stream is broken or cut off".into()))?;
        let bytes = std::mem::take(&mut sink.bytes);
        Ok((!bytes.is_empty()).then(|| bytes.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// Unpacks pieces of a size; gives what came out and the longest piece of it.
    fn unpacked(packed: &[u8], size: usize) -> Result<(Vec<u8>, usize)> {
        let mut unpacking = Unpacking::new();
        let (mut all, mut longest) = (Vec::new(), 0);
        for piece in packed.chunks(size) {
            unpacking.push(Bytes::copy_from_slice(piece));
            while let Some(bytes) = unpacking.pull()? {
                longest = longest.max(bytes.len());
                all.extend_from_slice(&bytes);
            }
        }
        all.extend(unpacking.finish()?.unwrap_or_default());
        Ok((all, longest))
    }

    #[test]
    fn members_are_unpacked_one_after_the_other_however_they_come() {
        let mut members = packed(b"one,");
        members.extend(packed(b""));
        members.extend(packed(b"two"));
        for size in [1, 2, 7, 4096] {
            assert_eq!(unpacked(&members, size).unwrap().0, b"one,two");
        }
    }

    #[test]
    fn what_is_cut_off_or_changed_is_malformed() {
        let whole = packed(b"order_id,reason\nA-1,ITEM_RETURNED\n");
        for length in 0..whole.len() {
            let cut = unpacked(&whole[..length], 5);
            assert!(matches!(cut, Err(Error::Malformed(_))), "{length} of {}", whole.len());
        }
        for place in [0, 1, 15, whole.len() - 6, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[place] ^= 0x55;
            assert!(matches!(unpacked(&changed, 64), Err(Error::Malformed(_))), "{place}");
        }
        let mut followed = whole;
        followed.extend(b"and more");
        assert!(matches!(unpacked(&followed, 64), Err(Error::Malformed(_))));
    }

    #[test]
    fn much_in_little_is_refused_beyond_the_first_mebibyte() {
        let free = usize::try_from(FREE_BYTES).unwrap();
        let (all, longest) = unpacked(&packed(&vec![b'a'; free]), 1 << 16).unwrap();
        assert_eq!(all.len(), free);
        assert!(longest <= 2 * free);
        let bomb = unpacked(&packed(&vec![b'a'; 2 * free]), 1 << 16);
        assert!(matches!(bomb, Err(Error::TooLarge { code: "body_too_large", .. })));
    }
}
