//! What headers say that a body is.

use actix_web::http::header::{CONTENT_ENCODING, HeaderMap};
use encoding_rs::{Encoding, UTF_8};

use crate::error::{Error, Result};

/// What the door reads.
const READS: &str = "application/json, application/x-ndjson, text/csv, text/tab-separated-values and \
                     application/gzip";
/// What a declared charset may be.
const CHARSETS: &str = "the charsets of the WHATWG Encoding Standard, such as windows-1252";
/// How a body may be encoded.
const CODINGS: &str = "bodies as they are or with the Content-Encoding gzip, packed once";

/// What a body is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Body {
    /// One JSON value.
    Json {
        /// Whether it is packed with gzip.
        packed: bool,
    },
    /// A file.
    File(Wrapping),
}

/// What kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A table with a header.
    Table,
    /// JSON lines.
    Lines,
}

/// A file, and what is around its text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wrapping {
    /// What kind of file it is.
    pub(super) kind: Kind,
    /// Whether it is packed with gzip.
    pub(super) packed: bool,
    /// What its text is said to be encoded in.
    pub(super) charset: &'static Encoding,
}

/// What the headers of a request say.
pub(super) fn body(content_type: &[u8], headers: &HeaderMap) -> Result<Body> {
    let media = Media::of(content_type);
    let encoded = is_packed(headers)?;
    match media.essence.as_str() {
        "application/json" => Ok(Body::Json { packed: encoded }),
        _ => {
            let named = media.named().ok_or(Error::UnsupportedMediaType(READS))?;
            media.wrapping(named, encoded).map(Body::File)
        }
    }
}

/// A media type, in small letters.
struct Media {
    essence: String,
    charset: Option<String>,
}

impl Media {
    fn of(content_type: &[u8]) -> Self {
        let text = String::from_utf8_lossy(content_type).to_ascii_lowercase();
        let mut parts = text.split(';').map(str::trim);
        let essence = parts.next().unwrap_or_default().to_string();
        let charset = parts.find_map(|part| part.strip_prefix("charset="));
        let charset = charset.map(|name| name.trim().trim_matches('"').to_string());
        Self { essence, charset }
    }

    /// What kind of file it names, and whether that is packed.
    fn named(&self) -> Option<(Kind, bool)> {
        match self.essence.as_str() {
            "text/csv" | "application/csv" | "text/tab-separated-values" => {
                Some((Kind::Table, false))
            }
            "application/x-ndjson" | "application/jsonl" => Some((Kind::Lines, false)),
            "application/gzip" | "application/x-gzip" => Some((Kind::Table, true)),
            _ => None,
        }
    }

    fn wrapping(&self, (kind, packed): (Kind, bool), encoded: bool) -> Result<Wrapping> {
        if packed && encoded {
            return Err(Error::UnsupportedMediaType(CODINGS));
        }
        Ok(Wrapping { kind, packed: packed || encoded, charset: self.charset()? })
    }

    fn charset(&self) -> Result<&'static Encoding> {
        let Some(label) = &self.charset else { return Ok(UTF_8) };
        let known = Encoding::for_label_no_replacement(label.as_bytes());
        known.ok_or(Error::UnsupportedMediaType(CHARSETS))
    }
}

/// Whether a body is packed with gzip; it may be encoded in no other way.
fn is_packed(headers: &HeaderMap) -> Result<bool> {
    let values = headers.get_all(CONTENT_ENCODING);
    // What is no text names no coding, and least of all one that is known.
    let codings = values.flat_map(|value| value.to_str().unwrap_or("unknown").split(','));
    let codings = codings.map(|coding| coding.trim().to_ascii_lowercase());
    let codings: Vec<String> = codings.filter(|coding| coding != "identity").collect();
    match codings.as_slice() {
        [] => Ok(false),
        [gzip] if matches!(gzip.as_str(), "gzip" | "x-gzip") => Ok(true),
        _ => Err(Error::UnsupportedMediaType(CODINGS)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_type_says() {
        let read = |kind: &str| match body(kind.as_bytes(), &HeaderMap::new()) {
            Ok(Body::File(wrapping)) => {
                Some((wrapping.kind, wrapping.packed, wrapping.charset.name()))
            }
            _ => None,
        };
        let (table, lines) = (Kind::Table, Kind::Lines);
        for (kind, wanted) in [
            ("text/csv", Some((table, false, "UTF-8"))),
            ("Text/CSV; header=present; charset=\"Latin1\"", Some((table, false, "windows-1252"))),
            ("text/csv;charset=shift_jis", Some((table, false, "Shift_JIS"))),
            ("application/jsonl; charset=utf-8", Some((lines, false, "UTF-8"))),
            ("application/gzip", Some((table, true, "UTF-8"))),
            ("text/csv; charset=klingon", None),
            ("text/csv; charset=hz-gb-2312", None),
            ("text/plain", None),
            ("", None),
        ] {
            assert_eq!(read(kind), wanted, "{kind}");
        }
    }
}
