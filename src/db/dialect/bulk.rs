//! Many rows at once into the insert-only tables.
//!
//! PostgreSQL takes them as one binary COPY. SQLite takes them one by one through a prepared
//! statement that the connection keeps: inside one transaction nothing is faster.

use diesel::prelude::*;

use super::super::Db;
use crate::actions::model::{Action, Update};
use crate::db::schema;
use crate::error::Result;
use crate::events::model::Event;
use crate::reversals::rows::{Claim, LineRow};

/// One function per table, since a row type is known only to its table.
macro_rules! append {
    ($($(#[$meta:meta])* $name:ident: $row:ty => $table:ident;)+) => {$(
        $(#[$meta])*
        pub fn $name(db: &mut Db, rows: &[$row]) -> Result<()> {
            if rows.is_empty() {
                return Ok(());
            }
            match db {
                Db::Postgres(connection) => {
                    diesel::copy_from(schema::$table::table)
                        .from_insertable(rows)
                        .execute(connection)?;
                }
                Db::Sqlite(connection) => {
                    for row in rows {
                        diesel::insert_into(schema::$table::table)
                            .values(row)
                            .execute(connection)?;
                    }
                }
            }
            Ok(())
        }
    )+};
}

append! {
    /// New actions; the caller knows that their orders are free.
    actions: Action => actions;
    /// Appends entries to the ledgers of actions.
    updates: Update => action_updates;
    /// Appends to the record of what happened.
    events: Event => events;
    /// Keeps what became of the lines of a batch.
    lines: LineRow => reversal_lines;
    /// Takes external references for good.
    claims: Claim => external_refs;
}
