//! The record of what happened: append-only, written in the transaction that made it happen.
//!
//! What can happen is one table in `kinds`. The feed gives events in the order in which their
//! transactions became visible, so that a reader who goes on from its last cursor misses none; and
//! keeps them for some time, from its beginning on.

pub mod audit;
pub mod jobs;
pub mod kinds;
pub mod model;
pub mod pattern;
pub mod rules;
pub mod store;
