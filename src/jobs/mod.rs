//! Background work: rows enqueued in the transaction that makes the work necessary.
//!
//! A worker takes a job by a lease and renews it in the same transaction as each step of the work.
//! A worker that died stops renewing; another takes over where the committed steps end. A worker
//! that only was slow finds its lease gone and its step undone.

pub mod model;
pub mod poll;
pub mod queue;
pub mod rounds;
