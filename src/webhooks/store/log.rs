//! What was sent: the list of deliveries, their attempts, and sending again.

use diesel::prelude::*;

use super::lanes;
use crate::db::schema::webhook_deliveries::dsl;
use crate::db::schema::{webhook_attempts, webhook_deliveries, webhook_endpoints};
use crate::db::{Db, Find, MultiBackend};
use crate::error::{Error, Result};
use crate::kernel::id::{CompanyId, WebhookDeliveryId, WebhookEndpointId};
use crate::kernel::page::{Page, write_cursor};
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;
use crate::webhooks::model::{Attempt, Delivery, Status};
use crate::webhooks::rules::{MOST_AT_ONCE, Refusal};

/// The most rows that a request walks over to find those that a filter means.
const WALK: i64 = 10_000;
/// The most attempts of a delivery that are shown: the last ones.
const MOST_SHOWN: i64 = 50;
/// Rows that are swept at once.
const SWEPT: i64 = 1_000;

/// A place in the list.
pub type Place = (Instant, WebhookDeliveryId);

type Rows<'a> = webhook_deliveries::BoxedQuery<'a, MultiBackend>;

/// Which deliveries are meant.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// In one of these states.
    pub status: Option<Vec<Status>>,
    /// Of this type.
    pub event_type: Option<String>,
    /// Made at this moment or later.
    pub created_after: Option<Instant>,
    /// Made before this moment.
    pub created_before: Option<Instant>,
}

impl Find for Delivery {
    type Id = WebhookDeliveryId;
    const NAME: &'static str = "webhook delivery";

    fn look_for(db: &mut Db, id: WebhookDeliveryId, reach: &Reach) -> Result<Option<Self>> {
        let kept = webhook_endpoints::table.on(webhook_endpoints::id.eq(dsl::endpoint_id));
        let own = dsl::webhook_deliveries
            .inner_join(kept)
            .filter(dsl::id.eq(id))
            .filter(dsl::company_id.eq(reach.company))
            .select(webhook_deliveries::all_columns);
        Ok(own.first(db).optional()?)
    }

    fn version(&self) -> i64 {
        self.version
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.company_id), None]
    }
}

/// The deliveries to an endpoint that a filter means, newest first. The page may be short, or empty,
/// and have a next one all the same: the walk goes on there.
pub fn page(
    db: &mut Db,
    endpoint: WebhookEndpointId,
    filter: &Filter,
    after: Option<Place>,
    limit: i64,
) -> Result<Page<Delivery>> {
    let mut meant = range(endpoint, filter, after);
    let walks = filter.status.is_some() || filter.event_type.is_some();
    let floor = if walks { floor(db, range(endpoint, filter, after))? } else { None };
    if let Some((at, _)) = floor {
        meant = meant.filter(dsl::created_at.ge(at));
    }
    if let Some(statuses) = &filter.status {
        meant = meant.filter(dsl::status.eq_any(statuses));
    }
    if let Some(kind) = &filter.event_type {
        meant = meant.filter(dsl::event_type.eq(kind));
    }
    let mut rows: Vec<Delivery> = in_order(meant).limit(limit.saturating_add(1)).load(db)?;
    rows.retain(|delivery| floor.is_none_or(|floor| place(delivery) >= floor));
    let mut page = Page::cut(rows, limit, place);
    page.next = page.next.or(floor.map(|floor| write_cursor(&floor)));
    Ok(page)
}

fn place(delivery: &Delivery) -> Place {
    (delivery.created_at, delivery.id)
}

/// Where the walk ends, if the range is longer than it.
fn floor(db: &mut Db, range: Rows<'_>) -> Result<Option<Place>> {
    let places = in_order(range).select((dsl::created_at, dsl::id));
    Ok(places.offset(WALK.saturating_sub(1)).limit(1).first(db).optional()?)
}

fn range<'a>(endpoint: WebhookEndpointId, filter: &Filter, after: Option<Place>) -> Rows<'a> {
    let mut rows = webhook_deliveries::table
        .filter(dsl::endpoint_id.eq(endpoint))
        .into_boxed::<MultiBackend>();
    if let Some(from) = filter.created_after {
        rows = rows.filter(dsl::created_at.ge(from));
    }
    if let Some(until) = filter.created_before {
        rows = rows.filter(dsl::created_at.lt(until));
    }
    if let Some((at, id)) = after {
        let later = dsl::created_at.lt(at).or(dsl::id.lt(id));
        rows = rows.filter(dsl::created_at.le(at)).filter(later);
    }
    rows
}

fn in_order(rows: Rows<'_>) -> Rows<'_> {
    rows.order((dsl::created_at.desc(), dsl::id.desc()))
}

/// The last attempts of a delivery, oldest first.
pub fn attempts(db: &mut Db, delivery: WebhookDeliveryId) -> Result<Vec<Attempt>> {
    let mut last: Vec<Attempt> = webhook_attempts::table
        .filter(webhook_attempts::delivery_id.eq(delivery))
        .order(webhook_attempts::number.desc())
        .limit(MOST_SHOWN)
        .load(db)?;
    last.reverse();
    Ok(last)
}

/// Sends a delivery again as soon as its turn comes; one that waits for its next attempt, now.
pub fn redeliver(db: &mut Db, delivery: &Delivery, now: Instant) -> Result<Delivery> {
    lanes::hurry(db, delivery.endpoint_id, now)?;
    let unchanged = dsl::webhook_deliveries
        .filter(dsl::id.eq(delivery.id))
        .filter(dsl::version.eq(delivery.version));
    let waits = delivery.status == Status::Pending && delivery.due_at.is_some();
    let after = Delivery {
        status: Status::Pending,
        due_at: waits.then_some(now),
        tries: 0,
        version: delivery.version.saturating_add(1),
        finished_at: None,
        ..delivery.clone()
    };
    if diesel::update(unchanged).set(&after).execute(db)? != 1 {
        return Err(Error::Stale);
    }
    lanes::let_first_go(db, delivery.endpoint_id, now)?;
    Ok(dsl::webhook_deliveries.find(delivery.id).first(db)?)
}

/// Sends again what was made for an endpoint within a time and has ended; gives how many.
pub fn redeliver_all(
    db: &mut Db,
    endpoint: WebhookEndpointId,
    (from, until): (Instant, Instant),
    statuses: &[Status],
    now: Instant,
) -> Result<usize> {
    lanes::hurry(db, endpoint, now)?;
    let ended = dsl::webhook_deliveries
        .filter(dsl::endpoint_id.eq(endpoint))
        .filter(dsl::created_at.ge(from))
        .filter(dsl::created_at.lt(until))
        .filter(dsl::status.ne(Status::Pending))
        .filter(dsl::status.eq_any(statuses));
    let ids: Vec<WebhookDeliveryId> =
        ended.select(dsl::id).limit(MOST_AT_ONCE.saturating_add(1)).load(db)?;
    if i64::try_from(ids.len()).is_ok_and(|many| many > MOST_AT_ONCE) {
        return Err(Refusal::TooManyDeliveries.into());
    }
    let again = diesel::update(dsl::webhook_deliveries.filter(dsl::id.eq_any(&ids)))
        .set((
            dsl::status.eq(Status::Pending),
            dsl::tries.eq(0),
            dsl::version.eq(dsl::version + 1),
            dsl::finished_at.eq(None::<Instant>),
        ))
        .execute(db)?;
    lanes::let_first_go(db, endpoint, now)?;
    Ok(again)
}

/// Removes some of what was made before a moment and will not be sent; gives how many rows.
pub fn sweep(db: &mut Db, before: Instant) -> Result<usize> {
    let told = || {
        let enabled = webhook_endpoints::table.filter(webhook_endpoints::enabled.eq(true));
        enabled.select(webhook_endpoints::id)
    };
    let over = || dsl::status.ne(Status::Pending).or(dsl::endpoint_id.ne_all(told()));
    let ids: Vec<WebhookDeliveryId> = dsl::webhook_deliveries
        .filter(dsl::created_at.lt(before))
        .filter(over())
        .order((dsl::created_at, dsl::id))
        .select(dsl::id)
        .limit(SWEPT)
        .load(db)?;
    let attempts = webhook_attempts::table.filter(webhook_attempts::delivery_id.eq_any(&ids));
    diesel::delete(attempts).execute(db)?;
    // What somebody asked for again in this very moment stays.
    let rows = dsl::webhook_deliveries.filter(dsl::id.eq_any(&ids)).filter(over());
    Ok(diesel::delete(rows).execute(db)?)
}
