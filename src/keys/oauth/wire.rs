//! What the door of tokens takes and gives, in OAuth's own words.

use std::collections::BTreeMap;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError};
use futures_util::future::LocalBoxFuture;
use serde::Serialize;
use serde_json::json;
use utoipa::openapi::{ContentBuilder, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

use super::rules::{self, Asked, Refusal};
use crate::access::take_in;
use crate::error::{Error, Result};
use crate::http::json::is_encoded;
use crate::http::reply::reference;

/// What bodies are here.
const FORM: &str = "application/x-www-form-urlencoded";

/// A wish for a token. A client shows its id and its secret here, or by HTTP Basic.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "grant_type": "client_credentials", "client_id": "key_01k5h2v7xnf8rtq3m9bcw4ze6a",
    "client_secret": "entk_...", "scope": "reversals:write"
}))]
pub struct TokenRequest {
    /// Always `client_credentials`.
    #[schema(pattern = "^client_credentials$")]
    pub grant_type: String,
    /// The id of an API key.
    #[schema(nullable = false)]
    pub client_id: Option<String>,
    /// Its secret, `entk_…`.
    #[schema(nullable = false)]
    pub client_secret: Option<String>,
    /// Some of its scopes, with blanks between them; all of them if absent.
    #[schema(nullable = false)]
    pub scope: Option<String>,
}

/// A token that stands for a key.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OAuthToken)]
pub struct TokenView {
    /// Send it as `Authorization: Bearer`.
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Seconds the token counts.
    #[schema(example = 900)]
    pub expires_in: i64,
    /// What it may do.
    #[schema(example = "reversals:write")]
    pub scope: String,
}

/// Why there is no token (RFC 6749, section 5.2).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OAuthError)]
pub struct OAuthErrorView {
    /// For machines: `invalid_request`, `invalid_client`, `unsupported_grant_type` or `invalid_scope`.
    pub error: &'static str,
    /// For people.
    pub error_description: String,
}

/// The form of a request for a token, and whom its header names.
pub struct TokenForm(pub Asked);

impl FromRequest for TokenForm {
    type Error = TokenProblem;
    type Future = LocalBoxFuture<'static, Result<Self, TokenProblem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = take_in(&request, payload).await?;
            let headers = request.headers();
            let text = |value: &actix_web::http::header::HeaderValue| {
                String::from_utf8_lossy(value.as_bytes()).into_owned()
            };
            let kind = headers.get(CONTENT_TYPE).map(text).unwrap_or_default();
            let kind = kind.split(';').next().unwrap_or_default().trim();
            if !kind.eq_ignore_ascii_case(FORM) || is_encoded(headers) {
                return Err(Refusal::InvalidRequest("send a form, as it is").into());
            }
            let authorization = headers.get(AUTHORIZATION).map(text);
            Ok(Self(rules::read(authorization.as_deref(), &body)?))
        })
    }
}

/// What is answered instead of a token: OAuth's own errors, and the problems of every door.
#[derive(Debug, thiserror::Error)]
pub enum TokenProblem {
    /// The request is at fault.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too many of them, or the server is at fault.
    #[error(transparent)]
    Failed(Error),
}

impl From<Error> for TokenProblem {
    fn from(error: Error) -> Self {
        match error {
            Error::Malformed(_) => Self::Refused(Refusal::InvalidRequest("the form ends early")),
            other => Self::Failed(other),
        }
    }
}

impl ResponseError for TokenProblem {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Refused(Refusal::InvalidClient) => StatusCode::UNAUTHORIZED,
            Self::Refused(_) => StatusCode::BAD_REQUEST,
            Self::Failed(error) => error.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        let refusal = match self {
            Self::Refused(refusal) => refusal,
            Self::Failed(error) => return error.error_response(),
        };
        let status = self.status_code();
        let mut response = HttpResponse::build(status);
        response.insert_header((CACHE_CONTROL, "no-store"));
        if status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, "Basic realm=\"entente\""));
        }
        let error_description = refusal.to_string();
        response.json(OAuthErrorView { error: refusal.code(), error_description })
    }
}

impl IntoResponses for TokenProblem {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let told = |refusals: &[Refusal]| {
            let codes: Vec<_> =
                refusals.iter().map(|refusal| format!("`{}`", refusal.code())).collect();
            let first = refusals.first().map(|refusal| {
                json!({ "error": refusal.code(), "error_description": refusal.to_string() })
            });
            let content = ContentBuilder::new()
                .schema(Some(reference::<OAuthErrorView>()))
                .example(first)
                .build();
            let described = format!("OAuth errors: {}.", codes.join(", "));
            let response = ResponseBuilder::new().description(described);
            RefOr::T(response.content("application/json", content).build())
        };
        let bad = [
            Refusal::InvalidRequest("grant_type is missing"),
            Refusal::UnsupportedGrantType,
            Refusal::InvalidScope("events:read".into()),
        ];
        let both = [("400", told(&bad)), ("401", told(&[Refusal::InvalidClient]))];
        both.into_iter().map(|(status, told)| (status.to_string(), told)).collect()
    }
}
