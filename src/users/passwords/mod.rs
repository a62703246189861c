//! Another password for somebody who knows the present one.

pub mod routes;
pub mod wire;
