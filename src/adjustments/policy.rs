//! Who may adjust: both sides read, the brand alone makes adjustments.

use crate::access::{Allows, Scope, Verdict};
use crate::actions::model::Action;
use crate::actions::policy::{ChangeAction, ReadActions};
use crate::kernel::reach::Reach;

crate::verbs! {
    /// Seeing the adjustments of an action.
    ReadAdjustments: Viewer, Some(Scope::ActionsRead), reads;
    /// Correcting what has locked.
    MakeAdjustment: Manager, Some(Scope::AdjustmentsWrite), writes;
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
