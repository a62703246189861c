//! Who may do what to programs and event types: the brand edits, its partners read.

use super::model::{EventType, Program};
use crate::access::{Allows, Scope, Verdict};
use crate::kernel::id::CompanyId;
use crate::kernel::reach::Reach;

crate::verbs! {
    /// Seeing programs and event types.
    ReadProgram: Viewer, Some(Scope::ProgramsRead), reads, relationship;
    /// Making and editing programs and event types.
    EditProgram: Manager, Some(Scope::ProgramsWrite), writes, company;
    /// Setting up to what one person alone may make good.
    SetMakeGoodLimit: Admin, None, writes, never;
    /// Setting from what size on a batch has to be confirmed.
    SetReversalGuard: Admin, None, writes, never;
}

// The store finds only the company's own and those it has a contract in, within the key's limits.
impl Allows<ReadProgram> for Program {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}

impl Allows<EditProgram> for Program {
    fn allows(&self, reach: &Reach) -> Verdict {
        for_brand(self.company_id, reach)
    }
}

impl Allows<ReadProgram> for EventType {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}

impl Allows<EditProgram> for EventType {
    fn allows(&self, reach: &Reach) -> Verdict {
        for_brand(self.company_id, reach)
    }
}

fn for_brand(brand: CompanyId, reach: &Reach) -> Verdict {
    if brand == reach.company { Verdict::Yes } else { Verdict::No }
}
