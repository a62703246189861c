//! Requests are held against the document's own schemas, so that it and the behaviour cannot differ.

use std::collections::{HashMap, HashSet};

use jsonschema::Validator;
use jsonschema::error::{TypeKind, ValidationError, ValidationErrorKind};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::companies::rules::domain_of;
use crate::error::{Error, Fault, Place, Result};
use crate::events::pattern::{self, Pattern};
use crate::kernel::country::{is_country, is_language};
use crate::kernel::money::Currency;
use crate::kernel::time::{Day, Instant, Zone};

/// How many complaints about a body are collected: more than a thousand entries with some faults each
/// have, and far less than a body of nothing but faults.
pub const MOST_COMPLAINTS: usize = 10_000;

/// What one operation accepts.
pub struct Shape {
    body: Option<Validator>,
    parameters: Vec<Parameter>,
}

struct Parameter {
    name: String,
    kind: String,
    check: Validator,
}

/// The shapes of all operations, by method and path pattern.
pub struct Shapes(HashMap<(String, String), Shape>);

impl Shapes {
    /// Compiles the request schemas of a document.
    pub fn compile(document: &Value) -> Result<Self> {
        let mut shapes = HashMap::new();
        let paths = document.get("paths").and_then(Value::as_object);
        for (path, item) in paths.into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let shape = Shape::compile(document, operation).map_err(|cause| {
                    Error::internal(anyhow::anyhow!("{method} {path}: {cause}"))
                })?;
                shapes.insert((method.to_uppercase(), path.clone()), shape);
            }
        }
        Ok(Self(shapes))
    }

    /// The shape of the operation that a request matched.
    pub fn of(&self, request: &actix_web::HttpRequest) -> Result<&Shape> {
        let pattern = request.match_pattern().unwrap_or_default();
        let key = (request.method().to_string(), pattern);
        self.0.get(&key).ok_or_else(|| {
            Error::internal(anyhow::anyhow!("no operation {} {} is documented", key.0, key.1))
        })
    }
}

impl Shape {
    fn compile(document: &Value, operation: &Value) -> Result<Self, String> {
        let body = operation
            .pointer("/requestBody/content/application~1json/schema")
            .map(|schema| compile(document, schema))
            .transpose()?;
        let parameters = operation.get("parameters").and_then(Value::as_array);
        let parameters = parameters
            .into_iter()
            .flatten()
            .filter(|parameter| parameter.get("in").and_then(Value::as_str) == Some("query"))
            .map(|parameter| Parameter::compile(document, parameter))
            .collect::<Result<_, _>>()?;
        Ok(Self { body, parameters })
    }

    /// Of a body that has the schema of a type, wherever in the document that is used.
    pub fn of_body<T: ToSchema>() -> Result<Self> {
        let mut schemas = Vec::new();
        T::schemas(&mut schemas);
        let named = schemas.into_iter().map(|(name, schema)| (name, json!(schema)));
        let document = json!({ "components": { "schemas": named.collect::<Map<_, _>>() } });
        let body = compile(&document, &json!(T::schema()));
        let body = body.map_err(|cause| Error::internal(anyhow::anyhow!("a schema: {cause}")))?;
        Ok(Self { body: Some(body), parameters: Vec::new() })
    }

    /// Whether a body has no fault: told sooner than which it has.
    pub fn fits(&self, body: &Value) -> bool {
        self.body.as_ref().is_none_or(|check| check.is_valid(body))
    }

    /// Every fault of a body's shape.
    pub fn body_faults(&self, body: &Value) -> Vec<Fault> {
        let Some(check) = &self.body else { return Vec::new() };
        let mut faults = Vec::new();
        for error in complaints(check, body) {
            match error.kind() {
                // An object that has no fields at all is told by its schema, not by the fields.
                ValidationErrorKind::FalseSchema => {
                    let place = error.instance_path().to_string();
                    let fields = body.pointer(&place).and_then(Value::as_object);
                    faults.extend(fields.into_iter().flatten().map(|(name, _)| {
                        let place = format!("{place}/{}", escaped(name));
                        Fault::at(place, "unknown_field", "there is no such field here")
                    }));
                }
                _ => explain(&error, &mut faults),
            }
        }
        faults
    }

    /// The query as an object of typed values, or every fault of it.
    pub fn read_query(&self, query: &str) -> Result<Value> {
        let (mut values, mut faults) = (Map::new(), Vec::new());
        for (name, text) in url::form_urlencoded::parse(query.as_bytes()) {
            let fault = |code: &'static str, message: String| {
                Fault::in_parameter(name.to_string(), code, message)
            };
            let Some(parameter) = self.parameters.iter().find(|known| known.name == *name) else {
                let known: Vec<_> =
                    self.parameters.iter().map(|known| known.name.as_str()).collect();
                let message = match known.as_slice() {
                    [] => "this operation has no parameters".to_string(),
                    known => format!("known here: {}", known.join(", ")),
                };
                faults.push(fault("unknown_parameter", message));
                continue;
            };
            if values.contains_key(&*name) {
                let message = "given twice; several values are a comma list".to_string();
                faults.push(fault("duplicate_parameter", message));
                continue;
            }
            if text.contains('\0') {
                let message = "a text has no NUL character".to_string();
                faults.push(fault("bad_characters", message));
                continue;
            }
            let value = typed(&parameter.kind, &text);
            parameter.explain(&value, &mut faults);
            values.insert(name.to_string(), value);
        }
        if faults.is_empty() { Ok(Value::Object(values)) } else { Err(Error::Invalid(faults)) }
    }
}

impl Parameter {
    fn compile(document: &Value, parameter: &Value) -> Result<Self, String> {
        let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default().to_string();
        let schema = parameter.get("schema").unwrap_or(&Value::Null);
        let target = resolve(document, schema);
        let kind = match target.get("type") {
            Some(Value::String(kind)) => kind.clone(),
            Some(Value::Array(kinds)) => {
                let kinds = kinds.iter().filter_map(Value::as_str);
                kinds.into_iter().find(|kind| *kind != "null").unwrap_or("string").to_string()
            }
            _ => "string".to_string(),
        };
        Ok(Self { name, kind, check: compile(document, schema)? })
    }

    fn explain(&self, value: &Value, faults: &mut Vec<Fault>) {
        let mut found = Vec::new();
        for error in complaints(&self.check, value) {
            explain(&error, &mut found);
        }
        faults.extend(
            found
                .into_iter()
                .map(|fault| Fault { place: Place::Parameter(self.name.clone()), ..fault }),
        );
    }
}

/// A parameter's text as the JSON value its schema speaks of; what cannot be one stays text, and the
/// schema says so.
fn typed(kind: &str, text: &str) -> Value {
    match kind {
        "integer" => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
        "boolean" => text.parse::<bool>().map_or_else(|_| text.into(), Value::from),
        "array" => text.split(',').map(Value::from).collect(),
        _ => text.into(),
    }
}

/// Follows a reference, or the one alternative of a nullable thing that is not null.
fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let alternatives = schema.get("oneOf").and_then(Value::as_array);
    let chosen = alternatives.and_then(|all| all.iter().find(|one| one.get("$ref").is_some()));
    let reference = chosen.unwrap_or(schema).get("$ref").and_then(Value::as_str);
    let pointer = reference.and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(schema)
}

fn compile(document: &Value, schema: &Value) -> Result<Validator, String> {
    let whole = json!({ "allOf": [schema], "components": { "schemas": named(document, schema) } });
    jsonschema::options()
        .should_validate_formats(true)
        .with_format("date-time", |text: &str| text.parse::<Instant>().is_ok())
        .with_format("date", |text: &str| text.parse::<Day>().is_ok())
        .with_format("time-zone", |text: &str| text.parse::<Zone>().is_ok())
        .with_format("country", is_country)
        .with_format("language", is_language)
        .with_format("currency", |text: &str| text.parse::<Currency>().is_ok())
        .with_format(pattern::FORMAT, |text: &str| Pattern::parse(text).is_ok())
        .with_format("website", |text: &str| domain_of(text).is_some())
        .build(&whole)
        .map_err(|cause| cause.to_string())
}

/// The schemas that `schema` refers to, and those which they refer to. All of the document's with
/// every check would take a hundred times the memory.
fn named(document: &Value, schema: &Value) -> Map<String, Value> {
    let (mut found, mut open) = (Map::new(), vec![schema]);
    while let Some(part) = open.pop() {
        let reference = part.get("$ref").and_then(Value::as_str);
        let name = reference.and_then(|reference| reference.strip_prefix("#/components/schemas/"));
        if let Some(name) = name.filter(|name| !found.contains_key(*name)) {
            let target = document.pointer("/components/schemas").and_then(|all| all.get(name));
            open.extend(target);
            found.extend(target.map(|target| (name.to_string(), target.clone())));
        }
        match part {
            Value::Object(fields) => open.extend(fields.values()),
            Value::Array(entries) => open.extend(entries),
            Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
        }
    }
    found
}

/// What a schema complains of: of a text with a wrong format, not of its pattern too.
fn complaints<'a>(check: &'a Validator, value: &'a Value) -> Vec<ValidationError<'a>> {
    let mut all: Vec<_> = check.iter_errors(value).take(MOST_COMPLAINTS).collect();
    let misshapen = |error: &ValidationError<'_>| {
        matches!(error.kind(), ValidationErrorKind::Format { .. })
            .then(|| error.instance_path().to_string())
    };
    let told: HashSet<String> = all.iter().filter_map(misshapen).collect();
    all.retain(|error| {
        !matches!(error.kind(), ValidationErrorKind::Pattern { .. })
            || !told.contains(&error.instance_path().to_string())
    });
    all
}

/// Turns a schema's complaint into faults with our codes.
fn explain(error: &ValidationError<'_>, faults: &mut Vec<Fault>) {
    let place = error.instance_path().to_string();
    let mut say = |code: &'static str, message: String| {
        faults.push(Fault::at(place.clone(), code, message));
    };
    match error.kind() {
        ValidationErrorKind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let place = format!("{place}/{}", escaped(name));
            faults.push(Fault::at(place, "missing_field", format!("{name} is required")));
        }
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
            faults.extend(unexpected.iter().map(|name| {
                let place = format!("{place}/{}", escaped(name));
                Fault::at(place, "unknown_field", "there is no such field here")
            }));
        }
        ValidationErrorKind::Type { kind } => say("wrong_type", type_message(kind)),
        ValidationErrorKind::Enum { options } => {
            let all = options.as_array().map(Vec::as_slice).unwrap_or_default();
            let words: Vec<_> = all.iter().filter_map(Value::as_str).collect();
            say("unknown_value", format!("accepted: {}", words.join(", ")));
        }
        ValidationErrorKind::Pattern { pattern } => {
            say("bad_format", format!("this must match {pattern}"));
        }
        ValidationErrorKind::Format { format } => {
            say("bad_format", format_message(format, error.instance()))
        }
        ValidationErrorKind::MinLength { limit } => {
            say("too_short", format!("at least {limit} characters"));
        }
        ValidationErrorKind::MaxLength { limit } => {
            say("too_long", format!("at most {limit} characters"));
        }
        ValidationErrorKind::MinItems { limit } => {
            say("too_few", format!("at least {limit} entries"));
        }
        ValidationErrorKind::MaxItems { limit } => {
            say("too_many", format!("at most {limit} entries"));
        }
        ValidationErrorKind::Minimum { limit } => say("out_of_range", format!("at least {limit}")),
        ValidationErrorKind::Maximum { limit } => say("out_of_range", format!("at most {limit}")),
        ValidationErrorKind::OneOfNotValid { context } | ValidationErrorKind::AnyOf { context } => {
            explain_alternatives(context, faults, &place);
        }
        other => say("invalid", format!("this does not fit ({})", other.keyword())),
    }
}

/// Of several alternatives, speaks of the one the client most likely meant: not the null, and the
/// one with the fewest complaints.
fn explain_alternatives(
    context: &[Vec<ValidationError<'static>>],
    faults: &mut Vec<Fault>,
    place: &str,
) {
    let null = |errors: &Vec<ValidationError<'static>>| {
        errors.iter().any(|error| match error.kind() {
            ValidationErrorKind::Type { kind } => type_message(kind).ends_with("null"),
            _ => false,
        })
    };
    let meant = context.iter().filter(|errors| !null(errors)).min_by_key(|errors| errors.len());
    match meant {
        Some(errors) => errors.iter().for_each(|error| explain(error, faults)),
        None => faults.push(Fault::at(place, "invalid", "this fits none of the alternatives")),
    }
}

fn type_message(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => format!("this must be a JSON {one}"),
        TypeKind::Multiple(several) => {
            let names: Vec<_> = several.iter().map(|one| one.to_string()).collect();
            format!("this must be a JSON {}", names.join(" or "))
        }
    }
}

fn format_message(format: &str, value: &Value) -> String {
    match format {
        "date-time" => "a moment looks like 2026-01-31T09:30:00Z (RFC 3339)".into(),
        "date" => "a day looks like 2026-01-31".into(),
        "time-zone" => "a time zone has an IANA name, such as Europe/Berlin".into(),
        "currency" => "a currency is an ISO 4217 code, such as EUR".into(),
        "country" => "a country is an ISO 3166-1 code, such as DE".into(),
        "language" => "a language is an ISO 639-1 code, such as en or pt-BR".into(),
        "website" => "a website looks like https://acme.example".into(),
        pattern::FORMAT => {
            let no = value.as_str().and_then(|text| Pattern::parse(text).err());
            no.map_or_else(String::new, |no| no.to_string())
        }
        "email" => "an address looks like ada@acme.example".into(),
        other => format!("this is no {other}"),
    }
}

/// Finds every text with a NUL: no text of ours has one, and PostgreSQL keeps none.
pub fn find_nul(value: &Value, place: &str, faults: &mut Vec<Fault>) {
    match value {
        Value::String(text) if text.contains('\0') => faults.push(nul(place)),
        Value::Array(entries) => {
            for (index, entry) in entries.iter().enumerate() {
                find_nul(entry, &format!("{place}/{index}"), faults);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                let place = format!("{place}/{}", escaped(name));
                if name.contains('\0') {
                    faults.push(nul(&place));
                }
                find_nul(field, &place, faults);
            }
        }
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}

fn nul(place: &str) -> Fault {
    Fault::at(place, "bad_characters", "a text has no NUL character")
}

/// A name as a step of a JSON pointer.
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
