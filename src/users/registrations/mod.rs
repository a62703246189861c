//! Registering where an address has to be confirmed first (`REGISTRATION=verified`).
//!
//! | from  | by                                                  | to         |
//! |-------|-----------------------------------------------------|------------|
//! | –     | register, at most five times an hour for an address | asked      |
//! | asked | resend: another token, beside the first             | asked      |
//! | asked | confirm, with a token and the password              | registered |
//! | asked | somebody registered with the address; after a day   | void       |
//!
//! Until then there is neither a user nor a company, so nobody accepts or offers anything. For an address
//! that somebody has, as much is written down and as many letters go out, but what they say is that one
//! can sign in. The password is asked once more at the end: whoever registers another one's address, and
//! lets that one open the link, would else have an account there that only they know the password of.

pub mod model;
pub mod routes;
pub mod rules;
pub mod store;
pub mod wire;
