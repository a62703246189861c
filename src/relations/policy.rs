//! Who may do what to what a company keeps about others: its own people, each by role.

use super::model::{AccountOwner, Relation};
use crate::access::{Allows, Scope, Verdict};
use crate::kernel::reach::Reach;

crate::verbs! {
    /// Seeing what one's own company keeps about others.
    ReadRelation: Viewer, Some(Scope::CompaniesRead), reads, never;
    /// Downloading the list of companies.
    ExportCompanies: Viewer, Some(Scope::CompaniesRead), reads, never;
    /// Choosing who of one's own people looks after another company.
    AssignOwner: Manager, None, writes, never;
    /// Putting private labels on another company.
    TagCompany: Member, Some(Scope::NotesWrite), writes, never;
}

// The store finds only what is the company's own.
impl Allows<ReadRelation> for Relation {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}

impl Allows<AssignOwner> for Relation {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}

// It belongs to no program, so that a key which is limited to some has nothing to do with it.
impl Allows<TagCompany> for Relation {
    fn allows(&self, reach: &Reach) -> Verdict {
        if reach.is_whole() { Verdict::Yes } else { Verdict::Hidden }
    }
}

impl Allows<ReadRelation> for AccountOwner {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}
