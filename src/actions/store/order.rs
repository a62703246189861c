//! The orders of the list of actions, and the places in each.

use serde::{Deserialize, Serialize};

use super::list::{Filter, newest};
use super::soonest::soonest;
use crate::actions::model::{Action, Sort};
use crate::db::Db;
use crate::error::{Error, Fault, Result};
use crate::kernel::id::ActionId;
use crate::kernel::page::Page;
use crate::kernel::reach::Reach;
use crate::kernel::time::Instant;

/// A place in a list, by its order: a cursor of one order is none of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Place {
    /// At what occurred then.
    Occurred(Instant, ActionId),
    /// At what locks then.
    Locks(ActionId, Instant),
}

/// The actions of a company, as brand and as partner, that a filter means, in the order it asks for.
/// The page may be short, or empty, and have a next one all the same: the walk goes on there.
pub fn page(
    db: &mut Db,
    reach: &Reach,
    filter: &Filter,
    after: Option<Place>,
    limit: i64,
) -> Result<Page<Action>> {
    match (filter.sort, after) {
        (Sort::Newest, None) => newest(db, reach, filter, None, limit),
        (Sort::Newest, Some(Place::Occurred(at, id))) => {
            newest(db, reach, filter, Some((at, id)), limit)
        }
        (Sort::SoonestLock, None) => soonest(db, reach, filter, None, limit),
        (Sort::SoonestLock, Some(Place::Locks(id, at))) => {
            soonest(db, reach, filter, Some((at, id)), limit)
        }
        (Sort::Newest, Some(Place::Locks(..))) | (Sort::SoonestLock, Some(Place::Occurred(..))) => {
            let message = "this is no cursor of this order";
            Err(Error::invalid(Fault::in_parameter("cursor", "bad_cursor", message)))
        }
    }
}
