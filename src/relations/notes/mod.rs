//! Notes about another company: what was said, written, called or met about, for one's own people
//! alone. The other company never learns that there are any.
//!
//! | from    | by     | to      | who                            |
//! |---------|--------|---------|--------------------------------|
//! | –       | write  | written | member, or a key               |
//! | written | edit   | written | its author                     |
//! | written | pin    | written | member, or a key               |
//! | written | delete | deleted | its author, or manager         |
//!
//! A note may have files, which were uploaded before ([`crate::attachments`]); they are its author's as
//! its words are.
//!
//! What is deleted keeps who wrote it and when, and loses every word and file: neither a list, an event nor the
//! table has them any more. Notes are found by the words they have, which are kept beside them, folded
//! ([`crate::kernel::search`]): full-text search would find other things on each engine, and a pattern
//! would read every text to its end. Here a note that is looked at costs one step in an index for each
//! word that is asked for, however long it is.

pub mod attaching;
pub mod files_routes;
pub mod model;
pub mod policy;
pub mod routes;
pub mod rules;
pub mod store;
pub mod wire;
