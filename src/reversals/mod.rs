//! Batch reversals: many doors, one pipeline. A door stores the bytes it was given; the worker
//! reads them as records, each record as a line, and carries the lines out.
//!
//! | from       | by      | to         |
//! |------------|---------|------------|
//! | –          | receive | received   |
//! | received   | start   | processing |
//! | received   | refuse  | rejected   |
//! | received   | cancel  | cancelled  |
//! | processing | finish  | completed  |
//! | processing | refuse  | rejected   |
//! | processing | cancel  | cancelled  |
//!
//! Between reading and doing it may wait to be confirmed: that is in `guard`.
//!
//! A line never fails its batch: it is `applied`, `unchanged`, `duplicate_of_line` or `rejected`
//! with a code. Only input that cannot be read at all, or a faulty line of an `all_or_nothing`
//! batch, rejects the whole.
//!
//! The worker's way through a batch, one file a step: `parts` gives the bytes, `resolve` finds what
//! each line is about, `targets` keeps what of that is about to lock, `plan` cuts chunks and reads
//! them, `command` and `rules` decide, `chunk` writes, `conclude` ends. Beside actions that have
//! locked, `afterlock` finds and `beside` decides.
//!
//! A batch has a purpose. What is tracked in bulk lives the same life: in `imports` is only what differs,
//! which is how a line is read, what becomes of it, and how it looks.

mod afterlock;
mod behalf;
mod beside;
pub mod bulk;
pub mod chunk;
pub mod command;
pub mod conclude;
mod desk;
pub mod door;
pub mod formats;
pub mod guard;
pub mod imports;
pub mod line;
pub mod model;
pub mod parts;
pub mod plan;
pub mod policy;
mod receiving;
mod references;
pub mod resolve;
pub mod results;
pub mod rights;
pub mod routes;
pub mod rows;
pub mod rules;
mod settings;
pub mod store;
pub mod targets;
pub mod watch;
pub mod wire;
pub mod worker;
