//! Tables with a header: our own, and those that are made for impact.com, AWIN and CJ.
//!
//! What a row asks for is its operation, if the file has such a column. Else the reasons RESET and
//! APPROVED are operations; else a figure that is not zero modifies; else the row reverses. A
//! figure that has a column and no value is missing, never zero.

use std::borrow::Cow;
use std::sync::LazyLock;

use csv_core::ReadFieldResult;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::clip;
use super::draft::{Draft, Given, is_zero};
use super::header::Column;
use super::several::{self, Detail};
use super::sniff::Meaning;
use crate::reversals::line::{EventTypeName, Line, LineFault};
use crate::reversals::model::{LineCode, Operation};

/// How a table is written and what its columns mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table<C = Column> {
    /// What stands between two cells.
    pub delimiter: u8,
    /// What each column means.
    pub columns: Vec<C>,
    /// What each column is called in the file.
    pub header: Vec<String>,
    /// Where the header ends, in bytes from the start of the file.
    pub data_offset: u64,
}

impl<C: Meaning> Table<C> {
    /// The names of the sender's own columns: those that [`super::input_cells`] gives back.
    pub fn input_header(&self) -> Vec<&str> {
        let columns = self.header.iter().zip(&self.columns);
        let own = columns.filter(|(_, column)| **column != C::OUTCOME);
        own.map(|(name, _)| name.as_str()).collect()
    }

    /// Whether a column means this.
    pub fn has(&self, column: C) -> bool {
        self.columns.contains(&column)
    }

    /// The cells of a row with what they mean, trimmed; a fault if they are not as many as the header
    /// has.
    pub(super) fn cells<'a>(&self, record: &'a [u8]) -> Result<Vec<Cell<'a>>, LineFault> {
        let unreadable = || LineFault::new(LineCode::UnreadableLine, "the row is not UTF-8 text");
        let cells = split(self.delimiter, record).ok_or_else(unreadable)?;
        count(self, &cells)?;
        Ok(cells)
    }

    /// In files we gave back an apostrophe keeps spreadsheets from running a cell as a formula.
    pub(super) fn unguarded<'a>(&self, text: &'a str) -> &'a str {
        let guarded = |rest: &&str| rest.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']);
        let stripped = text.strip_prefix('\'').filter(guarded);
        stripped.filter(|_| self.has(C::OUTCOME)).unwrap_or(text)
    }
}

/// One cell of a row.
pub(super) struct Cell<'a> {
    /// Its bytes in the file, quotes and all.
    pub(super) raw: &'a [u8],
    /// What they say.
    pub(super) text: Cow<'a, str>,
}

/// A reader of cells at the start of a row. Making one costs more than reading a row with it, so the
/// usual ones are made once and copied.
fn reader(delimiter: u8) -> csv_core::Reader {
    fn made(delimiter: u8) -> csv_core::Reader {
        csv_core::ReaderBuilder::new().delimiter(delimiter).nfa(true).build()
    }
    static COMMA: LazyLock<csv_core::Reader> = LazyLock::new(|| made(b','));
    static SEMICOLON: LazyLock<csv_core::Reader> = LazyLock::new(|| made(b';'));
    static TAB: LazyLock<csv_core::Reader> = LazyLock::new(|| made(b'\t'));
    match delimiter {
        b',' => COMMA.clone(),
        b';' => SEMICOLON.clone(),
        b'\t' => TAB.clone(),
        other => made(other),
    }
}

/// The cells of a row; `None` if they are not text.
pub(super) fn split(delimiter: u8, record: &[u8]) -> Option<Vec<Cell<'_>>> {
    let mut reader = reader(delimiter);
    let mut buffer = vec![0; record.len().saturating_add(1)];
    let (mut cells, mut rest) = (Vec::new(), record);
    loop {
        let (mut result, read, written) = reader.read_field(rest, &mut buffer);
        let mut raw_length = read.saturating_sub(1);
        if rest.is_empty() || result == ReadFieldResult::InputEmpty {
            raw_length = read;
        }
        if result == ReadFieldResult::InputEmpty {
            (result, ..) = reader.read_field(&[], &mut buffer);
        }
        let ReadFieldResult::Field { record_end } = result else { return Some(cells) };
        let raw = rest.get(..raw_length)?;
        let text = match written == raw.len() {
            true => Cow::Borrowed(std::str::from_utf8(raw).ok()?),
            false => Cow::Owned(std::str::from_utf8(buffer.get(..written)?).ok()?.to_string()),
        };
        cells.push(Cell { raw, text });
        if record_end {
            return Some(cells);
        }
        rest = rest.get(read..)?;
    }
}

/// The row by the names of its columns. Cells beyond the header stand under their number.
pub(super) fn fields<C>(table: &Table<C>, record: &[u8]) -> Option<Map<String, Value>> {
    let mut fields = Map::new();
    for (place, cell) in split(table.delimiter, record)?.into_iter().enumerate() {
        let number = place.saturating_add(1).to_string();
        let name = table.header.get(place).filter(|name| !name.is_empty());
        let name = name.filter(|name| !fields.contains_key(*name)).unwrap_or(&number);
        fields.insert(name.clone(), Value::String(cell.text.into_owned()));
    }
    Some(fields)
}

/// The row's cells byte for byte, but for those of our own columns.
pub(super) fn input_cells<'a, C: Meaning>(table: &Table<C>, record: &'a [u8]) -> Vec<&'a [u8]> {
    let Some(cells) = split(table.delimiter, record) else { return vec![record] };
    let columns = table.columns.iter().copied().chain(std::iter::repeat(C::IGNORED));
    let own = cells.into_iter().zip(columns).filter(|(_, column)| *column != C::OUTCOME);
    own.map(|(cell, _)| cell.raw).collect()
}

/// One row as a line, or everything that is wrong with it.
pub(super) fn parse(
    table: &Table,
    record: &[u8],
    default_event_type: Option<&EventTypeName>,
) -> Result<Line, Vec<LineFault>> {
    let cells = table.cells(record).map_err(|fault| vec![fault])?;
    let row = |item| Row { table, cells: &cells, item };
    let others = several::others(table.columns.iter().copied());
    if others.is_empty() {
        return row(1).draft().finish(default_event_type);
    }
    let items = std::iter::once(1).chain(others).map(row);
    let there: Vec<Row<'_>> = items.filter(Row::has_item).collect();
    match there.as_slice() {
        [] => row(1).draft().finish(default_event_type),
        each => several::together(each.iter().map(|row| {
            let mut draft = row.draft();
            row.check_item(&mut draft);
            draft.finish(default_event_type)
        })),
    }
}

/// As many cells as the header has, or more if those are empty.
fn count<C>(table: &Table<C>, cells: &[Cell<'_>]) -> Result<(), LineFault> {
    let (wanted, found) = (table.header.len(), cells.len());
    let too_many = cells.iter().skip(wanted).any(|cell| !cell.text.trim().is_empty());
    if found >= wanted && !too_many {
        return Ok(());
    }
    let mut detail = format!("the row has {found} cells, the header has {wanted}");
    if too_many {
        detail.push_str("; a cell with a delimiter in it stands in quotes");
    }
    Err(LineFault::new(LineCode::WrongCellCount, detail))
}

/// What stands in `="00123"`, as reports write a number that a spreadsheet shall not change.
pub(super) fn unwrapped(text: &str) -> &str {
    let inner = text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    inner.filter(|inner| !inner.contains('"')).map_or(text, str::trim)
}

/// What a row, whose cells are as many as the columns, says of one of its items.
struct Row<'a> {
    table: &'a Table,
    cells: &'a [Cell<'a>],
    /// Which item, counted from 1.
    item: u8,
}

impl<'a> Row<'a> {
    /// What stands in a column; absent if that is nothing, or if there is no such column.
    fn cell(&self, wanted: Column) -> Given<&'a str> {
        let mut columns = self.table.columns.iter().zip(self.cells);
        let cell = columns.find(|(column, _)| **column == wanted).map(|(_, cell)| cell);
        let text = cell.map(|cell| unwrapped(self.table.unguarded(cell.text.trim())));
        text.filter(|text| !text.is_empty()).map_or(Given::Absent, Given::Is)
    }

    fn detail(&self, detail: Detail) -> Given<&'a str> {
        self.cell(detail.of(self.item))
    }

    fn has_item(&self) -> bool {
        Detail::ALL.into_iter().any(|detail| !self.detail(detail).is_absent())
    }

    /// In a file of several items a figure whose article number is lost is never the whole order's.
    fn check_item(&self, draft: &mut Draft<'a>) {
        if draft.sku.is_absent() {
            let detail = format!("sku of item {} is empty", self.item);
            draft.faults.push(LineFault::new(LineCode::MissingField, detail));
        }
    }

    fn draft(&self) -> Draft<'a> {
        let mut draft = Draft {
            event_type: self.cell(Column::EventType),
            order_id: self.cell(Column::OrderId),
            sku: self.detail(Detail::Sku),
            item_id: self.cell(Column::ItemId),
            amount: self.detail(Detail::Amount),
            amount_delta: self.cell(Column::AmountDelta),
            currency: self.cell(Column::Currency),
            external_ref: self.cell(Column::ExternalRef),
            note: self.cell(Column::Note),
            items_expected: self.table.has(Column::Sku) || self.table.has(Column::ItemId),
            ..Draft::default()
        };
        draft.action_id = self.action_id(draft.order_id.is_absent());
        draft.quantity = self.quantity(&mut draft.faults);
        draft.allow_increase = self.allow_increase(&mut draft.faults);
        self.decide(&mut draft);
        draft
    }

    /// The ids that other platforms gave their own actions say nothing here, and are no harm
    /// beside an order id.
    fn action_id(&self, alone: bool) -> Given<&'a str> {
        match self.cell(Column::ActionId) {
            Given::Is(id) if alone || id.starts_with("act_") => Given::Is(id),
            Given::Is(_) | Given::Absent | Given::Faulty => Given::Absent,
        }
    }

    fn quantity(&self, faults: &mut Vec<LineFault>) -> Given<i64> {
        let Given::Is(text) = self.detail(Detail::Quantity) else { return Given::Absent };
        // Programs that count in fractions write a whole number so. Three zeros might be thousands.
        let text = text.strip_suffix(".00").or(text.strip_suffix(".0")).unwrap_or(text);
        let digits = text.strip_prefix('-').unwrap_or(text);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let detail = format!("quantity `{}` is not a whole number", clip(text));
            faults.push(LineFault::new(LineCode::BadNumber, detail));
            return Given::Faulty;
        }
        text.parse().map_or_else(
            |_| {
                let detail = format!("quantity `{}` is too large", clip(text));
                faults.push(LineFault::new(LineCode::OutOfRange, detail));
                Given::Faulty
            },
            Given::Is,
        )
    }

    fn allow_increase(&self, faults: &mut Vec<LineFault>) -> Given<bool> {
        let Given::Is(text) = self.cell(Column::AllowIncrease) else { return Given::Absent };
        match text.to_ascii_lowercase().as_str() {
            "true" => Given::Is(true),
            "false" => Given::Is(false),
            _ => {
                let detail = format!("allow_increase `{}` is neither true nor false", clip(text));
                faults.push(LineFault::new(LineCode::WrongType, detail));
                Given::Faulty
            }
        }
    }

    /// What the row asks for, and why.
    fn decide(&self, draft: &mut Draft<'a>) {
        draft.reason = self.reason(None);
        if self.table.has(Column::Operation) {
            draft.operation = self.operation(&mut draft.faults);
            draft.reason = self.reason(draft.operation.value());
            return;
        }
        draft.inferred = true;
        let of_reason = draft.reason.value().and_then(operation_of_reason);
        if let Some(operation) = of_reason {
            draft.operation = Given::Is(operation);
            draft.forget_figures();
            draft.reason = Given::Absent;
            return;
        }
        let amount = draft.amount.value().is_some_and(|amount| !is_zero(amount));
        let quantity = !matches!(draft.quantity, Given::Absent | Given::Is(0));
        let modifies = amount || quantity || !draft.amount_delta.is_absent();
        let operation = if modifies { Operation::Modify } else { Operation::Reverse };
        draft.operation = Given::Is(operation);
        draft.reason = self.reason(Some(operation));
        self.figures_missing(draft);
    }

    fn figures_missing(&self, draft: &mut Draft<'a>) {
        let figures = [
            (Detail::Amount.of(self.item), "amount"),
            (Detail::Quantity.of(self.item), "quantity"),
            (Column::AmountDelta, "amount_delta"),
        ];
        let columns = figures.iter().filter(|(column, _)| self.table.has(*column));
        let names: Vec<&str> = columns.map(|(_, name)| *name).collect();
        if !names.is_empty() && draft.has_no_figure() {
            let detail = format!("{} is empty; 0 means to reverse", names.join(" and "));
            draft.faults.push(LineFault::new(LineCode::MissingField, detail));
        }
    }

    fn operation(&self, faults: &mut Vec<LineFault>) -> Given<Operation> {
        let Given::Is(text) = self.cell(Column::Operation) else { return Given::Absent };
        operation_of_word(text).map_or_else(
            || {
                faults.push(super::draft::unknown_operation(text));
                Given::Faulty
            },
            Given::Is,
        )
    }

    /// The reason; some files have one column for each operation.
    fn reason(&self, operation: Option<Operation>) -> Given<&'a str> {
        let mut columns = [Column::Reason, Column::ReasonToReverse, Column::ReasonToModify];
        if operation == Some(Operation::Modify) {
            columns.reverse();
        }
        let cells = columns.into_iter().map(|column| self.cell(column));
        cells.into_iter().find(|cell| !cell.is_absent()).unwrap_or(Given::Absent)
    }
}

/// Reasons that other platforms' files use as operations.
fn operation_of_reason(reason: &str) -> Option<Operation> {
    match reason.to_ascii_uppercase().as_str() {
        "RESET" => Some(Operation::Reset),
        "APPROVED" => Some(Operation::Approve),
        _ => None,
    }
}

/// Our words and AWIN's.
fn operation_of_word(word: &str) -> Option<Operation> {
    match word.to_ascii_lowercase().as_str() {
        "decline" | "declined" => Some(Operation::Reverse),
        "amend" | "amended" => Some(Operation::Modify),
        "approved" => Some(Operation::Approve),
        ours => Operation::parse(ours),
    }
}
