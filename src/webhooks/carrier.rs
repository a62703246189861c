//! Carries what is due: takes lanes, many at the same time, and lets each have its turn.
//!
//! An endpoint has one lane, so that one which hangs keeps only itself waiting. Of the lanes that a
//! server has in hand those that fail have a part of their own, so that they never keep the others
//! from their turn, however many there are.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::outbound::Outbound;
use super::store::lanes::{self, Held};
use super::turn::{Show, Turn};
use crate::db::{Db, Pool, dialect};
use crate::error::Result;
use crate::http::metrics::Metrics;
use crate::kernel::time::{Clock, Instant};

/// How often to look for lanes that have something to do.
const POLL: Duration = Duration::from_millis(300);
/// The lanes that a server has in hand: of those that do not fail, and of those that do.
const MOST: [usize; 2] = [48, 16];

/// Carries webhooks; one for a server.
#[derive(Clone)]
pub struct Carrier {
    pub(super) pool: Pool,
    pub(super) clock: Clock,
    pub(super) outbound: Outbound,
    pub(super) show: Show,
    pub(super) metrics: Arc<Metrics>,
    /// For how long a silent server keeps a lane.
    pub(super) lease: SignedDuration,
    /// For how long an endpoint may fail before it is disabled.
    pub(super) patience: SignedDuration,
}

impl Carrier {
    /// What carries by `outbound` what `show` makes of events, holds lanes for so long without a sign of life, and disables what
    /// has failed for so long.
    pub fn new(
        pool: Pool,
        clock: Clock,
        (outbound, show): (Outbound, Show),
        (lease, patience): (SignedDuration, SignedDuration),
    ) -> Self {
        Self { pool, clock, outbound, show, metrics: Arc::default(), lease, patience }
    }

    /// The same, counting what it does where somebody looks.
    pub fn counted_in(self, metrics: Arc<Metrics>) -> Self {
        Self { metrics, ..self }
    }

    /// Carries until it is told to stop.
    pub async fn run(self, made: Arc<Notify>, stop: CancellationToken) {
        let mut turns: JoinSet<()> = JoinSet::new();
        let in_hand = [false, true].map(|failing| (failing, Arc::new(())));
        while !stop.is_cancelled() {
            for ((failing, place), most) in in_hand.iter().zip(MOST) {
                // Each lane in hand keeps one, and gives it back however it ends.
                let having = Arc::strong_count(place).saturating_sub(1);
                for held in self.claim(*failing, most.saturating_sub(having)).await {
                    let (carrier, stop, place) = (self.clone(), stop.clone(), Arc::clone(place));
                    turns.spawn(async move {
                        Turn::new(&carrier, held).go(&stop).await;
                        drop(place);
                    });
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = made.notified() => {}
                () = tokio::time::sleep(POLL) => {}
                Some(ended) = turns.join_next() => over(ended),
            }
            while let Some(ended) = turns.try_join_next() {
                over(ended);
            }
        }
        while let Some(ended) = turns.join_next().await {
            over(ended);
        }
    }

    /// Carries everything that is due, one lane after the other; gives how much was sent.
    pub async fn once(&self) -> Result<u64> {
        let mut sent = 0;
        loop {
            let mut held = self.claimed(false, 1).await?;
            held.extend(self.claimed(true, 1).await?);
            if held.is_empty() {
                return Ok(sent);
            }
            for held in held {
                sent += Turn::new(self, held).go(&CancellationToken::new()).await;
            }
        }
    }

    async fn claim(&self, failing: bool, most: usize) -> Vec<Held> {
        if most == 0 {
            return Vec::new();
        }
        self.claimed(failing, most).await.unwrap_or_else(|error| {
            log::warn!(error:?; "looking for webhooks to send failed");
            Vec::new()
        })
    }

    async fn claimed(&self, failing: bool, most: usize) -> Result<Vec<Held>> {
        let (clock, most) = (self.clock.clone(), i64::try_from(most).unwrap_or(1));
        // A read first: a server that has nothing to send writes nothing.
        let any = self.pool.read_in_turn(move |db| {
            let now = dialect::now(db, &clock)?;
            lanes::any_due(db, failing, now)
        });
        if !any.await? {
            return Ok(Vec::new());
        }
        self.write(move |db, now, span| lanes::claim(db, failing, (now, span), most)).await
    }

    /// How often a lane is kept while something is under way there.
    pub(super) fn heartbeat(&self) -> Duration {
        let lease = Duration::try_from(self.lease).unwrap_or_default();
        (lease / 3).max(Duration::from_millis(10))
    }

    /// A transaction, told the time by the database's clock, and for how long a lane is kept.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Db, Instant, SignedDuration) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        let (clock, span) = (self.clock.clone(), self.lease);
        self.pool
            .write_in_turn(move |db| {
                let now = dialect::now(db, &clock)?;
                work(db, now, span)
            })
            .await
    }
}

/// A turn is over. Only a panic ends one badly, and none is meant to be.
fn over(ended: Result<(), tokio::task::JoinError>) {
    if let Err(cause) = ended {
        log::error!("sending webhooks ended badly: {cause}");
    }
}
