//! Who knows whom, once.

use diesel::prelude::*;

use crate::companies::model::Tie;
use crate::db::Db;
use crate::db::schema::relations;
use crate::error::Result;

/// Keeps that one company knows another; what is kept already stays as it is.
pub fn keep(db: &mut Db, tie: &Tie) -> Result<()> {
    match db {
        Db::Postgres(connection) => {
            let insert = diesel::insert_into(relations::table).values(tie);
            insert.on_conflict_do_nothing().execute(connection)?;
        }
        Db::Sqlite(connection) => {
            diesel::insert_or_ignore_into(relations::table).values(tie).execute(connection)?;
        }
    }
    Ok(())
}
