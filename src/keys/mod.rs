//! API keys: how partner systems show who they are.
//!
//! A key's secret is shown once and stored as a digest. What it may do is its scopes, from a closed
//! list that holds nothing about users, keys or acceptances; where, it may be limited to programs
//! and event types. A revoked key stops counting at once, with both secrets and every token of it.
//!
//! | a key that is  | by                        | becomes                                          |
//! |----------------|---------------------------|--------------------------------------------------|
//! | –              | create                    | live, with one secret                            |
//! | live           | edit                      | live, with another name or end                   |
//! | live           | rotate                    | live, with two secrets until the overlap is over |
//! | live           | the end that it was given | expired; another end makes it live again         |
//! | live, expired  | revoke                    | revoked, for ever                                |
//!
//! [`oauth`] exchanges a secret for a token that stands for the key a quarter of an hour.

pub mod model;
pub mod oauth;
pub mod policy;
pub mod routes;
pub mod rules;
pub mod store;
pub mod wire;
