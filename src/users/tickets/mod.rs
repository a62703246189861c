//! Tickets for streams of events. A browser opens a stream by an address alone, in which no credential may
//! stand: addresses are kept in logs and histories. A ticket stands for the credential that asked for it,
//! once and within a minute; the stream ends with that credential, as if it had been shown itself.
//!
//! | from  | by                       | to    |
//! |-------|--------------------------|-------|
//! | –     | ask                      | given |
//! | given | open a stream            | used  |
//! | given | a minute later           | void  |

pub mod model;
pub mod policy;
pub mod routes;
pub mod store;
pub mod wire;
