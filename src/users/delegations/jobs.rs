//! Writes down the end of sessions that nobody comes back to. Nothing depends on its being on time: with
//! every request it is asked anew whether a session counts.

use super::{ending, rules, store};
use crate::db::{Db, Pool, dialect};
use crate::error::Result;
use crate::kernel::time::Clock;

/// Sessions that are looked at in a round; of those that are open there are no more than people at work.
const AT_ONCE: i64 = 1_000;

/// Ends the sessions that are over; gives how many.
pub async fn end_over(pool: &Pool, clock: &Clock) -> Result<u64> {
    let its_clock = clock.clone();
    // A read, so that a server with nothing to end writes nothing.
    let over = pool.read_in_turn(move |db| {
        let now = dialect::now(db, &its_clock)?;
        let open = store::open(db, now, AT_ONCE)?.into_iter();
        let over = open.filter_map(|one| Some((one.session.id, rules::over(&one, now)?)));
        Ok(over.collect::<Vec<_>>())
    });
    let mut ended = 0_u64;
    for (id, because) in over.await? {
        let its_clock = clock.clone();
        let end = move |db: &mut Db| {
            let now = dialect::now(db, &its_clock)?;
            ending::found_over(db, id, because, now)
        };
        ended = ended.saturating_add(u64::from(pool.write_in_turn(end).await?));
    }
    Ok(ended)
}
