//! One of two answers.

use std::collections::BTreeMap;

use actix_web::body::BoxBody;
use actix_web::{HttpRequest, HttpResponse, Responder};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response};

/// The one or the other.
pub enum Either<One, Other> {
    /// The one.
    One(One),
    /// The other.
    Other(Other),
}

impl<One, Other> Responder for Either<One, Other>
where
    One: Responder<Body = BoxBody>,
    Other: Responder<Body = BoxBody>,
{
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        match self {
            Self::One(answer) => answer.respond_to(request),
            Self::Other(answer) => answer.respond_to(request),
        }
    }
}

impl<One: IntoResponses, Other: IntoResponses> IntoResponses for Either<One, Other> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut both = One::responses();
        both.extend(Other::responses());
        both
    }
}
