//! Forgets events that are past their days.

use super::rules::Keeping;
use super::store;
use crate::db::Pool;
use crate::error::Result;
use crate::kernel::time::Clock;

/// Events that are forgotten in one transaction: nobody waits long behind it.
const BATCH: i64 = 1_000;
/// Transactions of one round; what is left has time until the next one.
const MOST: usize = 100;

/// Forgets what happened more than so many days ago, and gives how many events that were. Followers
/// are told first, but for no longer than once more the same time.
pub async fn forget(pool: &Pool, clock: &Clock, days: u16) -> Result<usize> {
    let mut gone = 0_usize;
    for _ in 0..MOST {
        let keeping = Keeping::days(days, clock.now());
        // A read, so that a server with nothing to forget writes nothing.
        let over = pool.read_in_turn(move |db| store::over(db, &keeping, BATCH)).await?;
        let Some((until, many)) = over else { break };
        gone += pool.write_in_turn(move |db| store::forget(db, &until)).await?;
        if i64::try_from(many).is_ok_and(|many| many < BATCH) {
            break;
        }
    }
    Ok(gone)
}
