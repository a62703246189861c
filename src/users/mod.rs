//! People who sign in, the companies they belong to, and their sign-ins.
//!
//! A sign-in is a *session*. Its refresh token is good once: each use gives the next one, and a
//! token that comes back a second time means a thief has it, so the whole session ends.

pub mod attempts;
mod audit;
pub mod delegations;
pub mod emails;
pub mod invitations;
mod login;
pub mod memberships;
pub mod model;
pub mod passwords;
pub mod proof;
pub mod registrations;
pub mod resets;
pub mod routes;
pub mod rules;
pub mod sessions;
pub mod store;
pub mod tickets;
mod told;
pub mod two_factor;
pub mod wire;
