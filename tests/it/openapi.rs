//! The document is complete, consistent, and the one in the repository.

use std::collections::BTreeSet;

use entente::access::PUBLIC;
use entente::app;
use entente::events::kinds::EventKind;
use serde_json::{Value, json};

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
        let description = operation["description"].as_str().unwrap_or_default();
        // The codes of refusals are told by the statuses too.
        let description = description.split("Refuses with").next().unwrap_or_default().trim();
        assert!(description.len() > 40, "{at}: its description is {description:?}");
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
fn every_example_fits_its_own_schema() {
    let document = app::document();
    let mut seen = 0;
    for (method, path, operation) in operations(&document) {
        let responses = operation["responses"].as_object().expect("responses").iter();
        let answers = responses.map(|(status, answer)| (status.as_str(), answer));
        let both = answers.chain(operation.get("requestBody").map(|body| ("the body", body)));
        for (what, one) in both {
            for (kind, content) in one["content"].as_object().into_iter().flatten() {
                let Some(example) = content.get("example") else { continue };
                let whole = json!({
                    "allOf": [content["schema"]], "components": document["components"]
                });
                let check = jsonschema::options().should_validate_formats(true);
                let check = check.build(&whole).expect("a schema");
                let faults: Vec<String> =
                    check.iter_errors(example).map(|fault| fault.to_string()).collect();
                assert!(
                    faults.is_empty(),
                    "{method} {path}: {what}, {kind}: {example}: {faults:?}"
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 300, "{seen} examples");
}

#[test]
fn every_schema_is_one_of_json_schema() {
    let document = app::document();
    let mut schemas: Vec<(String, Value)> = Vec::new();
    let named = document["components"]["schemas"].as_object().expect("schemas");
    schemas.extend(named.iter().map(|(name, schema)| (name.clone(), schema.clone())));
    for (method, path, operation) in operations(&document) {
        let at = format!("{method} {path}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            schemas.push((format!("{at}: {}", parameter["name"]), parameter["schema"].clone()));
        }
        let answers = operation["responses"].as_object().expect("responses").values();
        for one in answers.chain(operation.get("requestBody")) {
            let contents = one["content"].as_object().into_iter().flatten();
            schemas.extend(contents.map(|(_, content)| (at.clone(), content["schema"].clone())));
        }
    }
    for (at, schema) in schemas {
        let well = jsonschema::draft202012::meta::validate(&schema).map_err(|one| one.to_string());
        assert_eq!(well, Ok(()), "{at}: {schema}");
    }
}

/// The fields that OpenAPI 3.1 gives its objects, as far as the document uses them.
const OPERATION: &[&str] = &[
    "tags",
    "summary",
    "description",
    "operationId",
    "parameters",
    "requestBody",
    "responses",
    "security",
    "deprecated",
    "x-least-role",
    "x-delegated",
];
const PARAMETER: &[&str] =
    &["name", "in", "required", "description", "schema", "style", "explode", "example"];
const ANSWER: &[&str] = &["description", "headers", "content"];
const BODY: &[&str] = &["description", "content", "required"];
const CONTENT: &[&str] = &["schema", "example", "examples"];

#[test]
fn every_part_of_the_document_is_one_of_openapi() {
    let document = app::document();
    assert_eq!(document["openapi"], "3.1.0");
    let only = |at: &str, part: &Value, fields: &[&str]| {
        for name in part.as_object().unwrap_or_else(|| panic!("{at}: {part}")).keys() {
            assert!(fields.contains(&name.as_str()), "{at} has a field {name}");
        }
    };
    let contents = |at: &str, part: &Value| {
        for content in part["content"].as_object().into_iter().flatten().map(|(_, one)| one) {
            only(at, content, CONTENT);
        }
    };
    let top = ["openapi", "info", "servers", "paths", "components", "tags", "webhooks"];
    only("the document", &document, &top);
    for (method, path, operation) in operations(&document) {
        let at = format!("{method} {path}");
        let methods = ["GET", "PUT", "POST", "DELETE", "PATCH"];
        assert!(methods.contains(&method.as_str()), "{at}: a field of the path");
        only(&at, &operation, OPERATION);
        let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
        let mut names = BTreeSet::new();
        for parameter in parameters {
            only(&at, &parameter, PARAMETER);
            let place = parameter["in"].as_str().expect("a place");
            assert!(["query", "header", "path"].contains(&place), "{at}: {place}");
            assert!(place != "path" || parameter["required"] == true, "{at}: {parameter}");
            let name = (place.to_string(), parameter["name"].to_string());
            assert!(names.insert(name), "{at}: {parameter} is there twice");
        }
        if let Some(body) = operation.get("requestBody") {
            only(&at, body, BODY);
            contents(&at, body);
        }
        for (status, answer) in operation["responses"].as_object().expect("responses") {
            assert!(status.parse::<u16>().is_ok(), "{at}: {status}");
            only(&at, answer, ANSWER);
            contents(&at, answer);
        }
    }
}

/// Every type of event is told of to endpoints by a message of its own, which is well-formed, has an
/// example, and carries what the feed gives.
#[test]
fn every_type_of_event_is_among_the_webhooks() {
    let document = app::document();
    let sent = document["webhooks"].as_object().expect("webhooks");
    let listed: BTreeSet<&str> = sent.keys().map(String::as_str).collect();
    let all: BTreeSet<&str> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(listed, all);
    let names: BTreeSet<String> = operations(&document)
        .iter()
        .map(|(_, _, operation)| operation["operationId"].to_string())
        .collect();
    for (kind, item) in sent {
        let operation = &item["post"];
        let fields: Vec<&String> = operation.as_object().expect("an operation").keys().collect();
        assert!(fields.iter().all(|name| OPERATION.contains(&name.as_str())), "{kind}: {fields:?}");
        assert!(!names.contains(&operation["operationId"].to_string()), "{kind}: a name twice");
        let headers: Vec<&str> = operation["parameters"]
            .as_array()
            .expect("headers")
            .iter()
            .filter(|header| header["in"] == "header" && header["required"] == true)
            .filter_map(|header| header["name"].as_str())
            .collect();
        assert_eq!(headers, ["webhook-id", "webhook-timestamp", "webhook-signature"]);
        let content = &operation["requestBody"]["content"]["application/json"];
        let pointer = content["schema"]["$ref"].as_str().expect("a name").trim_start_matches('#');
        let message = document.pointer(pointer).expect("a schema");
        let kinds = message["properties"]["type"]["enum"].as_array().expect("types");
        assert!(kinds.contains(&json!(kind)), "{kind}: {kinds:?}");
        let whole = json!({ "allOf": [message], "components": document["components"] });
        let check = jsonschema::options().should_validate_formats(true).build(&whole);
        let check = check.expect("a schema");
        let example = &message["examples"][0];
        let faults: Vec<String> = check.iter_errors(example).map(|one| one.to_string()).collect();
        assert!(faults.is_empty(), "{kind}: {example}: {faults:?}");
        assert!(example["data"]["object"]["id"].is_string(), "{kind}: {example}");
        assert_eq!(example["data"]["object_id"], example["data"]["object"]["id"], "{kind}");
        // Of another kind of thing it is no message.
        let mut other = example.clone();
        other["type"] =
            json!(if kind.starts_with("company.") { "action.reset" } else { "company.updated" });
        assert!(!check.is_valid(&other), "{kind}");
    }
}
