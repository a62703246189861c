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

use crate::error::Result;
use crate::kernel::id::CompanyId;
use crate::kernel::reach::Reach;

/// A row that a path can name.
pub trait Find: Sized + Send + 'static {
    /// Its typed id.
    type Id: std::str::FromStr + Copy + Send + 'static;
    /// What it is called in messages.
    const NAME: &'static str;

    /// The row with this id, if the caller's company has anything to do with it.
    fn look_for(db: &mut Db, id: Self::Id, reach: &Reach) -> Result<Option<Self>>;

    /// The version that `If-Match` names.
    fn version(&self) -> i64;

    /// The companies that it is between, or whose it is: nobody who acts for one of them changes it if his
    /// own company is another.
    fn sides(&self) -> [Option<CompanyId>; 2];
}
