//! What is older than the operator keeps it goes, piece by piece.

use jiff::SignedDuration;

use super::store;
use crate::db::Pool;
use crate::error::Result;
use crate::kernel::time::Clock;

/// How many entries go in one transaction.
const PIECE: i64 = 1_000;
/// How many pieces go in one round; the next one goes on.
const PIECES: usize = 100;

/// Removes entries that are older than so many days; gives how many.
pub async fn sweep(pool: &Pool, clock: &Clock, days: u32) -> Result<usize> {
    let age = SignedDuration::from_hours(i64::from(days).saturating_mul(24));
    let before = clock.now().minus(age);
    let mut swept = 0_usize;
    for _ in 0..PIECES {
        let gone = pool.write_in_turn(move |db| store::sweep(db, before, PIECE)).await?;
        swept = swept.saturating_add(gone);
        if i64::try_from(gone).is_ok_and(|gone| gone < PIECE) {
            break;
        }
    }
    Ok(swept)
}
