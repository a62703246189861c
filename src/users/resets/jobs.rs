//! Answers wishes for a new password: by a letter, or by silence.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::model::{PasswordReset, ResetLink};
use super::{rules, store};
use crate::access::secret;
use crate::db::{Db, Pool, dialect};
use crate::error::Result;
use crate::jobs::poll::poll;
use crate::kernel::time::{Clock, Instant};
use crate::mail::model::Letter;
use crate::mail::store as mail;
use crate::mail::templates::{Template, render};
use crate::users::store as users;

/// How often to look for wishes.
const POLL: Duration = Duration::from_secs(1);
/// How many are read at once.
const SOME: i64 = 50;

/// Answers wishes. Several servers may do so at the same time.
pub struct Resets {
    pool: Pool,
    clock: Clock,
    link: ResetLink,
}

impl Resets {
    /// With links to this page.
    pub fn new(pool: Pool, clock: Clock, link: ResetLink) -> Self {
        Self { pool, clock, link }
    }

    /// Works until it is told to stop.
    pub async fn run(self, stop: CancellationToken) {
        let round = || async { Ok(self.answer_some().await? > 0) };
        poll(&stop, POLL, "answering wishes for a new password", round).await;
    }

    /// Answers what waits; gives how many there were. Nothing is written while there are none.
    async fn answer_some(&self) -> Result<usize> {
        let waiting = self.pool.read_in_turn(|db| store::unanswered(db, SOME)).await?;
        for wish in &waiting {
            let (asked, link) = (wish.clone(), self.link.clone());
            let done = self.write(move |db, now| answer(db, &asked, &link, now)).await;
            if let Err(error) = done {
                // Whoever asked can ask again, and nobody has to wait behind this one.
                log::error!(error:?; "a wish for a new password could not be answered");
                let id = wish.id;
                self.write(move |db, now| store::answer(db, id, now)).await?;
            }
        }
        Ok(waiting.len())
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

/// Answers a wish, unless another server does.
fn answer(db: &mut Db, wish: &PasswordReset, link: &ResetLink, now: Instant) -> Result<()> {
    if !store::answer(db, wish.id, now)? {
        return Ok(());
    }
    let Some(user) = users::look_for_email(db, &wish.email)? else { return Ok(()) };
    let token = secret::issue("entp")?;
    let hash = secret::digest(token.as_bytes());
    store::open(db, (wish.id, user.id), &hash, now.plus(rules::LIFETIME))?;
    let values = serde_json::json!({
        "name": user.name,
        "link": link.with(&token),
        "minutes": rules::LIFETIME.as_mins(),
    });
    let rendered = render(Template::PasswordReset, &values)?;
    mail::post(db, &Letter::essential(&user.email, user.id, rendered), now).map(drop)
}
