//! Who may do what to a company: its partners read its card, its own admins edit it.

use super::model::Company;
use crate::access::{Allows, Scope, Verdict};
use crate::kernel::reach::Reach;

crate::verbs! {
    /// Seeing one's own company and the cards of its partners.
    ReadCompany: Viewer, Some(Scope::CompaniesRead), reads, relationship;
    /// Editing one's own company.
    EditCompany: Admin, None, writes, never;
}

// The store finds only the own company and those it has a partnership with.
impl Allows<ReadCompany> for Company {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}

impl Allows<EditCompany> for Company {
    fn allows(&self, reach: &Reach) -> Verdict {
        if self.id == reach.company { Verdict::Yes } else { Verdict::No }
    }
}
