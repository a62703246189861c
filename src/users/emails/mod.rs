//! Another address to sign in with, or the own one confirmed: by a letter to it.
//!
//! | from  | by                                                        | to        |
//! |-------|-----------------------------------------------------------|-----------|
//! | –     | ask, with the password; five times an hour                | asked     |
//! | asked | confirm, with the token of the letter                     | confirmed |
//! | asked | another one of the same person; after a day; address taken | void     |
//!
//! The answer is the same whether somebody has the address already or not; the letter to it says which.
//! The address so far is told when it is asked, and when it is done.

pub mod model;
pub mod routes;
pub mod rules;
pub mod store;
pub mod wire;
