//! Takes the ledgers into the sums of days, beside everything else.
//!
//! Nothing waits for it: what it has not come to yet, whoever reads adds up by himself. Several servers
//! may do it at the same time; each slice is added once.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::model::Book;
use super::store;
use crate::db::Pool;
use crate::error::Result;
use crate::jobs::poll::poll;

/// How often it is looked for something to add.
const POLL: Duration = Duration::from_secs(1);
/// How many entries are added up together.
const SLICE: i64 = 5_000;

/// Takes the ledgers into the sums until it is told to stop.
pub async fn run(pool: Pool, stop: CancellationToken) {
    poll(&stop, POLL, "adding figures up", || once(&pool, SLICE)).await;
}

/// Takes the next slice of each book, of at most so many entries; gives whether there was any.
pub async fn once(pool: &Pool, most: i64) -> Result<bool> {
    let mut any = false;
    for book in Book::ALL.iter().copied() {
        let slice = pool.read_in_turn(move |db| store::next(db, book, most)).await?;
        if let Some(slice) = slice {
            any = true;
            // Somebody else may have been faster: then the next look begins behind it.
            pool.write_in_turn(move |db| store::keep(db, &slice)).await?;
        }
    }
    Ok(any)
}
