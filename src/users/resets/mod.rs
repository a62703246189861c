//! Another password for somebody who does not know theirs, by a letter to their address.
//!
//! | from     | by                                              | to       |
//! |----------|-------------------------------------------------|----------|
//! | –        | ask, at most five times an hour for an address  | asked    |
//! | asked    | answer, if somebody has the address             | open     |
//! | open     | use                                             | used     |
//! | open     | another one for the same person; after an hour  | void     |
//!
//! A wish is only written down by the door, and answered beside: so an address that nobody has takes as
//! long, and leaves as much, as one that somebody has. Whoever does not get a letter is told nothing.

pub mod jobs;
pub mod model;
pub mod routes;
pub mod rules;
pub mod store;
pub mod wire;
