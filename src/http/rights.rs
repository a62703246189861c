//! The document tells who may: which role of a person, and which scope of a key, each operation asks
//! for. Both are the verb's, which stands in the handler's signature.

use serde_json::{Map, Value, json};

use super::document::TOKENS;
use crate::access::{PUBLIC, Scope, VerbRow};

/// The verb of each operation that needs a credential; made from the signatures when the program is
/// built.
const VERBS_OF_OPERATIONS: &[(&str, &str)] =
    include!(concat!(env!("OUT_DIR"), "/verbs_of_operations.rs"));

/// Describes the credentials, and what each operation asks of them.
pub fn describe(document: &mut Value, verbs: &[(&str, &'static [VerbRow])]) {
    if let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) {
        components.insert("securitySchemes".into(), schemes());
    }
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for (path, item) in paths.into_iter().flatten() {
        if !path.starts_with("/v1/") || PUBLIC.contains(&path.as_str()) {
            continue;
        }
        let operations = item.as_object_mut().into_iter().flatten();
        operations.filter_map(|(_, one)| one.as_object_mut()).for_each(|one| tell(one, verbs));
    }
}

/// What there is to show.
fn schemes() -> Value {
    let scopes: Map<String, Value> =
        Scope::ALL.iter().map(|scope| (scope.to_string(), scope.means().into())).collect();
    json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "A person's access token, 15 minutes. `x-least-role` says from which role on \
                            people may, and `x-delegated` which of those may who act for another company: \
                            all (`relationship`), those whose session reaches all of it (`company`), or \
                            none (`never`).",
        },
        "api_key": {
            "type": "http",
            "scheme": "bearer",
            "description": "A system's API key, `entk_…`, with the scope that is named.",
        },
        "oauth2": {
            "type": "oauth2",
            "description": "A token that an API key's id and secret were exchanged for, 15 minutes.",
            "flows": { "clientCredentials": { "tokenUrl": TOKENS, "scopes": scopes } },
        },
    })
}

/// Tells of one operation; without a verb that is known only people are let in by the document.
fn tell(operation: &mut Map<String, Value>, verbs: &[(&str, &'static [VerbRow])]) {
    let name = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
    let verb = VERBS_OF_OPERATIONS.iter().find(|(door, _)| *door == name).map(|(_, verb)| *verb);
    let mut rows = verbs.iter().flat_map(|(_, rows)| rows.iter());
    let Some((_, role, scope, _, delegates)) = rows.find(|(known, ..)| Some(*known) == verb) else {
        return;
    };
    let mut needed = vec![json!({ "bearer": [] })];
    let who = match scope {
        Some(scope) => {
            needed.extend([json!({ "api_key": [scope] }), json!({ "oauth2": [scope] })]);
            format!("For people from `{role}` on, and for keys with `{scope}`.")
        }
        None => format!("For people from `{role}` on, and for no key."),
    };
    operation.insert("security".into(), needed.into());
    operation.insert("x-least-role".into(), json!(role));
    operation.insert("x-delegated".into(), json!(delegates));
    let description = operation.get("description").and_then(Value::as_str).unwrap_or_default();
    let description = format!("{description}\n\n{who}");
    operation.insert("description".into(), description.trim().into());
}
