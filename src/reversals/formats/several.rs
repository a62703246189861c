//! Rows of several items, as item files for impact.com may have them: `Sku1`, `Amount1`, `Sku2`,
//! `Amount2` and so on. Such a row is one line: all that it asks for is done, or nothing of it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::FileFault;
use super::header::Column;
use crate::reversals::line::{Figures, ItemChange, Line, LineFault};
use crate::reversals::model::{FileCode, LineCode, Operation};

/// What a numbered column says of its item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// Which one it is, by its article number.
    Sku,
    /// The new amount.
    Amount,
    /// The new quantity.
    Quantity,
}

impl Detail {
    /// All of them.
    pub(super) const ALL: [Self; 3] = [Self::Sku, Self::Amount, Self::Quantity];

    fn name(self) -> &'static str {
        match self {
            Self::Sku => "Sku",
            Self::Amount => "Amount",
            Self::Quantity => "Quantity",
        }
    }

    /// The column that says this of an item of a row.
    pub(super) fn of(self, item: u8) -> Column {
        match (item, self) {
            (1, Self::Sku) => Column::Sku,
            (1, Self::Amount) => Column::Amount,
            (1, Self::Quantity) => Column::Quantity,
            (item, detail) => Column::OfItem(item, detail),
        }
    }
}

/// What a name with a number behind it means; the first item's columns need none.
pub(super) fn numbered(plain: &str) -> Option<Column> {
    let name = plain.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let item: u8 = plain.get(name.len()..)?.parse().ok().filter(|item| *item > 1)?;
    match name {
        "category" => Some(Column::Ignored),
        "sku" => Some(Detail::Sku.of(item)),
        "amount" => Some(Detail::Amount.of(item)),
        "quantity" => Some(Detail::Quantity.of(item)),
        _ => None,
    }
}

/// The items that rows of these columns may have beside the first.
pub(super) fn others(columns: impl IntoIterator<Item = Column>) -> BTreeSet<u8> {
    let item = |column| match column {
        Column::OfItem(item, _) => Some(item),
        _ => None,
    };
    columns.into_iter().filter_map(item).collect()
}

/// What makes it unclear what a row says of its items: each of them has the same columns, and there is
/// none beside them for one item alone.
pub(super) fn header_faults(columns: &[Column]) -> Vec<FileFault> {
    let others = others(columns.iter().copied());
    if others.is_empty() {
        return Vec::new();
    }
    let items: Vec<u8> = std::iter::once(1).chain(others).collect();
    let mut faults = Vec::new();
    for detail in Detail::ALL {
        let (there, missing): (Vec<u8>, Vec<u8>) =
            items.iter().copied().partition(|item| columns.contains(&detail.of(*item)));
        let needed = detail == Detail::Sku || !there.is_empty();
        faults.extend(missing.into_iter().filter(|_| needed).map(|item| {
            let detail = format!("item {item} of a row has no column `{}{item}`", detail.name());
            FileFault::new(FileCode::MissingColumn, detail, Some(1))
        }));
    }
    for column in [Column::ItemId, Column::AmountDelta] {
        if columns.contains(&column) {
            let detail = format!("the column `{}` is not read beside several items", column.name());
            faults.push(FileFault::new(FileCode::UnknownColumn, detail, Some(1)));
        }
    }
    faults
}

/// What a row asks of each of its items, as one line, or everything that is wrong with any of them.
pub(super) fn together(
    each: impl Iterator<Item = Result<Line, Vec<LineFault>>>,
) -> Result<Line, Vec<LineFault>> {
    let (mut lines, mut faults) = (Vec::new(), Vec::<LineFault>::new());
    for one in each {
        match one {
            Ok(line) => lines.push(line),
            // What is wrong with the row is wrong with it for every item.
            Err(some) => some.into_iter().for_each(|fault| {
                if !faults.contains(&fault) {
                    faults.push(fault);
                }
            }),
        }
    }
    if let ([only], []) = (lines.as_slice(), faults.as_slice()) {
        return Ok(only.clone());
    }
    let same = lines.windows(2).all(|pair| match pair {
        [one, next] => one.operation == next.operation,
        _ => true,
    });
    let leading = lines.iter().find(|line| same || line.operation == Operation::Modify).cloned();
    let mut items: Vec<ItemChange> = Vec::with_capacity(lines.len());
    for Line { item, operation, figures, .. } in lines {
        let Some(item) = item else { continue };
        if items.iter().any(|other| other.item == item) {
            let detail = format!("{item} is named twice in the row");
            faults.push(LineFault::new(LineCode::ConflictingFields, detail));
        }
        items.push(ItemChange { item, operation, figures });
    }
    match leading.filter(|_| faults.is_empty()) {
        Some(line) => Ok(Line { item: None, figures: Figures::default(), items, ..line }),
        None => Err(faults),
    }
}
