//! Turns text in other encodings into UTF-8 as it comes.

use actix_web::web::{Bytes, BytesMut};
use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};

use crate::reversals::formats::FileFault;
use crate::reversals::model::FileCode;

/// The longest byte order mark.
const MARK_BYTES: usize = 3;

/// A text on its way to UTF-8.
pub(super) enum Transcoding {
    /// Its first bytes have not come yet: they may say more than the sender did.
    Begun {
        /// What the sender said.
        declared: &'static Encoding,
        /// What came.
        held: BytesMut,
    },
    /// It passes as it is.
    Passing,
    /// It is decoded.
    Decoding(Box<Decoding>),
}

/// A text that is in another encoding.
pub(super) struct Decoding {
    decoder: Decoder,
    name: &'static str,
    line: i32,
}

impl Transcoding {
    /// Of a text that is said to be in this encoding. A byte order mark counts for more.
    pub(super) fn of(declared: &'static Encoding) -> Self {
        Self::Begun { declared, held: BytesMut::new() }
    }

    /// The next bytes as UTF-8. They may come later, when it is clear what they are.
    pub(super) fn push(&mut self, bytes: Bytes) -> Result<Bytes, FileFault> {
        match self {
            Self::Passing => Ok(bytes),
            Self::Decoding(decoding) => decoding.decode(&bytes, false),
            Self::Begun { held, .. } => {
                held.extend_from_slice(&bytes);
                if held.len() < MARK_BYTES { Ok(Bytes::new()) } else { self.begin() }
            }
        }
    }

    /// What is left when nothing more comes.
    pub(super) fn finish(&mut self) -> Result<Bytes, FileFault> {
        let begun = match self {
            Self::Begun { .. } => self.begin()?,
            Self::Passing | Self::Decoding(_) => Bytes::new(),
        };
        match std::mem::replace(self, Self::Passing) {
            Self::Decoding(mut decoding) => {
                let rest = decoding.decode(&[], true)?;
                Ok([begun, rest].concat().into())
            }
            Self::Begun { .. } | Self::Passing => Ok(begun),
        }
    }

    /// The first bytes are here, or all of them.
    fn begin(&mut self) -> Result<Bytes, FileFault> {
        let Self::Begun { declared, held } = self else { return Ok(Bytes::new()) };
        let (encoding, mark) = Encoding::for_bom(held).unwrap_or((declared, 0));
        if encoding == UTF_8 {
            let passing = held.split().freeze();
            *self = Self::Passing;
            return Ok(passing);
        }
        let text = held.split_off(mark);
        let decoder = encoding.new_decoder_without_bom_handling();
        let mut decoding = Box::new(Decoding { decoder, name: encoding.name(), line: 1 });
        let decoded = decoding.decode(&text, false);
        *self = Self::Decoding(decoding);
        decoded
    }
}

impl Decoding {
    fn decode(&mut self, bytes: &[u8], last: bool) -> Result<Bytes, FileFault> {
        let most = self.decoder.max_utf8_buffer_length_without_replacement(bytes.len());
        let mut text = vec![0; most.unwrap_or_default()];
        let (result, _, written) =
            self.decoder.decode_to_utf8_without_replacement(bytes, &mut text, last);
        text.truncate(written);
        let ends = text.iter().filter(|byte| **byte == b'\n').count();
        self.line = self.line.saturating_add(i32::try_from(ends).unwrap_or(i32::MAX));
        match result {
            DecoderResult::InputEmpty => Ok(text.into()),
            // There is always room: the decoder said how much it needs.
            DecoderResult::OutputFull | DecoderResult::Malformed(..) => {
                let detail = format!("line {} of the text is not {}", self.line, self.name);
                Err(FileFault::new(FileCode::NotUtf8, detail, Some(self.line)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{EUC_KR, SHIFT_JIS, WINDOWS_1252};

    /// What becomes of bytes that come so many at a time.
    fn transcoded(
        declared: &'static Encoding,
        bytes: &[u8],
        size: usize,
    ) -> Result<Vec<u8>, (i32, String)> {
        let mut transcoding = Transcoding::of(declared);
        let told = |fault: FileFault| (fault.line.unwrap(), fault.detail);
        let mut text = Vec::new();
        for piece in bytes.chunks(size) {
            text.extend(transcoding.push(Bytes::copy_from_slice(piece)).map_err(told)?);
        }
        text.extend(transcoding.finish().map_err(told)?);
        text.extend(transcoding.finish().map_err(told)?);
        Ok(text)
    }

    fn utf16(text: &str, bytes_of: fn(u16) -> [u8; 2]) -> Vec<u8> {
        let marked = std::iter::once(0xfeff).chain(text.encode_utf16());
        marked.flat_map(bytes_of).collect()
    }

    #[test]
    fn every_text_is_the_same_in_utf_8_however_it_comes() {
        let text = "Bestellung\tGröße\r\n日本\t😀\r\n";
        let (japanese, german) = ("注文,返品\n表示,ソ\n", "Größe;€ 5\n");
        let cases = [
            (UTF_8, utf16(text, u16::to_le_bytes), text),
            (UTF_8, utf16(text, u16::to_be_bytes), text),
            (WINDOWS_1252, utf16(text, u16::to_be_bytes), text),
            (SHIFT_JIS, SHIFT_JIS.encode(japanese).0.into_owned(), japanese),
            (WINDOWS_1252, WINDOWS_1252.encode(german).0.into_owned(), german),
            (WINDOWS_1252, b"\xef\xbb\xbfGr\xc3\xb6\xc3\x9fe".to_vec(), "\u{feff}Größe"),
            (UTF_8, text.as_bytes().to_vec(), text),
            (UTF_8, vec![], ""),
            (WINDOWS_1252, vec![0xe9], "é"),
            (UTF_8, b"ab".to_vec(), "ab"),
        ];
        for (declared, bytes, wanted) in &cases {
            for size in [1, 2, 3, 5, 4096] {
                let made = transcoded(declared, bytes, size);
                assert_eq!(made.as_deref(), Ok(wanted.as_bytes()), "{} by {size}", declared.name());
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_anything_panic_and_their_pace_makes_no_difference(
            bytes: Vec<u8>,
            marked: Option<bool>,
            label in proptest::sample::select(vec![
                "utf-8", "windows-1252", "shift_jis", "gb18030", "iso-2022-jp", "utf-16le", "big5",
            ]),
            size in 1_usize..40,
        ) {
            let mut input: Vec<u8> = match marked {
                Some(true) => vec![0xff, 0xfe],
                Some(false) => vec![0xfe, 0xff],
                None => vec![],
            };
            input.extend(bytes);
            let declared = Encoding::for_label(label.as_bytes()).unwrap();
            let whole = transcoded(declared, &input, usize::MAX);
            let pieces = transcoded(declared, &input, size);
            // What passes as UTF-8 is looked at later; nothing here takes it for text.
            proptest::prop_assert_eq!(whole, pieces);
        }
    }

    #[test]
    fn what_is_not_text_in_its_encoding_is_told_with_its_line() {
        let lone = b"\xff\xfeA\0\n\0\x00\xd8B\0";
        let odd = b"\xff\xfeA\0\n";
        let cut = b"ab\n\x81";
        for size in [1, 4, 4096] {
            let (line, detail) = transcoded(UTF_8, lone, size).unwrap_err();
            assert_eq!((line, detail.as_str()), (2, "line 2 of the text is not UTF-16LE"));
            assert_eq!(transcoded(UTF_8, odd, size).unwrap_err().0, 1);
            assert_eq!(transcoded(SHIFT_JIS, cut, size).unwrap_err().0, 2);
            assert_eq!(transcoded(EUC_KR, b"\n\n\xff\xff", size).unwrap_err().0, 3);
        }
    }
}
