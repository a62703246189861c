//! Who may: everybody sees and leaves, admins change and remove, and no key does.

use crate::access::{Allows, Verdict};
use crate::kernel::reach::Reach;
use crate::users::model::Membership;

crate::verbs! {
    /// Seeing who belongs to the company.
    ReadMembers: Viewer, None, reads, never;
    /// Giving members up to one's own role another one.
    ChangeRole: Admin, None, writes, never;
    /// Leaving the company, which even a suspended company's people may.
    LeaveCompany: Viewer, None, reads, never;
    /// Removing members up to one's own role, which a suspended company may too.
    RemoveMember: Admin, None, reads, never;
}

impl Allows<ReadMembers> for Membership {
    fn allows(&self, reach: &Reach) -> Verdict {
        own(self, reach)
    }
}

impl Allows<ChangeRole> for Membership {
    fn allows(&self, reach: &Reach) -> Verdict {
        own(self, reach)
    }
}

impl Allows<LeaveCompany> for Membership {
    fn allows(&self, reach: &Reach) -> Verdict {
        own(self, reach)
    }
}

fn own(membership: &Membership, reach: &Reach) -> Verdict {
    if membership.company_id == reach.company { Verdict::Yes } else { Verdict::Hidden }
}
