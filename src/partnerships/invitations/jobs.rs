//! Ends the offers to addresses that nobody has received in time.
//!
//! Nothing depends on its being on time: from `expires_at` on no token counts, and whoever offers to the
//! same address anew ends the one before.

use super::sending;
use super::store::{self, Turn};
use crate::db::{Pool, dialect};
use crate::error::{Error, Result};
use crate::kernel::id::PartnershipInvitationId;
use crate::kernel::time::Clock;

/// How many are found at once; each is ended in a transaction of its own.
const FEW: i64 = 500;

/// Ends what is overdue; gives how many. One that fails leaves the others be.
pub async fn expire_invitations(pool: &Pool, clock: &Clock) -> Result<u64> {
    let (mut expired, mut failed, mut after) = (0_u64, None, None);
    loop {
        let turns = overdue(pool, clock, after).await?;
        for (_, id) in &turns {
            match expire(pool, clock, *id).await {
                Ok(true) => expired = expired.saturating_add(1),
                // Somebody else is at it, here or on another server.
                Ok(false) | Err(Error::Stale) => {}
                Err(error) => {
                    let id = id.to_string();
                    log::error!(invitation = id, error:?; "an offer to an address could not expire");
                    failed = Some(error);
                }
            }
        }
        after = turns.last().copied();
        if i64::try_from(turns.len()).is_ok_and(|many| many < FEW) {
            return failed.map_or(Ok(expired), Err);
        }
    }
}

async fn overdue(pool: &Pool, clock: &Clock, after: Option<Turn>) -> Result<Vec<Turn>> {
    let its_clock = clock.clone();
    pool.read(move |db| {
        let now = dialect::now(db, &its_clock)?;
        store::overdue(db, now, after, FEW)
    })
    .await
}

async fn expire(pool: &Pool, clock: &Clock, id: PartnershipInvitationId) -> Result<bool> {
    let its_clock = clock.clone();
    pool.write(move |db| {
        let now = dialect::now(db, &its_clock)?;
        match store::hold(db, id)? {
            Some(waiting) => sending::expire(db, &waiting, now),
            None => Ok(false),
        }
    })
    .await
}
