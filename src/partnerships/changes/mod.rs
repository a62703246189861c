//! What two sides have agreed upon changes only if both agree again: one proposes, the other accepts all
//! or some of it, or declines.
//!
//! | from     | by               | to        | who                      |
//! |----------|------------------|-----------|--------------------------|
//! | –        | draft            | draft     | manager, either side     |
//! | draft    | edit             | draft     | manager, its own side    |
//! | draft    | discard; the partnership ends | – | manager, its own side; system |
//! | draft    | propose          | proposed  | manager, its own side    |
//! | –        | propose          | proposed  | manager, either side     |
//! | proposed | accept           | accepted  | manager, the other side  |
//! | proposed | decline, with a counter-proposal or without | declined | manager, the other side |
//! | proposed | withdraw         | withdrawn | manager, proposing side  |
//! | proposed | the partnership ends | cancelled | system               |
//!
//! What is about [grants](super::grants) is proposed and accepted by admins. A counter-proposal is a
//! change of the other side that is proposed with the decline, and linked to what it is proposed
//! instead of. Of a draft ([`drafts`]) the other side learns nothing.
//!
//! Nothing takes effect before that. Each side has one open change at a time. An operation that no
//! longer fits, because the other side's change was accepted meanwhile or a person has left, is *stale*,
//! and is accepted by nobody. While a change is open, the partnership is `modified`.
//!
//! Every step is a step of the partnership too: it counts its version up, so that of two at the same
//! moment one comes after the other.

pub mod change;
pub mod drafts;
pub mod model;
pub mod proposing;
pub mod routes;
pub mod rules;
pub mod store;
pub mod wire;
