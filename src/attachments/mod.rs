//! Files that are uploaded: attachments, which come to belong to a note, and the logos of companies.
//!
//! | from    | by                          | to      | who                                  |
//! |---------|-----------------------------|---------|--------------------------------------|
//! | –       | upload                      | loose   | member, or a key                     |
//! | loose   | name it in a note           | tied    | whoever uploaded it                  |
//! | loose   | delete                      | gone    | whoever uploaded it                  |
//! | loose   | a day                       | gone    | the system                           |
//! | tied    | take it off the note        | gone    | the note's author                    |
//! | tied    | delete the note             | gone    | who may delete the note              |
//!
//! A loose one is read by whoever uploaded it and by nobody else; a tied one by whoever reads what it is
//! tied to. It is tied to one thing, once.
//!
//! What a file is, its bytes say (`sniff`), never the client; its name has to agree. The bytes are kept
//! in a store ([`stores`]), each content once: a row of `blobs` says that there is such a content, and
//! attachments and logos refer to it. Nothing is lost and nothing left over, whenever a server dies:
//! before bytes are written, their row says so and for how long it may be of nothing (`due_at`); what
//! refers to it is written after them. Before bytes are removed, their row is let go, so that nothing can
//! refer to it any more; it goes after them. The same content that comes again in the meantime is written
//! under another id, so that it never meets the removal of the one before.

pub mod depot;
pub mod door;
pub mod jobs;
mod links;
pub mod logos;
pub mod model;
pub mod policy;
pub mod routes;
pub mod rules;
pub mod settings;
mod sniff;
pub mod store;
pub mod stores;
pub mod wire;
