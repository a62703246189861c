//! The doors of a company's status.

pub mod model;
pub mod policy;
pub mod routes;
pub mod wire;
