//! Tracked conversions: what was bought, where it stands, what it earns and every change of it.
//!
//! The rows are in [`model`], what may follow what is in [`rules`].

mod command;
mod items;
mod ledger;
pub mod model;
pub mod reasons;
pub mod reasons_routes;
pub mod rules;
mod tracking;
