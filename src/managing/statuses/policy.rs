//! Who may say whether a company takes part: its owner, and the owner of a company that it lets say so;
//! no key.

use super::model::OfStatus;
use crate::access::{Allows, Scope, Verdict};
use crate::companies::model::Company;
use crate::kernel::reach::Reach;
use crate::managing::model::Managed;

crate::verbs! {
    /// Seeing how the status of one's own company has changed, and why.
    ReadStatusHistory: Viewer, Some(Scope::CompaniesRead), always, never;
    /// Suspending a company, one's own also while it is suspended.
    Suspend: Owner, None, reads, never;
    /// Deactivating one's own company, which a suspended one may too.
    Deactivate: Owner, None, reads, never;
    /// Reactivating a company, one's own whatever has become of it.
    Reactivate: Owner, None, always, never;
}

impl Allows<ReadStatusHistory> for Company {
    fn allows(&self, reach: &Reach) -> Verdict {
        if self.id == reach.company { Verdict::Yes } else { Verdict::No }
    }
}

impl Allows<Suspend> for Managed<OfStatus> {
    fn allows(&self, reach: &Reach) -> Verdict {
        if self.is_open(reach) { Verdict::Yes } else { Verdict::No }
    }
}

impl Allows<Deactivate> for Managed<OfStatus> {
    fn allows(&self, reach: &Reach) -> Verdict {
        if self.is_own(reach) { Verdict::Yes } else { Verdict::No }
    }
}

impl Allows<Reactivate> for Managed<OfStatus> {
    fn allows(&self, reach: &Reach) -> Verdict {
        if self.is_open(reach) { Verdict::Yes } else { Verdict::No }
    }
}
