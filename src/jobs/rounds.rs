//! What comes round every minute. Each piece takes no input: it does what is due.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::access::{Gate, Idempotency};
use crate::db::Pool;
use crate::error::Result;
use crate::http::metrics::Metrics;
use crate::kernel::time::Clock;
use crate::mail::store as mail;
use crate::reversals::parts;
use crate::users::attempts::store as attempts;
use crate::users::emails::store as emails;
use crate::users::registrations::store as registrations;
use crate::users::resets::store as resets;
use crate::users::store as users;
use crate::users::tickets::store as tickets;

/// The time between two rounds of a server.
pub const MINUTE: Duration = Duration::from_secs(60);

/// The rounds of one server. Several servers may go theirs at the same time.
pub struct Rounds {
    /// The database.
    pub pool: Pool,
    /// The time.
    pub clock: Clock,
    /// Remembers when keys were last used.
    pub gate: Arc<Gate>,
    /// Where the rounds are counted.
    pub metrics: Arc<Metrics>,
    /// For how many days entries of the audit log are kept.
    pub audit_days: u32,
    /// For how many days what happened can be followed.
    pub event_days: u16,
}

impl Rounds {
    /// Goes round at once, and then every so often until it is told to stop.
    pub async fn run(self, every: Duration, stop: CancellationToken) {
        let mut turns = tokio::time::interval(every);
        turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = turns.tick() => self.once().await,
            }
        }
    }

    /// Goes round once: everything that is due, whatever becomes of the rest.
    pub async fn once(&self) {
        self.count("end_holds", self.end_holds().await);
        self.count("answer_inquiries", self.answer_inquiries().await);
        self.count("expire_offers", self.expire_offers().await);
        self.count("expire_invitations", self.expire_invitations().await);
        self.count("end_delegations", self.end_delegations().await);
        self.count("lock", self.lock().await);
        self.count("clear", self.clear().await);
        self.count("note_key_use", self.gate.flush_last_used().await);
        self.count("sweep", self.sweep().await);
        self.count("sweep_audit_log", self.sweep_audit_log().await);
        self.count("forget_events", self.forget_events().await);
    }

    /// Ends the holds whose time is over.
    async fn end_holds(&self) -> Result<()> {
        let ended = crate::actions::jobs::end_holds(&self.pool, &self.clock).await?;
        if ended > 0 {
            log::info!(actions = ended; "holds ended");
        }
        Ok(())
    }

    /// Answers the inquiries that nobody answered in time.
    async fn answer_inquiries(&self) -> Result<()> {
        let answered = crate::inquiries::jobs::answer_for_silence(&self.pool, &self.clock).await?;
        if answered > 0 {
            log::info!(inquiries = answered; "answered by silence");
        }
        Ok(())
    }

    /// Ends the offers of partnerships that nobody answered in time.
    async fn expire_offers(&self) -> Result<()> {
        let expired = crate::partnerships::jobs::expire_offers(&self.pool, &self.clock).await?;
        if expired > 0 {
            log::info!(offers = expired; "offers of partnerships expired");
        }
        Ok(())
    }

    /// Ends the partnerships that were offered to addresses and that nobody received in time.
    async fn expire_invitations(&self) -> Result<()> {
        use crate::partnerships::invitations::jobs::expire_invitations;
        let expired = expire_invitations(&self.pool, &self.clock).await?;
        if expired > 0 {
            log::info!(offers = expired; "offers of partnerships to addresses expired");
        }
        Ok(())
    }

    /// Writes down which sessions are over in which somebody acts for another company.
    async fn end_delegations(&self) -> Result<()> {
        let ended = crate::users::delegations::jobs::end_over(&self.pool, &self.clock).await?;
        if ended > 0 {
            log::info!(sessions = ended; "delegated sessions ended");
        }
        Ok(())
    }

    /// Locks what is due.
    async fn lock(&self) -> Result<()> {
        let locked = crate::actions::jobs::lock_due(&self.pool, &self.clock, None).await?;
        self.metrics.kept_open(locked.waiting);
        if locked.actions > 0 {
            log::info!(actions = locked.actions; "locked");
        }
        Ok(())
    }

    /// Says of what is locked that its payout is due.
    async fn clear(&self) -> Result<()> {
        let cleared = crate::actions::jobs::clear_due(&self.pool, &self.clock).await?;
        if cleared > 0 {
            log::info!(actions = cleared; "cleared");
        }
        Ok(())
    }

    /// Removes what nobody can ask for any more.
    async fn sweep(&self) -> Result<()> {
        let now = self.clock.now();
        self.pool
            .write(move |db| {
                Idempotency::sweep(db, now)?;
                users::sweep(db, now)?;
                resets::sweep(db, now)?;
                attempts::sweep(db, now)?;
                registrations::sweep(db, now)?;
                emails::sweep(db, now)?;
                tickets::sweep(db, now)?;
                mail::sweep(db, now)?;
                parts::sweep(db, now).map(drop)
            })
            .await?;
        crate::webhooks::jobs::sweep(&self.pool, &self.clock).await.map(drop)
    }

    /// Removes entries of the audit log that are older than they are kept.
    async fn sweep_audit_log(&self) -> Result<()> {
        let swept = crate::audit::jobs::sweep(&self.pool, &self.clock, self.audit_days).await?;
        if swept > 0 {
            log::info!(entries = swept; "entries of the audit log swept");
        }
        Ok(())
    }

    /// Forgets what happened so long ago that nobody follows it any more.
    async fn forget_events(&self) -> Result<()> {
        let gone = crate::events::jobs::forget(&self.pool, &self.clock, self.event_days).await?;
        if gone > 0 {
            log::info!(events = gone; "events are past their days");
        }
        Ok(())
    }

    fn count(&self, job: &'static str, done: Result<()>) {
        if let Err(error) = &done {
            log::error!(job = job, error:?; "a round failed");
        }
        self.metrics.ran(job, done.is_ok());
    }
}
