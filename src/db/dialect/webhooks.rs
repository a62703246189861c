//! The work on webhooks, where the engines' statements differ: holding lanes, and many rows at once.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool};

use super::super::Db;
use crate::db::schema::{webhook_attempts, webhook_deliveries, webhook_lanes};
use crate::error::Result;
use crate::kernel::column::{At, Key};
use crate::kernel::id::WebhookEndpointId;
use crate::kernel::time::Instant;
use crate::webhooks::model::{Attempt, Delivery, Lane};

/// Rows of one statement: an engine takes some ten thousand values.
const AT_ONCE: usize = 500;

/// Lanes that have something to do and that nobody holds; either those that fail or the others. Those
/// another server is just taking are passed over.
pub fn lanes_due(db: &mut Db, failing: bool, now: Instant, most: i64) -> Result<Vec<Lane>> {
    use webhook_lanes::dsl;
    let rows = webhook_lanes::table
        .filter(sql::<Bool>(kind(failing)))
        .filter(dsl::due_at.le(now))
        .filter(dsl::lease_until.is_null().or(dsl::lease_until.lt(now)))
        .order((dsl::due_at, dsl::endpoint_id))
        .limit(most);
    Ok(match db {
        Db::Postgres(connection) => rows.for_update().skip_locked().load(connection)?,
        Db::Sqlite(connection) => rows.load(connection)?,
    })
}

/// Whether there is any such lane.
pub fn any_lane_due(db: &mut Db, failing: bool, now: Instant) -> Result<bool> {
    use webhook_lanes::dsl;
    let first: Option<WebhookEndpointId> = webhook_lanes::table
        .filter(sql::<Bool>(kind(failing)))
        .filter(dsl::due_at.le(now))
        .filter(dsl::lease_until.is_null().or(dsl::lease_until.lt(now)))
        .order((dsl::due_at, dsl::endpoint_id))
        .select(dsl::endpoint_id)
        .first(db)
        .optional()?;
    Ok(first.is_some())
}

/// Spelt out, so that the planner sees that a partial index covers it.
fn kind(failing: bool) -> &'static str {
    if failing { "failing_since IS NOT NULL" } else { "failing_since IS NULL" }
}

/// A lane, held against whoever works on it until the transaction ends.
pub fn hold_lane(db: &mut Db, endpoint: WebhookEndpointId) -> Result<Option<Lane>> {
    let row = webhook_lanes::table.find(endpoint);
    Ok(match db {
        Db::Postgres(connection) => row.for_update().first(connection).optional()?,
        Db::Sqlite(connection) => row.first(connection).optional()?,
    })
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    place: i64,
}

const WITH_ONE_BEFORE: &str = "\
    SELECT n.place FROM unnest($1, $2) WITH ORDINALITY AS n (endpoint_id, object_id, place) \
    WHERE EXISTS (SELECT 1 FROM webhook_deliveries AS d WHERE d.endpoint_id = n.endpoint_id \
        AND d.object_id = n.object_id AND d.due_at IS NOT NULL)";

/// The same deliveries; those to an endpoint that has another one about the same object to be sent
/// are not due.
pub fn blocked(db: &mut Db, mut rows: Vec<Delivery>) -> Result<Vec<Delivery>> {
    match db {
        Db::Postgres(connection) => {
            let endpoints: Vec<_> = rows.iter().map(|row| row.endpoint_id).collect();
            let objects: Vec<_> = rows.iter().map(|row| row.object_id).collect();
            let places: Vec<Number> = diesel::sql_query(WITH_ONE_BEFORE)
                .bind::<Array<Key>, _>(endpoints)
                .bind::<Array<Key>, _>(objects)
                .load(connection)?;
            for Number { place } in places {
                let place = usize::try_from(place).unwrap_or_default();
                if let Some(row) = rows.get_mut(place.saturating_sub(1)) {
                    row.due_at = None;
                }
            }
        }
        Db::Sqlite(connection) => {
            use webhook_deliveries::dsl;
            for row in &mut rows {
                let before = webhook_deliveries::table
                    .filter(dsl::endpoint_id.eq(row.endpoint_id))
                    .filter(dsl::object_id.eq(row.object_id))
                    .filter(dsl::due_at.is_not_null());
                if diesel::select(diesel::dsl::exists(before)).get_result(connection)? {
                    row.due_at = None;
                }
            }
        }
    }
    Ok(rows)
}

/// New deliveries.
pub fn append(db: &mut Db, rows: &[Delivery]) -> Result<()> {
    match db {
        Db::Postgres(connection) => rows.chunks(AT_ONCE).try_for_each(|some| {
            diesel::insert_into(webhook_deliveries::table).values(some).execute(connection)?;
            Ok(())
        }),
        Db::Sqlite(connection) => rows.iter().try_for_each(|row| {
            diesel::insert_into(webhook_deliveries::table).values(row).execute(connection)?;
            Ok(())
        }),
    }
}

/// What was sent.
pub fn log(db: &mut Db, rows: &[Attempt]) -> Result<()> {
    match db {
        Db::Postgres(connection) => rows.chunks(AT_ONCE).try_for_each(|some| {
            diesel::insert_into(webhook_attempts::table).values(some).execute(connection)?;
            Ok(())
        }),
        Db::Sqlite(connection) => rows.iter().try_for_each(|row| {
            diesel::insert_into(webhook_attempts::table).values(row).execute(connection)?;
            Ok(())
        }),
    }
}

const LET_FIRST_GO: &str = "\
    UPDATE webhook_deliveries SET due_at = $1 \
    WHERE endpoint_id = $2 AND status = 'pending' AND due_at IS NULL \
    AND NOT EXISTS (SELECT 1 FROM webhook_deliveries AS h \
        WHERE h.endpoint_id = webhook_deliveries.endpoint_id \
        AND h.object_id = webhook_deliveries.object_id AND h.due_at IS NOT NULL) \
    AND NOT EXISTS (SELECT 1 FROM webhook_deliveries AS e \
        WHERE e.endpoint_id = webhook_deliveries.endpoint_id \
        AND e.object_id = webhook_deliveries.object_id \
        AND e.status = 'pending' AND e.due_at IS NULL \
        AND (e.turn, e.event_id) < (webhook_deliveries.turn, webhook_deliveries.event_id))";

/// Of the deliveries to an endpoint that wait, about objects of which none is due, the first about
/// each is due now.
pub fn let_first_go(db: &mut Db, endpoint: WebhookEndpointId, now: Instant) -> Result<()> {
    let statement = diesel::sql_query(LET_FIRST_GO);
    statement.bind::<At, _>(now).bind::<Key, _>(endpoint).execute(db)?;
    Ok(())
}
