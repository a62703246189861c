//! What headers say that a body is.

use actix_web::http::header::{CONTENT_ENCODING, HeaderMap};
use encoding_rs::{Encoding, UTF_8};

use crate::error::{Error, Result};

/// What the door reads.
const READS: &str = "application/json, application/x-ndjson, text/csv, text/tab-separated-values, \
                     application/gzip and multipart/form-data";
/// What a declared charset may be.
const CHARSETS: &str = "the charsets of the WHATWG Encoding Standard, such as windows-1252";
/// What a form is packed in: nothing.
const FORMS: &str = "forms as they are; the file in one may be packed with gzip";
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
    /// A form with a file in it.
    Form,
}

/// What a form of ours is called.
pub(super) const FORM: &str = "multipart/form-data";

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
        FORM if encoded => Err(Error::UnsupportedMediaType(FORMS)),
        FORM => Ok(Body::Form),
        _ => {
            let named = media.named().ok_or(Error::UnsupportedMediaType(READS))?;
            media.wrapping(named, encoded).map(Body::File)
        }
    }
}

/// What a file in a form is: by its type, and where that does not say, by its name. Programs that send
/// forms know few types, and Windows takes a CSV file for a workbook.
pub(super) fn file_in_form(kind: &str, name: &str, charset: Option<&str>) -> Result<Body> {
    let mut media = Media::of(kind.as_bytes());
    media.charset = charset.map(str::to_ascii_lowercase).or(media.charset);
    let name = name.to_ascii_lowercase();
    let unpacked = name.strip_suffix(".gz");
    let ending = unpacked.unwrap_or(&name).rsplit_once('.').map(|(_, ending)| ending);
    let typed = media.named();
    let packed = typed.map_or(unpacked.is_some(), |(_, packed)| packed);
    let kind = match (typed, ending) {
        (Some((kind, false)), _) => kind,
        _ if media.essence == "application/json" => return Ok(Body::Json { packed }),
        (_, Some("json")) => return Ok(Body::Json { packed }),
        (_, Some("ndjson" | "jsonl")) => Kind::Lines,
        _ => Kind::Table,
    };
    media.wrapping((kind, packed), false).map(Body::File)
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
    fn a_file_in_a_form_is_what_its_type_says_or_else_its_name() {
        let read = |kind: &str, name: &str| match file_in_form(kind, name, None) {
            Ok(Body::File(Wrapping { kind: Kind::Table, packed, .. })) => ("table", packed),
            Ok(Body::File(Wrapping { kind: Kind::Lines, packed, .. })) => ("lines", packed),
            Ok(Body::Json { packed }) => ("json", packed),
            Ok(Body::Form) | Err(_) => ("refused", false),
        };
        let unsaid = "application/octet-stream";
        for (kind, name, wanted) in [
            ("text/csv", "a.ndjson", ("table", false)),
            ("application/vnd.ms-excel", "Returns.CSV", ("table", false)),
            (unsaid, "returns.tsv", ("table", false)),
            (unsaid, "returns.ndjson", ("lines", false)),
            (unsaid, "returns.jsonl.gz", ("lines", true)),
            (unsaid, "returns.csv.gz", ("table", true)),
            (unsaid, "-", ("table", false)),
            ("", "", ("table", false)),
            ("application/gzip", "returns.ndjson.gz", ("lines", true)),
            ("application/x-gzip", "returns", ("table", true)),
            ("application/json", "", ("json", false)),
            ("text/plain", "batch.json", ("json", false)),
            ("text/csv; charset=klingon", "a.csv", ("refused", false)),
        ] {
            assert_eq!(read(kind, name), wanted, "{kind} {name}");
        }
        let japanese = file_in_form("text/csv; charset=latin1", "a.csv", Some("Shift_JIS"));
        let Ok(Body::File(wrapping)) = japanese else { panic!("a file") };
        assert_eq!(wrapping.charset.name(), "Shift_JIS", "the field counts for more");
    }

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
