//! A second factor: codes that an app of the person shows, beside the password.
//!
//! | from     | by                                   | to       |
//! |----------|--------------------------------------|----------|
//! | –        | enrol, with the password             | enrolled |
//! | enrolled | enrol again: another secret          | enrolled |
//! | enrolled | confirm, with a code                 | enabled  |
//! | enabled  | disable, with the password and a code | –       |
//!
//! A code counts once, in its own half minute and in those beside it. Ten recovery codes stand in for a
//! lost app, each once. The secret is sealed under the server's key; of recovery codes there are marks.

pub mod codes;
pub mod model;
pub mod policy;
pub mod routes;
pub mod rules;
pub mod store;
pub mod wire;
