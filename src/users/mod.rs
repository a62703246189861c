//! People who sign in, the companies they belong to, and their sign-ins.
//!
//! A sign-in is a *session*. Its refresh token is good once: each use gives the next one, and a
//! token that comes back a second time means a thief has it, so the whole session ends.

mod audit;
pub mod delegations;
pub mod invitations;
pub mod memberships;
pub mod model;
pub mod resets;
pub mod routes;
pub mod rules;
pub mod sessions;
pub mod store;
pub mod wire;
