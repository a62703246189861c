//! What a brand runs, and what it counts.
//!
//! A program has a currency and a time zone; its event types are the kinds of things it pays for.
//! The brand's managers and its keys edit them. A partner with a proposed or active contract in the
//! program reads them; to everybody else they do not exist.

pub mod model;
pub mod policy;
pub mod routes;
pub mod rules;
pub mod store;
pub mod wire;
