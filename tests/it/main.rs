//! The integration tests: one binary, so that it links once and shares one PostgreSQL.
//!
//! `cast` is who and what the tests play with; the rest are ledgers, which hold a list complete,
//! and stories, which follow people through the product.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod authorization;
mod authorization_table;
mod cast;

mod crash;
mod crash_anywhere;
mod crash_phases;
mod crash_webhooks;
mod docs;
mod hostile;
mod house;
mod memory;
mod methods;
mod migrations;
mod openapi;
mod operating;
mod overload;
mod pages;
mod plans;
mod rounds;
mod schema;
mod sharing;
mod stopping;
mod stories;
mod tour;
mod worker;
