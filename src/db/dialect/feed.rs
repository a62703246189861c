//! The feed of events in commit order.
//!
//! Ids are made before the commit, so a row with a smaller id may appear after one with a larger id
//! was read. SQLite has one writer: its row numbers are in commit order. PostgreSQL tells of every
//! row in which transaction it was written, and which transactions may still be running.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::db::Db;
use crate::error::Result;
use crate::events::model::AnyId;
use crate::kernel::column::{At, Doc, Key};
use crate::kernel::document::Document;
use crate::kernel::id::{ApiKeyId, CompanyId, EventId, UserId};
use crate::kernel::time::Instant;

/// A place in the feed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Row number or transaction.
    turn: u64,
    /// Which of that transaction.
    id: EventId,
}

/// An event as the feed gives it.
#[derive(Debug, Clone, QueryableByName)]
pub struct FeedRow {
    #[diesel(sql_type = Text)]
    turn: String,
    /// Its id.
    #[diesel(sql_type = Key)]
    pub id: EventId,
    /// The company it happened in.
    #[diesel(sql_type = Key)]
    pub company_id: CompanyId,
    /// The other company that may know.
    #[diesel(sql_type = Nullable<Key>)]
    pub other_company_id: Option<CompanyId>,
    /// What happened.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// What it happened to.
    #[diesel(sql_type = Key)]
    pub object_id: AnyId,
    /// The object's version after it.
    #[diesel(sql_type = BigInt)]
    pub sequence: i64,
    /// Changed fields, before and after.
    #[diesel(sql_type = Doc)]
    pub changes: Document<Map<String, Value>>,
    /// The user who did it.
    #[diesel(sql_type = Nullable<Key>)]
    pub user_id: Option<UserId>,
    /// The key that did it.
    #[diesel(sql_type = Nullable<Key>)]
    pub api_key_id: Option<ApiKeyId>,
    /// The user of another company who did it on this one's behalf.
    #[diesel(sql_type = Nullable<Key>)]
    pub delegate_user_id: Option<UserId>,
    /// When.
    #[diesel(sql_type = At)]
    pub at: Instant,
}

impl Place {
    /// As a statement gives it.
    pub(super) fn of(turn: &str, id: EventId) -> Self {
        Self { turn: turn.parse().unwrap_or_default(), id }
    }

    /// Its row number or transaction.
    pub(super) fn turn(&self) -> u64 {
        self.turn
    }

    /// Which of that transaction.
    pub(super) fn id(&self) -> EventId {
        self.id
    }

    /// As it is kept: the row number or transaction, and which of that transaction.
    pub fn kept(&self) -> (i64, EventId) {
        (i64::try_from(self.turn).unwrap_or(i64::MAX), self.id)
    }

    /// As it was kept.
    pub fn from_kept((turn, id): (i64, EventId)) -> Self {
        Self { turn: u64::try_from(turn).unwrap_or_default(), id }
    }
}

impl FeedRow {
    /// Where it stands in the feed.
    pub fn place(&self) -> Place {
        Place::of(&self.turn, self.id)
    }
}

pub(super) const COLUMNS: &str = "id, company_id, other_company_id, type AS kind, object_id, sequence, changes, \
                       user_id, api_key_id, delegate_user_id, at";

/// Up to `limit` events that `company` may know of, after a place.
pub fn page(
    db: &mut Db,
    company: CompanyId,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<FeedRow>> {
    match db {
        Db::Postgres(connection) => postgres(connection, company, after, limit),
        Db::Sqlite(connection) => sqlite(connection, company, after, limit),
    }
}

#[derive(QueryableByName)]
struct End {
    #[diesel(sql_type = Text)]
    turn: String,
    #[diesel(sql_type = Key)]
    id: EventId,
}

/// Where the last of the next `limit` events of all companies after a place stands, if there is any.
pub fn end_of(db: &mut Db, after: &Place, limit: i64) -> Result<Option<Place>> {
    let (turn, id) = after.kept();
    let ends: Vec<End> = match db {
        Db::Postgres(connection) => {
            let last = "SELECT txid::text AS turn, id FROM (SELECT txid, id FROM events \
                 WHERE (txid, id) > ($1::xid8, $2) \
                 AND txid < pg_snapshot_xmin(pg_current_snapshot()) \
                 ORDER BY txid, id LIMIT $3) AS next ORDER BY next.txid DESC, next.id DESC LIMIT 1";
            diesel::sql_query(last)
                .bind::<Text, _>(turn.to_string())
                .bind::<Key, _>(id)
                .bind::<BigInt, _>(limit)
                .load(connection)?
        }
        Db::Sqlite(connection) => {
            let last = "SELECT CAST(seq AS TEXT) AS turn, id FROM (SELECT seq, id FROM events \
                 WHERE seq > $1 ORDER BY seq LIMIT $2) ORDER BY seq DESC LIMIT 1";
            diesel::sql_query(last)
                .bind::<BigInt, _>(turn)
                .bind::<BigInt, _>(limit)
                .load(connection)?
        }
    };
    Ok(ends.first().map(|end| Place::of(&end.turn, end.id)))
}

/// Up to `limit` events of all companies, after a place and up to another; only those of some kinds, if
/// any are named.
pub fn between(
    db: &mut Db,
    (after, until): (&Place, &Place),
    kinds: Option<&[&str]>,
    limit: i64,
) -> Result<Vec<FeedRow>> {
    let ((turn, id), (last_turn, last_id)) = (after.kept(), until.kept());
    match db {
        Db::Postgres(connection) => {
            let rows = format!(
                "SELECT txid::text AS turn, {COLUMNS} FROM events \
                 WHERE (txid, id) > ($1::xid8, $2) AND (txid, id) <= ($3::xid8, $4) \
                 AND ($5 IS NULL OR type = ANY($5)) ORDER BY txid, id LIMIT $6"
            );
            Ok(diesel::sql_query(rows)
                .bind::<Text, _>(turn.to_string())
                .bind::<Key, _>(id)
                .bind::<Text, _>(last_turn.to_string())
                .bind::<Key, _>(last_id)
                .bind::<Nullable<Array<Text>>, _>(kinds)
                .bind::<BigInt, _>(limit)
                .load(connection)?)
        }
        Db::Sqlite(connection) => {
            let rows = format!(
                "SELECT CAST(seq AS TEXT) AS turn, {COLUMNS} FROM events \
                 WHERE seq > $1 AND seq <= $2 \
                 AND ($3 IS NULL OR type IN (SELECT value FROM json_each($3))) \
                 ORDER BY seq LIMIT $4"
            );
            Ok(diesel::sql_query(rows)
                .bind::<BigInt, _>(turn)
                .bind::<BigInt, _>(last_turn)
                .bind::<Nullable<Text>, _>(kinds.map(|kinds| serde_json::json!(kinds).to_string()))
                .bind::<BigInt, _>(limit)
                .load(connection)?)
        }
    }
}

/// These events, as far as they are kept, in no order.
pub fn of_ids(db: &mut Db, ids: &[EventId]) -> Result<Vec<FeedRow>> {
    match db {
        Db::Postgres(connection) => {
            let rows =
                format!("SELECT txid::text AS turn, {COLUMNS} FROM events WHERE id = ANY($1)");
            Ok(diesel::sql_query(rows).bind::<Array<Key>, _>(ids).load(connection)?)
        }
        Db::Sqlite(connection) => {
            let row =
                format!("SELECT CAST(seq AS TEXT) AS turn, {COLUMNS} FROM events WHERE id = $1");
            let mut rows = Vec::with_capacity(ids.len());
            for id in ids {
                rows.extend(
                    diesel::sql_query(&row).bind::<Key, _>(id).load::<FeedRow>(connection)?,
                );
            }
            Ok(rows)
        }
    }
}

fn postgres(
    connection: &mut PgConnection,
    company: CompanyId,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<FeedRow>> {
    let side = |column: &str| {
        format!(
            "(SELECT txid::text AS turn, txid, {COLUMNS} FROM events WHERE {column} = $1 \
             AND (txid, id) > ($2::xid8, $3) \
             AND txid < pg_snapshot_xmin(pg_current_snapshot()) \
             ORDER BY txid, id LIMIT $4)"
        )
    };
    let both = format!(
        "{} UNION ALL {} ORDER BY txid, id LIMIT $4",
        side("company_id"),
        side("other_company_id")
    );
    let (turn, id) = after.map_or((0, nil()), |place| (place.turn, place.id));
    Ok(diesel::sql_query(both)
        .bind::<Key, _>(company)
        .bind::<Text, _>(turn.to_string())
        .bind::<Key, _>(id)
        .bind::<BigInt, _>(limit)
        .load(connection)?)
}

fn sqlite(
    connection: &mut SqliteConnection,
    company: CompanyId,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<FeedRow>> {
    let side = |column: &str| {
        format!(
            "SELECT * FROM (SELECT seq, CAST(seq AS TEXT) AS turn, {COLUMNS} FROM events \
             WHERE {column} = $1 AND seq > $2 ORDER BY seq LIMIT $3)"
        )
    };
    let both = format!(
        "{} UNION ALL {} ORDER BY seq LIMIT $3",
        side("company_id"),
        side("other_company_id")
    );
    let turn = after.map_or(0, |place| i64::try_from(place.turn).unwrap_or(i64::MAX));
    Ok(diesel::sql_query(both)
        .bind::<Key, _>(company)
        .bind::<BigInt, _>(turn)
        .bind::<BigInt, _>(limit)
        .load(connection)?)
}

/// Before all ids.
fn nil() -> EventId {
    EventId::from_uuid(uuid::Uuid::nil())
}
