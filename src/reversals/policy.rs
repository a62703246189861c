//! Who may do what to batches: the brand's own people and keys, and those of a company that it lets submit
//! for it, to what that one has submitted.

use super::rows::Batch;
use crate::access::{Allows, Scope, Verdict};
use crate::kernel::reach::{Limit, Reach};

crate::verbs! {
    /// Seeing batches and what became of their lines.
    ReadReversals: Viewer, Some(Scope::ReversalsRead), reads, company;
    /// Downloading what became of the lines of a batch.
    ExportReversals: Viewer, Some(Scope::ReversalsRead), reads, never;
    /// Submitting a batch.
    SubmitReversal: Member, Some(Scope::ReversalsWrite), writes, never;
    /// Stopping a batch that has not ended.
    CancelReversal: Member, Some(Scope::ReversalsWrite), writes, never;
    /// Confirming a batch that is beyond a guard.
    ConfirmReversal: Member, None, writes, never;
}

impl Allows<ReadReversals> for Batch {
    fn allows(&self, reach: &Reach) -> Verdict {
        within_reach(self, reach)
    }
}

impl Allows<ExportReversals> for Batch {
    fn allows(&self, reach: &Reach) -> Verdict {
        within_reach(self, reach)
    }
}

impl Allows<CancelReversal> for Batch {
    fn allows(&self, reach: &Reach) -> Verdict {
        within_reach(self, reach)
    }
}

// What a guard stops, somebody of the brand confirms, whoever has submitted it.
impl Allows<ConfirmReversal> for Batch {
    fn allows(&self, reach: &Reach) -> Verdict {
        match within_reach(self, reach) {
            Verdict::Yes if self.company_id != reach.company => Verdict::No,
            other => other,
        }
    }
}

/// A key that is limited sees the batches that were submitted under the same limits: others may name
/// actions it must not know of.
pub(super) fn within_reach(batch: &Batch, reach: &Reach) -> Verdict {
    let limits = &batch.authority.0;
    let same =
        limits.programs == only(&reach.programs) && limits.event_types == only(&reach.event_types);
    let within = reach.others == Limit::All && (reach.is_whole() || same);
    let own = batch.company_id == reach.company || batch.submitter() == reach.company;
    if own && within { Verdict::Yes } else { Verdict::Hidden }
}

/// A limit as a batch keeps it.
pub fn only<Id: Clone>(limit: &Limit<Id>) -> Option<Vec<Id>> {
    match limit {
        Limit::All => None,
        Limit::Only(ids) => Some(ids.clone()),
    }
}
