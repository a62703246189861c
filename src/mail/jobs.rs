//! The postman: takes letters that are due, some at a time, and hands them on.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::model::{Mail, Outcome, Status};
use super::office::{AT_ONCE, Office};
use super::store;
use crate::db::{Db, Pool, dialect};
use crate::error::Result;
use crate::http::metrics::Metrics;
use crate::jobs::poll::poll;
use crate::kernel::id::WorkerId;
use crate::kernel::time::{Clock, Instant};

/// How often to look for letters.
const POLL: Duration = Duration::from_secs(1);
/// How long letters in hand may still take when the server is told to stop.
const GRACE: Duration = Duration::from_secs(5);

/// Hands letters on. Several may, of one server or of several.
pub struct Postman {
    id: WorkerId,
    pool: Pool,
    clock: Clock,
    lease: SignedDuration,
    office: Office,
    metrics: Arc<Metrics>,
}

impl Postman {
    /// One under a new name, that holds what he has in hand for so long without a sign of life.
    pub fn new(pool: Pool, clock: Clock, lease: SignedDuration, office: Office) -> Self {
        let metrics = Arc::default();
        Self { id: WorkerId::new(), pool, clock, lease, office, metrics }
    }

    /// The same, counting what he does where somebody looks.
    pub fn counted_in(self, metrics: Arc<Metrics>) -> Self {
        Self { metrics, ..self }
    }

    /// Works until he is told to stop; what he has not handed on by then he gives back.
    pub async fn run(self, stop: CancellationToken) {
        poll(&stop, POLL, "looking for letters", || self.round(&stop)).await;
    }

    /// Hands on what is due, a few at the same time; gives whether there was anything.
    async fn round(&self, stop: &CancellationToken) -> Result<bool> {
        let clock = self.clock.clone();
        let due = move |db: &mut Db| {
            let now = dialect::now(db, &clock)?;
            store::any_due(db, now)
        };
        if !self.pool.read_in_turn(due).await? {
            return Ok(false);
        }
        let (id, span) = (self.id, self.lease);
        let take = move |db: &mut Db, now| store::take(db, (id, span), i64::from(AT_ONCE), now);
        let mails = self.write(take).await?;
        let all = join_all(mails.iter().map(|mail| self.deliver(mail)));
        tokio::select! {
            _ = all => {}
            () = self.hold() => {}
            () = over(stop) => self.write(move |db, _| store::give_back(db, id)).await?,
        }
        Ok(!mails.is_empty())
    }

    /// Renews the lease of what is in hand, again and again.
    async fn hold(&self) {
        let (id, span) = (self.id, self.lease);
        let pause = Duration::try_from(span).unwrap_or(POLL) / 3;
        loop {
            tokio::time::sleep(pause).await;
            let renewed = self.write(move |db, now| store::renew(db, id, now.plus(span))).await;
            if let Err(error) = renewed {
                log::warn!(error:?; "the lease of letters was not renewed");
            }
        }
    }

    async fn deliver(&self, mail: &Mail) {
        let outcome = self.office.hand_on(mail).await;
        self.metrics.ran("send_mail", outcome == Outcome::Sent);
        let (id, taken, became) = (self.id, mail.clone(), outcome.clone());
        let settle = move |db: &mut Db, now| store::settle(db, (&taken, id), &became, now);
        match self.write(settle).await {
            Ok(status) => tell(mail, &outcome, status),
            // The lease runs out, and somebody hands it on once more.
            Err(error) => log::error!(mail:% = mail.id, error:?; "a letter was not settled"),
        }
    }

    /// A transaction, told the time by the database's clock.
    async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Db, Instant) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        let clock = self.clock.clone();
        self.pool
            .write_in_turn(move |db| {
                let now = dialect::now(db, &clock)?;
                work(db, now)
            })
            .await
    }
}

/// Ends a while after the server was told to stop.
async fn over(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(GRACE).await;
}

/// What the log says of a letter: never what is in it. Of its recipient the host is enough.
fn tell(mail: &Mail, outcome: &Outcome, status: Option<Status>) {
    let host = mail.address.rsplit('@').next().unwrap_or_default();
    let attempt = mail.attempts;
    match (outcome, status) {
        (_, None) => log::info!(mail:% = mail.id; "the lease of a letter is lost"),
        (Outcome::Sent, _) => log::info!(mail:% = mail.id, host, attempt; "a letter was sent"),
        (Outcome::Refused(cause), _) => {
            log::error!(mail:% = mail.id, host, cause; "a letter bounced");
        }
        (Outcome::PutOff(cause), Some(Status::Failed)) => {
            log::error!(mail:% = mail.id, host, attempt, cause; "a letter was given up");
        }
        (Outcome::PutOff(cause), _) => {
            log::warn!(mail:% = mail.id, host, attempt, cause; "a letter was put off");
        }
    }
}
