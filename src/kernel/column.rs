//! The three column types that both engines store natively, each in its own way.
//!
//! | type  | PostgreSQL    | SQLite                 | Rust                        |
//! |-------|---------------|------------------------|-----------------------------|
//! | `Key` | `uuid`        | `BLOB`                 | [`Id`](super::id::Id)       |
//! | `At`  | `timestamptz` | `INTEGER` microseconds | [`Instant`](super::time::Instant) |
//! | `Doc` | `json`        | `TEXT`                 | [`Document`](super::document::Document) |

use diesel::query_builder::QueryId;
use diesel::sql_types::SqlType;

/// An id: sixteen bytes.
#[derive(Debug, Clone, Copy, Default, SqlType, QueryId)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
#[diesel(sqlite_type(name = "Binary"))]
pub struct Key;

/// A moment, to the microsecond.
#[derive(Debug, Clone, Copy, Default, SqlType, QueryId)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
#[diesel(sqlite_type(name = "Long"))]
pub struct At;

/// Moments have an order, by which the latest is found.
impl diesel::sql_types::SqlOrd for At {}

/// A typed JSON document.
#[derive(Debug, Clone, Copy, Default, SqlType, QueryId)]
#[diesel(postgres_type(oid = 114, array_oid = 199))]
#[diesel(sqlite_type(name = "Text"))]
pub struct Doc;
