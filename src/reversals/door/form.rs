//! A form with a file in it, as browsers and `curl -F` send it: read part by part as it comes.
//!
//! The file is the part `file`. Every other part is an option, before the file or behind it. Of the
//! file only pieces are in memory, of the options a few.

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::HeaderMap;
use futures_util::StreamExt;
use url::form_urlencoded::Serializer;

use super::incoming::{broken, next_of};
use super::media::FORM;
use super::{Asked, Limits};
use crate::access::digest_of;
use crate::error::{Error, Fault, Place, Result};
use crate::http::shape::Shape;
use crate::kernel::time::Patience;

/// The part that is the file.
const FILE: &str = "file";
/// The option that only forms have: what the file's text is encoded in.
const CHARSET: &str = "charset";
/// The most bytes of an option: a file's name may be the longest.
const LONGEST_OPTION: usize = 1_024;
/// The most parts besides the file: several times as many as there are options.
const MOST_OPTIONS: usize = 20;
/// How many bytes a form may have beside its file.
const AROUND_THE_FILE: u64 = 1 << 20;
/// The most characters of a file's name that are kept.
const LONGEST_NAME: usize = 255;

/// A form on its way.
pub(super) struct Form {
    parts: Multipart,
    patience: Patience,
    /// Options in the order in which they came, without those that are empty.
    given: Vec<(String, String)>,
    many: usize,
    faults: Vec<Fault>,
    file: Option<Wrapped>,
}

/// What the form says of its file.
#[derive(Debug, Clone, Default)]
pub(super) struct Wrapped {
    /// Its type, as it was written.
    pub(super) kind: String,
    /// Its name, without folders.
    pub(super) name: Option<String>,
}

impl Form {
    /// Of a request that says it is one.
    pub(super) fn of(headers: &HeaderMap, body: Payload, limits: &Limits) -> Self {
        let (most, mut came) = (limits.file_bytes.saturating_add(AROUND_THE_FILE), 0_u64);
        let counted = body.map(move |bytes| {
            let bytes = bytes?;
            came = came.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            if came > most { Err(PayloadError::Overflow) } else { Ok(bytes) }
        });
        Self {
            parts: Multipart::new(headers, counted),
            patience: limits.patience,
            given: Vec::new(),
            many: 0,
            faults: Vec::new(),
            file: None,
        }
    }

    /// The file, and what is said of it; the options before it are read.
    pub(super) async fn file(&mut self) -> Result<(Field, Wrapped)> {
        let found = self.next_file().await?;
        found.ok_or_else(|| {
            let fault = Fault::at("/file", "missing_field", "the form has no part named file");
            let faults = std::mem::take(&mut self.faults).into_iter().chain([fault]);
            Error::Invalid(faults.collect())
        })
    }

    /// Reads what comes behind the file.
    pub(super) async fn rest(&mut self) -> Result<()> {
        while let Some((mut second, _)) = self.next_file().await? {
            let message = "the form has two files; a batch is one".to_string();
            self.faults.push(Fault::at("/file", "duplicate_field", message));
            while let Some(bytes) = next_of(&mut second, self.patience).await? {
                bytes.map_err(unread)?;
            }
        }
        Ok(())
    }

    async fn next_file(&mut self) -> Result<Option<(Field, Wrapped)>> {
        while let Some(part) = next_of(&mut self.parts, self.patience).await? {
            let part = part.map_err(unread)?;
            let name = part.name().unwrap_or_default().to_string();
            if name == FILE {
                if self.file.is_some() {
                    self.count()?;
                }
                let wrapped = Wrapped::of(&part);
                self.file.get_or_insert_with(|| wrapped.clone());
                return Ok(Some((part, wrapped)));
            }
            self.option(name, part).await?;
        }
        Ok(None)
    }

    /// Counts a part besides the file: of too many none is kept, not even as a fault.
    fn count(&mut self) -> Result<()> {
        self.many = self.many.saturating_add(1);
        if self.many > MOST_OPTIONS {
            let message = format!("a form has at most {MOST_OPTIONS} parts besides its file");
            return Err(Error::invalid(Fault::at("", "too_many", message)));
        }
        Ok(())
    }

    /// Keeps an option; one that is too long is a fault, and is not kept.
    async fn option(&mut self, name: String, mut part: Field) -> Result<()> {
        self.count()?;
        let mut value = Vec::new();
        while let Some(bytes) = next_of(&mut part, self.patience).await? {
            let bytes = bytes.map_err(unread)?;
            if value.len().saturating_add(bytes.len()) > LONGEST_OPTION {
                let message = format!("a part besides the file has at most {LONGEST_OPTION} bytes");
                return Err(Error::invalid(Fault::at(pointer(&name), "too_long", message)));
            }
            value.extend_from_slice(&bytes);
        }
        match String::from_utf8(value) {
            Err(_) => {
                let message = "this is not UTF-8 text";
                self.faults.push(Fault::at(pointer(&name), "bad_characters", message));
            }
            Ok(value) => {
                if name == CHARSET && self.file.is_some() {
                    let message = "the charset comes before the file that it is of";
                    self.faults.push(Fault::at(pointer(&name), "not_allowed", message));
                }
                // What is left empty in a form of a page is not given.
                if !value.trim().is_empty() {
                    self.given.push((name, value));
                }
            }
        }
        Ok(())
    }

    /// What the file's text is said to be encoded in.
    pub(super) fn charset(&self) -> Option<&str> {
        let mut given = self.given.iter().filter(|(name, _)| name == CHARSET);
        given.next().map(|(_, value)| value.trim())
    }

    /// What was asked for so far, in the form and in the query, or everything that is wrong with it.
    pub(super) fn asked<O: Asked>(&self, shape: &Shape, query: &str) -> Result<O> {
        let mut faults = self.faults.clone();
        let mut all = Serializer::new(query.to_string());
        let mut charsets = 0;
        for (name, value) in &self.given {
            match name.as_str() {
                CHARSET => charsets += 1,
                name => {
                    all.append_pair(name, value.trim());
                }
            }
        }
        if charsets > 1 {
            faults.push(Fault::at("/charset", "duplicate_field", "the part is there twice"));
        }
        match shape.read_query(&all.finish()) {
            Ok(values) if faults.is_empty() => serde_json::from_value(values)
                .map_err(|cause| Error::invalid(Fault::at("", "invalid", cause.to_string()))),
            Ok(_) => Err(Error::Invalid(faults)),
            Err(Error::Invalid(found)) => {
                faults.extend(found.into_iter().map(|fault| self.placed(fault)));
                Err(Error::Invalid(faults))
            }
            Err(other) => Err(other),
        }
    }

    /// A fault of an option where it was given.
    fn placed(&self, fault: Fault) -> Fault {
        let Place::Parameter(name) = &fault.place else { return fault };
        if !self.has(name) {
            return fault;
        }
        let (code, message) = match fault.code.as_ref() {
            "unknown_parameter" => ("unknown_field", "a form has no such part".to_string()),
            "duplicate_parameter" => ("duplicate_field", "the option is given twice".to_string()),
            _ => return Fault { place: Place::Pointer(pointer(name)), ..fault },
        };
        Fault::at(pointer(name), code, message)
    }

    /// Whether an option was given in the form.
    pub(super) fn has(&self, name: &str) -> bool {
        self.given.iter().any(|(given, _)| given == name)
    }

    /// What makes the form the same besides its file's text. What stands between its parts is another
    /// each time.
    pub(super) fn identity(&self) -> Vec<u8> {
        let mut given = self.given.clone();
        given.sort();
        let file = self.file.clone().unwrap_or_default();
        let mut parts = vec![FORM.to_string(), file.kind, file.name.unwrap_or_default()];
        parts.extend(given.into_iter().flat_map(|(name, value)| [name, value]));
        digest_of(&parts.iter().map(String::as_bytes).collect::<Vec<_>>())
    }
}

impl Wrapped {
    fn of(part: &Field) -> Self {
        let kind = part.content_type().map(ToString::to_string).unwrap_or_default();
        let disposition = part.content_disposition();
        let name = disposition.and_then(|disposition| {
            let extended = disposition.get_filename_ext();
            let extended = extended.map(|name| String::from_utf8_lossy(&name.value).into_owned());
            extended.or_else(|| disposition.get_filename().map(ToString::to_string))
        });
        Self { kind, name: name.as_deref().and_then(plain) }
    }
}

/// A file's name without the folders that some clients put before it.
fn plain(name: &str) -> Option<String> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let printable = name.chars().filter(|letter| !letter.is_control());
    let name: String = printable.take(LONGEST_NAME).collect();
    Some(name).filter(|name| !name.trim().is_empty())
}

fn pointer(name: &str) -> String {
    let name: String = name.chars().take(64).collect();
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// Why a form cannot be read on.
fn unread(error: MultipartError) -> Error {
    match error {
        MultipartError::Payload(PayloadError::Overflow) => {
            let detail = "the form has more bytes than a batch may have".to_string();
            Error::TooLarge { code: "body_too_large", detail }
        }
        MultipartError::Incomplete => broken("the form ends in the middle"),
        MultipartError::BoundaryMissing => broken("the form has no boundary where one has to be"),
        MultipartError::Payload(cause) => broken(cause),
        MultipartError::Parse(cause) => broken(cause),
        other => broken(other),
    }
}
