//! What the engine can do without us: the same rows written by set-based statements.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::{PgConnection, SqliteConnection};
use entente::kernel::id::ReversalId;

use crate::common::seed::{Brand, Staged};

fn op(line: &Staged) -> &'static str {
    if line.modify { "modify" } else { "reverse" }
}

/// One transaction from COPY to commit.
pub fn postgres(db: &mut PgConnection, brand: &Brand, lines: &[Staged]) -> Duration {
    let mut rows = String::new();
    for line in lines {
        let action = line.action.map_or("\\N".into(), |id| id.uuid().to_string());
        let order = line.order.as_deref().unwrap_or("\\N");
        rows.push_str(&format!(
            "{}\t{action}\t{order}\t{}\t1250\t{}\t{}\n",
            line.line,
            op(line),
            line.offset,
            line.length
        ));
    }
    let sql = include_str!("raw_postgres.sql")
        .replace("$BATCH", &format!("'{}'", ReversalId::new().uuid()))
        .replace("$EVENT_TYPE", &format!("'{}'", brand.event_type.uuid()))
        .replace("$COMPANY", &format!("'{}'", brand.company.uuid()));
    let begun = Instant::now();
    db.batch_execute(
        "BEGIN; CREATE TEMP TABLE stage (line int, action_id uuid, order_id text, op text, \
         amount bigint, byte_offset bigint, byte_length int) ON COMMIT DROP",
    )
    .unwrap();
    copy(db, &rows);
    db.batch_execute(&sql).unwrap();
    db.batch_execute("COMMIT").unwrap();
    begun.elapsed()
}

/// Diesel's COPY wants the columns of a table it knows; all of them come from the text.
fn copy(db: &mut PgConnection, rows: &str) {
    diesel::copy_from(all_of_stage::table)
        .from_raw_data(all_of_stage::table, |to| {
            to.write_all(rows.as_bytes()).unwrap();
            diesel::QueryResult::Ok(())
        })
        .execute(db)
        .unwrap();
}

mod all_of_stage {
    diesel::table! {
        #[sql_name = "stage"]
        staged (line) {
            line -> Integer,
            action_id -> Nullable<Binary>,
            order_id -> Nullable<Text>,
            op -> Text,
            amount -> BigInt,
            byte_offset -> BigInt,
            byte_length -> Integer,
        }
    }
    pub use staged::table;
}

/// Chunks of the same size as ours; the lines are staged, resolved and sorted before the clock runs.
pub fn sqlite(
    db: &mut SqliteConnection,
    brand: &Brand,
    lines: &[Staged],
    chunk: usize,
) -> Duration {
    stage_sqlite(db, brand, lines);
    let sql = include_str!("raw_sqlite.sql")
        .replace("$BATCH", &format!("x'{}'", ReversalId::new().uuid().simple()))
        .replace("$NOW", &brand.now.micros().to_string());
    let begun = Instant::now();
    for first in (1..=lines.len()).step_by(chunk) {
        let sql = sql
            .replace("$FIRST", &first.to_string())
            .replace("$LAST", &(first + chunk - 1).to_string());
        db.batch_execute("BEGIN IMMEDIATE").unwrap();
        db.batch_execute(&sql).unwrap();
        db.batch_execute("COMMIT").unwrap();
    }
    begun.elapsed()
}

fn stage_sqlite(db: &mut SqliteConnection, brand: &Brand, lines: &[Staged]) {
    db.batch_execute(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -64000; \
         PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 8000; \
         CREATE TEMP TABLE stage (line, action_id, order_id, op, amount, byte_offset, byte_length)",
    )
    .unwrap();
    for lines in lines.chunks(500) {
        let rows: Vec<String> = lines
            .iter()
            .map(|line| {
                let action =
                    line.action.map_or("NULL".into(), |id| format!("x'{}'", id.uuid().simple()));
                let order = line.order.as_ref().map_or("NULL".into(), |id| format!("'{id}'"));
                let (op, at, long) = (op(line), line.offset, line.length);
                format!("({}, {action}, {order}, '{op}', 1250, {at}, {long})", line.line)
            })
            .collect();
        db.batch_execute(&format!("INSERT INTO stage VALUES {}", rows.join(","))).unwrap();
    }
    let (company, event_type) = (brand.company.uuid().simple(), brand.event_type.uuid().simple());
    db.batch_execute(&format!(
        "CREATE TEMP TABLE resolved AS \
         SELECT coalesce(s.action_id, (SELECT a.id FROM actions a WHERE a.company_id = x'{company}' \
             AND a.event_type_id = x'{event_type}' AND a.order_id = s.order_id)) AS id, s.* \
         FROM stage s ORDER BY 1, line"
    ))
    .unwrap();
}
