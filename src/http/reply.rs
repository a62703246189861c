//! Answers that went well. Each type has one status, and documents itself.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::body::BoxBody;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH,
    LINK, LOCATION,
};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, Responder};
use futures_util::Stream;
use serde::Serialize;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{
    Content, ContentBuilder, HeaderBuilder, Ref, RefOr, Response, ResponseBuilder,
};
use utoipa::{IntoResponses, ToSchema};

use crate::access::Keep;
use crate::error::{Answered, Result};
use crate::kernel::page::Page;

thread_local! {
    /// Schemas of reply types, until the document collects them: utoipa does not look for them here.
    static SEEN: RefCell<Vec<(String, RefOr<Schema>)>> = const { RefCell::new(Vec::new()) };
}

/// The schemas of all reply types that were documented since the last call.
pub fn drain_schemas() -> Vec<(String, RefOr<Schema>)> {
    SEEN.with_borrow_mut(std::mem::take)
}

/// Remembers the schema of a type and what it refers to; gives the reference to it.
pub fn reference<T: ToSchema>() -> RefOr<Schema> {
    SEEN.with_borrow_mut(|seen| {
        T::schemas(seen);
        seen.push((T::name().into_owned(), T::schema()));
    });
    RefOr::Ref(Ref::from_schema_name(T::name()))
}

/// 200: here it is.
pub struct Found<T> {
    answer: Reply,
    kind: PhantomData<fn() -> T>,
}

/// 201: it has come to be.
pub struct Created<T> {
    answer: Reply,
    kind: PhantomData<fn() -> T>,
}

/// 202: taken, and not yet done; or 200, where the caller asked to wait and it is.
pub struct Accepted<T> {
    answer: Reply,
    waited: bool,
    replayed: bool,
    kind: PhantomData<fn() -> T>,
}

/// 200: a file, made while it is sent.
pub struct Streamed {
    kind: &'static str,
    name: String,
    bytes: Pin<Box<dyn Stream<Item = Result<Bytes>>>>,
}

/// 200: events about one kind of thing, each sent when it happens.
pub struct EventStream<T> {
    events: Pin<Box<dyn Stream<Item = Result<Bytes>>>>,
    kind: PhantomData<fn() -> T>,
}

/// What the data of streamed events is.
pub trait Streams: ToSchema {
    /// A stream, for the document.
    const EXAMPLE: &'static str;
}

/// 204: done, and there is nothing to show.
#[derive(Debug, Clone, Copy)]
pub struct NoContent;

/// 200: some of them, in order, and where the next ones begin.
pub struct Listed<T> {
    body: Vec<u8>,
    next: Option<String>,
    kind: PhantomData<fn() -> T>,
}

/// 200: counters, as text.
pub struct Text {
    /// The media type, with its charset.
    pub kind: &'static str,
    /// The text.
    pub text: String,
}

/// What the single-thing replies have in common.
#[derive(Debug, Clone)]
struct Reply {
    kept: Answered,
    secret: Option<&'static str>,
    uncached: bool,
}

impl Reply {
    fn of(status: StatusCode, body: &impl Serialize) -> Self {
        let body = serde_json::to_string(body).unwrap_or_default();
        let kept = Answered { status: status.as_u16(), location: None, etag: None, body };
        Self { kept, secret: None, uncached: false }
    }

    /// The answer as it may be given again: without its secret.
    fn keep(&self) -> Answered {
        let Some(field) = self.secret else { return self.kept.clone() };
        let mut body: serde_json::Value = serde_json::from_str(&self.kept.body).unwrap_or_default();
        if let Some(secret) = body.get_mut(field) {
            *secret = serde_json::Value::Null;
        }
        Answered { body: body.to_string(), ..self.kept.clone() }
    }

    fn respond(self, request: &HttpRequest) -> HttpResponse {
        let Answered { status, location, etag, body } = self.kept;
        if let Some(etag) = etag.as_deref().filter(|etag| unchanged(request, etag)) {
            return HttpResponse::NotModified().insert_header((ETAG, etag)).finish();
        }
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
        let mut response = HttpResponse::build(status);
        let caching = if self.uncached { "no-store" } else { "private, no-cache" };
        response.insert_header((CACHE_CONTROL, caching));
        response.insert_header((CONTENT_TYPE, "application/json"));
        if let Some(location) = location {
            response.insert_header((LOCATION, location));
        }
        if let Some(etag) = etag {
            response.insert_header((ETAG, etag));
        }
        response.body(body)
    }
}

/// Whether the reader has this version already.
fn unchanged(request: &HttpRequest, etag: &str) -> bool {
    let known = request.headers().get(IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    let known = known.unwrap_or_default().split(',').map(|tag| tag.trim().trim_start_matches("W/"));
    request.method() == Method::GET && known.into_iter().any(|tag| tag == etag)
}

fn etag(version: i64) -> Option<String> {
    Some(format!("\"{version}\""))
}

impl<T: Serialize> Found<T> {
    /// A thing without a version.
    pub fn of(view: T) -> Self {
        Self { answer: Reply::of(StatusCode::OK, &view), kind: PhantomData }
    }

    /// A thing and its version, for `ETag`.
    pub fn version(version: i64, view: T) -> Self {
        let mut found = Self::of(view);
        found.answer.kept.etag = etag(version);
        found
    }

    /// Nothing on the way may store it.
    pub fn uncached(mut self) -> Self {
        self.answer.uncached = true;
        self
    }

    /// This field is shown once: a repeated request gets null.
    pub fn secret_in(mut self, field: &'static str) -> Self {
        self.answer.secret = Some(field);
        self
    }
}

impl<T: Serialize> Created<T> {
    /// A new thing and where it is.
    pub fn at(location: String, view: T) -> Self {
        let mut answer = Reply::of(StatusCode::CREATED, &view);
        answer.kept.location = Some(location);
        answer.kept.etag = etag(1);
        Self { answer, kind: PhantomData }
    }

    /// The version of what is shown, where that is an older thing with something new in it.
    pub fn version(mut self, version: i64) -> Self {
        self.answer.kept.etag = etag(version);
        self
    }

    /// Nothing on the way may store it.
    pub fn uncached(mut self) -> Self {
        self.answer.uncached = true;
        self
    }

    /// This field is shown once: a repeated request gets null.
    pub fn secret_in(mut self, field: &'static str) -> Self {
        self.answer.secret = Some(field);
        self
    }
}

impl<T: Serialize> Accepted<T> {
    /// A thing that is being worked on, where it is, and whether it is done.
    pub fn at(location: String, version: i64, done: bool, view: T) -> Self {
        let status = if done { StatusCode::OK } else { StatusCode::ACCEPTED };
        let mut answer = Reply::of(status, &view);
        answer.kept.location = Some(location);
        answer.kept.etag = etag(version);
        Self { answer, waited: false, replayed: false, kind: PhantomData }
    }

    /// The caller asked to wait, and was heard.
    pub fn waited(mut self, waited: bool) -> Self {
        self.waited = waited;
        self
    }

    /// The request was answered before.
    pub fn replayed(mut self) -> Self {
        self.replayed = true;
        self
    }
}

impl Streamed {
    /// A file of a media type, to be kept under a name.
    pub fn new(
        kind: &'static str,
        name: String,
        bytes: impl Stream<Item = Result<Bytes>> + 'static,
    ) -> Self {
        Self { kind, name, bytes: Box::pin(bytes) }
    }
}

impl<T> EventStream<T> {
    /// Events as they are written on the line.
    pub fn of(events: impl Stream<Item = Result<Bytes>> + 'static) -> Self {
        Self { events: Box::pin(events), kind: PhantomData }
    }
}

/// The bytes that a row of a list mostly takes, at most. The usual page stays below 64 KiB with it:
/// to give back more, glibc sweeps up all that is free.
const USUAL_ROW: usize = 1_200;

impl<T: Serialize> Listed<T> {
    /// A page. Best made where its rows were read: the threads that talk to the network then only
    /// send it.
    pub fn of(page: Page<T>) -> Self {
        #[derive(Serialize)]
        struct Body<T> {
            data: Vec<T>,
            next_cursor: Option<String>,
        }
        let next = page.next.clone();
        let page = Body { data: page.rows, next_cursor: page.next };
        // Written once into a buffer that holds it, instead of one that grows and moves.
        let mut body = Vec::with_capacity(page.data.len().saturating_mul(USUAL_ROW));
        if serde_json::to_writer(&mut body, &page).is_err() {
            body.clear();
        }
        Self { body, next, kind: PhantomData }
    }
}

impl<T> Keep for Found<T> {
    fn keep(&self) -> Answered {
        self.answer.keep()
    }
}

impl<T> Keep for Created<T> {
    fn keep(&self) -> Answered {
        self.answer.keep()
    }
}

impl<T> Keep for Accepted<T> {
    fn keep(&self) -> Answered {
        self.answer.keep()
    }
}

impl Keep for NoContent {
    fn keep(&self) -> Answered {
        Answered { status: 204, location: None, etag: None, body: String::new() }
    }
}

impl<T> Responder for Found<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        self.answer.respond(request)
    }
}

impl<T> Responder for Created<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        self.answer.respond(request)
    }
}

impl<T> Responder for Accepted<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = self.answer.respond(request);
        let mut add = |name, value| {
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        };
        if self.waited {
            add("preference-applied", "wait");
        }
        if self.replayed {
            add("idempotency-replayed", "true");
        }
        response
    }
}

impl Responder for Streamed {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok()
            .content_type(self.kind)
            .insert_header((CACHE_CONTROL, "private, no-cache"))
            .insert_header((
                "Content-Disposition",
                format!("attachment; filename=\"{}\"", self.name),
            ))
            .streaming(self.bytes)
    }
}

impl<T> Responder for EventStream<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok()
            .content_type("text/event-stream")
            .insert_header((CACHE_CONTROL, "private, no-cache"))
            // Whoever packs events or collects them on the way holds them back.
            .insert_header((CONTENT_ENCODING, "identity"))
            .insert_header(("X-Accel-Buffering", "no"))
            .streaming(self.events)
    }
}

impl Responder for NoContent {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::NoContent().finish()
    }
}

impl Responder for Text {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok().content_type(self.kind).body(self.text)
    }
}

impl<T> Responder for Listed<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.insert_header((CACHE_CONTROL, "private, no-cache"));
        response.insert_header((CONTENT_TYPE, "application/json"));
        if let Some(next) = self.next {
            let others = url::form_urlencoded::parse(request.query_string().as_bytes())
                .filter(|(name, _)| name != "cursor");
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(others).append_pair("cursor", &next);
            let link = format!("<{}?{}>; rel=\"next\"", request.path(), query.finish());
            response.insert_header((LINK, link));
        }
        response.body(self.body)
    }
}

fn one<T: ToSchema>(description: &str) -> ResponseBuilder {
    let content = Content::new(Some(reference::<T>()));
    ResponseBuilder::new().description(description).content("application/json", content)
}

fn only(status: &str, response: ResponseBuilder) -> BTreeMap<String, RefOr<Response>> {
    BTreeMap::from([(status.to_string(), RefOr::T(response.build()))])
}

fn text_header(description: &str) -> utoipa::openapi::header::Header {
    let text = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
    HeaderBuilder::new().schema(Some(text)).description(Some(description)).build()
}

impl<T: ToSchema> IntoResponses for Found<T> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let etag = text_header("The version, for `If-Match` and `If-None-Match`.");
        only("200", one::<T>("Here it is.").header("ETag", etag))
    }
}

impl<T: ToSchema> IntoResponses for Created<T> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let location = text_header("Where the new thing is.");
        only("201", one::<T>("It has come to be.").header("Location", location))
    }
}

impl<T: ToSchema> IntoResponses for Accepted<T> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let location = || text_header("Where the thing is.");
        let applied = text_header("`wait`, where `Prefer: wait` was asked for.");
        let taken = one::<T>("Taken; look at `Location` for how far it is.");
        let done = one::<T>("Taken and already done.").header("Preference-Applied", applied);
        BTreeMap::from([
            ("202".to_string(), RefOr::T(taken.header("Location", location()).build())),
            ("200".to_string(), RefOr::T(done.header("Location", location()).build())),
        ])
    }
}

impl IntoResponses for Streamed {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let text = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
        let content = Content::new(Some(RefOr::<Schema>::T(text.into())));
        let response = ResponseBuilder::new().description("The file.");
        only("200", response.content("text/csv", content))
    }
}

impl<T: Streams> IntoResponses for EventStream<T> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        // The schema of what stands behind `data:` is in the document under its own name.
        reference::<T>();
        let text = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
        let content = ContentBuilder::new()
            .schema(Some(RefOr::<Schema>::T(text.into())))
            .example(Some(T::EXAMPLE.into()))
            .build();
        let response = ResponseBuilder::new().description("Events, each sent when it happens.");
        only("200", response.content("text/event-stream", content))
    }
}

impl IntoResponses for NoContent {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        only("204", ResponseBuilder::new().description("Done."))
    }
}

impl IntoResponses for Text {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let text = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
        let content = Content::new(Some(RefOr::<Schema>::T(text.into())));
        let response = ResponseBuilder::new().description("The text.");
        only("200", response.content("application/openmetrics-text", content))
    }
}

impl<T: ToSchema> IntoResponses for Listed<T> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let cursor = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
            .description(Some("Where the next page begins; null on the last one."));
        let page = ObjectBuilder::new()
            .property("data", ArrayBuilder::new().items(reference::<T>()))
            .required("data")
            .property("next_cursor", cursor)
            .required("next_cursor");
        let name = format!("{}Page", T::name());
        SEEN.with_borrow_mut(|seen| seen.push((name.clone(), page.into())));
        let content = Content::new(Some(RefOr::<Schema>::Ref(Ref::from_schema_name(name))));
        let link = text_header("The next page, as `<path>; rel=\"next\"` (RFC 8288).");
        let response = ResponseBuilder::new().description("A page, in order.");
        only("200", response.content("application/json", content).header("Link", link))
    }
}
