//! The directory: companies that want to be found by those who know the beginning of their name.
//!
//! A company is in it if its settings say so (`listed`), and is shown there while it takes part. What is
//! found is a public card, with nothing on it that is for partners. Who searches gives three letters at
//! least, so nobody leafs through all of it at once.

pub mod policy;
pub mod routes;
pub mod rules;
pub mod store;
pub mod wire;
