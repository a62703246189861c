//! What the server shows beside the API: its document, the pages about it, the list of codes.

use std::collections::BTreeSet;

use entente::http::faults;
use serde_json::Value;

use crate::cast::http::{Answer, Caller};
use crate::cast::world::in_a_world;
use crate::docs::{code, hold, table};
use crate::openapi::operations;

fn fetch(caller: &Caller, path: &str) -> Answer {
    let answer = caller.send("GET", path, &[], b"");
    assert_eq!(answer.status, 200, "{path}");
    answer
}

#[test]
fn the_document_that_is_served_is_the_one_in_the_repository() {
    in_a_world(|world| {
        let answer = fetch(&world.nobody(), "/openapi.json");
        assert_eq!(answer.header("content-type"), "application/json");
        assert!(answer.text == entente::app::document_text(), "another document is served");
    });
}

#[test]
fn the_pages_come_from_this_server_and_name_no_other() {
    in_a_world(|world| {
        let nobody = world.nobody();
        let moved = nobody.send("GET", "/docs", &[], b"");
        assert_eq!((moved.status, moved.header("location")), (308, "/docs/"));
        let page = fetch(&nobody, "/docs/");
        assert!(page.header("content-type").starts_with("text/html"));
        let mut assets = 0;
        for source in attributes(&page.text) {
            let local = source.trim_start_matches("./");
            assert!(!local.contains("://") && !local.starts_with("//"), "an outside URL: {source}");
            let asset = fetch(&nobody, &format!("/docs/{local}"));
            assert!(!asset.text.is_empty(), "{source} is empty");
            assets += 1;
        }
        assert!(assets >= 3, "a page has scripts and styles: {}", page.text);
        let starter = fetch(&nobody, "/docs/swagger-initializer.js").text;
        assert!(starter.contains("/openapi.json"), "it shows our document: {starter}");
        assert!(!starter.contains("http"), "it fetches from elsewhere: {starter}");
        for path in ["/docs/", "/docs/errors"] {
            let policy = fetch(&nobody, path).header("content-security-policy").to_string();
            let own = ["default-src 'self'", "default-src 'none'"];
            assert!(own.iter().any(|own| policy.starts_with(own)), "{path}: {policy}");
            assert!(!policy.contains("http") && !policy.contains('*'), "{path}: {policy}");
        }
    });
}

/// What a page loads: the values of `src` and of `href`.
fn attributes(page: &str) -> Vec<&str> {
    let after = |name: &'static str| page.split(name).skip(1);
    let values = after(" src=\"").chain(after(" href=\""));
    values.filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn the_page_of_codes_explains_every_code() {
    in_a_world(|world| {
        let page = fetch(&world.nobody(), "/docs/errors").text;
        for (code, status, _) in problem_codes(&entente::app::document()) {
            assert!(page.contains(&format!("id=\"{code}\"")), "{code} has no place");
            assert!(page.contains(&format!("<code>{code}</code>, status {status}")), "{code}");
        }
        for (code, means) in faults::all() {
            let told = format!("<code>{code}</code></dt><dd>{means}</dd>");
            assert!(page.contains(&told), "{code} is not explained");
        }
        assert!(!page.contains("://"), "an outside URL");
    });
}

/// Every code of a problem in the document, with its status and how many operations have it.
fn problem_codes(document: &Value) -> Vec<(String, String, usize)> {
    let mut found = Vec::new();
    for (_, _, operation) in operations(document) {
        for (status, answer) in operation["responses"].as_object().expect("responses") {
            let described = answer["description"].as_str().expect("a description");
            let Some(codes) = described.strip_prefix("Codes: ") else { continue };
            let codes = codes.split('`').skip(1).step_by(2);
            found.extend(codes.map(|code| (status.clone(), code.to_string())));
        }
    }
    let distinct: BTreeSet<_> = found.iter().cloned().collect();
    let many = |row: &(String, String)| found.iter().filter(|one| *one == row).count();
    distinct.iter().map(|row| (row.1.clone(), row.0.clone(), many(row))).collect()
}

#[test]
fn the_guide_to_problems_lists_every_code() {
    let document = entente::app::document();
    let problems = problem_codes(&document).into_iter();
    let rows = problems.map(|(one, status, many)| vec![status, code(one), many.to_string()]);
    let text = table(&["Status", "Code", "Operations"], rows);
    hold("docs/problems.md", "problem codes", &text);
    let rows = faults::FAULTS.iter().map(|(one, means)| vec![code(one), (*means).to_string()]);
    hold("docs/problems.md", "fault codes", &table(&["Code", "Means"], rows));
}

#[test]
fn a_code_is_listed_once_and_used() {
    let all: Vec<&str> = faults::all().map(|(code, _)| code).collect();
    let distinct: BTreeSet<&str> = all.iter().copied().collect();
    assert_eq!(distinct.len(), all.len(), "a code is listed twice");
    let own = "http/faults.rs";
    let sources = crate::docs::sources();
    let unused = faults::FAULTS.iter().filter(|(code, _)| {
        let quoted = format!("\"{code}\"");
        !sources.iter().any(|(file, text)| file != own && text.contains(&quoted))
    });
    assert_eq!(unused.collect::<Vec<_>>(), Vec::<&(&str, &str)>::new(), "nothing says these");
}
