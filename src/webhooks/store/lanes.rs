//! The work on endpoints: who does it, what is due, and what came of it.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use jiff::SignedDuration;

use crate::db::schema::webhook_deliveries::dsl as deliveries;
use crate::db::schema::webhook_lanes::dsl as lanes;
use crate::db::{Db, dialect};
use crate::error::{Error, Result};
use crate::events::model::AnyId;
use crate::kernel::id::{WebhookDeliveryId, WebhookEndpointId, WorkerId};
use crate::kernel::time::Instant;
use crate::webhooks::model::{Attempt, Delivery, Lane, Status};

/// A lane in hand, until somebody else may have it. Each time it is taken under a new name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The endpoint.
    pub endpoint_id: WebhookEndpointId,
    /// Under which name it is held.
    pub worker: WorkerId,
    /// Since when nothing has got through.
    pub failing_since: Option<Instant>,
}

/// Takes lanes that have something to do and that nobody holds, those that have waited longest first;
/// either those that fail or the others.
pub fn claim(
    db: &mut Db,
    failing: bool,
    (now, span): (Instant, SignedDuration),
    most: i64,
) -> Result<Vec<Held>> {
    let due: Vec<Lane> = dialect::webhooks::lanes_due(db, failing, now, most)?;
    let mut held = Vec::with_capacity(due.len());
    for lane in due {
        let worker = WorkerId::new();
        diesel::update(lanes::webhook_lanes.find(lane.endpoint_id))
            .set((lanes::worker_id.eq(worker), lanes::lease_until.eq(now.plus(span))))
            .execute(db)?;
        let Lane { endpoint_id, failing_since, .. } = lane;
        held.push(Held { endpoint_id, worker, failing_since });
    }
    Ok(held)
}

/// Whether any lane has something to do that nobody holds; either of those that fail or of the others.
pub fn any_due(db: &mut Db, failing: bool, now: Instant) -> Result<bool> {
    dialect::webhooks::any_lane_due(db, failing, now)
}

/// Keeps a lane a while longer, and holds it against everybody until the transaction ends; `Stale` if
/// it is lost.
pub fn renew(db: &mut Db, held: &Held, now: Instant, span: SignedDuration) -> Result<()> {
    let kept = (lanes::lease_until.eq(now.plus(span)), lanes::failing_since.eq(held.failing_since));
    let renewed = diesel::update(own(held)).set(kept).execute(db)?;
    if renewed == 1 { Ok(()) } else { Err(Error::Stale) }
}

/// Gives a lane back, which has something to do from a moment on, or nothing.
pub fn release(db: &mut Db, held: &Held, due_at: Option<Instant>) -> Result<()> {
    let free = (
        lanes::worker_id.eq(None::<WorkerId>),
        lanes::lease_until.eq(None::<Instant>),
        lanes::due_at.eq(due_at),
        lanes::failing_since.eq(held.failing_since),
    );
    let freed = diesel::update(own(held)).set(free).execute(db)?;
    if freed == 1 { Ok(()) } else { Err(Error::Stale) }
}

type Own = diesel::dsl::Filter<
    diesel::dsl::Filter<
        lanes::webhook_lanes,
        diesel::dsl::Eq<lanes::endpoint_id, WebhookEndpointId>,
    >,
    diesel::dsl::Eq<lanes::worker_id, WorkerId>,
>;

fn own(held: &Held) -> Own {
    lanes::webhook_lanes
        .filter(lanes::endpoint_id.eq(held.endpoint_id))
        .filter(lanes::worker_id.eq(held.worker))
}

/// There is something to do for these endpoints from now on. Holds their lanes against whoever works
/// on them until the transaction ends, always in the same order, so that nobody waits for each other.
pub fn wake(db: &mut Db, endpoints: &BTreeSet<WebhookEndpointId>, now: Instant) -> Result<()> {
    for endpoint in endpoints {
        let lane = dialect::webhooks::hold_lane(db, *endpoint)?;
        // One that fails has its pauses, whatever happens meanwhile.
        let sooner = lane.is_some_and(|lane| match lane.due_at {
            Some(due) => now < due && lane.failing_since.is_none(),
            None => true,
        });
        if sooner {
            hurry(db, *endpoint, now)?;
        }
    }
    Ok(())
}

/// There is something to do for an endpoint now, even if it fails. Holds its lane.
pub fn hurry(db: &mut Db, endpoint: WebhookEndpointId, now: Instant) -> Result<()> {
    let lane = lanes::webhook_lanes.find(endpoint);
    diesel::update(lane).set(lanes::due_at.eq(now)).execute(db)?;
    Ok(())
}

/// The same, and what failed before is forgotten: each delivery has all its attempts before it.
pub fn begin_anew(db: &mut Db, endpoint: WebhookEndpointId, now: Instant) -> Result<()> {
    diesel::update(lanes::webhook_lanes.find(endpoint))
        .set((lanes::due_at.eq(now), lanes::failing_since.eq(None::<Instant>)))
        .execute(db)?;
    let later = deliveries::webhook_deliveries
        .filter(deliveries::endpoint_id.eq(endpoint))
        .filter(deliveries::due_at.gt(now));
    diesel::update(later)
        .set((
            deliveries::due_at.eq(now),
            deliveries::tries.eq(0),
            deliveries::version.eq(deliveries::version + 1),
        ))
        .execute(db)?;
    let_first_go(db, endpoint, now)
}

/// New deliveries, in the order of the feed. The caller holds their lanes. What is behind another one
/// about the same object waits for it.
pub fn append(db: &mut Db, new: Vec<Delivery>) -> Result<()> {
    let mut rows = dialect::webhooks::blocked(db, new)?;
    let mut first = BTreeSet::new();
    for row in &mut rows {
        if !first.insert((row.endpoint_id, row.object_id)) {
            row.due_at = None;
        }
    }
    dialect::webhooks::append(db, &rows)
}

/// The deliveries to an endpoint that are due, the longest waiting first.
pub fn due(
    db: &mut Db,
    endpoint: WebhookEndpointId,
    now: Instant,
    most: i64,
) -> Result<Vec<Delivery>> {
    let rows = deliveries::webhook_deliveries
        .filter(deliveries::endpoint_id.eq(endpoint))
        .filter(deliveries::due_at.le(now))
        .order((deliveries::due_at, deliveries::turn, deliveries::event_id))
        .limit(most);
    Ok(rows.load(db)?)
}

/// When the next delivery to an endpoint is due, if any is.
pub fn next_due(db: &mut Db, endpoint: WebhookEndpointId) -> Result<Option<Instant>> {
    let first = deliveries::webhook_deliveries
        .filter(deliveries::endpoint_id.eq(endpoint))
        .filter(deliveries::due_at.is_not_null())
        .order(deliveries::due_at)
        .select(deliveries::due_at);
    Ok(first.first::<Option<Instant>>(db).optional()?.flatten())
}

/// Writes down what came of deliveries, whose lane the caller holds, and lets those behind them go.
pub fn settle(db: &mut Db, after: &[Delivery], attempts: &[Attempt], now: Instant) -> Result<()> {
    dialect::webhooks::log(db, attempts)?;
    let mut alike: BTreeMap<(i32, Option<i32>), Vec<&Delivery>> = BTreeMap::new();
    for delivery in after {
        let usual = delivery.status == Status::Succeeded && delivery.attempts == 1;
        if usual {
            alike.entry((delivery.tries, delivery.last_status)).or_default().push(delivery);
        } else {
            diesel::update(deliveries::webhook_deliveries.find(delivery.id))
                .set(delivery)
                .execute(db)?;
        }
    }
    // Most get through the first time: those are one statement.
    for same in alike.into_values() {
        let Some(first) = same.first() else { continue };
        let ids: Vec<WebhookDeliveryId> = same.iter().map(|delivery| delivery.id).collect();
        diesel::update(deliveries::webhook_deliveries.filter(deliveries::id.eq_any(ids)))
            .set((
                deliveries::status.eq(first.status),
                deliveries::due_at.eq(first.due_at),
                deliveries::attempts.eq(first.attempts),
                deliveries::last_status.eq(first.last_status),
                deliveries::version.eq(deliveries::version + 1),
                deliveries::finished_at.eq(first.finished_at),
            ))
            .execute(db)?;
    }
    let ended = after.iter().filter(|delivery| delivery.due_at.is_none());
    let ended: BTreeSet<_> = ended.map(|one| (one.endpoint_id, one.object_id)).collect();
    let endpoints: BTreeSet<_> = ended.iter().map(|(endpoint, _)| *endpoint).collect();
    for endpoint in endpoints {
        if !any_behind(db, endpoint)? {
            continue;
        }
        for (_, object) in ended.iter().filter(|(of, _)| *of == endpoint) {
            let_next_go(db, endpoint, *object, now)?;
        }
    }
    Ok(())
}

/// Whether any delivery to an endpoint waits behind another.
pub fn any_behind(db: &mut Db, endpoint: WebhookEndpointId) -> Result<bool> {
    let behind = deliveries::webhook_deliveries
        .filter(deliveries::endpoint_id.eq(endpoint))
        .filter(is_behind())
        // Which leads SQLite to the index that has nothing else.
        .order((deliveries::object_id, deliveries::turn, deliveries::event_id))
        .select(deliveries::id)
        .limit(1);
    Ok(behind.first::<WebhookDeliveryId>(db).optional()?.is_some())
}

/// Spelt out, so that the planner sees that the partial index covers it.
fn is_behind() -> diesel::expression::SqlLiteral<diesel::sql_types::Bool> {
    diesel::dsl::sql("status = 'pending' AND due_at IS NULL")
}

/// The first of the deliveries that wait behind each other is due now.
pub fn let_next_go(
    db: &mut Db,
    endpoint: WebhookEndpointId,
    object: AnyId,
    now: Instant,
) -> Result<()> {
    let next: Option<WebhookDeliveryId> = deliveries::webhook_deliveries
        .filter(deliveries::endpoint_id.eq(endpoint))
        .filter(deliveries::object_id.eq(object))
        .filter(is_behind())
        .order((deliveries::turn, deliveries::event_id))
        .select(deliveries::id)
        .first(db)
        .optional()?;
    if let Some(next) = next {
        diesel::update(deliveries::webhook_deliveries.find(next))
            .set(deliveries::due_at.eq(now))
            .execute(db)?;
    }
    Ok(())
}

/// Of all deliveries to an endpoint that wait behind none, the first about each object is due now.
/// The caller holds its lane.
pub fn let_first_go(db: &mut Db, endpoint: WebhookEndpointId, now: Instant) -> Result<()> {
    dialect::webhooks::let_first_go(db, endpoint, now)
}
