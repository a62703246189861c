//! Each content once.

use diesel::prelude::*;

use crate::attachments::model::Blob;
use crate::db::Db;
use crate::db::schema::blobs;
use crate::error::Result;

/// Begins to keep a content; what is kept already stays as it is.
pub fn begin(db: &mut Db, blob: &Blob) -> Result<()> {
    match db {
        Db::Postgres(connection) => {
            let insert = diesel::insert_into(blobs::table).values(blob);
            insert.on_conflict_do_nothing().execute(connection)?;
        }
        Db::Sqlite(connection) => {
            diesel::insert_or_ignore_into(blobs::table).values(blob).execute(connection)?;
        }
    }
    Ok(())
}
