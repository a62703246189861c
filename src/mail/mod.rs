//! Letters by e-mail: rows posted in the transaction that makes them necessary, and sent beside.
//!
//! | from    | by                                        | to      |
//! |---------|-------------------------------------------|---------|
//! | –       | post                                      | waiting |
//! | waiting | taken by the next server                  | sent    |
//! | waiting | refused for good, or two days are over    | failed  |
//! | waiting | put off, or nobody was there              | waiting |
//!
//! A letter is for one recipient. It is sent at least once: a server that is killed after it handed a
//! letter on and before it wrote that down leaves it to another, and both copies have one
//! `Message-ID`. What a letter says is kept until it is done with and no longer, because it may hold
//! a secret; whom it was for and what became of it is kept for thirty days.

pub mod jobs;
pub mod links;
mod message;
pub mod model;
pub mod office;
pub mod rules;
pub mod settings;
pub mod store;
pub mod templates;
