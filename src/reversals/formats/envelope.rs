//! The JSON body of a batch: its options, and its lines still unread.

use std::borrow::Cow;
use std::collections::HashSet;
use std::str::FromStr;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::FileFault;
use super::json::Fields;
use super::records::LONGEST_RECORD;
use crate::error::{Error, Fault};
use crate::reversals::line::EventTypeName;
use crate::reversals::model::{Mode, OnAmbiguous, Purpose};
use crate::reversals::rules::{MostLines, too_many_lines};

const DEEPEST: usize = 127;
const LONGEST_EVENT_TYPE: usize = 64;
/// How many faults of one body are told.
const MOST_FAULTS: usize = 100;

/// What a JSON body asks for.
#[derive(Debug, Clone)]
pub struct Envelope<'a> {
    /// What becomes of a batch that has faulty lines.
    pub mode: Mode,
    /// What an order id means that several actions have.
    pub on_ambiguous: OnAmbiguous,
    /// The event type of lines that name none.
    pub event_type: Option<EventTypeName>,
    /// Run it even if the same was run before.
    pub force: bool,
    /// The lines, as they were written. There is at least one.
    pub lines: Vec<&'a RawValue>,
}

/// Why a JSON body cannot be a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvelopeFault {
    /// Not JSON.
    Malformed(String),
    /// JSON, and wrong: every fault of the envelope. Those of its lines are not among them.
    Invalid(Vec<Fault>),
    /// More lines than a batch may have.
    TooManyLines(FileFault),
}

impl From<EnvelopeFault> for Error {
    fn from(fault: EnvelopeFault) -> Self {
        match fault {
            EnvelopeFault::Malformed(detail) => Self::Malformed(detail),
            EnvelopeFault::Invalid(faults) => Self::Invalid(faults),
            EnvelopeFault::TooManyLines(FileFault { code, detail, .. }) => {
                Self::TooLarge { code: code.as_str(), detail }
            }
        }
    }
}

/// What the list of lines is called.
fn list_of(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Reversals => "lines",
        Purpose::Actions => "actions",
    }
}

/// Reads the envelope of a JSON body with at most so many lines, and leaves its lines unread.
pub fn envelope(
    body: &[u8],
    purpose: Purpose,
    most_lines: u32,
) -> Result<Envelope<'_>, EnvelopeFault> {
    let text = std::str::from_utf8(body).map_err(|error| {
        let place = error.valid_up_to();
        EnvelopeFault::Malformed(format!("the body is not UTF-8 at byte {place}"))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    check_depth(text)?;
    serde_json::from_str::<&RawValue>(text).map_err(malformed)?;
    let fields: Fields<&RawValue> = serde_json::from_str(text).map_err(|error| {
        if !error.is_data() {
            return malformed(error);
        }
        let fault = Fault::at("", "wrong_type", "the body is not a JSON object");
        EnvelopeFault::Invalid(vec![fault])
    })?;
    if let Some(fault) = crowded(&fields, list_of(purpose), most_lines) {
        return Err(EnvelopeFault::TooManyLines(fault));
    }
    let mut reading = Reading::of(purpose);
    let mut seen = HashSet::new();
    for (name, value) in &fields.0 {
        if !seen.insert(name) {
            reading.fault(name, "duplicate_field", "the field is given twice");
        }
        reading.read(name, value);
    }
    reading.finish()
}

/// What is wrong with a body of too many lines. They are counted before any is kept.
fn crowded(fields: &Fields<&RawValue>, list: &str, most: u32) -> Option<FileFault> {
    let lists = fields.0.iter().filter(|(name, _)| name == list);
    let lists =
        lists.filter_map(|(_, list)| serde_json::from_str::<Vec<IgnoredAny>>(list.get()).ok());
    let lines = lists.map(|list| list.len()).max()?;
    let most = MostLines { at_all: most, at_once: most };
    too_many_lines(Mode::BestEffort, lines, most)
}

/// The lines in the form in which a batch keeps them: one to a record.
pub fn stored(lines: &[&RawValue]) -> Vec<u8> {
    let size = lines.iter().map(|line| line.get().len().saturating_add(1)).sum();
    let mut bytes = Vec::with_capacity(size);
    for line in lines {
        // JSON has newlines only between its tokens, never inside of them.
        let on_one_line = line.get().bytes().map(|byte| match byte {
            b'\n' | b'\r' => b' ',
            other => other,
        });
        bytes.extend(on_one_line);
        bytes.push(b'\n');
    }
    bytes
}

fn malformed(error: serde_json::Error) -> EnvelopeFault {
    EnvelopeFault::Malformed(format!("the body is not JSON: {error}"))
}

/// Whether the body nests no deeper than what reading it may take.
fn check_depth(text: &str) -> Result<(), EnvelopeFault> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth = depth.saturating_add(1),
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            let detail = format!("the body is nested deeper than {DEEPEST} levels");
            return Err(EnvelopeFault::Malformed(detail));
        }
    }
    Ok(())
}

struct Reading<'a> {
    purpose: Purpose,
    mode: Option<Mode>,
    on_ambiguous: Option<OnAmbiguous>,
    event_type: Option<EventTypeName>,
    force: Option<bool>,
    lines: Option<Vec<&'a RawValue>>,
    lines_given: bool,
    faults: Vec<Fault>,
}

impl<'a> Reading<'a> {
    fn of(purpose: Purpose) -> Self {
        Self {
            purpose,
            mode: None,
            on_ambiguous: None,
            event_type: None,
            force: None,
            lines: None,
            lines_given: false,
            faults: Vec::new(),
        }
    }

    fn read(&mut self, name: &str, value: &'a RawValue) {
        match name {
            "mode" => self.mode = self.word(name, value),
            "on_ambiguous" if self.purpose == Purpose::Reversals => {
                self.on_ambiguous = self.word(name, value);
            }
            "event_type_id" => self.event_type = self.event_type(name, value),
            "force" => self.force = self.typed(name, value, "the value is not true or false"),
            list if list == list_of(self.purpose) => {
                self.lines_given = true;
                self.lines = self.lines(value);
            }
            _ => self.fault(name, "unknown_field", "there is no such field"),
        }
    }

    fn finish(mut self) -> Result<Envelope<'a>, EnvelopeFault> {
        if !self.lines_given {
            let list = list_of(self.purpose);
            self.fault(list, "missing_field", format!("a batch has {list}"));
        }
        let (Some(lines), true) = (self.lines, self.faults.is_empty()) else {
            return Err(EnvelopeFault::Invalid(self.faults));
        };
        Ok(Envelope {
            mode: self.mode.unwrap_or(Mode::BestEffort),
            on_ambiguous: self.on_ambiguous.unwrap_or(OnAmbiguous::Reject),
            event_type: self.event_type,
            force: self.force.unwrap_or(false),
            lines,
        })
    }

    fn fault(&mut self, name: &str, code: &'static str, message: impl Into<String>) {
        let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        self.fault_at(pointer, code, message);
    }

    fn fault_at(&mut self, pointer: String, code: &'static str, message: impl Into<String>) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(Fault::at(pointer, code, message));
        }
    }

    /// A value of that type; nothing if it is null, and a fault if it is of another.
    fn typed<T: serde::Deserialize<'a>>(
        &mut self,
        name: &str,
        value: &'a RawValue,
        wrong: &str,
    ) -> Option<T> {
        match serde_json::from_str::<Option<T>>(value.get()) {
            Ok(read) => read,
            Err(_) => {
                self.fault(name, "wrong_type", wrong);
                None
            }
        }
    }

    fn word<T: FromStr<Err = String>>(&mut self, name: &str, value: &'a RawValue) -> Option<T> {
        let word: Cow<'a, str> = self.typed(name, value, "the value is not a string")?;
        match word.parse() {
            Ok(word) => Some(word),
            Err(accepted) => {
                self.fault(name, "unknown_value", accepted);
                None
            }
        }
    }

    fn event_type(&mut self, name: &str, value: &'a RawValue) -> Option<EventTypeName> {
        let text: Cow<'a, str> = self.typed(name, value, "the value is not a string")?;
        let text = text.trim();
        let length = text.chars().count();
        if (1..=LONGEST_EVENT_TYPE).contains(&length) && !text.chars().any(char::is_control) {
            return Some(EventTypeName::of(text));
        }
        let message = format!("an event type has 1 to {LONGEST_EVENT_TYPE} printable characters");
        self.fault(name, "unknown_event_type", message);
        None
    }

    fn lines(&mut self, value: &'a RawValue) -> Option<Vec<&'a RawValue>> {
        let list = list_of(self.purpose);
        let Ok(lines) = serde_json::from_str::<Vec<&'a RawValue>>(value.get()) else {
            self.fault(list, "wrong_type", "the value is not a list");
            return None;
        };
        if lines.is_empty() {
            self.fault(list, "empty_batch", "a batch has at least one line");
        }
        let long = |(_, line): &(usize, &&RawValue)| line.get().len() >= LONGEST_RECORD;
        for (place, _) in lines.iter().enumerate().filter(long) {
            let message = format!("a line has fewer than {LONGEST_RECORD} bytes");
            self.fault_at(format!("/{list}/{place}"), "too_long", message);
        }
        i32::try_from(lines.len()).is_ok().then_some(lines)
    }
}
