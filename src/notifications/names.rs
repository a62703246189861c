//! The names of companies and where their days begin, looked up together.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use crate::companies::store as companies;
use crate::db::Db;
use crate::error::Result;
use crate::kernel::id::CompanyId;
use crate::kernel::time::Zone;

/// Where the days of a company begin that is not known.
static ELSEWHERE: LazyLock<Zone> = LazyLock::new(Zone::utc);

/// What companies are called now, and where their days begin.
pub struct Names(HashMap<CompanyId, (String, Zone)>);

impl Names {
    /// Looks up the names of all of these.
    pub fn of_all(db: &mut Db, ids: impl Iterator<Item = CompanyId>) -> Result<Self> {
        let ids: BTreeSet<CompanyId> = ids.collect();
        if ids.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        companies::names_and_zones(db, ids.into_iter().collect()).map(Self)
    }

    /// What one is called.
    pub fn of(&self, id: CompanyId) -> Option<&str> {
        self.0.get(&id).map(|(name, _)| name.as_str())
    }

    /// Where the days of one begin.
    pub fn zone_of(&self, id: CompanyId) -> &Zone {
        self.0.get(&id).map_or(&ELSEWHERE, |(_, zone)| zone)
    }
}
