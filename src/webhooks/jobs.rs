//! Forgets what was sent long ago.

use jiff::SignedDuration;

use super::store::log;
use crate::db::{Pool, dialect};
use crate::error::Result;
use crate::kernel::time::Clock;

/// How long what was sent can be looked up.
pub const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The most transactions of one round; what is left is the next one's.
const ROUNDS: usize = 50;

/// Removes what is older than that; gives how many deliveries.
pub async fn sweep(pool: &Pool, clock: &Clock) -> Result<usize> {
    let mut swept = 0;
    for _ in 0..ROUNDS {
        let clock = clock.clone();
        let some = pool.write_in_turn(move |db| {
            let now = dialect::now(db, &clock)?;
            log::sweep(db, now.minus(KEPT))
        });
        match some.await? {
            0 => break,
            some => swept += some,
        }
    }
    Ok(swept)
}
