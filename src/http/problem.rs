//! Failures on their way out: RFC 9457 `application/problem+json`, and nothing else.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};

use crate::error::{Answered, Decision, Error, Fault, Place};
use crate::kernel::id::CompanyId;
use crate::kernel::time::Instant;

/// Why a request was not done.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// A page that explains the code.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference", example = "/docs/errors#action_locked")]
    pub kind: String,
    /// The code in words.
    #[schema(example = "Action locked")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 409)]
    pub status: u16,
    /// What happened this time, for people.
    pub detail: String,
    /// What happened, for machines. Stable.
    #[schema(example = "action_locked")]
    pub code: String,
    /// Names this request in the server's log.
    pub request_id: String,
    /// Everything that is wrong with the request, at once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemFault>,
    /// What was decided before, where you came too late to decide otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub decision: Option<ProblemDecision>,
}

/// What was decided before.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProblemDecision {
    /// What the thing has become.
    #[schema(example = "withdrawn")]
    pub status: &'static str,
    /// The company that decided so; null where nobody did, but the time was over or what it belonged to
    /// has ended.
    #[schema(required)]
    pub decided_by_company_id: Option<CompanyId>,
    /// When.
    #[schema(required)]
    pub decided_at: Option<Instant>,
}

/// One thing that is wrong with a request. One of `pointer`, `parameter`, `header` and `line` is there.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProblemFault {
    /// A JSON pointer into the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "/lines/0/amount")]
    pub pointer: Option<String>,
    /// The name of a query parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub parameter: Option<String>,
    /// The name of a header.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub header: Option<&'static str>,
    /// A record of a file; the header is 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub line: Option<i32>,
    /// What is wrong, for machines. Stable.
    #[schema(example = "bad_number")]
    pub code: String,
    /// What is wrong, for people.
    pub message: String,
}

/// The one table from failures to statuses. A new variant does not compile until it has a row.
fn row(error: &Error) -> (StatusCode, &'static str) {
    match error {
        Error::Unauthenticated(_) => (StatusCode::UNAUTHORIZED, "unauthenticated"),
        Error::Unproven { code, .. } => (StatusCode::UNAUTHORIZED, code),
        Error::Forbidden { code, .. } => (StatusCode::FORBIDDEN, code),
        Error::NotFound(_) => (StatusCode::NOT_FOUND, "not_found"),
        Error::Malformed(_) => (StatusCode::BAD_REQUEST, "malformed"),
        Error::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
        Error::Refused(refused) => (StatusCode::CONFLICT, refused.code),
        Error::Stale => (StatusCode::PRECONDITION_FAILED, "stale_version"),
        Error::IdempotencyConflict => (StatusCode::CONFLICT, "idempotency_conflict"),
        Error::Replayed(_) => (StatusCode::OK, "replayed"),
        Error::TooLarge { code, .. } => (StatusCode::PAYLOAD_TOO_LARGE, code),
        Error::UnsupportedMediaType(_) => {
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type")
        }
        Error::TooMany { code, .. } | Error::Wait { code, .. } => {
            (StatusCode::TOO_MANY_REQUESTS, code)
        }
        Error::TooFast { .. } => (StatusCode::TOO_MANY_REQUESTS, "rate_limited"),
        Error::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, "overloaded"),
        Error::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        row(self).0
    }

    fn error_response(&self) -> HttpResponse {
        if let Self::Replayed(answered) = self {
            return replayed(answered);
        }
        let (status, code) = row(self);
        let request_id = super::observe::current_request_id();
        if let Self::Internal(cause) = self {
            log::error!(request_id:% = request_id; "{cause:#}");
        }
        let faults = match self {
            Self::Invalid(faults) => faults.as_slice(),
            _ => &[],
        };
        let detail = match faults {
            [only] => only.message.clone(),
            _ => self.to_string(),
        };
        let mut problem = problem(status, code, detail, faults, request_id);
        if let Self::Refused(refused) = self {
            problem.decision = refused.decision.as_deref().map(ProblemDecision::from);
        }
        let mut response = respond(status, &problem);
        if let Self::Wait { seconds, .. } | Self::TooFast { seconds } = self {
            response.headers_mut().insert(RETRY_AFTER, (*seconds).into());
        }
        response
    }
}

/// A problem as an answer, also for those that have no [`Error`]: unknown paths, wrong methods.
pub fn answer(
    status: StatusCode,
    code: &str,
    detail: String,
    faults: &[Fault],
    request_id: String,
) -> HttpResponse {
    respond(status, &problem(status, code, detail, faults, request_id))
}

fn problem(
    status: StatusCode,
    code: &str,
    detail: String,
    faults: &[Fault],
    request_id: String,
) -> Problem {
    Problem {
        kind: format!("/docs/errors#{code}"),
        title: title(code),
        status: status.as_u16(),
        detail,
        code: code.to_string(),
        request_id,
        errors: faults.iter().map(ProblemFault::from).collect(),
        decision: None,
    }
}

fn respond(status: StatusCode, problem: &Problem) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response.insert_header((CONTENT_TYPE, "application/problem+json"));
    response.insert_header((CACHE_CONTROL, "no-store"));
    if status == StatusCode::UNAUTHORIZED {
        response.insert_header((WWW_AUTHENTICATE, "Bearer realm=\"entente\""));
    }
    match status {
        StatusCode::SERVICE_UNAVAILABLE => drop(response.insert_header((RETRY_AFTER, "1"))),
        StatusCode::TOO_MANY_REQUESTS => drop(response.insert_header((RETRY_AFTER, "5"))),
        _ => {}
    }
    response.body(serde_json::to_string(problem).unwrap_or_default())
}

impl From<&Decision> for ProblemDecision {
    fn from(decision: &Decision) -> Self {
        let Decision { status, by, at } = *decision;
        Self { status, decided_by_company_id: by, decided_at: at }
    }
}

fn replayed(answered: &Answered) -> HttpResponse {
    let status = StatusCode::from_u16(answered.status).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    response.insert_header(("Idempotency-Replayed", "true"));
    if let Some(location) = &answered.location {
        response.insert_header((LOCATION, location.as_str()));
    }
    if let Some(etag) = &answered.etag {
        response.insert_header((ETAG, etag.as_str()));
    }
    if answered.body.is_empty() {
        return response.finish();
    }
    response.insert_header((CONTENT_TYPE, "application/json"));
    response.body(answered.body.clone())
}

/// `action_locked` → `Action locked`.
pub fn title(code: &str) -> String {
    let words = code.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

impl From<&Fault> for ProblemFault {
    fn from(fault: &Fault) -> Self {
        let (mut pointer, mut parameter, mut header, mut line) = (None, None, None, None);
        match &fault.place {
            Place::Pointer(place) => pointer = Some(place.clone()),
            Place::Parameter(name) => parameter = Some(name.clone()),
            Place::Header(name) => header = Some(*name),
            Place::Line(number) => line = Some(*number),
        }
        let (code, message) = (fault.code.to_string(), fault.message.clone());
        Self { pointer, parameter, header, line, code, message }
    }
}

/// The shared problem answers are added to every operation by the document's finishing pass.
impl IntoResponses for Error {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        BTreeMap::new()
    }
}
