//! An action with what is around it: its list and its page, what may be done to it now, the end of
//! its ledger, its contract, its adjustments, and what is disputed about it.
//!
//! Here is nothing to keep and nothing to change: it reads what earlier features keep, and asks
//! [`rules`] what theirs would say.

pub mod model;
pub mod routes;
pub mod rules;
pub mod wire;
