//! Tables as CSV, by RFC 4180: cells in quotes where they need them, rows that end with CR LF.

use actix_web::web::Bytes;
use serde::de::DeserializeOwned;

use crate::error::Result;
use crate::kernel::page::{Page, read_cursor};

/// How many rows one read of a file makes.
pub const ROWS: i64 = 1_000;

/// Where the making of a file stands.
#[derive(Debug, Clone)]
pub enum Stand<Place> {
    /// At the header.
    Header,
    /// At the rows after a place; at the first ones if there is none.
    After(Option<Place>),
    /// At the end.
    End,
}

/// The next stretch of a file, and where to go on.
pub type Stretch<Place> = Option<(Bytes, Stand<Place>)>;

/// The next stretch of a file that is made while it is sent, by short reads of a list, page by page.
pub fn stretch<Place: DeserializeOwned>(
    columns: &[&str],
    stand: Stand<Place>,
    read: impl FnOnce(Option<Place>) -> Result<Page<Vec<Cell>>>,
) -> Result<Stretch<Place>> {
    let mut text = Vec::new();
    let next = match stand {
        Stand::Header => {
            header(&mut text, columns);
            Stand::After(None)
        }
        Stand::After(after) => {
            let page = read(after)?;
            page.rows.into_iter().for_each(|cells| row(&mut text, cells));
            match page.next.and_then(|cursor| read_cursor(&cursor)) {
                Some(place) => Stand::After(Some(place)),
                None => Stand::End,
            }
        }
        Stand::End => return Ok(None),
    };
    Ok(Some((Bytes::from(text), next)))
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// A number, an id, a moment or a word of ours: nothing in it needs care.
    Plain(String),
    /// What people wrote. A spreadsheet would take some of it for a formula.
    Text(String),
}

impl Cell {
    /// Something of ours.
    pub fn plain(value: impl ToString) -> Self {
        Self::Plain(value.to_string())
    }

    /// Something of ours, or an empty cell.
    pub fn maybe(value: Option<impl ToString>) -> Self {
        Self::Plain(value.map(|value| value.to_string()).unwrap_or_default())
    }

    /// What people wrote, or an empty cell.
    pub fn text(text: Option<String>) -> Self {
        Self::Text(text.unwrap_or_default())
    }
}

/// The names of the columns.
pub fn header(text: &mut Vec<u8>, names: &[&str]) {
    row(text, names.iter().map(Cell::plain));
}

/// One row.
pub fn row(text: &mut Vec<u8>, cells: impl IntoIterator<Item = Cell>) {
    for (place, cell) in cells.into_iter().enumerate() {
        if place > 0 {
            text.push(b',');
        }
        match cell {
            Cell::Plain(plain) => text.extend(plain.into_bytes()),
            Cell::Text(written) => text.extend(quoted(&guarded(&written), b',')),
        }
    }
    text.extend_from_slice(b"\r\n");
}

/// A text of ours that no spreadsheet takes for a formula.
pub fn guarded(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) {
        format!("'{text}")
    } else {
        text.to_string()
    }
}

/// A cell, in quotes where it needs them.
pub fn quoted(text: &str, delimiter: u8) -> Vec<u8> {
    let plain = |byte: u8| byte != delimiter && !matches!(byte, b'"' | b'\r' | b'\n');
    if text.bytes().all(plain) {
        return text.as_bytes().to_vec();
    }
    format!("\"{}\"", text.replace('"', "\"\"")).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_only_where_they_must_be() {
        assert_eq!(quoted("plain; text", b','), b"plain; text");
        assert_eq!(quoted("a;b", b';'), b"\"a;b\"");
        assert_eq!(quoted("a \"b\"\n", b','), b"\"a \"\"b\"\"\n\"");
    }

    #[test]
    fn our_own_cells_are_no_formulas() {
        assert_eq!(guarded("=1+1"), "'=1+1");
        assert_eq!(guarded("'x"), "''x");
        assert_eq!(guarded("the action is locked"), "the action is locked");
    }

    #[test]
    fn a_row_guards_what_people_wrote_and_no_number() {
        let mut text = Vec::new();
        header(&mut text, &["order_id", "delta"]);
        row(&mut text, [Cell::text(Some("=1,\"2\"".into())), Cell::plain("-1.00")]);
        row(&mut text, [Cell::text(None), Cell::maybe(None::<i64>)]);
        let expected = "order_id,delta\r\n\"'=1,\"\"2\"\"\",-1.00\r\n,\r\n";
        assert_eq!(String::from_utf8(text).as_deref(), Ok(expected));
    }
}
