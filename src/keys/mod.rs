//! API keys: how partner systems show who they are.
//!
//! A key's secret is shown once and stored as a digest. What it may do is its scopes, from a closed
//! list that holds nothing about users, keys or acceptances; where, it may be limited to programs
//! and event types. A revoked key stops counting at once.

pub mod model;
pub mod policy;
pub mod routes;
pub mod store;
pub mod wire;
