//! Entente: the backend of a partnership platform.

pub mod db;
pub mod error;
pub mod kernel;

pub mod actions;
pub mod companies;
pub mod contracts;
pub mod events;
pub mod partnerships;
pub mod programs;
pub mod reversals;
