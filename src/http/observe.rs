//! Every request has an id, a log line and its place in the metrics.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Instant as Stopwatch;

use actix_web::HttpMessage;
use actix_web::body::{BodySize, BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;

use super::metrics::Metrics;
use crate::kernel::origin::RequestId;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: RefCell<String>;
}

/// The id of the request that is being answered; empty outside of one.
pub fn current_request_id() -> String {
    CURRENT.try_with(|current| current.borrow().clone()).unwrap_or_default()
}

/// Names the request, answers `HEAD` as `GET`, counts and logs it.
pub async fn observe(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let request_id = request_id(&request);
    request.extensions_mut().insert(request_id);
    let id = request_id.to_string();
    let (method, path) = (request.method().clone(), request.path().to_string());
    let metrics = request.app_data::<Arc<Metrics>>().cloned();
    if method == Method::HEAD {
        // The connection remembers that it was HEAD, and sends no body.
        request.head_mut().method = Method::GET;
    }
    let begun = Stopwatch::now();
    let answered = CURRENT.scope(RefCell::new(id.clone()), async {
        let mut response = next.call(request).await?;
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert(REQUEST_ID, value);
        }
        Ok::<_, actix_web::Error>(match method {
            Method::HEAD => response.map_body(|_, body| unsent(body)),
            _ => response.map_into_left_body(),
        })
    });
    let answered = answered.await;
    let took = begun.elapsed();
    let (status, operation) = match &answered {
        Ok(response) => (response.status().as_u16(), response.request().match_pattern()),
        Err(cause) => (cause.as_response_error().status_code().as_u16(), None),
    };
    let operation = operation.unwrap_or_else(|| "unmatched".to_string());
    if let Some(metrics) = metrics {
        metrics.answered(method.as_str(), &operation, status, took);
    }
    log::info!(
        request_id:% = id, method:% = method, path:% = path, status = status,
        micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        "answered"
    );
    answered
}

/// What stands for a body that nobody is sent. One that is made while it is sent may be long, or have
/// no end, and the connection would wait for it.
fn unsent<B: MessageBody>(body: B) -> EitherBody<B> {
    match body.size() {
        BodySize::Stream => EitherBody::right(BoxBody::new(())),
        BodySize::None | BodySize::Sized(_) => EitherBody::left(body),
    }
}

/// The caller's id if it is well-formed, else a new one.
fn request_id(request: &ServiceRequest) -> RequestId {
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    given.and_then(|given| given.parse().ok()).unwrap_or_default()
}
