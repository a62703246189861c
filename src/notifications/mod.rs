//! Whom something concerns is told of it: in a list of their own, by a letter at once, or by one
//! letter a day.
//!
//! | from   | by                                      | to     |
//! |--------|-----------------------------------------|--------|
//! | –      | an event that concerns somebody         | unread |
//! | unread | read, or all up to it                   | read   |
//! | both   | ninety days                             | gone   |
//!
//! Requests write events and nothing else. Beside them [`notifier`] follows the events in the order of
//! their commits; [`rules`] say which of them concern whom, so that a batch of a hundred thousand lines
//! is one notification and not as many. What is kept is which event it was and whom it concerned; the
//! words ([`phrases`]) are made when somebody reads, of what that reader may see. Nobody is told of
//! what he did himself, and whoever loses a role no longer sees what was meant for that role.
//!
//! Each person chooses for each kind, in each company, whether it is listed and whether letters come.
//! [`digests`] writes the daily letter, [`unsubscribing`] the link that ends one kind of letters, and
//! [`watch`] streams to those who stay.

pub mod desk;
pub mod digests;
pub mod letters;
pub mod model;
mod names;
pub mod notifier;
pub mod phrases;
pub mod policy;
pub mod preferences_routes;
pub mod routes;
pub mod rules;
pub mod store;
pub mod unsubscribing;
pub mod watch;
pub mod wire;

pub use names::Names;
