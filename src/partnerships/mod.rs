//! Two companies agree, each in its own words, to work together.
//!
//! | from    | by       | to        | who                    |
//! |---------|----------|-----------|------------------------|
//! | –       | offer    | offered   | manager, either side   |
//! | offered | accept   | active    | manager, invited side  |
//! | offered | decline  | declined  | manager, invited side  |
//! | offered | withdraw | withdrawn | manager, offering side |
//! | active  | end      | ended     | manager, either side   |
//!
//! Nothing takes effect on one side alone, except an end. Two companies have at most one offered or
//! active partnership in each direction. API keys read and decide nothing. The door that ends a
//! partnership belongs to `contracts`, because contracts end with it.

pub mod model;
pub mod policy;
pub mod routes;
pub mod rules;
pub mod store;
pub mod wire;
