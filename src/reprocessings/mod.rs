//! Attribution run again: over the actions of a program and a period, by the codes, their histories
//! and the contracts as they are known now.
//!
//! | from                 | by        | to         | also                                      |
//! |----------------------|-----------|------------|-------------------------------------------|
//! | –                    | start     | received   | to apply takes a dry run of the same      |
//! | received             | a worker  | processing |                                           |
//! | processing           | a worker  | completed  | every action has its result               |
//! | received, processing | cancel    | cancelled  | what was done stays                       |
//! | processing           | a worker  | cancelled  | who started it may no longer, or it fails |
//!
//! The work is done in chunks, by [`runner`]. A chunk is one transaction that holds its actions, judges
//! each by the rule of single calls, and writes everything about them: an action is done if and only if
//! it has a result.

mod chunk;
pub mod model;
pub mod policy;
mod results;
mod rights;
pub mod routes;
pub mod rules;
pub mod runner;
pub mod store;
pub mod wire;
