//! What a brand runs, and what it counts.

pub mod model;
pub mod store;
