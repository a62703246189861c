//! The same done to many actions by one request: a batch whose lines are made here, of the ids that a
//! brand names or of what a filter means. From there on it is a batch like any other.

pub mod lines;
pub mod routes;
pub mod wire;
