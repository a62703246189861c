//! What the tests play with: databases of their own, on both engines.

pub mod engines;
pub mod postgres;
