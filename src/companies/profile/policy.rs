//! Who may see and edit a profile: the company itself, and of it those who administer it.

use super::model::{About, In};
use crate::access::{Allows, Scope, Verdict};
use crate::companies::model::Company;
use crate::kernel::reach::Reach;

crate::verbs! {
    /// Seeing the profile of one's own company, without what is for the tax office.
    ReadProfile: Viewer, Some(Scope::CompaniesRead), reads, company;
    /// Seeing what one's own company says to the tax office.
    ReadTax: Admin, None, reads, never;
    /// Editing the sections of one's own profile.
    EditProfile: Admin, None, writes, never;
}

impl Allows<ReadProfile> for Company {
    fn allows(&self, reach: &Reach) -> Verdict {
        own(self, reach)
    }
}

impl<S: About> Allows<EditProfile> for In<S> {
    fn allows(&self, reach: &Reach) -> Verdict {
        own(&self.company, reach)
    }
}

// Partners know the company by its card.
fn own(company: &Company, reach: &Reach) -> Verdict {
    if company.id == reach.company { Verdict::Yes } else { Verdict::No }
}
