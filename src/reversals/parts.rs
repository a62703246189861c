//! The bytes of batches, stored in parts as they arrive and read back as one stream.

use std::io;
use std::time::Duration;

use diesel::dsl::{exists, not};
use diesel::prelude::*;
use jiff::SignedDuration;
use tokio::runtime::Handle;

use super::rows::Part;
use crate::db::schema::{reversal_parts, reversals};
use crate::db::{Db, Pool};
use crate::error::{Error, Result};
use crate::kernel::id::ReversalId;
use crate::kernel::time::Instant;

/// How long a part is; the last of a batch may be shorter.
pub const PART_BYTES: usize = 1 << 20;
/// How long parts may lie about without a batch: longer than any upload takes.
pub const ORPHANED_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// How long to wait when the queue before the database is full.
const PATIENCE: Duration = Duration::from_millis(50);

/// Stores one part; parts count from 0, and the batch is received after the last.
pub fn store(
    db: &mut Db,
    batch: ReversalId,
    part: i32,
    bytes: Vec<u8>,
    now: Instant,
) -> Result<()> {
    let row = Part { reversal_id: batch, part, stored_at: now, bytes };
    diesel::insert_into(reversal_parts::table).values(&row).execute(db)?;
    Ok(())
}

/// The bytes of one part; `None` beyond the last.
pub fn load(db: &mut Db, batch: ReversalId, part: i32) -> Result<Option<Vec<u8>>> {
    let row = reversal_parts::table.find((batch, part)).select(reversal_parts::bytes);
    Ok(row.get_result(db).optional()?)
}

/// Removes parts whose batch never came; gives how many.
pub fn sweep(db: &mut Db, now: Instant) -> Result<usize> {
    let received = reversals::table.filter(reversals::id.eq(reversal_parts::reversal_id));
    let orphaned = reversal_parts::table
        .filter(reversal_parts::stored_at.lt(now.minus(ORPHANED_AFTER)))
        .filter(not(exists(received)));
    Ok(diesel::delete(orphaned).execute(db)?)
}

/// Takes single records out of a batch whose parts are all [`PART_BYTES`] long, but for the last.
///
/// It keeps the part it read last, so records in their order cost one query for each part.
pub struct Records {
    batch: ReversalId,
    kept: Option<(i32, Vec<u8>)>,
}

impl Records {
    /// The records of a batch.
    pub fn of(batch: ReversalId) -> Self {
        Self { batch, kept: None }
    }

    /// The bytes of the record at a place, as its line keeps it; fewer where the input ends.
    pub fn record(&mut self, db: &mut Db, offset: i64, length: i32) -> Result<Vec<u8>> {
        let (mut offset, mut left) = (whole(offset), whole(i64::from(length)));
        let mut record = Vec::with_capacity(left);
        while left > 0 {
            let part = i32::try_from(offset / PART_BYTES).unwrap_or(i32::MAX);
            let rest = self.part(db, part)?.get(offset % PART_BYTES..).unwrap_or_default();
            let taken = rest.get(..left).unwrap_or(rest);
            if taken.is_empty() {
                break;
            }
            record.extend_from_slice(taken);
            offset = offset.saturating_add(taken.len());
            left = left.saturating_sub(taken.len());
        }
        Ok(record)
    }

    fn part(&mut self, db: &mut Db, part: i32) -> Result<&[u8]> {
        if self.kept.as_ref().is_none_or(|(kept, _)| *kept != part) {
            self.kept = Some((part, load(db, self.batch, part)?.unwrap_or_default()));
        }
        Ok(self.kept.as_ref().map(|(_, bytes)| bytes.as_slice()).unwrap_or_default())
    }
}

fn whole(number: i64) -> usize {
    usize::try_from(number).unwrap_or(0)
}

/// Reads the stored bytes of a batch as one stream, a part at a time, each with a short query of
/// its own. It blocks: read it on a thread that may, never on the request loop.
pub struct Parts {
    pool: Pool,
    runtime: Handle,
    batch: ReversalId,
    next: i32,
    part: io::Cursor<Vec<u8>>,
}

impl Parts {
    /// From the first byte on. Call it where the runtime is at hand.
    pub fn of(pool: Pool, runtime: Handle, batch: ReversalId) -> Self {
        Self { pool, runtime, batch, next: 0, part: io::Cursor::default() }
    }

    /// The next part; empty at the end.
    fn fetch(&mut self) -> Result<Vec<u8>> {
        let (batch, part) = (self.batch, self.next);
        loop {
            match self.runtime.block_on(self.pool.read(move |db| load(db, batch, part))) {
                Err(Error::Overloaded) => self.runtime.block_on(tokio::time::sleep(PATIENCE)),
                Err(error) => return Err(error),
                Ok(bytes) => {
                    self.next = self.next.saturating_add(1);
                    return Ok(bytes.unwrap_or_default());
                }
            }
        }
    }
}

impl io::Read for Parts {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.part.read(into)?;
        if read > 0 || into.is_empty() {
            return Ok(read);
        }
        self.part = io::Cursor::new(self.fetch().map_err(io::Error::other)?);
        self.part.read(into)
    }
}

/// The records at these places, in the same order. One part at a time is in memory; places in order
/// read each part once.
pub fn records(db: &mut Db, batch: ReversalId, places: &[(i64, i32)]) -> Result<Vec<Vec<u8>>> {
    let mut held: Option<(i32, Vec<u8>)> = None;
    places.iter().map(|(offset, length)| record(db, batch, *offset, *length, &mut held)).collect()
}

fn record(
    db: &mut Db,
    batch: ReversalId,
    offset: i64,
    length: i32,
    held: &mut Option<(i32, Vec<u8>)>,
) -> Result<Vec<u8>> {
    let size = i64::try_from(PART_BYTES).unwrap_or(i64::MAX);
    let mut part = i32::try_from(offset.div_euclid(size)).unwrap_or(i32::MAX);
    let mut from = usize::try_from(offset.rem_euclid(size)).unwrap_or(0);
    let wanted = usize::try_from(length).unwrap_or(0);
    let mut record = Vec::with_capacity(wanted);
    while record.len() < wanted {
        if held.as_ref().is_none_or(|(number, _)| *number != part) {
            *held = load(db, batch, part)?.map(|bytes| (part, bytes));
        }
        let Some((_, bytes)) = held.as_ref() else { break };
        let rest = bytes.get(from..).unwrap_or_default();
        record.extend(rest.iter().take(wanted - record.len()));
        (part, from) = (part.saturating_add(1), 0);
    }
    Ok(record)
}
