//! What a company privately keeps about a company that it works with: who of its own people looks
//! after it, notes, labels; and its list of companies, by all of that.
//!
//! | from     | by                                   | to       | who     |
//! |----------|--------------------------------------|----------|---------|
//! | nobody   | assign                               | somebody | manager |
//! | somebody | assign                               | somebody | manager |
//! | somebody | clear, or the person left the company | nobody  | manager, or the system |
//!
//! Two companies that ever offered each other a partnership have a row about each other, each its own;
//! the other one sees nothing of it, but for the name and the address of who looks after it. What was
//! written down stays with whoever wrote it when the partnership ends. It stands before the features
//! in which people join and leave, because leaving clears what was assigned ([`store::clear_of`]).

pub mod export;
pub mod model;
pub mod notes;
pub mod policy;
pub mod routes;
pub mod rules;
pub mod store;
pub mod wire;
