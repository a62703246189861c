//! What happened to a partnership, kept as long as it is: events are forgotten in time, this is not.
//!
//! Every entry is written with an event, and has its id. What is shared is read by both sides; what is
//! a side's own business, such as its team, by that side alone.

pub mod model;
mod record;
pub mod routes;
pub mod store;
pub mod wire;

pub use record::{record, record_beside};
