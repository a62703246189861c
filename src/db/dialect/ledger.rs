//! The order in which entries of ledgers became visible; as for events, see [`super::feed`].

use diesel::dsl::sql;
use diesel::expression::{BoxableExpression, SqlLiteral};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use super::super::{Db, MultiBackend};
use crate::error::Result;
use crate::kernel::column::Key;
use crate::kernel::id::UpdateId;

/// A place in that order: row number or transaction, and which entry of it.
pub type Place = (u64, UpdateId);

#[derive(QueryableByName)]
struct Horizon {
    #[diesel(sql_type = Text)]
    turn: String,
}

type Condition<From> = Box<dyn BoxableExpression<From, MultiBackend, SqlType = Bool>>;

/// An entry's row number or transaction, in words that both engines give.
pub fn turn(db: &Db) -> SqlLiteral<Text> {
    match db {
        Db::Postgres(_) => sql("action_updates.txid::text"),
        Db::Sqlite(_) => sql("CAST(action_updates.seq AS TEXT)"),
    }
}

/// The order itself.
pub fn order(db: &Db) -> SqlLiteral<Text> {
    match db {
        Db::Postgres(_) => sql("action_updates.txid, action_updates.id"),
        Db::Sqlite(_) => sql("action_updates.seq"),
    }
}

/// The row number or transaction before which nothing can turn out to be missing. It is read once
/// for all that is read together: later it would be a later one.
pub fn horizon(db: &mut Db) -> Result<u64> {
    let query = match db {
        Db::Postgres(_) => "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS turn",
        Db::Sqlite(_) => {
            "SELECT CAST(coalesce(max(seq), 0) + 1 AS TEXT) AS turn FROM action_updates"
        }
    };
    let row: Horizon = diesel::sql_query(query).get_result(db)?;
    Ok(row.turn.parse().unwrap_or_default())
}

/// After a place, and before the horizon.
pub fn between<From: 'static>(db: &Db, after: Option<Place>, horizon: u64) -> Condition<From> {
    let (turn, id) = after.unwrap_or((0, UpdateId::from_uuid(uuid::Uuid::nil())));
    match db {
        Db::Postgres(_) => Box::new(
            sql("((action_updates.txid, action_updates.id) > (")
                .bind::<Text, _>(turn.to_string())
                .sql("::xid8, ")
                .bind::<Key, _>(id)
                .sql(") AND action_updates.txid < ")
                .bind::<Text, _>(horizon.to_string())
                .sql("::xid8)"),
        ),
        Db::Sqlite(_) => Box::new(
            sql("(action_updates.seq > ")
                .bind::<BigInt, _>(number(turn))
                .sql(" AND action_updates.seq < ")
                .bind::<BigInt, _>(number(horizon))
                .sql(")"),
        ),
    }
}

/// Up to a place, which is still within.
pub fn until<From: 'static>(db: &Db, (turn, id): Place) -> Condition<From> {
    match db {
        Db::Postgres(_) => Box::new(
            sql("((action_updates.txid, action_updates.id) <= (")
                .bind::<Text, _>(turn.to_string())
                .sql("::xid8, ")
                .bind::<Key, _>(id)
                .sql("))"),
        ),
        Db::Sqlite(_) => {
            Box::new(sql("(action_updates.seq <= ").bind::<BigInt, _>(number(turn)).sql(")"))
        }
    }
}

/// As SQLite counts rows.
fn number(turn: u64) -> i64 {
    i64::try_from(turn).unwrap_or(i64::MAX)
}
