//! A partner disputes: an order that was never tracked for it, figures that are wrong, a reversal
//! that should not be. The brand answers by a date, or silence does, as the terms say.
//!
//! | from | by       | to        | who                                 |
//! |------|----------|-----------|-------------------------------------|
//! | –    | open     | open      | partner                             |
//! | open | accept   | accepted  | brand, before `answer_by`           |
//! | open | decline  | declined  | brand, before `answer_by`           |
//! | open | withdraw | withdrawn | partner, before `answer_by`         |
//! | open | silence  | accepted  | system, from `answer_by` on         |
//! | open | silence  | declined  | the same, where the terms say that  |
//!
//! What a brand accepts after the lock may take a second person of it; what silence accepts does not,
//! because the terms have said yes. What that person answers, the inquiry tells as `applied`.
//!
//! What is accepted is applied in the same transaction, by the rules that everything else goes by:
//! an order is tracked, an action changed, or a locked one made good beside it. [`opening`] lets
//! inquiries in, [`answering`] ends them, [`apply`] does what was accepted, [`jobs`] speaks for who
//! is silent. While an inquiry about a reversed action is open, that action does not lock.

pub mod answering;
pub mod apply;
pub mod jobs;
pub mod model;
pub mod opening;
pub mod policy;
pub mod routes;
pub mod rules;
pub mod store;
pub mod wire;
