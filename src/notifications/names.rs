//! The names of companies, looked up together.

use std::collections::{BTreeSet, HashMap};

use crate::companies::store as companies;
use crate::db::Db;
use crate::error::Result;
use crate::kernel::id::CompanyId;

/// What companies are called now.
pub struct Names(HashMap<CompanyId, String>);

impl Names {
    /// Looks up the names of all of these.
    pub fn of_all(db: &mut Db, ids: impl Iterator<Item = CompanyId>) -> Result<Self> {
        let ids: BTreeSet<CompanyId> = ids.collect();
        if ids.is_empty() {
            return Ok(Self(HashMap::new()));
        }
        companies::names(db, ids.into_iter().collect()).map(Self)
    }

    /// What one is called.
    pub fn of(&self, id: CompanyId) -> Option<&str> {
        self.0.get(&id).map(String::as_str)
    }
}
