//! Reading and writing many actions at once: the hot path of the batch.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use diesel::sqlite::Sqlite;

use super::super::Db;
use crate::actions::model::{Action, Item};
use crate::db::schema::actions::dsl;
use crate::error::Result;
use crate::kernel::column::{At, Doc, Key};
use crate::kernel::document::Document;
use crate::kernel::id::ActionId;
use crate::kernel::pace::unhurried;

/// The actions with these ids, which must be in order, held against other writers until the
/// transaction ends. They come back in the same order; ids that are unknown are left out.
pub fn hold(db: &mut Db, ids: &[ActionId]) -> Result<Vec<Action>> {
    match db {
        // In the order of ids, so that two batches at once cannot deadlock.
        Db::Postgres(connection) => {
            let mut found = Vec::with_capacity(ids.len());
            for some in ids.chunks(super::ROWS_AT_ONCE) {
                let rows = dsl::actions.filter(dsl::id.eq_any(some)).order(dsl::id).for_update();
                found.extend(rows.load::<Action>(connection)?);
            }
            Ok(found)
        }
        // The transaction holds the write lock already.
        Db::Sqlite(connection) => {
            let mut found = Vec::with_capacity(ids.len());
            for id in unhurried(ids) {
                found.extend(dsl::actions.find(id).get_result::<Action>(connection).optional()?);
            }
            Ok(found)
        }
    }
}

/// What a batch changes of an action. The row's other columns never change in a batch.
#[derive(Debug)]
pub struct Change<'a> {
    /// The action as it shall stand.
    pub after: &'a Action,
    /// Whether its items differ from the stored ones.
    pub items: bool,
    /// Whether its lock date does.
    pub locks_at: bool,
}

/// Writes changed actions, in order of id. The caller holds them.
pub fn change(db: &mut Db, changes: &[Change<'_>]) -> Result<()> {
    match db {
        Db::Postgres(connection) => changes
            .chunks(super::ROWS_AT_ONCE)
            .try_for_each(|some| change_together(connection, some)),
        Db::Sqlite(connection) => {
            unhurried(changes).try_for_each(|change| change_one(connection, change))
        }
    }
}

/// An unchanged value costs PostgreSQL nothing: the update stays within its page (HOT) as long as
/// the values of indexed columns are the same.
const CHANGE_TOGETHER: &str = "\
    UPDATE actions AS a SET state = n.state, sale_minor = n.sale, payout_minor = n.payout, \
        items = coalesce(n.items, a.items), locks_at = n.locks_at, version = n.version, \
        updated_at = n.updated_at \
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) \
        AS n (id, state, sale, payout, items, locks_at, version, updated_at) \
    WHERE a.id = n.id";

fn change_together(connection: &mut PgConnection, changes: &[Change<'_>]) -> Result<()> {
    fn column<'a, T>(changes: &[Change<'a>], value: impl Fn(&Change<'a>) -> T) -> Vec<T> {
        changes.iter().map(value).collect()
    }
    type Items<'a> = Option<&'a Document<Vec<Item>>>;
    diesel::sql_query(CHANGE_TOGETHER)
        .bind::<Array<Key>, _>(column(changes, |change| change.after.id))
        .bind::<Array<Text>, _>(column(changes, |change| change.after.state))
        .bind::<Array<BigInt>, _>(column(changes, |change| change.after.sale_minor))
        .bind::<Array<BigInt>, _>(column(changes, |change| change.after.payout_minor))
        .bind::<Array<Nullable<Doc>>, _>(column(changes, |change| -> Items<'_> {
            change.items.then_some(&change.after.items)
        }))
        .bind::<Array<At>, _>(column(changes, |change| change.after.locks_at))
        .bind::<Array<BigInt>, _>(column(changes, |change| change.after.version))
        .bind::<Array<At>, _>(column(changes, |change| change.after.updated_at))
        .execute(connection)?;
    Ok(())
}

/// On SQLite naming an indexed column rewrites its index entry, changed or not, so the lock date has
/// a statement of its own, and so have the items, which are long and mostly the same.
fn change_one(connection: &mut SqliteConnection, change: &Change<'_>) -> Result<()> {
    let after = change.after;
    if change.items {
        ChangeOne::<true>(after).execute(connection)?;
    } else {
        ChangeOne::<false>(after).execute(connection)?;
    }
    if change.locks_at {
        let row = dsl::actions.find(after.id);
        diesel::update(row).set(dsl::locks_at.eq(after.locks_at)).execute(connection)?;
    }
    Ok(())
}

/// The update of one action, with or without its items, which the connection keeps prepared.
/// Diesel's own updates are parsed anew each time, which takes longer than doing them.
struct ChangeOne<'a, const ITEMS: bool>(&'a Action);

impl<const ITEMS: bool> QueryId for ChangeOne<'_, ITEMS> {
    type QueryId = ChangeOne<'static, ITEMS>;

    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<const ITEMS: bool> RunQueryDsl<SqliteConnection> for ChangeOne<'_, ITEMS> {}

impl<const ITEMS: bool> QueryFragment<Sqlite> for ChangeOne<'_, ITEMS> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        let Self(after) = self;
        out.push_sql("UPDATE actions SET state = ");
        out.push_bind_param::<Text, _>(&after.state)?;
        out.push_sql(", sale_minor = ");
        out.push_bind_param::<BigInt, _>(&after.sale_minor)?;
        out.push_sql(", payout_minor = ");
        out.push_bind_param::<BigInt, _>(&after.payout_minor)?;
        if ITEMS {
            out.push_sql(", items = ");
            out.push_bind_param::<Doc, _>(&after.items)?;
        }
        out.push_sql(", version = ");
        out.push_bind_param::<BigInt, _>(&after.version)?;
        out.push_sql(", updated_at = ");
        out.push_bind_param::<At, _>(&after.updated_at)?;
        out.push_sql(" WHERE id = ");
        out.push_bind_param::<Key, _>(&after.id)
    }
}
