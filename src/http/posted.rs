//! The answer to what goes on elsewhere.

use std::collections::BTreeMap;

use actix_web::body::BoxBody;
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use utoipa::openapi::{RefOr, Response};
use utoipa::{IntoResponses, ToSchema};

use super::reply::Accepted;
use crate::access::Keep;
use crate::error::Answered;

/// 202: a letter is on its way, and what comes of it is for whoever gets it.
pub struct Posted<T>(Accepted<T>);

impl<T: Serialize> Posted<T> {
    /// What waits, where it is, and its version.
    pub fn at(location: String, version: i64, view: T) -> Self {
        Self(Accepted::at(location, version, false, view))
    }
}

impl<T> Keep for Posted<T> {
    fn keep(&self) -> Answered {
        self.0.keep()
    }
}

impl<T> Responder for Posted<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        self.0.respond_to(request)
    }
}

impl<T: ToSchema> IntoResponses for Posted<T> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut told = Accepted::<T>::responses();
        told.retain(|status, _| status == "202");
        told
    }
}
