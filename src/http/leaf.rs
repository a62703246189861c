//! A small page for people who come by a link in a letter. It loads nothing and tells nobody where
//! they came from: the link is good for something.

use std::collections::BTreeMap;

use actix_web::body::BoxBody;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use actix_web::{HttpRequest, HttpResponse, Responder};
use utoipa::IntoResponses;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::openapi::{Content, RefOr, Response, ResponseBuilder};

/// Nothing but the page's own style, and forms back to this server.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; \
                      frame-ancestors 'none'; base-uri 'none'";

/// 200: a page.
pub struct Leaf(String);

impl Leaf {
    /// A page with a heading and a text, both ours: nothing that came from outside goes in here.
    pub fn saying(heading: &'static str, text: &str) -> Self {
        Self::written(heading, &format!("<p>{text}</p>"))
    }

    /// The same with a button, which sends an empty form to where the page came from.
    pub fn asking(heading: &'static str, text: &str, button: &'static str) -> Self {
        let form = format!("<form method=\"post\"><button>{button}</button></form>");
        Self::written(heading, &format!("<p>{text}</p>{form}"))
    }

    fn written(heading: &str, body: &str) -> Self {
        Self(format!(
            "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width\"><title>{heading}</title>\
             <style>body{{font:16px/1.5 sans-serif;max-width:32em;margin:4em auto;padding:0 1em}}\
             button{{font:inherit;padding:.5em 1em}}</style><h1>{heading}</h1>{body}\n"
        ))
    }
}

impl Responder for Leaf {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((CONTENT_SECURITY_POLICY, POLICY))
            .insert_header((REFERRER_POLICY, "no-referrer"))
            .body(self.0)
    }
}

impl IntoResponses for Leaf {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let text = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
        let content = Content::new(Some(RefOr::<Schema>::T(text.into())));
        let response = ResponseBuilder::new().description("A page.").content("text/html", content);
        BTreeMap::from([("200".to_string(), RefOr::T(response.build()))])
    }
}
