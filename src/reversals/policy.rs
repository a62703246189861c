//! Who may do what to batches: the brand's own people and keys.

use super::rows::Batch;
use crate::access::{Allows, Scope, Verdict};
use crate::kernel::reach::{Limit, Reach};

crate::verbs! {
    /// Seeing batches and what became of their lines.
    ReadReversals: Viewer, Some(Scope::ReversalsRead), reads;
    /// Submitting a batch.
    SubmitReversal: Member, Some(Scope::ReversalsWrite), writes;
}

// A key that is limited sees the batches that were submitted under the same limits: others may name
// actions it must not know of.
impl Allows<ReadReversals> for Batch {
    fn allows(&self, reach: &Reach) -> Verdict {
        let limits = &self.authority.0;
        let same = limits.programs == only(&reach.programs)
            && limits.event_types == only(&reach.event_types);
        if self.company_id == reach.company && (reach.is_whole() || same) {
            Verdict::Yes
        } else {
            Verdict::Hidden
        }
    }
}

/// A limit as a batch keeps it.
pub fn only<Id: Clone>(limit: &Limit<Id>) -> Option<Vec<Id>> {
    match limit {
        Limit::All => None,
        Limit::Only(ids) => Some(ids.clone()),
    }
}
