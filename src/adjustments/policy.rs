//! Who may adjust: both sides read, the brand alone makes adjustments.

use super::model::Either;
use crate::access::{Allows, Scope, Verdict};
use crate::actions::model::Action;
use crate::actions::policy::{ChangeAction, ReadActions};
use crate::kernel::reach::Reach;

crate::verbs! {
    /// Seeing the adjustments of an action.
    ReadAdjustments: Viewer, Some(Scope::ActionsRead), reads, relationship;
    /// Correcting what has locked.
    MakeAdjustment: Manager, Some(Scope::AdjustmentsWrite), writes, company;
    /// Approving or declining what another one has proposed.
    DecideAdjustment: Manager, None, writes, never;
}

impl Allows<ReadAdjustments> for Action {
    fn allows(&self, reach: &Reach) -> Verdict {
        <Self as Allows<ReadActions>>::allows(self, reach)
    }
}

impl Allows<MakeAdjustment> for Action {
    fn allows(&self, reach: &Reach) -> Verdict {
        <Self as Allows<ChangeAction>>::allows(self, reach)
    }
}

// The store finds only the company's own, and of those it is paid for only what counts.
impl Allows<ReadAdjustments> for Either {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}

impl Allows<DecideAdjustment> for Either {
    fn allows(&self, reach: &Reach) -> Verdict {
        if self.company_id() == reach.company { Verdict::Yes } else { Verdict::No }
    }
}
