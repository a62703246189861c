//! JSON bodies: read, held against the document, made into the type, judged by its own rules.

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use super::shape::{MOST_COMPLAINTS, Shapes};
use super::unique::Unique;
use crate::access;
use crate::error::{Error, Fault, Place, Result};

/// A body that fits.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + Validate + 'static> FromRequest for Json<T> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = take(&request, payload).await?;
            read(&request, &body).map(Self)
        })
    }
}

/// A body that is one list of things, each of which may be wrong for itself.
pub trait Envelope: 'static {
    /// The field that holds the list.
    const LIST: &'static str;
    /// What is in it.
    type Entry: DeserializeOwned + Validate;
}

/// The entries of a list, each read for itself: what is wrong with one leaves the others be.
pub struct Entries<E: Envelope>(pub Vec<Result<E::Entry, Vec<Fault>>>);

impl<E: Envelope> FromRequest for Entries<E> {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = take(&request, payload).await?;
            read_entries::<E>(&request, &body).map(Self)
        })
    }
}

/// Whether a request says that its body is JSON.
pub fn is_json(request: &HttpRequest) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let kind = kind.to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Whether the body comes in any other form than as it is.
pub fn is_encoded(headers: &HeaderMap) -> bool {
    let values = headers.get_all(CONTENT_ENCODING);
    // What is no text names no coding, and least of all this one.
    let mut codings = values.flat_map(|value| value.to_str().unwrap_or("unknown").split(','));
    codings.any(|coding| !coding.trim().eq_ignore_ascii_case("identity"))
}

/// Takes in a body of JSON; a command without arguments may come without one.
async fn take(request: &HttpRequest, payload: Payload) -> Result<web::BytesMut> {
    let body = access::take_in(request, payload).await?;
    if is_encoded(request.headers()) {
        return Err(Error::UnsupportedMediaType("bodies as they are, without a Content-Encoding"));
    }
    if !body.is_empty() && !is_json(request) {
        return Err(Error::UnsupportedMediaType("application/json"));
    }
    Ok(body)
}

/// Makes bytes into a `T`, or finds everything that is wrong with them.
fn read<T: DeserializeOwned + Validate>(request: &HttpRequest, body: &[u8]) -> Result<T> {
    let (value, faults) = hold_against_the_document(request, body)?;
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    make(value, "").map_err(Error::Invalid)
}

/// Makes bytes into entries. What is wrong outside of them is wrong with the whole.
fn read_entries<E: Envelope>(
    request: &HttpRequest,
    body: &[u8],
) -> Result<Vec<Result<E::Entry, Vec<Fault>>>> {
    let (mut value, faults) = hold_against_the_document(request, body)?;
    let mut of_entries: HashMap<usize, Vec<Fault>> = HashMap::new();
    if faults.len() >= MOST_COMPLAINTS {
        // Others may be missing, and an entry without faults may have some.
        return Err(Error::Invalid(faults));
    }
    for fault in &faults {
        let Some(index) = entry_of(E::LIST, fault) else { return Err(Error::Invalid(faults)) };
        of_entries.entry(index).or_default().push(fault.clone());
    }
    let entries = value.get_mut(E::LIST).and_then(Value::as_array_mut).map(std::mem::take);
    let entries = entries.unwrap_or_default().into_iter().enumerate();
    Ok(entries
        .map(|(index, entry)| match of_entries.remove(&index) {
            Some(faults) => Err(faults),
            None => make(entry, &format!("/{}/{index}", E::LIST)),
        })
        .collect())
}

/// The entry a fault is in: `3` for `/actions/3/amount`.
fn entry_of(list: &str, fault: &Fault) -> Option<usize> {
    let Place::Pointer(pointer) = &fault.place else { return None };
    let mut steps = pointer.strip_prefix('/')?.split('/');
    steps.next().filter(|first| *first == list)?;
    steps.next()?.parse().ok()
}

/// The body as JSON, and everything that is wrong with its shape.
fn hold_against_the_document(request: &HttpRequest, body: &[u8]) -> Result<(Value, Vec<Fault>)> {
    let body = if body.iter().all(u8::is_ascii_whitespace) { b"{}" } else { body };
    let Unique(value) = serde_json::from_slice(body)
        .map_err(|cause| Error::Malformed(format!("the body is not JSON: {cause}")))?;
    let shapes = request.app_data::<Arc<Shapes>>();
    let shapes = shapes.ok_or_else(|| Error::internal(anyhow::anyhow!("no shapes mounted")))?;
    let mut faults = shapes.of(request)?.body_faults(&value);
    super::shape::find_nul(&value, "", &mut faults);
    Ok((value, faults))
}

/// Makes a value whose shape fits into a `T`, and lets its own rules judge it.
fn make<T: DeserializeOwned + Validate>(value: Value, place: &str) -> Result<T, Vec<Fault>> {
    let made: T = serde_json::from_value(value)
        .map_err(|cause| vec![Fault::at(place, "invalid", cause.to_string())])?;
    made.validate().map_err(|errors| {
        let mut faults = Vec::new();
        explain(&errors, place, &mut faults);
        faults
    })?;
    Ok(made)
}

/// Faults that `validator` found. Its parameters hold the rejected value, which may be a secret, and
/// stay out.
fn explain(errors: &ValidationErrors, place: &str, faults: &mut Vec<Fault>) {
    for (field, kind) in errors.errors() {
        let place = if field == "__all__" { place.to_string() } else { format!("{place}/{field}") };
        match kind {
            ValidationErrorsKind::Struct(inner) => explain(inner, &place, faults),
            ValidationErrorsKind::List(entries) => {
                for (index, inner) in entries {
                    explain(inner, &format!("{place}/{index}"), faults);
                }
            }
            ValidationErrorsKind::Field(found) => {
                faults.extend(found.iter().map(|fault| {
                    let message = fault.message.as_deref().unwrap_or("this does not fit");
                    Fault::at(place.clone(), fault.code.clone(), message.to_string())
                }));
            }
        }
    }
}
