//! Makes an example out of a schema, for every operation that has none of its own.

use serde_json::{Map, Value, json};

/// How deep examples go before they end in null.
const DEPTH: usize = 24;

/// A value that fits the schema, made of the examples and defaults within it.
pub fn of(document: &Value, schema: &Value) -> Value {
    sample(document, schema, DEPTH)
}

fn sample(document: &Value, schema: &Value, depth: usize) -> Value {
    let Some(depth) = depth.checked_sub(1) else { return Value::Null };
    if let Some(example) = given(schema) {
        return example;
    }
    if let Some(pointer) = schema.get("$ref").and_then(Value::as_str) {
        let target = pointer.strip_prefix('#').and_then(|pointer| document.pointer(pointer));
        return target.map_or(Value::Null, |target| sample(document, target, depth));
    }
    for keyword in ["oneOf", "anyOf"] {
        if let Some(alternatives) = schema.get(keyword).and_then(Value::as_array) {
            let real = |one: &&Value| one.get("type").and_then(Value::as_str) != Some("null");
            let first = alternatives.iter().find(real);
            return first.map_or(Value::Null, |first| sample(document, first, depth));
        }
    }
    if let Some(parts) = schema.get("allOf").and_then(Value::as_array) {
        let whole = parts.iter().map(|part| sample(document, part, depth));
        let fields = whole.filter_map(|part| part.as_object().cloned()).flatten();
        return Value::Object(fields.collect());
    }
    by_type(document, schema, depth)
}

fn given(schema: &Value) -> Option<Value> {
    let examples = schema.get("examples").and_then(Value::as_array);
    let first = examples.and_then(|examples| examples.first());
    let words = schema.get("enum").and_then(Value::as_array);
    schema
        .get("example")
        .or(first)
        .or(schema.get("default"))
        .or(words.and_then(|words| words.first()))
        .cloned()
}

fn by_type(document: &Value, schema: &Value, depth: usize) -> Value {
    let kind = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().find_map(Value::as_str),
        Some(kind) => kind.as_str(),
        None => None,
    };
    match kind {
        Some("object") => {
            let properties = schema.get("properties").and_then(Value::as_object);
            let fields = properties.into_iter().flatten();
            let made = fields.map(|(name, field)| (name.clone(), sample(document, field, depth)));
            Value::Object(made.collect::<Map<_, _>>())
        }
        Some("array") => {
            let item = schema.get("items").map(|item| sample(document, item, depth));
            Value::Array(item.into_iter().collect())
        }
        Some("integer") => schema.get("minimum").cloned().unwrap_or(json!(1)),
        Some("boolean") => json!(false),
        Some("string") => json!("text"),
        _ => Value::Null,
    }
}
