//! Events as the world is told of them: each with the thing it is about, as the API shows it.
//!
//! What can happen is the table in `events::kinds`. Here, after all features that things happen in,
//! their things are looked up, many at a time, and shown by their own views to whoever reads: an event
//! holds no copy of them. So an event says what has changed, and beside it stands what has become of
//! the thing since.

pub mod policy;
pub mod render;
pub mod routes;
pub mod webhooks;
pub mod wire;

pub use render::{told, views};
