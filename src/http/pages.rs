//! The document and its pages, served from inside the binary.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_router::ResourceDef;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::access::{Gate, Scope};

/// The docs page runs its own scripts and styles, and talks to nobody but this server.
const DOCS_POLICY: &str = "default-src 'self'; script-src 'self' 'unsafe-inline'; \
                           style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                           frame-ancestors 'none'";

/// Where clients of OAuth look for what there is (RFC 8414).
const METADATA: &str = "/.well-known/oauth-authorization-server";

/// What is served beside the API.
pub struct Pages {
    document: String,
    errors: String,
    routes: Vec<(ResourceDef, Vec<String>)>,
}

impl Pages {
    /// Pages about a document.
    pub fn new(text: String, document: &Value) -> Self {
        let paths = document.get("paths").and_then(Value::as_object);
        let routes = paths.into_iter().flatten().map(|(path, item)| {
            let methods = item.as_object().into_iter().flatten();
            let mut methods: Vec<String> = methods.map(|(name, _)| name.to_uppercase()).collect();
            if methods.iter().any(|method| method == "GET") {
                methods.push("HEAD".into());
            }
            (ResourceDef::new(path.as_str()), methods)
        });
        Self { routes: routes.collect(), errors: errors_page(document), document: text }
    }

    /// The methods a path knows; none if there is no such path.
    pub fn methods(&self, path: &str) -> Vec<String> {
        let matching = self.routes.iter().filter(|(pattern, _)| pattern.is_match(path));
        let all: BTreeSet<String> = matching.flat_map(|(_, methods)| methods.clone()).collect();
        all.into_iter().collect()
    }
}

/// Mounts the pages.
pub fn mount(config: &mut web::ServiceConfig) {
    let ui = Config::from("/openapi.json").validator_url("none").try_it_out_enabled(true);
    config
        .service(web::resource("/openapi.json").route(web::get().to(openapi)))
        .service(web::resource("/.well-known/jwks.json").route(web::get().to(jwks)))
        .service(web::resource(METADATA).route(web::get().to(metadata)))
        .service(web::resource("/").route(web::get().to(root)))
        .service(web::resource("/docs").route(web::get().to(docs)))
        .service(web::resource("/docs/errors").route(web::get().to(errors)))
        .service(
            web::scope("")
                .wrap(
                    actix_web::middleware::DefaultHeaders::new()
                        .add((CONTENT_SECURITY_POLICY, DOCS_POLICY)),
                )
                .service(SwaggerUi::new("/docs/{_:.*}").config(ui)),
        );
}

async fn openapi(request: HttpRequest) -> HttpResponse {
    let pages = request.app_data::<Arc<Pages>>();
    let document = pages.map(|pages| pages.document.clone()).unwrap_or_default();
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=60"))
        .content_type("application/json")
        .body(document)
}

async fn jwks(request: HttpRequest) -> HttpResponse {
    let gate = request.app_data::<Arc<Gate>>();
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=300"))
        .json(gate.map(|gate| gate.tokens.jwks()).unwrap_or_default())
}

async fn metadata(request: HttpRequest) -> HttpResponse {
    let gate = request.app_data::<Arc<Gate>>();
    let issuer = gate.map(|gate| gate.tokens.issuer()).unwrap_or_default();
    let under = |path: &str| format!("{}{path}", issuer.trim_end_matches('/'));
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "public, max-age=300")).json(json!({
        "issuer": issuer,
        "token_endpoint": under("/v1/oauth/token"),
        "jwks_uri": under("/.well-known/jwks.json"),
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "scopes_supported": Scope::ALL,
        "service_documentation": under("/docs/"),
    }))
}

/// Whoever looks at the server finds out what it is.
async fn root() -> HttpResponse {
    HttpResponse::TemporaryRedirect().insert_header(("Location", "/docs/")).finish()
}

async fn docs() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header(("Location", "/docs/")).finish()
}

async fn errors(request: HttpRequest) -> HttpResponse {
    let pages = request.app_data::<Arc<Pages>>();
    HttpResponse::Ok()
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"))
        .content_type("text/html; charset=utf-8")
        .body(pages.map(|pages| pages.errors.clone()).unwrap_or_default())
}

/// Every code of every problem, with the operations that may answer it, and every code of a fault.
fn errors_page(document: &Value) -> String {
    let mut rows = std::collections::BTreeMap::<(String, String), Vec<String>>::new();
    let paths = document.get("paths").and_then(Value::as_object);
    for (path, item) in paths.into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let responses = operation.get("responses").and_then(Value::as_object);
            for (status, response) in responses.into_iter().flatten() {
                let described = response.get("description").and_then(Value::as_str);
                let codes = described.and_then(|text| text.strip_prefix("Codes: "));
                for code in codes.unwrap_or_default().split('`').skip(1).step_by(2) {
                    let key = (code.to_string(), status.clone());
                    let operation = format!("{} {path}", method.to_uppercase());
                    rows.entry(key).or_default().push(operation);
                }
            }
        }
    }
    let mut page = String::from(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Entente: problem codes</title>\
         <style>body{font:16px/1.5 sans-serif;max-width:50em;margin:2em auto;padding:0 1em}\
         code{background:#eee;padding:0 .2em}</style><h1>Problem codes</h1>",
    );
    for ((code, status), operations) in rows {
        let title = super::problem::title(&code);
        let shown: Vec<_> = operations.iter().take(6).cloned().collect();
        let more = operations.len().saturating_sub(shown.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        page.push_str(&format!(
            "<h2 id=\"{code}\">{title}</h2><p><code>{code}</code>, status {status}: \
             <code>{}</code>{more}.</p>",
            shown.join("</code>, <code>")
        ));
    }
    page.push_str(
        "<h1 id=\"faults\">Fault codes</h1><p>What stands under <code>errors</code>.</p><dl>",
    );
    for (code, means) in super::faults::all() {
        page.push_str(&format!("<dt id=\"fault-{code}\"><code>{code}</code></dt><dd>{means}</dd>"));
    }
    page.push_str("</dl>");
    page
}
