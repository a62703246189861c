//! Many rows at once into the insert-only tables.
//!
//! PostgreSQL takes them as one binary COPY. SQLite takes them one by one through a prepared
//! statement that the connection keeps: inside one transaction nothing is faster.

use diesel::prelude::*;
use diesel::sql_types::Array;

use super::super::Db;
use crate::actions::model::{Action, Update};
use crate::adjustments::model::Adjustment;
use crate::db::schema;
use crate::error::Result;
use crate::events::model::Event;
use crate::kernel::column::Key;
use crate::kernel::id::{ActionId, ReversalId};
use crate::kernel::pace::unhurried;
use crate::notifications::model::Notification;
use crate::relations::notes::model::NoteWord;
use crate::reprocessings::model::ResultRow;
use crate::reversals::rows::{Claim, LineRow};

/// One function per table, since a row type is known only to its table.
macro_rules! append {
    ($($(#[$meta:meta])* $name:ident: $row:ty => $table:ident;)+) => {$(
        $(#[$meta])*
        pub fn $name(db: &mut Db, rows: &[$row]) -> Result<()> {
            match db {
                Db::Postgres(connection) => {
                    for some in rows.chunks(super::ROWS_AT_ONCE) {
                        diesel::copy_from(schema::$table::table)
                            .from_insertable(some)
                            .execute(connection)?;
                    }
                }
                Db::Sqlite(connection) => {
                    for row in unhurried(rows) {
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
    /// Appends adjustments, each the next one of its action.
    adjustments: Adjustment => adjustments;
    /// Takes external references for good.
    claims: Claim => external_refs;
    /// Keeps what became of the actions of a reprocessing.
    results: ResultRow => reprocessing_results;
    /// Keeps by which words notes are found.
    note_words: NoteWord => note_words;
    /// Tells people, each for oneself.
    notifications: Notification => notifications;
}

const KEEP_TARGETS: &str = "\
    INSERT INTO reversal_targets (reversal_id, action_id) SELECT $1, unnest($2) \
    ON CONFLICT DO NOTHING";

/// Keeps actions that a batch names; those that are kept already stay so.
pub fn targets(db: &mut Db, batch: ReversalId, actions: &[ActionId]) -> Result<()> {
    use schema::reversal_targets::{action_id, reversal_id, table};
    if actions.is_empty() {
        return Ok(());
    }
    match db {
        Db::Postgres(connection) => {
            diesel::sql_query(KEEP_TARGETS)
                .bind::<Key, _>(batch)
                .bind::<Array<Key>, _>(actions)
                .execute(connection)?;
        }
        Db::Sqlite(connection) => {
            for action in unhurried(actions) {
                let row = (reversal_id.eq(batch), action_id.eq(action));
                diesel::insert_or_ignore_into(table).values(row).execute(connection)?;
            }
        }
    }
    Ok(())
}
