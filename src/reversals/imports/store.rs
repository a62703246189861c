//! Imports among the batches.

use crate::db::{Db, Find};
use crate::error::Result;
use crate::kernel::id::{CompanyId, ImportId, ReversalId};
use crate::kernel::reach::Reach;
use crate::reversals::model::Purpose;
use crate::reversals::rows::Batch;
use crate::reversals::store;

/// A batch whose lines are orders to be tracked.
#[derive(Debug, Clone, PartialEq)]
pub struct Import(pub Batch);

impl Import {
    /// Its id, as everybody outside knows it.
    pub fn id(batch: &Batch) -> ImportId {
        ImportId::from_uuid(batch.id.uuid())
    }
}

impl AsRef<Batch> for Import {
    fn as_ref(&self) -> &Batch {
        &self.0
    }
}

impl Find for Import {
    type Id = ImportId;
    const NAME: &'static str = "action import";

    fn look_for(db: &mut Db, id: ImportId, reach: &Reach) -> Result<Option<Self>> {
        let found = store::look_for(db, reach.company, ReversalId::from_uuid(id.uuid()))?;
        Ok(found.filter(|batch| batch.purpose == Purpose::Actions).map(Self))
    }

    fn version(&self) -> i64 {
        self.0.version
    }

    fn sides(&self) -> [Option<CompanyId>; 2] {
        [Some(self.0.company_id), None]
    }
}
