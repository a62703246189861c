//! Cuts a stream of bytes into records without holding more than one.

use std::io::{self, Read};
use std::ops::ControlFlow;

use csv_core::ReadRecordResult;

use super::{FileFault, Layout, Table};
use crate::reversals::model::FileCode;

/// The most bytes a record may have.
pub const LONGEST_RECORD: usize = 64 * 1024;

const BLOCK: usize = 64 * 1024;

/// What some programs put before UTF-8 text.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// One record where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its number: the header of a table is 1, the first JSON line is 1. Blank lines do not
    /// count, nor do rows whose cells are all empty.
    pub line: i32,
    /// Where it begins, in bytes from the start of the input.
    pub offset: u64,
    /// Its bytes without the line's end; all of them UTF-8.
    pub bytes: &'a [u8],
}

impl Record<'_> {
    /// How many bytes it has; a record is never longer than [`LONGEST_RECORD`].
    pub fn length(&self) -> i32 {
        i32::try_from(self.bytes.len()).unwrap_or(i32::MAX)
    }
}

/// Why the records of an input could not be read to the end.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// The input is at fault.
    #[error(transparent)]
    Fault(#[from] FileFault),
    /// Its source failed.
    #[error("the stored input cannot be read")]
    Source(#[from] io::Error),
}

/// Between two records of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// The number of the record that comes next.
    pub line: i32,
    /// Where to look for it, in bytes from the start of the input.
    pub offset: u64,
}

impl Gap {
    /// Before the first record: after the header, if there is one.
    pub fn first(layout: &Layout) -> Self {
        match layout {
            Layout::Csv(Table { data_offset, .. }) => Self { line: 2, offset: *data_offset },
            Layout::Orders(Table { data_offset, .. }) => Self { line: 2, offset: *data_offset },
            Layout::Lines | Layout::OrderLines => Self { line: 1, offset: 0 },
        }
    }

    /// After a record.
    pub fn after(record: &Record<'_>) -> Self {
        let length = u64::try_from(record.bytes.len()).unwrap_or(u64::MAX);
        Self { line: record.line.saturating_add(1), offset: record.offset.saturating_add(length) }
    }
}

/// Calls `on_record` for each record of the whole input, in order, until it breaks.
///
/// `input` begins at the first byte of the file. Continues with the number of records.
pub fn records<R: Read, B>(
    layout: &Layout,
    mut input: R,
    on_record: impl FnMut(Record<'_>) -> ControlFlow<B>,
) -> Result<ControlFlow<B, i32>, Unread> {
    let first = Gap::first(layout);
    io::copy(&mut input.by_ref().take(first.offset), &mut io::sink())?;
    records_from(layout, first, input, on_record)
}

/// The same from a gap on, where `input` begins.
pub fn records_from<R: Read, B>(
    layout: &Layout,
    gap: Gap,
    mut input: R,
    mut on_record: impl FnMut(Record<'_>) -> ControlFlow<B>,
) -> Result<ControlFlow<B, i32>, Unread> {
    let mut splitter = match layout.delimiter() {
        Some(delimiter) => Splitter::quoted(delimiter, gap.line, gap.offset),
        None => Splitter::newlines(gap),
    };
    let mut block = vec![0; BLOCK];
    loop {
        let read = match input.read(&mut block) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        let bytes = block.get(..read).unwrap_or_default();
        if let ControlFlow::Break(value) = splitter.push(bytes, &mut on_record)? {
            return Ok(ControlFlow::Break(value));
        }
    }
    Ok(match splitter.finish(&mut on_record)? {
        ControlFlow::Break(value) => ControlFlow::Break(value),
        ControlFlow::Continue(()) => ControlFlow::Continue(splitter.seen()),
    })
}

/// Takes bytes as they come and gives records as they end.
pub(super) struct Splitter {
    grammar: Grammar,
    first_line: i32,
    line: i32,
    /// Of the next byte to come.
    offset: u64,
    /// What came of a record that has not ended.
    pending: Vec<u8>,
}

impl Splitter {
    pub(super) fn quoted(delimiter: u8, first_line: i32, offset: u64) -> Self {
        Self::new(Grammar::Quoted(Box::new(Quoted::new(delimiter))), first_line, offset)
    }

    pub(super) fn newlines(gap: Gap) -> Self {
        Self::new(Grammar::Newlines, gap.line, gap.offset)
    }

    fn new(grammar: Grammar, first_line: i32, offset: u64) -> Self {
        Self { grammar, first_line, line: first_line, offset, pending: Vec::new() }
    }

    /// How many records have ended.
    pub(super) fn seen(&self) -> i32 {
        self.line.saturating_sub(self.first_line)
    }

    /// Where the next byte to come lies.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    pub(super) fn push<B>(
        &mut self,
        bytes: &[u8],
        on_record: &mut impl FnMut(Record<'_>) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>, FileFault> {
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.pending.is_empty() {
                let blank = rest.iter().take_while(|byte| is_line_end(**byte)).count();
                rest = rest.get(blank..).unwrap_or_default();
                self.advance(blank);
            }
            let (taken, ended) = self.grammar.scan(rest);
            let (piece, after) = rest.split_at_checked(taken).unwrap_or((rest, &[]));
            rest = after;
            let begun = self.begun();
            self.advance(piece.len());
            if self.pending.len().saturating_add(piece.len()) > LONGEST_RECORD {
                return Err(self.too_long());
            }
            if !ended {
                self.pending.extend_from_slice(piece);
            } else if let ControlFlow::Break(value) = self.end(begun, piece, on_record)? {
                return Ok(ControlFlow::Break(value));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The input has ended: so has what came of the last record.
    pub(super) fn finish<B>(
        &mut self,
        on_record: &mut impl FnMut(Record<'_>) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>, FileFault> {
        if self.pending.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        if self.grammar.ends_inside_quotes() {
            return Err(FileFault::of(FileCode::UnclosedQuote, Some(self.line)));
        }
        let begun = self.begun();
        let pending = std::mem::take(&mut self.pending);
        self.emit(begun, &pending, on_record)
    }

    /// A record has ended with `piece`, whose last byte ends the line.
    fn end<B>(
        &mut self,
        begun: u64,
        piece: &[u8],
        on_record: &mut impl FnMut(Record<'_>) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>, FileFault> {
        let piece = piece.split_last().map_or(piece, |(_, before)| before);
        if self.pending.is_empty() {
            return self.emit(begun, piece, on_record);
        }
        let mut whole = std::mem::take(&mut self.pending);
        whole.extend_from_slice(piece);
        let flow = self.emit(begun, &whole, on_record);
        whole.clear();
        self.pending = whole;
        flow
    }

    fn emit<B>(
        &mut self,
        offset: u64,
        bytes: &[u8],
        on_record: &mut impl FnMut(Record<'_>) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B>, FileFault> {
        let (offset, bytes) = match &self.grammar {
            Grammar::Quoted(quoted) if quoted.is_blank(bytes) => (offset, &[][..]),
            Grammar::Quoted(_) => (offset, bytes),
            Grammar::Newlines => value_in(offset, bytes),
        };
        if bytes.is_empty() {
            return Ok(ControlFlow::Continue(()));
        }
        let line = self.line;
        let fault = |code| FileFault::of(code, Some(line));
        if bytes.contains(&0) {
            return Err(fault(FileCode::BinaryFile));
        }
        if std::str::from_utf8(bytes).is_err() {
            return Err(fault(FileCode::NotUtf8));
        }
        self.line = line.checked_add(1).ok_or_else(|| fault(FileCode::TooManyLines))?;
        Ok(on_record(Record { line, offset, bytes }))
    }

    fn too_long(&mut self) -> FileFault {
        let mut fault = FileFault::of(FileCode::RecordTooLong, Some(self.line));
        if self.grammar.ends_inside_quotes() {
            fault.detail.push_str("; a quote in it may never have been closed");
        }
        fault
    }

    fn begun(&self) -> u64 {
        self.offset.saturating_sub(u64::try_from(self.pending.len()).unwrap_or(0))
    }

    fn advance(&mut self, bytes: usize) {
        self.offset = self.offset.saturating_add(u64::try_from(bytes).unwrap_or(0));
    }
}

/// What stands on a line of text, and where: without the space around it, and without the mark at the
/// start of a file.
fn value_in(offset: u64, bytes: &[u8]) -> (u64, &[u8]) {
    let text = match offset {
        0 => bytes.strip_prefix(BOM).unwrap_or(bytes),
        _ => bytes,
    };
    let text = text.trim_ascii_start();
    let before = u64::try_from(bytes.len().saturating_sub(text.len())).unwrap_or(0);
    (offset.saturating_add(before), text.trim_ascii_end())
}

fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// What ends a record.
enum Grammar {
    /// A line's end outside of quotes.
    Quoted(Box<Quoted>),
    /// Every newline.
    Newlines,
}

impl Grammar {
    /// How many of the bytes belong to the record, with its line's end, and whether it has ended.
    fn scan(&mut self, bytes: &[u8]) -> (usize, bool) {
        match self {
            Self::Quoted(quoted) => quoted.scan(bytes),
            Self::Newlines => match bytes.iter().position(|byte| *byte == b'\n') {
                Some(place) => (place.saturating_add(1), true),
                None => (bytes.len(), false),
            },
        }
    }

    fn ends_inside_quotes(&mut self) -> bool {
        match self {
            Self::Quoted(quoted) => quoted.ends_inside_quotes(),
            Self::Newlines => false,
        }
    }
}

/// The CSV reader, asked only where records end: the cells it writes are thrown away.
struct Quoted {
    reader: csv_core::Reader,
    delimiter: u8,
    cells: [u8; 1024],
    ends: [usize; 64],
}

impl Quoted {
    fn new(delimiter: u8) -> Self {
        let reader = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        Self { reader, delimiter, cells: [0; 1024], ends: [0; 64] }
    }

    /// Whether a row has nothing in its cells: spreadsheets write such rows after the last one.
    fn is_blank(&self, row: &[u8]) -> bool {
        row.split(|byte| *byte == self.delimiter).all(|cell| {
            let cell = cell.trim_ascii();
            let quoted = cell.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
            quoted.unwrap_or(cell).trim_ascii().is_empty()
        })
    }

    fn scan(&mut self, bytes: &[u8]) -> (usize, bool) {
        let mut taken = 0_usize;
        while let Some(rest) = bytes.get(taken..).filter(|rest| !rest.is_empty()) {
            let (result, read, ..) = self.reader.read_record(rest, &mut self.cells, &mut self.ends);
            taken = taken.saturating_add(read);
            match result {
                ReadRecordResult::Record => return (taken, true),
                ReadRecordResult::InputEmpty | ReadRecordResult::End => break,
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {}
            }
        }
        (taken, false)
    }

    /// Whether a newline, which is taken for this, would end nothing. Asked last of all: a clone of
    /// the reader cannot be asked instead, because csv-core's clones forget what a delimiter is.
    fn ends_inside_quotes(&mut self) -> bool {
        let (result, ..) = self.reader.read_record(b"\n", &mut self.cells, &mut self.ends);
        result != ReadRecordResult::Record
    }
}
