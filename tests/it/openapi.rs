//! The document is complete, consistent, and the one in the repository.

use std::collections::BTreeSet;

use entente::access::PUBLIC;
use entente::app;
use serde_json::Value;

/// Method, path and operation of everything in the document.
pub fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().expect("paths");
    paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().expect("a path item");
            methods
                .iter()
                .map(|(method, operation)| (method.to_uppercase(), path.clone(), operation.clone()))
        })
        .collect()
}

#[test]
fn the_repository_holds_the_document_of_this_build() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/entente.json");
    let document = app::document_text();
    if std::env::var("UPDATE").is_ok() {
        std::fs::write(path, &document).expect("the document is written");
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == document,
        "openapi/entente.json is not of this build; run: UPDATE=1 cargo test"
    );
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(document: &Value, value: &Value, lost: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
                    let pointer = reference.strip_prefix('#').expect("a reference within");
                    if document.pointer(pointer).is_none() {
                        lost.insert(reference.to_string());
                    }
                }
                fields.values().for_each(|field| walk(document, field, lost));
            }
            Value::Array(entries) => entries.iter().for_each(|entry| walk(document, entry, lost)),
            _ => {}
        }
    }
    let (document, mut lost) = (app::document(), BTreeSet::new());
    walk(&document, &document, &mut lost);
    assert_eq!(lost, BTreeSet::new());
}

#[test]
fn every_operation_says_what_a_client_must_know() {
    let document = app::document();
    let tags: BTreeSet<&str> = document["tags"]
        .as_array()
        .expect("tags")
        .iter()
        .filter_map(|tag| tag["name"].as_str())
        .collect();
    let mut names = BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let at = format!("{method} {path}");
        let name = operation["operationId"].as_str().expect("an operationId").to_string();
        assert!(name.contains('_') || name == "me", "{at}: {name} is no verb_noun");
        assert!(names.insert(name), "{at}: its operationId is taken");
        assert!(operation["summary"].as_str().is_some_and(|text| text.len() > 5), "{at}: summary");
        let tag = operation["tags"][0].as_str().expect("a tag");
        assert!(tags.contains(tag), "{at}: the tag {tag} has no description");
        let public = !path.starts_with("/v1/") || PUBLIC.contains(&path.as_str());
        let needed = operation["security"].as_array().expect("security").len();
        assert_eq!(needed == 0, public, "{at}: security");
        assert_eq!(path.matches('{').count(), path_parameters(&operation), "{at}: path parameters");
        bodies_have_examples(&at, &operation);
    }
}

fn path_parameters(operation: &Value) -> usize {
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    parameters.iter().filter(|parameter| parameter["in"] == "path").count()
}

fn bodies_have_examples(at: &str, operation: &Value) {
    let responses = operation["responses"].as_object().expect("responses");
    assert!(responses.keys().any(|status| status.starts_with('2')), "{at}: no way to go well");
    assert!(responses.contains_key("503"), "{at}: problems are missing");
    let answers = responses.values().filter_map(|answer| answer.get("content"));
    let contents = answers.chain(operation.pointer("/requestBody/content"));
    for content in contents {
        for (kind, body) in content.as_object().expect("content") {
            let json = kind.ends_with("json");
            let shown = ["example", "examples"].iter().any(|key| body.get(key).is_some());
            let in_schema = body.pointer("/schema/$ref").is_some();
            assert!(!json || shown || in_schema, "{at}: {kind} has no example");
        }
    }
    for (status, answer) in responses {
        assert!(answer["description"].is_string(), "{at}: {status} has no description");
    }
}

#[test]
fn every_example_of_a_body_fits_its_own_schema() {
    let document = app::document();
    for (method, path, operation) in operations(&document) {
        let Some(body) = operation.pointer("/requestBody/content/application~1json") else {
            continue;
        };
        let whole = serde_json::json!({
            "allOf": [body["schema"]], "components": document["components"]
        });
        let check = jsonschema::validator_for(&whole).expect("a schema");
        let faults: Vec<String> =
            check.iter_errors(&body["example"]).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{method} {path}: {}: {faults:?}", body["example"]);
    }
}
