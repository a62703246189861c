//! The people of a company who stand on its partnerships: the contacts whom it offers to others, and
//! those who manage a partnership for it.
//!
//! | from   | by     | to     | who                  |
//! |--------|--------|--------|----------------------|
//! | –      | create | active | manager              |
//! | active | leave  | left   | manager              |
//! | left   | return | active | manager              |
//!
//! A person is no user: nobody signs in as one. Whoever also has a user of the company is linked to it,
//! and is told of what concerns the partnerships that he manages. A person belongs to one company, and
//! another one sees of him what a contact shows, where he is one. The doors by which people leave and
//! return belong to `partnerships`, because whoever leaves is taken off them.

pub mod model;
pub mod policy;
pub mod routes;
pub mod rules;
pub mod store;
pub mod wire;
