//! One line of an import: made what a single report would have been, and held against its schema.
//!
//! What a line may leave to its program, or say in its program's words, is filled in once the program is
//! known: the event type by its code, the currency, a moment in the program's zone.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::LazyLock;

use jiff::civil::DateTime;
use jiff::fmt::temporal::DateTimeParser;
use serde_json::{Map, Value};

use super::super::formats::{self, Layout, Told};
use super::super::line::{EventTypeName, LineFault};
use super::super::model::LineCode;
use super::super::plan::{Chunk, Entry, all_of};
use super::super::rows::Batch;
use super::super::rules::rejected;
use crate::actions::wire::NewAction;
use crate::error::{Error, Fault, Place, Result};
use crate::http::shape::{Shape, find_nul};
use crate::http::unique::Unique;
use crate::kernel::id::{ActionId, EventTypeId};
use crate::kernel::time::{Instant, Zone};
use crate::programs::model::{EventType, Program};

/// The most characters of an event type's code or id.
const LONGEST_EVENT_TYPE: usize = 64;
/// What stands in a report where its program has the word.
const LEFT_OUT: &str = "EUR";

/// What a report has to look like, wherever it comes from.
static REPORT: LazyLock<Result<Shape>> = LazyLock::new(Shape::of_body::<NewAction>);

/// When the customer acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moment {
    /// At this moment.
    At(Instant),
    /// When the clocks of the program's zone showed this.
    Local(DateTime),
}

/// What a line says of an order, but for its note.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Said {
    event_type: EventTypeName,
    moment: Moment,
    has_currency: bool,
    new: NewAction,
}

/// One order to be tracked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The number of its record.
    pub number: i32,
    /// What stands for the order among the entries.
    pub mark: ActionId,
    /// What it says: the same as a line that is equal to it.
    pub said: Said,
    note: Option<String>,
}

impl Order {
    /// How the line names its event type.
    pub fn event_type(&self) -> &EventTypeName {
        &self.said.event_type
    }

    /// The report that the line is, in the words of its program; nothing is found under `unknown`.
    pub fn report(&self, of: Option<&(EventType, Program)>, unknown: EventTypeId) -> NewAction {
        let Said { moment, has_currency, new, .. } = &self.said;
        let mut new = NewAction { note: self.note.clone(), ..new.clone() };
        new.event_type_id = of.map_or(unknown, |(event_type, _)| event_type.id);
        if let (Some((_, program)), false) = (of, *has_currency) {
            new.currency = program.currency;
        }
        new.occurred_at = match *moment {
            Moment::At(at) => at,
            Moment::Local(shown) => {
                let zone = of.map_or_else(Zone::utc, |(_, program)| program.time_zone.clone());
                let at = shown.to_zoned(zone.rules()).map(|at| at.timestamp().into());
                at.unwrap_or(Instant::from_micros(i64::MAX))
            }
        };
        new
    }
}

/// Reads the orders of a chunk.
pub fn read(batch: &Batch, entries: Vec<Entry>, cache: &File) -> Result<Chunk> {
    let default = batch.event_type_id.map(EventTypeName::Id);
    let (mut orders, mut strays) = (Vec::with_capacity(entries.len()), Vec::new());
    let mut record = Vec::new();
    for entry in &entries {
        record.resize(usize::try_from(entry.length).unwrap_or(0), 0);
        cache.read_exact_at(&mut record, entry.offset).map_err(Error::internal)?;
        match order(&batch.layout.0, &record, entry, default.as_ref())? {
            Ok(order) => orders.push(order),
            Err(faults) => strays.push(rejected(entry.line, None, all_of(&faults))),
        }
    }
    Ok(Chunk { entries, groups: Vec::new(), strays, orders })
}

/// The event type and the order that a record names, if it names any: all that has to be known to keep
/// the lines of one order together.
pub fn named(
    layout: &Layout,
    record: &[u8],
    default: Option<&EventTypeName>,
) -> Option<(EventTypeName, String)> {
    let told = told(layout, record).ok()?;
    let text = |name: &str| told.fields.get(name).and_then(Value::as_str).map(str::trim);
    let event_type = text("event_type_id").filter(|text| !text.is_empty());
    let event_type = event_type.map(EventTypeName::of).or_else(|| default.cloned())?;
    text("order_id").map(|order_id| (event_type, order_id.to_string()))
}

fn told(layout: &Layout, record: &[u8]) -> Result<Told, Vec<LineFault>> {
    match formats::told(layout, record) {
        Some(told) => told,
        None => object(record),
    }
}

/// A line of JSON.
fn object(record: &[u8]) -> Result<Told, Vec<LineFault>> {
    let fault = |code, detail: String| vec![LineFault::new(code, detail)];
    match serde_json::from_slice(record) {
        Ok(Unique(Value::Object(fields))) => Ok(Told { fields, faults: Vec::new() }),
        Ok(_) => Err(fault(LineCode::WrongType, "a line is a JSON object".into())),
        Err(error) => {
            Err(fault(LineCode::UnreadableLine, format!("the line is not JSON: {error}")))
        }
    }
}

/// A record as an order, or everything that is wrong with it.
fn order(
    layout: &Layout,
    record: &[u8],
    entry: &Entry,
    default: Option<&EventTypeName>,
) -> Result<Result<Order, Vec<LineFault>>> {
    let Told { fields, faults } = match told(layout, record) {
        Ok(told) => told,
        Err(faults) => return Ok(Err(faults)),
    };
    let mut reading = Reading { layout, fields, faults };
    let event_type = reading.event_type(default);
    let moment = reading.moment();
    let has_currency = reading.currency();
    reading.check_order_id();
    let new = reading.report()?;
    Ok(match (new, event_type, moment) {
        (Some(mut new), Some(event_type), Some(moment)) if reading.faults.is_empty() => {
            let (number, mark, note) = (entry.line, entry.action, new.note.take());
            let said = Said { event_type, moment, has_currency, new };
            Ok(Order { number, mark, said, note })
        }
        (new, ..) => {
            reading.faults.extend(new.iter().flat_map(|new| others(layout, new, has_currency)));
            Err(reading.faults)
        }
    })
}

/// What else is wrong with a report that is at fault already, as far as that can be told without its
/// program.
fn others(layout: &Layout, new: &NewAction, has_currency: bool) -> Vec<LineFault> {
    let faults = new.read(Instant::from_micros(i64::MAX)).err().unwrap_or_default();
    let certain = |fault: &&Fault| has_currency || fault.code != "too_precise";
    faults.iter().filter(certain).map(|fault| line_fault(layout, fault)).collect()
}

struct Reading<'a> {
    layout: &'a Layout,
    fields: Map<String, Value>,
    faults: Vec<LineFault>,
}

impl Reading<'_> {
    fn fault(&mut self, code: LineCode, detail: impl Into<String>) {
        self.faults.push(LineFault::new(code, detail));
    }

    /// What a field says; nothing if it is not there, or null.
    fn given(&self, name: &str) -> Option<&Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// The event type as it is named. In its place stands one that fits the schema.
    fn event_type(&mut self, default: Option<&EventTypeName>) -> Option<EventTypeName> {
        let named = match self.given("event_type_id") {
            None => default.cloned(),
            Some(Value::String(text)) if text.trim().chars().count() <= LONGEST_EVENT_TYPE => {
                Some(text.trim()).filter(|text| !text.is_empty()).map(EventTypeName::of)
            }
            // It does not fit the schema either, which says so.
            Some(_) => {
                let detail =
                    format!("event_type_id is a text of up to {LONGEST_EVENT_TYPE} letters");
                self.fault(LineCode::UnknownEventType, detail);
                self.fields.insert("event_type_id".into(), EventTypeId::example().into());
                return None;
            }
        };
        if named.is_none() {
            self.fault(LineCode::MissingField, "event_type_id is required");
        }
        self.fields.insert("event_type_id".into(), EventTypeId::example().into());
        named
    }

    /// The moment. In its place stands one that fits the schema, but for what is no text at all.
    fn moment(&mut self) -> Option<Moment> {
        let text = self.given("occurred_at").and_then(Value::as_str)?;
        let read = moment(text.trim());
        if read.is_none() {
            let detail =
                format!("occurred_at `{}` {}", formats::clip(text), no_moment(text.trim()));
            self.fault(LineCode::BadFormat, detail);
        }
        self.fields.insert("occurred_at".into(), Instant::from_micros(0).to_string().into());
        read
    }

    /// Whether the line names a currency.
    fn currency(&mut self) -> bool {
        let given = self.given("currency").is_some();
        if !given {
            self.fields.insert("currency".into(), LEFT_OUT.into());
        }
        given
    }

    fn check_order_id(&mut self) {
        let Some(order_id) = self.given("order_id").and_then(Value::as_str) else { return };
        if formats::is_mangled(order_id.trim()) {
            let detail = format!(
                "order_id `{}` is a number that a spreadsheet has rounded; format the column as text \
                 before you fill it",
                formats::clip(order_id)
            );
            self.fault(LineCode::OrderIdMangled, detail);
        }
    }

    /// The fields as a report, if they fit its schema.
    fn report(&mut self) -> Result<Option<NewAction>> {
        let shape = REPORT.as_ref().map_err(|error| Error::internal(anyhow::anyhow!("{error}")))?;
        let body = Value::Object(std::mem::take(&mut self.fields));
        let mut found = if shape.fits(&body) { Vec::new() } else { shape.body_faults(&body) };
        find_nul(&body, "", &mut found);
        if found.is_empty() {
            match serde_json::from_value(body) {
                Ok(new) => return Ok(Some(new)),
                Err(error) => found.push(Fault::at("", "wrong_type", error.to_string())),
            }
        }
        let layout = self.layout;
        self.faults.extend(found.iter().map(|fault| line_fault(layout, fault)));
        Ok(None)
    }
}

/// A fault of a report as that of a line: by the name of its column, if it has one.
pub fn line_fault(layout: &Layout, fault: &Fault) -> LineFault {
    let code = LineCode::parse(&fault.code).unwrap_or(LineCode::WrongType);
    let pointer = match &fault.place {
        Place::Pointer(pointer) => pointer.trim_start_matches('/'),
        Place::Parameter(_) | Place::Header(_) | Place::Line(_) => "",
    };
    let detail = match (pointer, column(layout, pointer)) {
        ("", _) => fault.message.clone(),
        (_, Some(column)) => format!("{column}: {}", fault.message),
        (pointer, None) => format!("{pointer}: {}", fault.message),
    };
    LineFault::new(code, detail)
}

/// The column of a table that a step into a report leads to.
fn column(layout: &Layout, pointer: &str) -> Option<String> {
    layout.delimiter()?;
    let mut steps = pointer.split('/');
    let last = match (steps.next()?, steps.next(), steps.next()) {
        ("items", Some(place), Some(name)) => {
            let number = place.parse::<u8>().ok()?.checked_add(1)?;
            formats::suffixed(name, number)
        }
        ("sub_ids", Some(name), None) => name.to_string(),
        _ => return None,
    };
    Some(last)
}

/// A moment as RFC 3339 has it, or as spreadsheets show it with the year first.
fn moment(text: &str) -> Option<Moment> {
    if let Ok(at) = text.parse() {
        return Some(Moment::At(at));
    }
    let shown = |byte: u8| byte.is_ascii_digit() || b"-: Tt.".contains(&byte);
    let is_local = text.contains(':') && text.bytes().all(shown);
    let read = DateTimeParser::new().parse_datetime(text).ok();
    read.filter(|_| is_local).map(Moment::Local)
}

/// What keeps a text from being a moment. What it may mean is never guessed.
fn no_moment(text: &str) -> &'static str {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if text.parse::<jiff::civil::Date>().is_ok() {
        "has no time of day; write it as 2026-03-09 10:00"
    } else if digits >= 4 && text.contains(['/', '.']) {
        "does not say which number is the month; write it as 2026-03-09 10:00"
    } else {
        "is no moment; one looks like 2026-03-09T10:00:00Z, or 2026-03-09 10:00 in the program's zone"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_clear_or_none() {
        let local = |text: &str| Some(Moment::Local(text.parse().unwrap()));
        let at = |text: &str| Some(Moment::At(text.parse().unwrap()));
        for (text, wanted) in [
            ("2026-03-09T10:00:00Z", at("2026-03-09T10:00:00Z")),
            ("2026-03-09T10:00:00+01:00", at("2026-03-09T09:00:00Z")),
            ("2026-03-09 10:00:00+01:00", at("2026-03-09T09:00:00Z")),
            ("2026-03-09 10:00", local("2026-03-09T10:00:00")),
            ("2026-03-09 10:00:05", local("2026-03-09T10:00:05")),
            ("2026-03-09T10:00:05.25", local("2026-03-09T10:00:05.25")),
            ("2026-03-09", None),
            ("09/03/2026 10:00", None),
            ("03.09.2026 10:00", None),
            ("9 March 2026", None),
            ("46090.4166", None),
            ("2026-02-30 10:00", None),
            ("2026-03-09 25:00", None),
            ("", None),
        ] {
            assert_eq!(moment(text), wanted, "{text}");
        }
        assert!(no_moment("2026-03-09").starts_with("has no time"));
        assert!(no_moment("03/09/2026 10:00").contains("which number is the month"));
        assert!(no_moment("yesterday").starts_with("is no moment"));
    }

    #[test]
    fn faults_are_told_by_the_columns_of_the_file() {
        let head = b"order_id,occurred_at,sku,amount,sku2,amount2\n1,2,3,4,5,6\n";
        let table = formats::sniff_orders(head, true).unwrap();
        let told = |layout: &Layout, pointer: &str, code: &'static str| {
            let fault = line_fault(layout, &Fault::at(pointer, code, "no"));
            (fault.code.as_str(), fault.detail)
        };
        let wanted = ("bad_number", "amount2: no".to_string());
        assert_eq!(told(&table, "/items/1/amount", "bad_number"), wanted);
        let wanted = ("bad_number", "items/1/amount: no".to_string());
        assert_eq!(told(&Layout::OrderLines, "/items/1/amount", "bad_number"), wanted);
        assert_eq!(told(&table, "/note", "too_long").1, "note: no");
        assert_eq!(told(&table, "", "out_of_range").1, "no");
    }
}
