//! Entente: the backend of a partnership platform.

pub mod error;
pub mod kernel;

pub mod db;

// The features. Each imports only earlier ones; a test reads this order.
/// Tracked conversions and their ledger.
pub mod actions;
pub mod companies;
/// What a partner earns in a program, and until when that may change.
pub mod contracts;
pub mod events;
pub mod partnerships;
pub mod programs;
