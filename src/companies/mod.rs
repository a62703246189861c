//! Companies: the tenants. A company reads and edits itself, and reads the card of companies it has
//! a partnership with. To everybody else it does not exist.

pub mod directory;
pub mod model;
pub mod policy;
pub mod profile;
pub mod routes;
pub mod rules;
pub mod store;
pub mod wire;
