//! Keyset pages: a limit, a cursor, and whether there is more.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The most rows one page holds.
pub const MOST: i64 = 200;
/// The rows of a page when nobody asks.
pub const USUAL: i64 = 50;

/// Rows in order, and the key of the last one if more follow.
#[derive(Debug, Clone)]
pub struct Page<Row> {
    /// At most as many rows as were asked for.
    pub rows: Vec<Row>,
    /// Where the next page begins.
    pub next: Option<String>,
}

impl<Row> Page<Row> {
    /// Cuts rows fetched with one to spare into a page; `key` names a row's place in the order.
    pub fn cut<Key: Serialize>(mut rows: Vec<Row>, limit: i64, key: impl Fn(&Row) -> Key) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| write_cursor(&key(row)));
        Self { rows, next }
    }

    /// The same page of other things.
    pub fn map<Other>(self, turn: impl FnMut(Row) -> Other) -> Page<Other> {
        Page { rows: self.rows.into_iter().map(turn).collect(), next: self.next }
    }
}

/// A place in an order, opaque to clients.
pub fn write_cursor<Key: Serialize>(key: &Key) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
}

/// The place a cursor stands for; `None` if it was not made by [`write_cursor`] for this order.
pub fn read_cursor<Key: DeserializeOwned>(cursor: &str) -> Option<Key> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    serde_json::from_slice(&bytes).ok()
}
