//! The answer that tells nothing.

use std::collections::BTreeMap;

use actix_web::body::BoxBody;
use actix_web::{HttpRequest, HttpResponse, Responder};
use utoipa::IntoResponses;
use utoipa::openapi::{RefOr, Response, ResponseBuilder};

/// 202: it was heard; whether anything comes of it is not said.
pub struct Noted;

impl Responder for Noted {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Accepted().finish()
    }
}

impl IntoResponses for Noted {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let heard =
            ResponseBuilder::new().description("Heard. Whether anything comes of it is not said.");
        BTreeMap::from([("202".to_string(), RefOr::T(heard.build()))])
    }
}
