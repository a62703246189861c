//! The bytes of batches, stored in parts as they arrive and read back as one stream.

use std::io;

use diesel::prelude::*;
use jiff::SignedDuration;
use tokio::runtime::Handle;

use super::rows::Part;
use crate::db::schema::{reversal_parts, reversal_uploads};
use crate::db::{Db, Pool};
use crate::error::{Error, Result};
use crate::kernel::id::ReversalId;
use crate::kernel::time::Instant;

/// How long a part is; the last of a batch may be shorter.
pub const PART_BYTES: usize = 1 << 20;
/// How long after its last part an upload is taken for broken off.
pub const ORPHANED_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// How many broken-off uploads are removed at once.
const SWEPT_AT_ONCE: i64 = 100;

/// Stores one part; parts count from 0, and the batch is received after the last.
///
/// Fails if the upload took so long over its last part that it was swept.
pub fn store(
    db: &mut Db,
    batch: ReversalId,
    part: i32,
    bytes: Vec<u8>,
    now: Instant,
) -> Result<()> {
    let upload = (reversal_uploads::reversal_id.eq(batch), reversal_uploads::stored_at.eq(now));
    let known = if part == 0 {
        diesel::insert_into(reversal_uploads::table).values(upload).execute(db)?
    } else {
        let last = reversal_uploads::stored_at.eq(now);
        diesel::update(reversal_uploads::table.find(batch)).set(last).execute(db)?
    };
    if known != 1 {
        return Err(broken_off());
    }
    let row = Part { reversal_id: batch, part, stored_at: now, bytes };
    diesel::insert_into(reversal_parts::table).values(&row).execute(db)?;
    Ok(())
}

/// The bytes of one part; `None` beyond the last.
pub fn load(db: &mut Db, batch: ReversalId, part: i32) -> Result<Option<Vec<u8>>> {
    let row = reversal_parts::table.find((batch, part)).select(reversal_parts::bytes);
    Ok(row.get_result(db).optional()?)
}

/// The upload is complete and becomes a batch, in the transaction that makes it one.
pub fn complete(db: &mut Db, batch: ReversalId) -> Result<()> {
    match diesel::delete(reversal_uploads::table.find(batch)).execute(db)? {
        1 => Ok(()),
        _ => Err(broken_off()),
    }
}

fn broken_off() -> Error {
    Error::Malformed("the body did not arrive in time".into())
}

/// Removes parts whose batch never came; gives how many.
pub fn sweep(db: &mut Db, now: Instant) -> Result<usize> {
    let broken_off: Vec<ReversalId> = reversal_uploads::table
        .filter(reversal_uploads::stored_at.lt(now.minus(ORPHANED_AFTER)))
        .order(reversal_uploads::reversal_id)
        .limit(SWEPT_AT_ONCE)
        .select(reversal_uploads::reversal_id)
        .load(db)?;
    let mut swept = 0_usize;
    for upload in broken_off {
        // Whoever stores another part just now has it after all.
        let still = reversal_uploads::table
            .find(upload)
            .filter(reversal_uploads::stored_at.lt(now.minus(ORPHANED_AFTER)));
        if diesel::delete(still).execute(db)? == 1 {
            let parts = reversal_parts::table.filter(reversal_parts::reversal_id.eq(upload));
            swept = swept.saturating_add(diesel::delete(parts).execute(db)?);
        }
    }
    Ok(swept)
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
        let read = self.pool.read_in_turn(move |db| load(db, batch, part));
        let bytes = self.runtime.block_on(read)?;
        self.next = self.next.saturating_add(1);
        Ok(bytes.unwrap_or_default())
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

/// Reads the stored bytes of a batch from somewhere on, within a piece of database work.
pub struct Rest<'a> {
    db: &'a mut Db,
    batch: ReversalId,
    next: i32,
    skip: u64,
    part: io::Cursor<Vec<u8>>,
}

impl<'a> Rest<'a> {
    /// From a byte on, counted from 0.
    pub fn of(db: &'a mut Db, batch: ReversalId, offset: u64) -> Self {
        let size = u64::try_from(PART_BYTES).unwrap_or(u64::MAX);
        let next = i32::try_from(offset.div_euclid(size)).unwrap_or(i32::MAX);
        Self { db, batch, next, skip: offset.rem_euclid(size), part: io::Cursor::default() }
    }
}

impl io::Read for Rest<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.part.read(into)?;
        if read > 0 || into.is_empty() {
            return Ok(read);
        }
        let bytes = load(self.db, self.batch, self.next).map_err(io::Error::other)?;
        self.part = io::Cursor::new(bytes.unwrap_or_default());
        self.part.set_position(std::mem::take(&mut self.skip));
        self.next = self.next.saturating_add(1);
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
