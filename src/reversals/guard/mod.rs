//! A fat finger, or a stolen key: what a batch is about at most is weighed against the guard of each
//! program, before any of it is done. A batch beyond a guard waits until a person of the brand
//! confirms it.
//!
//! | from               | by      | to                 | who                            |
//! |--------------------|---------|--------------------|--------------------------------|
//! | processing         | ask     | needs_confirmation | the worker that has read it    |
//! | needs_confirmation | confirm | processing         | a member, no key, for 72 hours |
//! | needs_confirmation | cancel  | cancelled          | whoever may submit             |
//! | needs_confirmation | expire  | cancelled          | the system, from then on       |
//!
//! It keeps the moment at which it was received, and what it names waits for it. So its worker lists,
//! before it lays the batch down, all that comes due as long as it may lie: nothing else waits. Its job
//! sleeps until the time for confirming is over. Whoever confirms wakes it; else the worker that takes
//! it then cancels the batch.

pub mod model;
pub mod routes;
pub mod rules;
pub mod store;
pub mod weighing;
pub mod wire;
