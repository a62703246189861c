//! One line of JSON. All its faults are found, not the first.

use std::collections::HashSet;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::clip;
use super::draft::{Draft, Given, unknown_operation};
use crate::reversals::line::{EventTypeName, Line, LineFault};
use crate::reversals::model::{LineCode, Operation};

/// One line, or everything that is wrong with it.
pub(super) fn parse(
    record: &[u8],
    default_event_type: Option<&EventTypeName>,
) -> Result<Line, Vec<LineFault>> {
    let fields: Fields<Value> = serde_json::from_slice(record).map_err(|error| vec![why(error)])?;
    draft(&fields.0).finish(default_event_type)
}

fn why(error: serde_json::Error) -> LineFault {
    if error.is_data() {
        return LineFault::new(LineCode::WrongType, "a line is a JSON object");
    }
    LineFault::new(LineCode::UnreadableLine, format!("the line is not JSON: {error}"))
}

/// How many fields of an object are looked at: several times as many as it can have.
const MOST_FIELDS: usize = 100;

/// The fields of an object in order, repeated ones too.
pub(super) struct Fields<V>(pub(super) Vec<(String, V)>);

impl<'de, V: serde::Deserialize<'de>> serde::Deserialize<'de> for Fields<V> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object<V>(std::marker::PhantomData<V>);
        impl<'de, V: serde::Deserialize<'de>> Visitor<'de> for Object<V> {
            type Value = Fields<V>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<V>, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    // Among so many are some that are unknown or given twice, and that is enough.
                    if fields.len() < MOST_FIELDS {
                        fields.push(field);
                    }
                }
                Ok(Fields(fields))
            }
        }
        from.deserialize_map(Object(std::marker::PhantomData))
    }
}

fn draft(fields: &[(String, Value)]) -> Draft<'_> {
    let mut draft = Draft { items_expected: true, ..Draft::default() };
    let mut seen = HashSet::new();
    for (name, value) in fields {
        if !seen.insert(name) {
            let detail = format!("{} is given twice", clip(name));
            draft.faults.push(LineFault::new(LineCode::ConflictingFields, detail));
        }
        if !value.is_null() {
            set(&mut draft, name, value);
        }
    }
    draft
}

fn set<'a>(draft: &mut Draft<'a>, name: &str, value: &'a Value) {
    let faults = &mut draft.faults;
    match name {
        "action_id" => draft.action_id = text(name, value, faults),
        "event_type_id" => draft.event_type = text(name, value, faults),
        "order_id" => draft.order_id = text(name, value, faults),
        "sku" => draft.sku = text(name, value, faults),
        "item_id" => draft.item_id = text(name, value, faults),
        "operation" => draft.operation = operation(value, faults),
        "reason" => draft.reason = text(name, value, faults),
        "amount" => draft.amount = amount(name, value, faults),
        "amount_delta" => draft.amount_delta = amount(name, value, faults),
        "quantity" => draft.quantity = quantity(value, faults),
        "currency" => draft.currency = text(name, value, faults),
        "external_ref" => draft.external_ref = text(name, value, faults),
        "note" => draft.note = present(text(name, value, faults)),
        "allow_increase" => draft.allow_increase = flag(name, value, faults),
        _ => {
            let detail = format!("`{}` is not a field of a line", clip(name));
            faults.push(LineFault::new(LineCode::UnknownField, detail));
        }
    }
}

fn faulty<T>(faults: &mut Vec<LineFault>, code: LineCode, detail: String) -> Given<T> {
    faults.push(LineFault::new(code, detail));
    Given::Faulty
}

fn text<'a>(name: &str, value: &'a Value, faults: &mut Vec<LineFault>) -> Given<&'a str> {
    match value.as_str() {
        Some(text) => Given::Is(text),
        None => faulty(faults, LineCode::WrongType, format!("{name} is not a string")),
    }
}

/// An empty note is none.
fn present(given: Given<&str>) -> Given<&str> {
    match given {
        Given::Is(text) if text.trim().is_empty() => Given::Absent,
        Given::Is(_) | Given::Absent | Given::Faulty => given,
    }
}

fn amount<'a>(name: &str, value: &'a Value, faults: &mut Vec<LineFault>) -> Given<&'a str> {
    if value.is_number() {
        let detail = format!("{name} is a JSON number; write it as a string, \"129.90\"");
        return faulty(faults, LineCode::BadNumber, detail);
    }
    text(name, value, faults)
}

fn operation(value: &Value, faults: &mut Vec<LineFault>) -> Given<Operation> {
    let word = match text("operation", value, faults) {
        Given::Is(word) => word,
        Given::Absent | Given::Faulty => return Given::Faulty,
    };
    Operation::parse(word).map_or_else(
        || {
            faults.push(unknown_operation(word));
            Given::Faulty
        },
        Given::Is,
    )
}

fn quantity(value: &Value, faults: &mut Vec<LineFault>) -> Given<i64> {
    let Value::Number(number) = value else {
        let detail = "quantity is not a number".to_string();
        return faulty(faults, LineCode::WrongType, detail);
    };
    match number.as_i64() {
        Some(quantity) => Given::Is(quantity),
        None if number.is_u64() => {
            faulty(faults, LineCode::OutOfRange, "quantity is too large".to_string())
        }
        None => faulty(faults, LineCode::BadNumber, "quantity is not a whole number".to_string()),
    }
}

fn flag(name: &str, value: &Value, faults: &mut Vec<LineFault>) -> Given<bool> {
    match value.as_bool() {
        Some(flag) => Given::Is(flag),
        None => faulty(faults, LineCode::WrongType, format!("{name} is not true or false")),
    }
}
