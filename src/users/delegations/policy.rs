//! Who may: managers of either company, and no key; and nobody from within such a session.

use super::model::DelegatedSession;
use crate::access::{Allows, Verdict};
use crate::companies::model::Company;
use crate::kernel::reach::Reach;

crate::verbs! {
    /// Acting for another company that has granted it.
    SignInAs: Manager, None, writes, never;
    /// Seeing who acted for one's own company, and for whom one's own people did.
    ReadDelegations: Manager, None, reads, never;
    /// Ending a session in which somebody acts for a company, which a suspended one may too.
    EndDelegation: Manager, None, reads, never;
}

// Nobody has to act for the own company.
impl Allows<SignInAs> for Company {
    fn allows(&self, reach: &Reach) -> Verdict {
        if self.id == reach.company { Verdict::No } else { Verdict::Yes }
    }
}

// The store finds the own company and those it works with; of others there are no sessions with it.
impl Allows<ReadDelegations> for Company {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}

// The store finds those that the company is a side of.
impl Allows<ReadDelegations> for DelegatedSession {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}
