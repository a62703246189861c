//! Where a company wants to be paid: a section of its profile that is for owners alone.
//!
//! | edit | the password again | owners get a letter | payouts are held |
//! |---|---|---|---|
//! | the same once more | yes | no | no |
//! | `threshold` alone | yes | yes | no |
//! | anything that says where money goes | yes | yes | for 72 hours |
//!
//! The account is sealed with the server's key; afterwards its last four characters are shown, and
//! nobody reads more of it. Whoever has taken over a session still lacks the password, and what he
//! changed all the same is told to all owners before anything is paid there.

pub mod model;
pub mod policy;
pub mod routes;
pub mod rules;
pub mod store;
pub mod wire;
