//! Where somebody is signed in: each person sees that, and ends what is not theirs; an admin does so for
//! members of the company who are not above.
//!
//! A list is of the company that one is signed in to. Whoever ends all others ends them in every company
//! of the person's: a password that was stolen opens them all. Going to another company is what signing
//! in there is, without the password: one that is deactivated lets its owner in, and nobody else.

pub mod model;
pub mod policy;
pub mod routes;
pub mod store;
pub mod wire;
