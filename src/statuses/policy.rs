//! Who may say whether a company takes part: its owner, and no key.

use crate::access::{Allows, Scope, Verdict};
use crate::companies::model::Company;
use crate::kernel::reach::Reach;

crate::verbs! {
    /// Seeing how the status of one's own company has changed, and why.
    ReadStatusHistory: Viewer, Some(Scope::CompaniesRead), always, never;
    /// Suspending or deactivating one's own company, which a suspended one may too.
    EndTakingPart: Owner, None, reads, never;
    /// Reactivating one's own company, whatever has become of it.
    Reactivate: Owner, None, always, never;
}

impl Allows<ReadStatusHistory> for Company {
    fn allows(&self, reach: &Reach) -> Verdict {
        own(self, reach)
    }
}

impl Allows<EndTakingPart> for Company {
    fn allows(&self, reach: &Reach) -> Verdict {
        own(self, reach)
    }
}

impl Allows<Reactivate> for Company {
    fn allows(&self, reach: &Reach) -> Verdict {
        own(self, reach)
    }
}

fn own(company: &Company, reach: &Reach) -> Verdict {
    if company.id == reach.company { Verdict::Yes } else { Verdict::No }
}
