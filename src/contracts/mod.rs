//! What a brand pays a partner in a program, in versions both have accepted.
//!
//! The brand proposes, the partner accepts or declines; [`rules`] has the table. A contract needs an
//! active partnership of the two companies and ends with it, which is why the door that ends a
//! partnership is here. Terms are never edited: better ones are a new version, proposed and accepted
//! like the first.

pub mod model;
pub mod policy;
pub mod preview;
pub mod proposal;
pub mod routes;
pub mod rules;
pub mod store;
pub mod terms;
pub mod wire;
