//! OAuth 2 client credentials (RFC 6749, section 4.4): a key's id and secret for a token of a quarter of
//! an hour, which may do less than the key.
//!
//! A token is a JWT that others can verify by the published keys. This server asks beside that what has
//! become of the key and of the secret that the token was made with: it ends with either, at once. Nothing
//! is written down when one is made.

pub mod routes;
pub mod rules;
pub mod wire;
