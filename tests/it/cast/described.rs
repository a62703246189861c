//! What the document tells of an answer. Every caller of the tests holds every answer against it, so
//! that none has a status, a code or a body that no client was told of.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use entente::http::faults;
use jsonschema::Validator;
use serde_json::{Value, json};

use super::http::Answer;

/// The largest body that is held against its schema: larger ones are more of the same.
const LARGE: usize = 256 * 1024;

/// The document, and what was made of it so far.
struct Document {
    whole: Value,
    checks: Mutex<HashMap<String, &'static Validator>>,
}

fn document() -> &'static Document {
    static DOCUMENT: OnceLock<Document> = OnceLock::new();
    DOCUMENT.get_or_init(|| Document { whole: entente::app::document(), checks: Mutex::default() })
}

/// Fails if the document does not tell of this answer. What is not in the document at all, such as
/// an unknown path, has no answer to be told.
pub fn hold(method: &str, path: &str, answer: &Answer) {
    let document = document();
    let Some((pattern, operation)) = operation(&document.whole, method, path) else { return };
    let status = answer.status;
    let at = format!("{method} {pattern} answered {status}");
    let Some(told) = operation["responses"].get(status.to_string()) else {
        panic!("{at}, of which the document knows nothing: {}", answer.text);
    };
    let kind = answer.header("content-type").split(';').next().unwrap_or_default();
    if kind.is_empty() {
        assert_eq!(answer.text, "", "{at}: a body of no kind");
        return;
    }
    let Some(content) = told["content"].get(kind) else {
        panic!("{at} with {kind}, and the document knows {}", told["content"]);
    };
    if kind == "application/problem+json" {
        codes(&at, told, &answer.json());
    }
    if kind.ends_with("json") && answer.text.len() <= LARGE {
        let check = document.check(&content["schema"]);
        let body = answer.json();
        let faults: Vec<String> = check.iter_errors(&body).map(|one| one.to_string()).collect();
        assert!(faults.is_empty(), "{at} with {body}: {faults:#?}");
    }
}

/// The name of the operation that a request means, if the document has it.
pub fn operation_id(method: &str, path: &str) -> Option<String> {
    let (_, operation) = operation(&document().whole, method, path)?;
    operation["operationId"].as_str().map(ToString::to_string)
}

/// The operation a request means, under its path in the document; a named path goes before `{id}`.
fn operation<'a>(document: &'a Value, method: &str, path: &str) -> Option<(&'a str, &'a Value)> {
    let path = path.split('?').next().unwrap_or_default();
    let fits = |pattern: &str| {
        let (mut asked, mut known) = (path.split('/'), pattern.split('/'));
        loop {
            match (asked.next(), known.next()) {
                (None, None) => return true,
                (Some(one), Some("{id}" | "{grant}")) if !one.is_empty() => {}
                (Some(one), Some(other)) if one == other => {}
                _ => return false,
            }
        }
    };
    let paths = document["paths"].as_object().expect("paths");
    let mut fitting: Vec<_> = paths.iter().filter(|(pattern, _)| fits(pattern)).collect();
    fitting.sort_by_key(|(pattern, _)| pattern.contains('{'));
    let (pattern, item) = fitting.first()?;
    item.get(method.to_lowercase()).map(|operation| (pattern.as_str(), operation))
}

/// The problem's code is one that the operation has with this status, its faults' codes are listed.
fn codes(at: &str, told: &Value, problem: &Value) {
    let code = problem["code"].as_str().expect("a code");
    let description = told["description"].as_str().expect("a description");
    let listed = description.split('`').skip(1).step_by(2).any(|known| known == code);
    assert!(listed, "{at} with the code {code}; the document: {description}");
    for fault in problem["errors"].as_array().into_iter().flatten() {
        let code = fault["code"].as_str().expect("a code");
        let listed = faults::all().any(|(known, _)| known == code);
        assert!(listed, "{at} with the fault {fault}, whose code is in no list");
    }
}

impl Document {
    /// The check of a schema, made once.
    fn check(&self, schema: &Value) -> &'static Validator {
        let name = schema.to_string();
        let mut checks = self.checks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(check) = checks.get(&name) {
            return check;
        }
        let mut needed = serde_json::Map::new();
        gather(&self.whole, schema, &mut needed);
        let whole = json!({ "allOf": [schema], "components": { "schemas": needed } });
        let check = jsonschema::validator_for(&whole).expect("a schema");
        let check: &'static Validator = Box::leak(Box::new(check));
        checks.insert(name, check);
        check
    }
}

/// The named schemas that a schema refers to, and those that these refer to.
fn gather(document: &Value, schema: &Value, needed: &mut serde_json::Map<String, Value>) {
    match schema {
        Value::Object(fields) => {
            let reference = fields.get("$ref").and_then(Value::as_str);
            let name = reference.and_then(|it| it.strip_prefix("#/components/schemas/"));
            if let Some(name) = name.filter(|name| !needed.contains_key(*name)) {
                let named = &document["components"]["schemas"][name];
                needed.insert(name.to_string(), named.clone());
                gather(document, named, needed);
            }
            fields.values().for_each(|field| gather(document, field, needed));
        }
        Value::Array(entries) => entries.iter().for_each(|one| gather(document, one, needed)),
        _ => {}
    }
}
