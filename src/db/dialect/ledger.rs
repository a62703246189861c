//! The order in which entries of ledgers became visible; as for events, see [`super::feed`].

use diesel::dsl::sql;
use diesel::expression::{BoxableExpression, SqlLiteral};
use diesel::sql_types::{BigInt, Bool, Text};

use super::super::{Db, MultiBackend};
use crate::kernel::column::Key;
use crate::kernel::id::UpdateId;

/// A place in that order: row number or transaction, and which entry of it.
pub type Place = (u64, UpdateId);

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

/// After a place, and before whatever may yet turn out to come earlier.
pub fn between<From: 'static>(db: &Db, after: Option<Place>) -> Condition<From> {
    let (turn, id) = after.unwrap_or((0, UpdateId::from_uuid(uuid::Uuid::nil())));
    match db {
        Db::Postgres(_) => Box::new(
            sql("(action_updates.txid < pg_snapshot_xmin(pg_current_snapshot()) \
                 AND (action_updates.txid, action_updates.id) > (")
            .bind::<Text, _>(turn.to_string())
            .sql("::xid8, ")
            .bind::<Key, _>(id)
            .sql("))"),
        ),
        Db::Sqlite(_) => Box::new(
            sql("(action_updates.seq > ")
                .bind::<BigInt, _>(i64::try_from(turn).unwrap_or(i64::MAX))
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
        Db::Sqlite(_) => Box::new(
            sql("(action_updates.seq <= ")
                .bind::<BigInt, _>(i64::try_from(turn).unwrap_or(i64::MAX))
                .sql(")"),
        ),
    }
}
