//! Entente: the backend of a partnership platform.

pub mod error;
pub mod kernel;

pub mod db;

// The features, each importing only earlier ones. The order matters, and a test reads it.
pub mod companies;
pub mod partnerships;
pub mod programs;
/// What a partner earns in a program, and until when that may change.
pub mod contracts;
pub mod events;
/// Tracked conversions and their ledger.
pub mod actions;
