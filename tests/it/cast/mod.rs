//! What the tests play with: databases, servers and callers of their own, on both engines.

pub mod at_once;
pub mod deal;
pub mod engines;
pub mod http;
pub mod orders;
pub mod postgres;
pub mod process;
pub mod scene;
pub mod tables;
pub mod world;
