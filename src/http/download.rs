//! Files on their way out, as they were uploaded. A browser saves them and never shows them: they are
//! other people's, and whatever is in them must not become a page of this server's.

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::body::{BoxBody, SizedStream};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_RANGES, ByteRangeSpec, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING,
    CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE, RANGE,
    REFERRER_POLICY, Range, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};
use futures_util::Stream;
use utoipa::IntoResponses;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Content, HeaderBuilder, RefOr, Response, ResponseBuilder};

use crate::error::{Error, Result};

/// Nothing in a file runs, loads or is submitted, should a browser show it all the same.
const POLICY: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";
/// What may stand as it is in an extended parameter (RFC 8187).
const PLAIN: &[u8] = b"!#$&+-.^_`|~";

/// Which types a door's files may have.
pub trait Kinds {
    /// Their media types.
    fn kinds() -> Vec<&'static str>;
}

/// 200: a file; 206: a piece of it; 304: the reader has it.
pub struct Download<K> {
    kind: &'static str,
    name: String,
    etag: String,
    caching: &'static str,
    bytes: Option<Piece>,
    kinds: PhantomData<fn() -> K>,
}

/// Bytes, a piece at a time.
type Pieces = Pin<Box<dyn Stream<Item = Result<Bytes>>>>;

struct Piece {
    bytes: Pieces,
    from: u64,
    length: u64,
    size: u64,
}

/// What a reader wants of a file, and what it has.
#[derive(Debug, Default)]
pub struct Wanted {
    known: Vec<String>,
    range: Option<ByteRangeSpec>,
    only_of: Option<String>,
}

impl Wanted {
    /// Whether the reader has this already.
    pub fn has(&self, etag: &str) -> bool {
        self.known.iter().any(|known| known == etag)
    }

    /// The same of a reader who is not told that it has something already.
    pub fn anew(self) -> Self {
        Self { known: Vec::new(), ..self }
    }

    /// From where on, and how much; nothing if it is all of it. A range that means nothing, or one of
    /// another file than the reader believes, is all.
    pub fn range(&self, size: u64, etag: &str) -> Option<(u64, u64)> {
        let meant = self.only_of.as_ref().is_none_or(|only| only == etag);
        let range = self.range.as_ref().filter(|_| meant)?;
        let (first, last) = range.to_satisfiable_range(size)?;
        Some((first, last.saturating_sub(first).saturating_add(1)))
    }
}

impl FromRequest for Wanted {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let known = text(IF_NONE_MATCH).unwrap_or_default().split(',');
        let known = known.map(|tag| tag.trim().trim_start_matches("W/").to_string()).collect();
        // Several ranges would be an answer of several parts, which nobody who resumes asks for.
        let range = match text(RANGE).and_then(|range| range.parse::<Range>().ok()) {
            Some(Range::Bytes(ranges)) => match ranges.as_slice() {
                [one] => Some(one.clone()),
                _ => None,
            },
            _ => None,
        };
        let only_of = text(IF_RANGE).map(ToString::to_string);
        std::future::ready(Ok(Self { known, range, only_of }))
    }
}

impl<K> Download<K> {
    /// A file of a type, under a name; the tag says which bytes.
    pub fn of(kind: &'static str, name: String, etag: String) -> Self {
        let caching = "private, no-store";
        Self { kind, name, etag, caching, bytes: None, kinds: PhantomData }
    }

    /// Which bytes.
    pub fn etag(&self) -> &str {
        &self.etag
    }

    /// The same, where readers may keep it and ask whether it is still so.
    pub fn kept(self) -> Self {
        Self { caching: "private, no-cache", ..self }
    }

    /// The reader has it.
    pub fn unchanged(self) -> Self {
        self
    }

    /// With its bytes: from which on, how many, and of how many.
    pub fn with(self, bytes: Pieces, (from, length): (u64, u64), size: u64) -> Self {
        Self { bytes: Some(Piece { bytes, from, length, size }), ..self }
    }
}

/// How a browser is told to save a file, and under which name (RFC 6266).
fn disposition(name: &str) -> String {
    let plain = |letter: char| match letter {
        '"' | '\\' | '%' | '/' => '_',
        ' '..='~' => letter,
        _ => '_',
    };
    let ascii: String = name.chars().map(plain).collect();
    let mut extended = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || PLAIN.contains(&byte) {
            extended.push(char::from(byte));
        } else {
            extended.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{extended}")
}

impl<K> Responder for Download<K> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let Some(Piece { bytes, from, length, size }) = self.bytes else {
            return HttpResponse::NotModified()
                .insert_header((ETAG, self.etag))
                .insert_header((CACHE_CONTROL, self.caching))
                .finish();
        };
        let whole = length == size;
        let status = if whole { StatusCode::OK } else { StatusCode::PARTIAL_CONTENT };
        let mut response = HttpResponse::build(status);
        response
            .insert_header((CONTENT_TYPE, self.kind))
            .insert_header((CONTENT_DISPOSITION, disposition(&self.name)))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((CONTENT_SECURITY_POLICY, POLICY))
            .insert_header((REFERRER_POLICY, "no-referrer"))
            .insert_header((CACHE_CONTROL, self.caching))
            .insert_header((ACCEPT_RANGES, "bytes"))
            .insert_header((ETAG, self.etag))
            // Packed on the way it would be other bytes than the tag and the range say.
            .insert_header((CONTENT_ENCODING, "identity"));
        if !whole {
            let last = from.saturating_add(length).saturating_sub(1);
            response.insert_header((CONTENT_RANGE, format!("bytes {from}-{last}/{size}")));
        }
        response.body(SizedStream::new(length, bytes))
    }
}

impl<K: Kinds> IntoResponses for Download<K> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let text = || ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
        let header = |description: &str| {
            HeaderBuilder::new().schema(Some(text())).description(Some(description)).build()
        };
        let answer = |description: &str| {
            let response = ResponseBuilder::new().description(description);
            let response = response
                .header("ETag", header("Says which bytes, for `If-None-Match` and `If-Range`."))
                .header("Content-Disposition", header("`attachment`, with the file's name."));
            K::kinds().into_iter().fold(response, |response, kind| {
                response.content(kind, Content::new(Some(RefOr::<Schema>::T(text().into()))))
            })
        };
        let piece = answer("The piece of it that `Range` asked for.")
            .header("Content-Range", header("Which bytes, and of how many."));
        BTreeMap::from([
            ("200".to_string(), RefOr::T(answer("The file.").build())),
            ("206".to_string(), RefOr::T(piece.build())),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_in_ascii_and_as_it_is() {
        assert_eq!(
            disposition("Grüße \"x\".pdf"),
            "attachment; filename=\"Gr__e _x_.pdf\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%22x%22.pdf"
        );
        assert!(disposition("a\r\nb").bytes().all(|byte| (b' '..=b'~').contains(&byte)));
    }

    #[test]
    fn a_range_is_one_of_the_bytes_that_are_there() {
        let range = |range: ByteRangeSpec, only_of: Option<&str>| {
            let only_of = only_of.map(ToString::to_string);
            let wanted = Wanted { known: Vec::new(), range: Some(range), only_of };
            wanted.range(10, "\"a\"")
        };
        assert_eq!(range(ByteRangeSpec::FromTo(2, 4), None), Some((2, 3)));
        assert_eq!(range(ByteRangeSpec::FromTo(2, 40), None), Some((2, 8)));
        assert_eq!(range(ByteRangeSpec::From(9), Some("\"a\"")), Some((9, 1)));
        assert_eq!(range(ByteRangeSpec::Last(3), None), Some((7, 3)));
        assert_eq!(range(ByteRangeSpec::From(10), None), None);
        assert_eq!(range(ByteRangeSpec::From(9), Some("\"b\"")), None);
        assert_eq!(Wanted::default().range(10, "\"a\""), None);
    }
}
