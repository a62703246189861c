//! Who may see figures: whoever may see the actions they are of.

use super::model::Measured;
use crate::access::{Allows, Scope, Verdict};
use crate::companies::model::Company;
use crate::kernel::reach::Reach;

crate::verbs! {
    /// Seeing what actions come to, by partner and by program.
    ReadPerformance: Viewer, Some(Scope::ActionsRead), reads, company;
    /// Downloading what actions come to.
    ExportPerformance: Viewer, Some(Scope::ActionsRead), reads, never;
}

// The store finds only the own company and those it has a partnership with. Whose figures are shown of
// it, [`super::store::others`] decides.
impl Allows<ReadPerformance> for Company {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}

impl Allows<ExportPerformance> for Company {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}

// The store finds only programs whose figures the caller may see, or some of them.
impl Allows<ReadPerformance> for Measured {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}

impl Allows<ExportPerformance> for Measured {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}
