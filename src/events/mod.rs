//! The record of what happened: append-only, written in the transaction that made it happen.
//!
//! The feed gives events in the order in which their transactions became visible, so that a reader
//! who goes on from its last cursor misses none.

pub mod audit;
pub mod model;
pub mod routes;
pub mod store;
pub mod wire;
