//! What two sides have agreed upon changes only if both agree again: one proposes, the other accepts all
//! or some of it, or declines.
//!
//! | from     | by               | to        | who                      |
//! |----------|------------------|-----------|--------------------------|
//! | –        | propose          | proposed  | manager, either side     |
//! | proposed | accept           | accepted  | manager, the other side  |
//! | proposed | decline          | declined  | manager, the other side  |
//! | proposed | withdraw         | withdrawn | manager, proposing side  |
//! | proposed | the partnership ends | cancelled | system               |
//!
//! Nothing takes effect before that. Each side has one open change at a time. An operation that no
//! longer fits, because the other side's change was accepted meanwhile or a person has left, is *stale*,
//! and is accepted by nobody. While a change is open, the partnership is `modified`.
//!
//! Every step is a step of the partnership too: it counts its version up, so that of two at the same
//! moment one comes after the other.

pub mod change;
pub mod model;
pub mod routes;
pub mod rules;
pub mod store;
pub mod wire;
