//! Results as files: one row for each row of the input, or the rejected rows ready to be sent again.
//!
//! Of a cancelled batch the results hold the lines that were not done too: the whole input is read
//! again. Cells of the input go back byte for byte. Cells of our own that a spreadsheet would take for a
//! formula get an apostrophe.

use std::ops::ControlFlow;

use serde_json::Value;

use super::formats::{self, Gap, Layout, Unread};
use super::model::{Outcome, Status};
use super::parts::{self, Rest};
use super::rows::{Batch, LineRow};
use super::store;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::http::csv::{guarded, quoted};

/// How many rows one read makes.
const ROWS: i64 = 1_000;
/// How many bytes of the input one read goes through, where it reads the input.
const INPUT_BYTES: usize = 1 << 20;
/// What stands in the place of an outcome where a batch was cancelled before the line's turn.
pub const NOT_DONE: &str = "not_done";
/// The columns before those of the input. None has the name of an input's column: most inputs name
/// the action too.
const RESULT_COLUMNS: &[&str] =
    &["line", "outcome", "code", "message", "warnings", "matched_action_id"];
/// The one behind them where lines may become adjustments.
const ADJUSTMENT_COLUMN: &str = "adjustment_id";

/// Which file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// Every row, what became of it first.
    Results,
    /// The rejected rows, in the input's own layout, and why at the end.
    Rejected,
}

/// Where the making of a file stands.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// At the header.
    Header,
    /// After this line.
    After(i32),
    /// Between two records of the input.
    Input(Gap),
    /// At the end.
    End,
}

/// The next stretch of a file, and where to go on.
pub fn stretch(
    db: &mut Db,
    batch: &Batch,
    file: File,
    place: Place,
) -> Result<Option<(Vec<u8>, Place)>> {
    match place {
        Place::Header => {
            let layout = &batch.layout.0;
            let whole = file == File::Results && batch.status == Status::Cancelled;
            let first = if whole { Place::Input(Gap::first(layout)) } else { Place::After(0) };
            Ok(Some((header(layout, file), first)))
        }
        Place::After(line) => rows(db, batch, file, line).map(Some),
        Place::Input(gap) => input_rows(db, batch, gap).map(Some),
        Place::End => Ok(None),
    }
}

fn rows(db: &mut Db, batch: &Batch, file: File, after: i32) -> Result<(Vec<u8>, Place)> {
    let outcome = match file {
        File::Results => None,
        File::Rejected => Some(Outcome::Rejected),
    };
    let mut page = store::lines(db, batch.id, outcome, after, ROWS)?;
    let fitting = fitting(&page.rows);
    let cut = fitting < page.rows.len();
    page.rows.truncate(fitting);
    let places: Vec<_> = page.rows.iter().map(|row| (row.byte_offset, row.byte_length)).collect();
    let records = parts::records(db, batch.id, &places)?;
    let mut text = Vec::new();
    for (row, record) in page.rows.iter().zip(&records) {
        write_row(&mut text, &batch.layout.0, file, Told::of(row), record);
    }
    let next = page.rows.last().filter(|_| cut || page.next.is_some());
    Ok((text, next.map_or(Place::End, |last| Place::After(last.line))))
}

/// How many of these rows have records that together are no larger than what one read goes through;
/// one at least.
fn fitting(rows: &[LineRow]) -> usize {
    let mut bytes = 0_usize;
    let fits = |row: &&LineRow| {
        bytes = bytes.saturating_add(usize::try_from(row.byte_length).unwrap_or(usize::MAX));
        bytes <= INPUT_BYTES
    };
    rows.iter().take_while(fits).count().max(1)
}

/// The records from a gap on, with what became of those that were done.
fn input_rows(db: &mut Db, batch: &Batch, gap: Gap) -> Result<(Vec<u8>, Place)> {
    let layout = &batch.layout.0;
    let (mut records, mut bytes, mut next) = (Vec::new(), 0_usize, gap);
    let read = formats::records_from(layout, gap, Rest::of(db, batch.id, gap.offset), |record| {
        bytes = bytes.saturating_add(record.bytes.len());
        next = Gap::after(&record);
        records.push((record.line, record.bytes.to_vec()));
        let full = bytes >= INPUT_BYTES || i64::try_from(records.len()).is_ok_and(|n| n >= ROWS);
        if full { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let place = match read {
        Ok(ControlFlow::Break(())) => Place::Input(next),
        // It was cancelled before anybody saw that the input cannot be read any further.
        Ok(ControlFlow::Continue(_)) | Err(Unread::Fault(_)) => Place::End,
        Err(Unread::Source(error)) => return Err(Error::internal(error)),
    };
    let many = i64::try_from(records.len()).unwrap_or(ROWS);
    let done = store::lines(db, batch.id, None, gap.line.saturating_sub(1), many)?;
    let mut done = done.rows.iter().peekable();
    let mut text = Vec::new();
    for (line, record) in &records {
        let row = done.next_if(|row| row.line == *line);
        let told = row.map_or_else(|| Told::not_done(*line), Told::of);
        write_row(&mut text, layout, File::Results, told, record);
    }
    Ok((text, place))
}

/// What our own cells of a row say.
#[derive(Default)]
struct Told<'a> {
    line: i32,
    outcome: &'static str,
    code: &'static str,
    message: &'a str,
    warnings: String,
    action: String,
    adjustment: String,
}

impl<'a> Told<'a> {
    fn of(row: &'a LineRow) -> Self {
        let warnings = row.warnings.as_ref().map(|all| all.0.as_slice()).unwrap_or_default();
        let warnings: Vec<_> = warnings.iter().map(|warning| warning.as_str()).collect();
        Self {
            line: row.line,
            outcome: row.outcome.as_str(),
            code: row.code.map(|code| code.as_str()).unwrap_or_default(),
            message: row.detail.as_deref().unwrap_or_default(),
            warnings: warnings.join(" "),
            action: row.action_id.map(|id| id.to_string()).unwrap_or_default(),
            adjustment: row.adjustment_id.map(|id| id.to_string()).unwrap_or_default(),
        }
    }

    fn not_done(line: i32) -> Self {
        Self { line, outcome: NOT_DONE, ..Self::default() }
    }
}

fn header(layout: &Layout, file: File) -> Vec<u8> {
    let own = |names: &[&str]| names.iter().map(|name| name.as_bytes().to_vec()).collect();
    let delimiter = delimiter(layout);
    let input: Vec<Vec<u8>> = layout.names().iter().map(|cell| quoted(cell, delimiter)).collect();
    let mut text = Vec::new();
    match file {
        File::Results => {
            let mut ours: Vec<Vec<u8>> = own(RESULT_COLUMNS);
            ours.extend(may_adjust(layout).then(|| ADJUSTMENT_COLUMN.as_bytes().to_vec()));
            write_cells(&mut text, layout, [ours, input]);
        }
        File::Rejected => {
            write_cells(&mut text, layout, [input, own(&["error_code", "error_message"])]);
        }
    }
    text
}

fn write_row(text: &mut Vec<u8>, layout: &Layout, file: File, told: Told<'_>, record: &[u8]) {
    let input = match layout.delimiter() {
        Some(_) => formats::input_cells(layout, record).into_iter().map(<[u8]>::to_vec).collect(),
        None => json_cells(layout, record),
    };
    let delimiter = delimiter(layout);
    let message = quoted(&guarded(told.message), delimiter);
    match file {
        File::Results => {
            let mut own = vec![
                told.line.to_string().into_bytes(),
                told.outcome.into(),
                told.code.into(),
                message,
                told.warnings.into_bytes(),
                told.action.into_bytes(),
            ];
            own.extend(may_adjust(layout).then(|| told.adjustment.into_bytes()));
            write_cells(text, layout, [own, input]);
        }
        File::Rejected => write_cells(text, layout, [input, vec![told.code.into(), message]]),
    }
}

fn write_cells(text: &mut Vec<u8>, layout: &Layout, groups: [Vec<Vec<u8>>; 2]) {
    let delimiter = delimiter(layout);
    for (place, cell) in groups.iter().flatten().enumerate() {
        if place > 0 {
            text.push(delimiter);
        }
        text.extend_from_slice(cell);
    }
    text.extend_from_slice(b"\r\n");
}

/// Whether lines may become adjustments: orders to be tracked never do.
fn may_adjust(layout: &Layout) -> bool {
    match layout {
        Layout::Csv(_) | Layout::Lines => true,
        Layout::Orders(_) | Layout::OrderLines => false,
    }
}

fn delimiter(layout: &Layout) -> u8 {
    layout.delimiter().unwrap_or(b',')
}

/// A JSON line as cells under the names of its fields; lists and objects as JSON.
fn json_cells(layout: &Layout, record: &[u8]) -> Vec<Vec<u8>> {
    let fields = formats::fields(layout, record);
    let cell = |name: &str| match fields.get(name) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::String(text)) => quoted(text, b','),
        Some(other) => quoted(&other.to_string(), b','),
    };
    layout.names().into_iter().map(cell).collect()
}
