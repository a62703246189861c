//! What HTTP asks of every path alike, over the whole document: other methods, versions, pages, packed
//! answers, and headers.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::cast::deal::literal;
use crate::cast::http::{Answer, Caller};
use crate::cast::letters::until;
use crate::cast::scene::Scene;
use crate::cast::tables::texts;
use crate::cast::world::{World, in_a_world};
use crate::openapi::operations;

/// Paths of the document whose answer does not end by itself at once, or differs each time it is
/// asked for.
const ALIVE: &[&str] = &[
    "/v1/reversals/{id}/events",
    "/v1/action-imports/{id}/events",
    "/v1/notifications/events",
    "/metrics",
    "/v1/me",
    "/v1/api-keys/{id}",
];

/// Paths that give out files, which are packed by nobody: what is told of them is of their bytes.
const FILES: &[&str] =
    &["/v1/attachments/{id}/content", "/v1/companies/{id}/logo", "/v1/downloads"];

/// Tells of every path of the document with the methods that it has.
fn on_every_path(story: impl Fn(&World, &Scene, &Value)) {
    in_a_world(|world| {
        let scene = Scene::of(world);
        all_shows(world, &scene);
        story(world, &scene, &entente::app::document());
    });
}

/// Waits until the feeds show everything that has happened: on PostgreSQL that is when no older
/// transaction of the whole server is open.
fn all_shows(world: &World, scene: &Scene) {
    let acme = literal(world, scene.acme.company_id());
    let sql = format!(
        "SELECT type AS text FROM events WHERE company_id = {acme} OR other_company_id = {acme}"
    );
    let shown = || scene.acme.all("/v1/events?limit=200").len();
    until(|| (shown(), texts(world, &sql).len()), |(shown, happened)| shown == happened);
}

/// The paths with a GET, as the scene has them, beside their names in the document.
fn readable(document: &Value, scene: &Scene) -> Vec<(String, String)> {
    let all = operations(document).into_iter().filter(|(method, ..)| method == "GET");
    let link = scene.path("/v1/attachments/{id}/link");
    let link = scene.acme.post(&link, serde_json::json!({}), 200)["url"].clone();
    let link = link.as_str().and_then(|url| url.split_once("/v1/downloads")).expect("a link").1;
    // Whoever searches says for what, and who has a link has it.
    let asked = |path: &str| match path {
        "/v1/directory" => "?q=acme",
        "/v1/downloads" => link,
        _ => "",
    };
    all.map(|(_, path, _)| (scene.path(&path) + asked(&path), path)).collect()
}

fn get(caller: &Caller, path: &str, headers: &[(&str, &str)]) -> Answer {
    caller.send("GET", path, headers, b"")
}

/// A header of an answer, without what no two answers have in common.
fn headers(answer: &Answer) -> Vec<(String, String)> {
    let varying = ["date", "x-request-id", "transfer-encoding", "content-length"];
    let all = answer.headers.iter().filter(|(name, _)| !varying.contains(&name.as_str()));
    let text = |value: &ureq::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into();
    let mut all: Vec<_> = all.map(|(name, value)| (name.to_string(), text(value))).collect();
    all.sort();
    all
}

#[test]
fn head_answers_as_get_does_without_the_body() {
    on_every_path(|_, scene, document| {
        for (path, name) in readable(document, scene) {
            let head = scene.acme.send("HEAD", &path, &[], b"");
            assert_eq!((head.status, head.text.as_str()), (200, ""), "HEAD {path}");
            if !ALIVE.contains(&name.as_str()) {
                let get = get(&scene.acme, &path, &[]);
                assert_eq!(headers(&head), headers(&get), "HEAD {path}");
            }
        }
    });
}

/// Whether a path of the document means another one too: the id of an action could be `batch`.
fn covers(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (pattern.split('/'), path.split('/'));
    pattern.clone().count() == path.clone().count()
        && pattern.zip(path).all(|(known, one)| known == one || known == "{id}")
}

#[test]
fn another_method_is_refused_with_those_that_there_are() {
    on_every_path(|world, scene, document| {
        let paths = document["paths"].as_object().unwrap();
        for name in paths.keys() {
            let path = scene.path(name);
            let mut known = BTreeSet::new();
            for (_, item) in paths.iter().filter(|(other, _)| covers(other, name)) {
                known.extend(item.as_object().unwrap().keys().map(|method| method.to_uppercase()));
            }
            if known.contains("GET") {
                known.insert("HEAD".to_string());
            }
            let allowed = known.iter().cloned().collect::<Vec<_>>().join(", ");
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
                if known.contains(method) {
                    continue;
                }
                let answer = scene.acme.send(method, &path, &[], b"");
                assert_eq!(answer.status, 405, "{method} {path}: {}", answer.text);
                assert_eq!(answer.header("allow"), allowed, "{method} {path}");
                if method != "HEAD" {
                    assert_eq!(answer.json()["code"], "method_not_allowed", "{method} {path}");
                    assert_eq!(answer.header("content-type"), "application/problem+json");
                }
            }
            // What is behind the gate tells a stranger nothing, not even this.
            if name.starts_with("/v1/") && !entente::access::PUBLIC.contains(&name.as_str()) {
                assert_eq!(world.nobody().send("PUT", &path, &[], b"").status, 401, "{path}");
            }
        }
    });
}

#[test]
fn a_path_that_is_not_there_is_a_problem() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        for path in ["/nowhere", "/v1/nowhere", "/v1", "/v1/", "/v1/programs/", "/v1/actions/a/b"] {
            for method in ["GET", "POST", "DELETE"] {
                let answer = acme.send(method, path, &[], b"");
                assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text);
                assert_eq!(answer.json()["code"], "not_found", "{method} {path}");
                assert_eq!(answer.header("content-type"), "application/problem+json");
                assert!(!answer.header("x-request-id").is_empty(), "{method} {path}");
            }
        }
    });
}

#[test]
fn whoever_has_the_present_version_is_not_sent_it_again() {
    on_every_path(|_, scene, document| {
        for (method, name, operation) in operations(document) {
            if method != "GET" || ALIVE.contains(&name.as_str()) {
                continue;
            }
            let path = scene.path(&name);
            let first = get(&scene.acme, &path, &[]);
            let tag = first.header("etag").to_string();
            let told = operation.pointer("/responses/200/headers/ETag").is_some();
            assert_eq!(!tag.is_empty(), told, "{path}: its ETag is {tag:?}");
            assert_eq!(operation["responses"].get("304").is_some(), told, "{path}");
            if !told {
                continue;
            }
            for known in [tag.clone(), format!("W/{tag}"), format!("\"99\", {tag}")] {
                let again = get(&scene.acme, &path, &[("If-None-Match", &known)]);
                assert_eq!((again.status, again.text.as_str()), (304, ""), "{path}: {known}");
                assert_eq!(again.header("etag"), tag, "{path}");
            }
            let other = get(&scene.acme, &path, &[("If-None-Match", "\"99\"")]);
            assert_eq!((other.status, other.text), (200, first.text), "{path}");
        }
    });
}

#[test]
fn a_page_links_to_the_next_one_with_its_filters() {
    in_a_world(|world| {
        let scene = Scene::of(world);
        for name in ["B", "C"] {
            let body = serde_json::json!({ "name": name, "currency": "EUR", "time_zone": "UTC" });
            scene.acme.post("/v1/programs", body, 201);
        }
        let crow = world.company("Crow", "partner");
        let offer =
            serde_json::json!({ "partner_company_id": crow.company_id(), "message": "Hello" });
        scene.acme.post("/v1/partnerships", offer, 201);
        all_shows(world, &scene);
        let lists = ["/v1/programs?limit=1", "/v1/events?limit=2", "/v1/companies?limit=1"];
        for start in lists {
            let (mut path, mut found) = (start.to_string(), Vec::new());
            loop {
                let page = get(&scene.acme, &path, &[]);
                let body = page.json();
                found.extend(body["data"].as_array().unwrap().clone());
                let Some(cursor) = body["next_cursor"].as_str() else {
                    assert_eq!(page.header("link"), "", "{path}: the last page has no next one");
                    break;
                };
                let link = page.header("link");
                path = link
                    .strip_prefix('<')
                    .and_then(|link| link.strip_suffix(">; rel=\"next\""))
                    .unwrap_or_else(|| panic!("{path}: its link is {link:?}"))
                    .to_string();
                assert!(path.starts_with(&format!("{start}&cursor=")), "{path}");
                assert!(path.ends_with(cursor), "{path}");
            }
            let whole = start.split('?').next().unwrap();
            // What happens meanwhile comes behind.
            assert!(scene.acme.all(whole).starts_with(&found), "{start}");
            assert!(found.len() > 1, "{start}: there is more than one page");
        }
    });
}

#[test]
fn answers_are_packed_for_whoever_asks() {
    on_every_path(|_, scene, document| {
        for (path, name) in readable(document, scene) {
            if ALIVE.contains(&name.as_str()) {
                continue;
            }
            let plain = get(&scene.acme, &path, &[("Accept-Encoding", "identity")]);
            let packed = get(&scene.acme, &path, &[("Accept-Encoding", "gzip")]);
            if FILES.contains(&name.as_str()) {
                assert_eq!(packed.header("content-encoding"), "identity", "{path}");
                assert_eq!(packed.bytes, plain.bytes, "{path}");
                continue;
            }
            assert_eq!(plain.header("content-encoding"), "", "{path}");
            assert_eq!(packed.header("content-encoding"), "gzip", "{path}");
            assert!(packed.header("vary").contains("ccept-"), "{path}: a cache must know");
            assert_eq!((packed.status, &packed.text), (plain.status, &plain.text), "{path}");
        }
    });
}

#[test]
fn every_answer_has_the_headers_that_browsers_and_caches_go_by() {
    on_every_path(|world, scene, document| {
        let mut all = operations(document);
        // Whoever signs out is gone for the rest.
        all.sort_by_key(|(_, _, operation)| operation["operationId"] == "end_session");
        for (method, name, operation) in all {
            let path = scene.path(&name);
            if name.ends_with("/events") && name.contains("{id}") {
                continue;
            }
            for caller in [&scene.acme, &world.nobody()] {
                // No body: it is enough to be refused.
                let answer = caller.send(&method, &path, &[], b"");
                let at = format!("{method} {path} ({})", answer.status);
                assert_eq!(answer.header("x-content-type-options"), "nosniff", "{at}");
                assert!(!answer.header("x-request-id").is_empty(), "{at}");
                match answer.status {
                    204 | 304 => continue,
                    401 => assert!(answer.header("www-authenticate").starts_with("Bearer"), "{at}"),
                    _ => {}
                }
                let caching = answer.header("cache-control");
                let well = if answer.status < 400 && operation["security"] != serde_json::json!([])
                {
                    ["private, no-cache", "private, no-store", "no-store"].contains(&caching)
                } else {
                    answer.status < 400 || caching == "no-store"
                };
                assert!(well, "{at}: Cache-Control is {caching:?}");
            }
        }
    });
}

#[test]
fn a_secret_is_stored_by_nobody_on_the_way() {
    in_a_world(|world| {
        let acme = world.company("Acme", "brand");
        let key = serde_json::json!({ "name": "Key", "scopes": ["events:read"] });
        let made = acme.call("POST", "/v1/api-keys", &[], &key, 201);
        assert_eq!(made.header("cache-control"), "no-store");
        let email = acme.email.clone().unwrap();
        let login = serde_json::json!({ "email": email, "password": "correct horse battery" });
        let signed_in = world.nobody().call("POST", "/v1/auth/login", &[], &login, 200);
        assert_eq!(signed_in.header("cache-control"), "no-store");
    });
}
