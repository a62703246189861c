//! Follows the feed and makes a delivery of each event for each endpoint that asked for its type.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::model::{Delivery, Endpoint, Status};
use super::store::{self, lanes};
use crate::db::{Db, Pool, dialect};
use crate::error::Result;
use crate::events::model::Follower;
use crate::events::store::{self as events, FeedRow, Wanted};
use crate::jobs::poll::poll;
use crate::kernel::id::{CompanyId, WebhookDeliveryId};
use crate::kernel::time::{Clock, Instant};

/// Events that one transaction looks at.
const PAGE: i64 = 200;
/// How often to look for news.
const POLL: Duration = Duration::from_millis(300);

/// Makes deliveries. Several servers may do so at the same time: each event is one's alone.
pub struct FanOut {
    pool: Pool,
    clock: Clock,
    /// Whoever carries on this server is told that there is something.
    made: Arc<Notify>,
}

impl FanOut {
    /// What tells `made` whenever there is something to carry.
    pub fn new(pool: Pool, clock: Clock, made: Arc<Notify>) -> Self {
        Self { pool, clock, made }
    }

    /// Follows the feed until it is told to stop.
    pub async fn run(self, stop: CancellationToken) {
        let round = || async { self.once().await.map(|_| false) };
        poll(&stop, POLL, "giving events to webhooks", round).await;
    }

    /// Looks at everything that is new; gives how many deliveries were made of it.
    pub async fn once(&self) -> Result<usize> {
        let mut made = 0;
        // A read first: a server on which nothing happens writes nothing.
        while self.pool.read_in_turn(|db| events::anything_for(db, Follower::Webhooks)).await? {
            let clock = self.clock.clone();
            let page = self.pool.write_in_turn(move |db| {
                let now = dialect::now(db, &clock)?;
                page(db, now)
            });
            let some = page.await?;
            if some > 0 {
                self.made.notify_one();
            }
            made += some;
        }
        Ok(made)
    }
}

/// Makes the deliveries of the next events of the feed; gives how many.
fn page(db: &mut Db, now: Instant) -> Result<usize> {
    let wanted = |db: &mut Db| match store::any_enabled(db)? {
        true => Ok(Wanted::Everything),
        false => Ok(Wanted::Nothing),
    };
    let rows = events::next_for(db, Follower::Webhooks, PAGE, wanted)?.rows;
    let companies: BTreeSet<CompanyId> = rows.iter().flat_map(told).collect();
    let companies: Vec<CompanyId> = companies.into_iter().collect();
    let mut endpoints: HashMap<CompanyId, Vec<Endpoint>> = HashMap::new();
    for endpoint in store::enabled_of(db, &companies)? {
        endpoints.entry(endpoint.company_id).or_default().push(endpoint);
    }
    let new: Vec<Delivery> =
        rows.iter().flat_map(|event| deliveries_of(event, &endpoints, now)).collect();
    let many = new.len();
    if many > 0 {
        // First the lanes: who works on one finds either nothing of this or all of it.
        lanes::wake(db, &new.iter().map(|delivery| delivery.endpoint_id).collect(), now)?;
        lanes::append(db, new)?;
    }
    Ok(many)
}

/// The companies that may know of an event.
fn told(event: &FeedRow) -> impl Iterator<Item = CompanyId> + use<> {
    let other = event.other_company_id.filter(|other| *other != event.company_id);
    [event.company_id].into_iter().chain(other)
}

fn deliveries_of(
    event: &FeedRow,
    endpoints: &HashMap<CompanyId, Vec<Endpoint>>,
    now: Instant,
) -> Vec<Delivery> {
    let of_both = told(event).filter_map(|company| endpoints.get(&company)).flatten();
    let asked = |endpoint: &&Endpoint| {
        endpoint.event_types.0.iter().any(|pattern| pattern.matches(&event.kind))
    };
    let (turn, event_id) = event.place().kept();
    let delivery = |endpoint: &Endpoint| Delivery {
        id: WebhookDeliveryId::new(),
        endpoint_id: endpoint.id,
        company_id: endpoint.company_id,
        event_id,
        event_type: event.kind.clone(),
        object_id: event.object_id,
        turn,
        status: Status::Pending,
        due_at: Some(now),
        tries: 0,
        attempts: 0,
        last_status: None,
        version: 1,
        created_at: now,
        finished_at: None,
    };
    of_both.filter(asked).map(delivery).collect()
}
