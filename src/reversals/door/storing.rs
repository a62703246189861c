//! Stores what comes in.

use actix_web::web::BytesMut;

use crate::access::{Signed, Verb};
use crate::error::Result;
use crate::kernel::id::ReversalId;
use crate::reversals::parts;

/// Stores bytes in parts as they come; at most one part and one piece are in memory.
pub(super) struct Storing<'a, V> {
    signed: &'a Signed<V>,
    id: ReversalId,
    next: i32,
    held: BytesMut,
}

impl<'a, V: Verb> Storing<'a, V> {
    /// For a batch that is yet to come.
    pub(super) fn of(signed: &'a Signed<V>, id: ReversalId) -> Self {
        Self { signed, id, next: 0, held: BytesMut::new() }
    }

    pub(super) async fn append(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            let room = parts::PART_BYTES - self.held.len();
            let (fits, rest) = bytes.split_at(room.min(bytes.len()));
            self.held.extend_from_slice(fits);
            bytes = rest;
            if self.held.len() == parts::PART_BYTES {
                self.store().await?;
            }
        }
        Ok(())
    }

    pub(super) async fn finish(&mut self) -> Result<()> {
        if self.held.is_empty() { Ok(()) } else { self.store().await }
    }

    async fn store(&mut self) -> Result<()> {
        let (id, part, now) = (self.id, self.next, self.signed.clock().now());
        let bytes = self.held.split().to_vec();
        self.signed.aside(move |db| parts::store(db, id, part, bytes.clone(), now)).await?;
        self.next = self.next.saturating_add(1);
        Ok(())
    }
}
