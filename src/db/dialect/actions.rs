//! Single rows of actions, where the engines' statements differ.

use diesel::prelude::*;

use super::super::Db;
use crate::actions::model::Action;
use crate::db::schema::actions;
use crate::error::Result;

/// A new action, unless its order was taken by another one: then nothing happens, and the
/// transaction goes on. Gives whether it was inserted.
pub fn insert_unless_taken(db: &mut Db, action: &Action) -> Result<bool> {
    let by_order =
        (actions::company_id, actions::event_type_id, actions::order_id, actions::occurrence);
    let insert = diesel::insert_into(actions::table).values(action);
    let inserted = match db {
        Db::Postgres(connection) => {
            insert.on_conflict(by_order).do_nothing().execute(connection)?
        }
        Db::Sqlite(connection) => insert.on_conflict(by_order).do_nothing().execute(connection)?,
    };
    Ok(inserted == 1)
}
