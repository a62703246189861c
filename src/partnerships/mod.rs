//! Two companies agree, each in its own words, to work together.
//!
//! | from    | by       | to        | who                            |
//! |---------|----------|-----------|--------------------------------|
//! | –       | offer    | offered   | manager, either side           |
//! | offered | accept   | active    | manager, invited side, in time |
//! | offered | decline  | declined  | manager, invited side, in time |
//! | offered | withdraw | withdrawn | manager, offering side         |
//! | offered | expire   | expired   | system, from `expires_at` on   |
//! | active  | end      | ended     | manager, either side           |
//!
//! Nothing takes effect on one side alone, except an end. Two companies have at most one offered or
//! active partnership in each direction. API keys read and decide nothing. The door that ends a
//! partnership belongs to `contracts`, because contracts end with it.
//!
//! On a partnership stand people: [`contacts`], whom a side offers to the other, and [`managers`], who
//! keep it for their own side. [`grants`] are what a side lets the other do. What was agreed upon changes
//! by [`changes`], to which both say yes. [`invitations`] offer one to whoever has an address, registered or
//! not. [`leaving`] takes off whoever leaves the company. [`history`] keeps what happened, [`tiles`] are what
//! one's list shows, [`jobs`] ends the offers that nobody answers.

pub mod change;
pub mod changes;
pub mod contacts;
pub mod grants;
pub mod history;
pub mod invitations;
pub mod jobs;
pub mod leaving;
pub mod managers;
pub mod model;
pub mod named;
pub mod policy;
pub mod routes;
pub mod rules;
pub mod store;
pub mod tiles;
pub mod wire;
