//! What a file is, told from its beginning: text or not, its delimiter, what its columns mean.

use std::fmt::Debug;
use std::ops::ControlFlow;

use super::csv::{self, Table};
use super::records::{BOM, Splitter};
use super::{FileFault, clip};
use crate::reversals::model::FileCode;

/// What the columns of one kind of table may mean.
pub trait Meaning: Copy + PartialEq + Debug {
    /// What is known and not needed.
    const IGNORED: Self;
    /// What we added to a file we gave back.
    const OUTCOME: Self;

    /// What a name means that is in small letters, without spaces, underscores and hyphens.
    fn named(plain: &str) -> Option<Self>;

    /// Our own names, in our own order.
    fn ours() -> Vec<&'static str>;

    /// Puts right what a column means beside the others.
    fn beside(columns: &mut [Option<Self>], header: &[String]);

    /// What is wrong with these columns together.
    fn faults(known: &[Self]) -> Vec<FileFault>;
}

/// The column that tells a file we gave back from one that merely numbers its lines.
const OURS: &str = "errorcode";

const MOST_COLUMNS: usize = 200;

pub(super) fn plain(name: &str) -> String {
    let letters = name.trim().chars().filter(|letter| !matches!(letter, ' ' | '_' | '-'));
    letters.flat_map(char::to_lowercase).collect()
}

/// Tells from the beginning of a file how its table is written and what its columns mean, or
/// everything that keeps it from being a batch.
pub(super) fn table<C: Meaning>(head: &[u8], complete: bool) -> Result<Table<C>, Vec<FileFault>> {
    let bom = text_begins(head).map_err(|fault| vec![fault])?;
    let table = find_header::<C>(head, bom, complete).map_err(|fault| vec![fault])?;
    if table.columns.iter().all(Option::is_none) {
        return Err(vec![no_known_column(&table)]);
    }
    let mut faults = header_faults(&table);
    faults.extend(first_lines_fault(&table, head, complete));
    if faults.is_empty() { Ok(table.known()) } else { Err(faults) }
}

/// Where the text begins: behind the byte order mark, if there is one.
pub(super) fn text_begins(head: &[u8]) -> Result<usize, FileFault> {
    const BINARY: &[(&[u8], &str)] = &[
        (b"PK\x03\x04", "an Excel workbook or a zip archive; save the sheet as CSV"),
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook; save the sheet as CSV"),
        (b"\x1f\x8b", "a gzip archive; send it with the content type application/gzip"),
        (b"%PDF", "a PDF document; send a CSV file"),
    ];
    let begin = if head.starts_with(BOM) { BOM.len() } else { 0 };
    if head.iter().skip(begin).all(|byte| byte.is_ascii_whitespace()) {
        return Err(FileFault::of(FileCode::EmptyFile, None));
    }
    if let Some((_, what)) = BINARY.iter().find(|(magic, _)| head.starts_with(magic)) {
        let detail = format!("the file looks like {what}");
        return Err(FileFault::new(FileCode::BinaryFile, detail, None));
    }
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        let detail = "the file looks like UTF-16 text, which is not UTF-8";
        return Err(FileFault::new(FileCode::NotUtf8, detail, None));
    }
    if head.contains(&0) {
        return Err(FileFault::of(FileCode::BinaryFile, None));
    }
    Ok(begin)
}

/// A header as it was found; `None` for a column that means nothing to us.
struct Found<C> {
    delimiter: u8,
    header: Vec<String>,
    columns: Vec<Option<C>>,
    data_offset: u64,
}

impl<C: Meaning> Found<C> {
    fn understood(&self) -> usize {
        self.columns.iter().flatten().filter(|column| **column != C::IGNORED).count()
    }

    fn known(self) -> Table<C> {
        let columns = self.columns.iter().map(|column| column.unwrap_or(C::IGNORED));
        Table {
            delimiter: self.delimiter,
            columns: columns.collect(),
            header: self.header,
            data_offset: self.data_offset,
        }
    }
}

/// The header under the delimiter that makes most sense of it.
fn find_header<C: Meaning>(head: &[u8], bom: usize, complete: bool) -> Result<Found<C>, FileFault> {
    let text = head.get(bom..).unwrap_or_default();
    if let Some((delimiter, length)) = named_delimiter(text) {
        return header_with(delimiter, head, bom.saturating_add(length), complete);
    }
    let mut best = header_with(b',', head, bom, complete);
    for delimiter in [b';', b'\t'] {
        let found = header_with(delimiter, head, bom, complete);
        let understood = |found: &Result<Found<C>, _>| found.as_ref().map_or(0, Found::understood);
        if understood(&best) < understood(&found) {
            best = found;
        }
    }
    best
}

/// The delimiter that a line before the header names to Excel, `sep=;`, and how long that line is.
fn named_delimiter(text: &[u8]) -> Option<(u8, usize)> {
    let (name, rest) = text.split_at_checked(4)?;
    let (delimiter, rest) = rest.split_first()?;
    let named = name.eq_ignore_ascii_case(b"sep=") && matches!(delimiter, b',' | b';' | b'\t');
    (named && matches!(rest.first(), Some(b'\r' | b'\n'))).then_some((*delimiter, 5))
}

fn header_with<C: Meaning>(
    delimiter: u8,
    head: &[u8],
    from: usize,
    complete: bool,
) -> Result<Found<C>, FileFault> {
    let too_long = || FileFault::of(FileCode::HeaderTooLong, Some(1));
    let begin = u64::try_from(from).map_err(|_| too_long())?;
    let mut splitter = Splitter::quoted(delimiter, 1, begin);
    let mut cells: Option<Vec<String>> = None;
    let mut take = |record: super::Record<'_>| {
        let texts = csv::split(delimiter, record.bytes).unwrap_or_default();
        cells = Some(texts.into_iter().map(|cell| cell.text.trim().to_string()).collect());
        ControlFlow::Break(())
    };
    let text = head.get(from..).unwrap_or_default();
    if splitter.push(text, &mut take)?.is_continue() && complete {
        let _ = splitter.finish(&mut take)?;
    }
    let header = cells.ok_or_else(|| match complete {
        true => FileFault::of(FileCode::EmptyFile, None),
        false => too_long(),
    })?;
    if header.len() > MOST_COLUMNS {
        let detail = format!("the header has more than {MOST_COLUMNS} columns");
        return Err(FileFault::new(FileCode::HeaderTooLong, detail, Some(1)));
    }
    let columns = meanings(&header);
    Ok(Found { delimiter, header, columns, data_offset: splitter.offset() })
}

/// What the columns mean, each beside the others.
fn meanings<C: Meaning>(header: &[String]) -> Vec<Option<C>> {
    let mut columns: Vec<_> = header.iter().map(|name| C::named(&plain(name))).collect();
    C::beside(&mut columns, header);
    if !header.iter().any(|name| plain(name) == OURS) {
        let outcomes = columns.iter_mut().flatten().filter(|column| **column == C::OUTCOME);
        outcomes.for_each(|column| *column = C::IGNORED);
    }
    columns
}

fn no_known_column<C: Meaning>(found: &Found<C>) -> FileFault {
    let first = found.header.first().map(String::as_str).unwrap_or_default();
    let detail = if first.starts_with(['{', '[']) {
        "the file looks like JSON; send it with the content type application/json".to_string()
    } else {
        let names = found.header.iter().take(10).map(|name| clip(name));
        let names: Vec<String> = names.collect();
        let (names, ours) = (names.join(", "), C::ours().join(", "));
        format!("no column of the header ({names}) is known; the columns are {ours}")
    };
    FileFault::new(FileCode::HeaderUnknown, detail, Some(1))
}

/// Everything that is wrong with the columns.
fn header_faults<C: Meaning>(found: &Found<C>) -> Vec<FileFault> {
    let mut faults = Vec::new();
    let mut fault = |code, detail| faults.push(FileFault::new(code, detail, Some(1)));
    let columns = || found.columns.iter().zip(&found.header);
    for (place, (column, name)) in columns().enumerate() {
        let Some(column) = column else {
            fault(FileCode::UnknownColumn, format!("the column `{}` is not known", clip(name)));
            continue;
        };
        let before = columns().take(place).find(|(other, _)| **other == Some(*column));
        let may_repeat = [C::IGNORED, C::OUTCOME].contains(column);
        if let Some((_, other)) = before.filter(|_| !may_repeat) {
            let (name, other) = (clip(name), clip(other));
            let detail = format!("the columns `{other}` and `{name}` mean the same");
            fault(FileCode::DuplicateColumn, detail);
        }
    }
    let known: Vec<C> = found.columns.iter().copied().flatten().collect();
    faults.extend(C::faults(&known));
    faults
}

/// What the lines that are already here say about the file.
fn first_lines_fault<C>(found: &Found<C>, head: &[u8], complete: bool) -> Option<FileFault> {
    let begin = usize::try_from(found.data_offset).unwrap_or(usize::MAX);
    let mut splitter = Splitter::quoted(found.delimiter, 2, found.data_offset);
    let mut pass = |_: super::Record<'_>| ControlFlow::<()>::Continue(());
    let pushed = splitter.push(head.get(begin..).unwrap_or_default(), &mut pass);
    let ended = if complete { pushed.and_then(|_| splitter.finish(&mut pass)) } else { pushed };
    match ended {
        Err(fault) => Some(fault),
        Ok(_) if complete && splitter.seen() == 0 => {
            Some(FileFault::of(FileCode::NoLines, Some(1)))
        }
        Ok(_) => None,
    }
}
