//! How bytes become lines: one file per format.
//!
//! A door asks [`sniff()`], [`sniff_lines`] or [`envelope()`] what it was given, before there is a batch. The worker
//! then streams the stored bytes through [`records()`], keeps where each record lies, and later takes
//! single records apart with [`parse`]. Nothing here holds more than one record of a file in memory.

mod csv;
mod draft;
mod envelope;
mod header;
mod json;
mod lines;
mod orders;
mod records;
mod several;
mod sniff;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use csv::Table;
pub use envelope::{Envelope, EnvelopeFault, envelope, stored};
pub use header::{Column, ColumnName, FIELDS, columns, sniff};
pub use lines::sniff_lines;
pub use orders::{
    FIELDS as ORDER_FIELDS, Told, columns as order_columns, is_mangled, sniff as sniff_orders,
    suffixed,
};
pub use records::{Gap, LONGEST_RECORD, Record, Unread, records, records_from};

use super::line::{EventTypeName, Line, LineFault};
use super::model::{FileCode, LineCode};
use crate::error::{Fault, Place};

/// How the stored bytes of a batch are to be read; kept with the batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "format", rename_all = "snake_case")]
pub enum Layout {
    /// A table with a header.
    Csv(Table),
    /// One JSON value per record, each ended by a newline: as files have them, and as [`stored`]
    /// writes them.
    Lines,
    /// A table of orders to be tracked, with a header.
    Orders(Table<orders::Column>),
    /// The same as JSON.
    OrderLines,
}

impl Layout {
    /// What stands between the cells of a table.
    pub fn delimiter(&self) -> Option<u8> {
        match self {
            Self::Csv(table) => Some(table.delimiter),
            Self::Orders(table) => Some(table.delimiter),
            Self::Lines | Self::OrderLines => None,
        }
    }

    /// The sender's names of the columns of a table; of JSON the names of the fields it may have.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Csv(table) => table.input_header(),
            Self::Orders(table) => table.input_header(),
            Self::Lines => FIELDS.clone(),
            Self::OrderLines => ORDER_FIELDS.to_vec(),
        }
    }
}

/// Why a file cannot be a batch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct FileFault {
    /// What, for machines.
    pub code: FileCode,
    /// What, for people.
    pub detail: String,
    /// The record it lies in; the header is 1.
    pub line: Option<i32>,
}

impl FileFault {
    pub(super) fn of(code: FileCode, line: Option<i32>) -> Self {
        Self::new(code, code.description(), line)
    }

    pub(super) fn new(code: FileCode, detail: impl Into<String>, line: Option<i32>) -> Self {
        Self { code, detail: detail.into(), line }
    }
}

impl From<FileFault> for Fault {
    fn from(fault: FileFault) -> Self {
        Self {
            place: Place::Line(fault.line.unwrap_or(1)),
            code: fault.code.as_str().into(),
            message: fault.detail,
        }
    }
}

/// One record as a line, or everything that is wrong with it.
///
/// `default_event_type` counts for lines that name an order and no event type.
pub fn parse(
    layout: &Layout,
    record: &[u8],
    default_event_type: Option<&EventTypeName>,
) -> Result<Line, Vec<LineFault>> {
    match layout {
        Layout::Csv(table) => csv::parse(table, record, default_event_type),
        Layout::Lines => json::parse(record, default_event_type),
        Layout::Orders(_) | Layout::OrderLines => {
            let detail = "the line is of an order to be tracked";
            Err(vec![LineFault::new(LineCode::UnreadableLine, detail)])
        }
    }
}

/// What the row of a table tells of an order, or why it cannot be read at all; nothing if the record
/// is no row but JSON.
pub fn told(layout: &Layout, record: &[u8]) -> Option<Result<Told, Vec<LineFault>>> {
    match layout {
        Layout::Orders(table) => Some(orders::row(table, record)),
        Layout::OrderLines | Layout::Lines | Layout::Csv(_) => None,
    }
}

/// A record as it was received, by the names the sender gave its cells or fields.
///
/// What cannot be read is shown as one text under an empty name.
pub fn fields(layout: &Layout, record: &[u8]) -> Map<String, Value> {
    let read = match layout {
        Layout::Csv(table) => csv::fields(table, record),
        Layout::Orders(table) => csv::fields(table, record),
        Layout::Lines | Layout::OrderLines => serde_json::from_slice(record).ok(),
    };
    read.unwrap_or_else(|| {
        let text = String::from_utf8_lossy(record).into_owned();
        Map::from_iter([(String::new(), Value::String(text))])
    })
}

/// The cells of a record byte for byte, quotes and all, without those columns that we added to a
/// file we gave back. Joined by the delimiter they can be sent again. A JSON line is one cell.
pub fn input_cells<'a>(layout: &Layout, record: &'a [u8]) -> Vec<&'a [u8]> {
    match layout {
        Layout::Csv(table) => csv::input_cells(table, record),
        Layout::Orders(table) => csv::input_cells(table, record),
        Layout::Lines | Layout::OrderLines => vec![record],
    }
}

/// The first characters of a text that came from outside, fit for a message.
pub(super) fn clip(text: &str) -> String {
    const LONGEST: usize = 40;
    let printable = |letter: char| if letter.is_control() { '\u{fffd}' } else { letter };
    let mut clipped: String = text.chars().take(LONGEST).map(printable).collect();
    if text.chars().nth(LONGEST).is_some() {
        clipped.push('…');
    }
    clipped
}
