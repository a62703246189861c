//! The doors of a profile: each section by itself, with a version of its own.

pub mod editing;
pub mod model;
pub mod policy;
pub mod routes;
pub mod rules;
