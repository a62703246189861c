//! What a file is, told from its beginning: text or not, its delimiter, what its columns mean.

use std::ops::ControlFlow;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::csv::{self, Table};
use super::records::{BOM, Splitter};
use super::several::{self, Detail};
use super::{FileFault, Layout, clip};
use crate::reversals::model::FileCode;

/// What a column means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// The action, by its id.
    ActionId,
    /// The event type, by its id or code.
    EventType,
    /// The brand's order number.
    OrderId,
    /// The item, by its article number.
    Sku,
    /// The item, by its id.
    ItemId,
    /// What to do.
    Operation,
    /// Why.
    Reason,
    /// Why, on rows that reverse.
    ReasonToReverse,
    /// Why, on rows that modify.
    ReasonToModify,
    /// The new amount.
    Amount,
    /// The change of the amount.
    AmountDelta,
    /// The new quantity.
    Quantity,
    /// The currency of the amounts.
    Currency,
    /// The return's own id.
    ExternalRef,
    /// The brand's words.
    Note,
    /// Whether figures may rise.
    AllowIncrease,
    /// What another item of the row, counted from 2, is or has.
    OfItem(u8, Detail),
    /// What other platforms' files have besides, and nothing here needs.
    Ignored,
    /// What we added to a file we gave back.
    Outcome,
}

/// Names of columns, lower case and without spaces, underscores and hyphens: our own, and those of
/// the files that are made for other platforms.
const NAMES: &[(Column, &[&str])] = &[
    (Column::ActionId, &["actionid", "transactionid"]),
    (Column::EventType, &["eventtypeid", "eventtype", "eventtypecode", "actiontrackerid"]),
    (Column::OrderId, &["orderid", "oid", "orderref", "orderreference", "ordernumber"]),
    (Column::Sku, &["sku", "sku1", "itemsku"]),
    (Column::ItemId, &["itemid"]),
    (Column::Operation, &["operation", "action", "statustype"]),
    (
        Column::Reason,
        &["reason", "reasoncode", "dispositioncode", "correctionreason", "statusnote"],
    ),
    (Column::ReasonToReverse, &["declinereason"]),
    (Column::ReasonToModify, &["amendreason"]),
    (Column::Amount, &["amount", "amount1", "saleamount"]),
    (Column::AmountDelta, &["amountdelta", "itemsubtotaldelta"]),
    (Column::Quantity, &["quantity", "quantity1", "itemquantity"]),
    (Column::Currency, &["currency", "currencycode"]),
    (Column::ExternalRef, &["externalref", "externalreference"]),
    (Column::Note, &["note", "notes"]),
    (Column::AllowIncrease, &["allowincrease"]),
    (
        Column::Ignored,
        &[
            "",
            "customerstatus",
            "category",
            "category1",
            "campaignid",
            "transactiondate",
            "timezone",
            "approve",
            "commission",
            "commissionamount",
            "companyid",
            "enterpriseid",
            "subscriptionid",
            "updatetime",
            "discount",
            "itemunitprice",
            "itemdiscount",
            "coupon",
        ],
    ),
    (Column::Outcome, &["errorcode", "errormessage", "outcome", "line", "warnings"]),
];

/// Columns that say the same as another and are left out where that one is there: a restatement in
/// CJ's layout lists what is left of an order beside the order's whole new amount.
const DETAILS: &[&str] = &["itemsku", "itemquantity"];

/// The column that tells a file we gave back from one that merely numbers its lines.
const OURS: &str = "errorcode";

const MOST_COLUMNS: usize = 200;

impl Column {
    fn named(name: &str) -> Option<Self> {
        let plain = plain(name);
        let known = |(_, names): &&(Self, &[&str])| names.contains(&plain.as_str());
        let column = NAMES.iter().find(known).map(|(column, _)| *column);
        column.or_else(|| several::numbered(&plain))
    }

    fn is_reason(self) -> bool {
        matches!(self, Self::Reason | Self::ReasonToReverse | Self::ReasonToModify)
    }

    fn may_repeat(self) -> bool {
        matches!(self, Self::Ignored | Self::Outcome)
    }

    /// Our own name for it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ActionId => "action_id",
            Self::EventType => "event_type_id",
            Self::OrderId => "order_id",
            Self::Sku => "sku",
            Self::ItemId => "item_id",
            Self::Operation => "operation",
            Self::Reason | Self::ReasonToReverse | Self::ReasonToModify => "reason",
            Self::Amount => "amount",
            Self::AmountDelta => "amount_delta",
            Self::Quantity => "quantity",
            Self::Currency => "currency",
            Self::ExternalRef => "external_ref",
            Self::Note => "note",
            Self::AllowIncrease => "allow_increase",
            Self::OfItem(..) | Self::Ignored | Self::Outcome => "",
        }
    }

    /// What its cells say, for people.
    const fn description(self) -> &'static str {
        match self {
            Self::ActionId => "The action, by its id",
            Self::EventType => "The event type of the order, by its id or your own code for it",
            Self::OrderId => "The action, by your order number",
            Self::Sku => "Only the item with this article number",
            Self::ItemId => "Only this item, by its id",
            Self::Operation => "What to do",
            Self::Reason => "Why",
            Self::ReasonToReverse => "Why, on rows that reverse",
            Self::ReasonToModify => "Why, on rows that modify",
            Self::Amount => "The amount that remains",
            Self::AmountDelta => "By how much the amount changes",
            Self::Quantity => "The quantity that remains of an item",
            Self::Currency => "What amounts are counted in; must be the action's",
            Self::ExternalRef => "The return's own id: applied once per action and item",
            Self::Note => "Your own words; the partner does not see them",
            Self::AllowIncrease => "`true` lets figures rise, with the reason ORDER_UPDATE",
            Self::OfItem(..) => "The same of another item of the row",
            Self::Ignored => "Nothing that is needed here",
            Self::Outcome => "What was added to a file that was given back",
        }
    }
}

/// What a file's columns may be called, for the guide.
#[derive(Debug, Clone, Copy)]
pub struct ColumnName {
    /// Our own name; empty for what is not read.
    pub name: &'static str,
    /// What the cells say.
    pub description: &'static str,
    /// Every name that is read so, in small letters, without spaces, underscores and hyphens.
    pub names: &'static [&'static str],
}

/// The fields of a line by our own names, each once, in the order in which our own files have them.
pub static FIELDS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut names: Vec<_> =
        columns().map(|column| column.name).filter(|name| !name.is_empty()).collect();
    names.dedup();
    names
});

/// Every column that is known.
pub fn columns() -> impl Iterator<Item = ColumnName> {
    NAMES.iter().map(|(column, names)| ColumnName {
        name: column.name(),
        description: column.description(),
        names,
    })
}

fn plain(name: &str) -> String {
    let letters = name.trim().chars().filter(|letter| !matches!(letter, ' ' | '_' | '-'));
    letters.flat_map(char::to_lowercase).collect()
}

/// Tells the layout of a file from its beginning, or everything that keeps it from being a batch.
///
/// `head` is the first 64 KiB of the file; `complete` says that this is all of it.
pub fn sniff(head: &[u8], complete: bool) -> Result<Layout, Vec<FileFault>> {
    let bom = text_begins(head).map_err(|fault| vec![fault])?;
    let table = find_header(head, bom, complete).map_err(|fault| vec![fault])?;
    if table.columns.iter().all(Option::is_none) {
        return Err(vec![no_known_column(&table)]);
    }
    let mut faults = header_faults(&table);
    faults.extend(first_lines_fault(&table, head, complete));
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(Layout::Csv(table.known()))
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
struct Found {
    delimiter: u8,
    header: Vec<String>,
    columns: Vec<Option<Column>>,
    data_offset: u64,
}

impl Found {
    fn understood(&self) -> usize {
        self.columns.iter().flatten().filter(|column| **column != Column::Ignored).count()
    }

    fn has(&self, wanted: impl Fn(Column) -> bool) -> bool {
        self.columns.iter().flatten().any(|column| wanted(*column))
    }

    fn known(self) -> Table {
        let columns = self.columns.iter().map(|column| column.unwrap_or(Column::Ignored));
        Table {
            delimiter: self.delimiter,
            columns: columns.collect(),
            header: self.header,
            data_offset: self.data_offset,
        }
    }
}

/// The header under the delimiter that makes most sense of it.
fn find_header(head: &[u8], bom: usize, complete: bool) -> Result<Found, FileFault> {
    let text = head.get(bom..).unwrap_or_default();
    if let Some((delimiter, length)) = named_delimiter(text) {
        return header_with(delimiter, head, bom.saturating_add(length), complete);
    }
    let mut best = header_with(b',', head, bom, complete);
    for delimiter in [b';', b'\t'] {
        let found = header_with(delimiter, head, bom, complete);
        let understood = |found: &Result<Found, _>| found.as_ref().map_or(0, Found::understood);
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

fn header_with(
    delimiter: u8,
    head: &[u8],
    from: usize,
    complete: bool,
) -> Result<Found, FileFault> {
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
fn meanings(header: &[String]) -> Vec<Option<Column>> {
    let mut columns: Vec<_> = header.iter().map(|name| Column::named(name)).collect();
    if columns.contains(&Some(Column::Amount)) {
        let details = columns.iter_mut().zip(header);
        details
            .filter(|(_, name)| DETAILS.contains(&plain(name).as_str()))
            .for_each(|(column, _)| *column = Some(Column::Ignored));
    }
    if !header.iter().any(|name| plain(name) == OURS) {
        let outcomes = columns.iter_mut().flatten().filter(|column| **column == Column::Outcome);
        outcomes.for_each(|column| *column = Column::Ignored);
    }
    columns
}

fn no_known_column(found: &Found) -> FileFault {
    let first = found.header.first().map(String::as_str).unwrap_or_default();
    let detail = if first.starts_with(['{', '[']) {
        "the file looks like JSON; send it with the content type application/json".to_string()
    } else {
        let names = found.header.iter().take(10).map(|name| clip(name));
        let names: Vec<String> = names.collect();
        let ours = NAMES.iter().map(|(column, _)| column.name()).filter(|name| !name.is_empty());
        let mut ours: Vec<&str> = ours.collect();
        ours.dedup();
        let (names, ours) = (names.join(", "), ours.join(", "));
        format!("no column of the header ({names}) is known; the columns are {ours}")
    };
    FileFault::new(FileCode::HeaderUnknown, detail, Some(1))
}

/// Everything that is wrong with the columns.
fn header_faults(found: &Found) -> Vec<FileFault> {
    let mut faults = Vec::new();
    let mut fault = |code, detail| faults.push(FileFault::new(code, detail, Some(1)));
    let columns = || found.columns.iter().zip(&found.header);
    for (place, (column, name)) in columns().enumerate() {
        let Some(column) = column else {
            fault(FileCode::UnknownColumn, format!("the column `{}` is not known", clip(name)));
            continue;
        };
        let before = columns().take(place).find(|(other, _)| **other == Some(*column));
        if let Some((_, other)) = before.filter(|_| !column.may_repeat()) {
            let (name, other) = (clip(name), clip(other));
            let detail = format!("the columns `{other}` and `{name}` mean the same");
            fault(FileCode::DuplicateColumn, detail);
        }
    }
    if !found.has(|column| matches!(column, Column::ActionId | Column::OrderId)) {
        let detail = "no column names the action; there must be `order_id` or `action_id`";
        fault(FileCode::MissingColumn, detail.to_string());
    }
    if !found.has(|column| column == Column::Operation || column.is_reason()) {
        let detail = "no column says what to do; there must be `reason` or `operation`";
        fault(FileCode::MissingColumn, detail.to_string());
    }
    let known: Vec<Column> = found.columns.iter().copied().flatten().collect();
    faults.extend(several::header_faults(&known));
    faults
}

/// What the lines that are already here say about the file.
fn first_lines_fault(found: &Found, head: &[u8], complete: bool) -> Option<FileFault> {
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
