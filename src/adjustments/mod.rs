//! What was paid for a locked action, or is due, is corrected beside it, by signed entries.
//!
//! A locked action is final. Where goods come back after that, the brand claws back part of the
//! payout, if the contract lets it; where too much was taken, it makes good. [`rules`] says by how much,
//! and which make-goods take a second person. [`make`] makes single ones; the lines of batches decide by
//! the same rules, and keep the same [`entry`].

pub mod disputes;
pub mod entry;
pub mod make;
pub mod model;
pub mod policy;
pub mod routes;
pub mod rules;
pub mod store;
pub mod wire;
