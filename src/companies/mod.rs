//! Tenants: who they are and whether they take part.

pub mod model;
