//! Tracking in bulk: a batch whose lines are orders to be tracked.
//!
//! It is a batch like any other: the same doors, parts, records, plan, worker and results, in the same
//! states. What differs is here. `reading` makes a line what `POST /v1/actions` would have been sent,
//! and holds it against the same schema; `apply` lets the same intake decide about it, many at a time.
//!
//! | line                                    | outcome             |
//! |-----------------------------------------|---------------------|
//! | an order nobody has tracked             | `applied`           |
//! | one that was tracked before             | `unchanged`         |
//! | equal to an earlier line                | `duplicate_of_line` |
//! | at fault                                | `rejected`          |

pub mod apply;
pub mod policy;
pub mod reading;
pub mod routes;
pub mod store;
pub mod wire;

pub use store::Import;

use crate::access::secret;
use crate::kernel::id::{ActionId, EventTypeId};

/// What stands for an order where lines are sorted by what they are about: the same for all its lines.
/// Its version is one that no id and no stray has.
pub fn mark(event_type: EventTypeId, order_id: &str) -> ActionId {
    let text = [event_type.uuid().as_bytes().as_slice(), order_id.as_bytes()].concat();
    let mut bytes = [0_u8; 16];
    bytes.iter_mut().zip(secret::digest(&text)).for_each(|(slot, byte)| *slot = byte);
    ActionId::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}
