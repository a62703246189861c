//! One turn of a lane: what is due there is sent, a few at a time, and what came of it written down.

use std::collections::HashMap;
use std::time::{Duration, Instant as Moment};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::SignedDuration;
use serde::Serialize;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::carrier::Carrier;
use super::model::{Attempt, Delivery, DisabledReason, Endpoint};
use super::outbound::{Parcel, Sent};
use super::rules::{self, Came};
use super::store::lanes::{self, Held};
use super::store::{self};
use crate::db::{Db, dialect};
use crate::error::{Error, Result};
use crate::events::kinds::EventKind;
use crate::events::model::{Event, any};
use crate::events::store::{self as events, FeedRow};
use crate::kernel::id::{CompanyId, EventId};
use crate::kernel::time::Instant;

/// What is sent before anything is written down.
const WAVE: i64 = 64;
/// How many are sent to an endpoint at the same time.
const AT_ONCE: usize = 8;
/// After that long a lane makes room for those that wait.
const LONGEST: Duration = Duration::from_secs(10);
/// How long what is under way may take once the server is told to stop.
const FAREWELL: Duration = Duration::from_secs(2);
/// How long a lane is left alone on which this server itself failed.
const OURS: SignedDuration = SignedDuration::from_secs(60);

/// What goes over the wire.
#[derive(Serialize)]
struct Body<'a, Data> {
    r#type: &'a str,
    timestamp: Instant,
    data: Data,
}

/// Shows events to a company, each in its place: as the feed does.
pub type Show = fn(&mut Db, CompanyId, Vec<FeedRow>, Instant) -> Result<Vec<Value>>;

/// Events as an endpoint of a company is told of them.
fn parcels(
    db: &mut Db,
    show: Show,
    (company, now): (CompanyId, Instant),
    events: Vec<FeedRow>,
) -> Result<HashMap<EventId, Parcel>> {
    let heads: Vec<_> = events.iter().map(|row| (row.id, row.kind.clone(), row.at)).collect();
    let shown = show(db, company, events, now)?;
    let parcel = |((id, kind, timestamp), data): ((EventId, String, Instant), Value)| {
        let body = Body { r#type: &kind, timestamp, data };
        let body = serde_json::to_vec(&body).map_err(Error::internal)?;
        Ok((id, Parcel { id: id.to_string(), body }))
    };
    heads.into_iter().zip(shown).map(parcel).collect()
}

/// What an endpoint is sent to try it out. It has an id of its own each time.
pub fn trial(endpoint: &Endpoint, now: Instant) -> Result<Parcel> {
    let data = serde_json::json!({ "webhook_endpoint_id": endpoint.id });
    let body = Body { r#type: "webhook.test", timestamp: now, data };
    let id = EventId::new().to_string();
    Ok(Parcel { id, body: serde_json::to_vec(&body).map_err(Error::internal)? })
}

/// What is due on a lane, and all that sending it takes.
struct Wave {
    endpoint: Endpoint,
    now: Instant,
    due: Vec<Delivery>,
    parcels: HashMap<EventId, Parcel>,
}

/// What came of a wave: of each delivery what it is now, and of each that was sent how that went.
#[derive(Debug, Clone, Default)]
struct Done {
    after: Vec<Delivery>,
    attempts: Vec<Attempt>,
    came: Vec<Came>,
}

/// A lane in hand, and who carries.
pub struct Turn<'a> {
    carrier: &'a Carrier,
    held: Held,
    began: Moment,
    sent: u64,
}

impl<'a> Turn<'a> {
    /// The turn of a lane that was just taken.
    pub fn new(carrier: &'a Carrier, held: Held) -> Self {
        Self { carrier, held, began: Moment::now(), sent: 0 }
    }

    /// Sends what is due until nothing is, or until others shall have their turn; gives how much was
    /// sent.
    pub async fn go(mut self, stop: &CancellationToken) -> u64 {
        loop {
            match self.step(stop).await {
                Ok(true) => continue,
                Ok(false) => break,
                // Somebody else has the lane by now, or there is no such endpoint any more.
                Err(Error::Stale) => break,
                Err(error) => {
                    let endpoint = self.held.endpoint_id.to_string();
                    log::error!(endpoint, error:?; "webhooks could not be sent");
                    self.give_back_for_later().await;
                    break;
                }
            }
        }
        self.sent
    }

    /// One wave; gives whether another may follow.
    async fn step(&mut self, stop: &CancellationToken) -> Result<bool> {
        let Some(wave) = self.wave().await? else {
            self.leave().await?;
            return Ok(false);
        };
        let (endpoint, done) = self.carry(wave, stop).await?;
        self.sent = self.sent.saturating_add(u64::try_from(done.came.len()).unwrap_or(0));
        for came in &done.came {
            self.carrier.metrics.ran("webhook", came.failure.is_none());
        }
        self.held.failing_since = rules::failing_since(self.held.failing_since, &done.came);
        let go_on = !stop.is_cancelled()
            && !done.after.is_empty()
            && (self.held.failing_since.is_none() || done.came.is_empty())
            && self.began.elapsed() < LONGEST;
        self.settle(endpoint, done, go_on).await?;
        Ok(go_on)
    }

    /// What is due now; nothing if the endpoint is not to be told.
    async fn wave(&self) -> Result<Option<Wave>> {
        let (held, clock, show) = (self.held, self.carrier.clock.clone(), self.carrier.show);
        let most = if held.failing_since.is_some() { 1 } else { WAVE };
        let read = move |db: &mut Db| {
            let Some(endpoint) = store::look_for_enabled(db, held.endpoint_id)? else {
                return Ok(None);
            };
            let now = dialect::now(db, &clock)?;
            let due = lanes::due(db, endpoint.id, now, most)?;
            let ids: Vec<EventId> = due.iter().map(|delivery| delivery.event_id).collect();
            let events = events::of_ids(db, &ids)?;
            let parcels = parcels(db, show, (endpoint.company_id, now), events)?;
            Ok(Some(Wave { endpoint, now, due, parcels }))
        };
        self.carrier.pool.read_in_turn(read).await
    }

    /// Sends a wave, and keeps the lane meanwhile. After a failure nothing further is begun.
    async fn carry(&self, wave: Wave, stop: &CancellationToken) -> Result<(Endpoint, Done)> {
        let Wave { endpoint, now, due, parcels: mut made } = wave;
        let mut done = Done::default();
        let mut parcels = Vec::with_capacity(due.len());
        for delivery in due {
            match made.remove(&delivery.event_id) {
                Some(parcel) => parcels.push((parcel, delivery)),
                None => done.after.push(rules::expired(&delivery, now)),
            }
        }
        let at_once = if self.held.failing_since.is_some() { 1 } else { AT_ONCE };
        let (mut waiting, mut under_way) = (parcels.into_iter(), FuturesUnordered::new());
        let every = self.carrier.heartbeat();
        let mut beat = tokio::time::interval_at(tokio::time::Instant::now() + every, every);
        let (began, mut open) = (Moment::now(), true);
        loop {
            open = open && !stop.is_cancelled() && began.elapsed() < LONGEST;
            while open && under_way.len() < at_once {
                let Some((parcel, delivery)) = waiting.next() else { break };
                under_way.push(self.send(&endpoint, parcel, delivery));
            }
            if under_way.is_empty() {
                break;
            }
            tokio::select! {
                Some(sent) = under_way.next() => {
                    let (delivery, sent) = sent?;
                    open = open && sent.came.failure.is_none();
                    done.add(&delivery, sent);
                }
                _ = beat.tick() => self.renew().await?,
                // Those that are not answered by then are sent again by whoever comes next.
                () = farewell(stop) => break,
            }
        }
        drop(under_way);
        Ok((endpoint, done))
    }

    async fn send(
        &self,
        endpoint: &Endpoint,
        parcel: Parcel,
        delivery: Delivery,
    ) -> Result<(Delivery, Sent)> {
        let sent = self.carrier.outbound.send(endpoint, &parcel).await?;
        Ok((delivery, sent))
    }

    /// Writes down what came of a wave, in one transaction, and gives the lane back if the turn is
    /// over.
    async fn settle(&self, endpoint: Endpoint, done: Done, go_on: bool) -> Result<()> {
        let (held, carrier) = (self.held, self.carrier);
        let patience = carrier.patience;
        let verdict = rules::verdict(held.failing_since, &done.came, patience);
        carrier
            .write(move |db, now, span| {
                lanes::renew(db, &held, now, span)?;
                lanes::settle(db, &done.after, &done.attempts, now)?;
                if let Some(reason) = verdict {
                    disable(db, &endpoint, reason, now)?;
                    return lanes::release(db, &held, None);
                }
                if go_on {
                    return Ok(());
                }
                let due = lanes::next_due(db, held.endpoint_id)?;
                let quiet = rules::quiet_until(held.failing_since, &done.came, now);
                lanes::release(db, &held, due.map(|due| quiet.map_or(due, |quiet| due.max(quiet))))
            })
            .await
    }

    async fn renew(&self) -> Result<()> {
        let held = self.held;
        self.carrier.write(move |db, now, span| lanes::renew(db, &held, now, span)).await
    }

    /// Gives the lane of an endpoint back that is not to be told, unless it is by now.
    async fn leave(&self) -> Result<()> {
        let held = self.held;
        self.carrier
            .write(move |db, now, span| {
                lanes::renew(db, &held, now, span)?;
                let again = store::look_for_enabled(db, held.endpoint_id)?.map(|_| now);
                lanes::release(db, &held, again)
            })
            .await
    }

    /// What fails on this side is tried again in a while, and nothing is held against the endpoint.
    async fn give_back_for_later(&self) {
        let held = self.held;
        let given = self
            .carrier
            .write(move |db, now, _| lanes::release(db, &held, Some(now.plus(OURS))))
            .await;
        if let Err(error) = given {
            log::warn!(error:?; "the lane of a webhook endpoint could not be given back");
        }
    }
}

impl Done {
    fn add(&mut self, delivery: &Delivery, sent: Sent) {
        self.came.push(sent.came);
        self.after.push(rules::sent(delivery, &sent.came, jitter()));
        self.attempts.push(sent.attempt(delivery));
    }
}

/// 0 to 1,000.
fn jitter() -> i32 {
    let mut bytes = [0_u8; 2];
    // Without randomness there is no jitter, which harms nobody.
    let _ = aws_lc_rs::rand::fill(&mut bytes);
    i32::from(u16::from_le_bytes(bytes)) % 1_001
}

/// A while after the server was told to stop.
async fn farewell(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(FAREWELL).await;
}

/// Disables an endpoint, and says so: to whoever follows the company's events.
fn disable(db: &mut Db, endpoint: &Endpoint, reason: DisabledReason, now: Instant) -> Result<()> {
    let after = store::advance(db, endpoint, rules::disable(endpoint, reason, now))?;
    let event =
        Event::new(EventKind::WebhookEndpointDisabled, any(after.id), after.company_id, now);
    let event = event.sequence(after.version).changed("enabled", true, false);
    events::record(db, event.changed("disabled_reason", (), reason.as_str()))
}
