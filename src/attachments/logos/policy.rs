//! Who may see and change a logo.

use super::model::Shown;
use crate::access::{Allows, Scope, Verdict};
use crate::companies::model::Company;
use crate::kernel::reach::Reach;

crate::verbs! {
    /// Seeing the logos of companies whose cards one sees.
    ReadLogo: Viewer, Some(Scope::CompaniesRead), reads, company;
    /// Changing the logo of one's own company.
    EditLogo: Admin, None, writes, never;
}

// The store finds only those that may be seen.
impl Allows<ReadLogo> for Shown {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}

impl Allows<EditLogo> for Company {
    fn allows(&self, reach: &Reach) -> Verdict {
        if self.id == reach.company { Verdict::Yes } else { Verdict::No }
    }
}
