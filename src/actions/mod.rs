//! Tracked conversions: what was bought, where it stands, what it earns and every change of it.
//!
//! The rows are in [`model`], what may follow what is in [`rules`]. [`intake`] takes in what brands
//! report, [`change`] carries out single commands, [`jobs`] locks what is due, and [`verify`] adds
//! every ledger up again.

pub mod change;
mod command;
pub mod credit;
mod export;
pub mod export_routes;
pub mod feed_routes;
pub mod intake;
mod items;
pub mod jobs;
mod ledger;
pub mod model;
pub mod news;
pub mod overdue;
pub mod policy;
pub mod reasons;
pub mod reasons_routes;
mod reattribution;
pub mod routes;
pub mod rules;
pub mod store;
pub mod summary_routes;
pub mod totals;
mod tracking;
pub mod verify;
pub mod wire;
