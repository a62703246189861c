//! The only folder that knows there are two engines.
//!
//! [`Db`] is one connection to either; [`Pool`] lends it to work, reads and writes apart;
//! `dialect` holds what Diesel cannot say for both at once; `migrate` makes the schema.

mod connect;
pub mod dialect;
mod lane;
pub mod migrate;
mod pool;
pub mod schema;
mod types;

pub use connect::{BadUrl, Db, Engine, MultiBackend, Url};
pub use pool::{Limits, Load, Pool};
