//! Entente: the backend of a partnership platform.

pub mod db;
pub mod error;
pub mod kernel;
