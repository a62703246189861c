//! Who may: admins of the company, up to their own role, and no key.

use super::model::Invitation;
use crate::access::{Allows, Verdict};
use crate::kernel::reach::Reach;

crate::verbs! {
    /// Seeing who is invited to the company.
    ReadInvitations: Admin, None, reads, never;
    /// Inviting people to a role up to one's own.
    Invite: Admin, None, writes, never;
    /// Revoking an invitation, which a suspended company may too.
    RevokeInvitation: Admin, None, reads, never;
}

impl Allows<ReadInvitations> for Invitation {
    fn allows(&self, reach: &Reach) -> Verdict {
        own(self, reach)
    }
}

impl Allows<Invite> for Invitation {
    fn allows(&self, reach: &Reach) -> Verdict {
        own(self, reach)
    }
}

impl Allows<RevokeInvitation> for Invitation {
    fn allows(&self, reach: &Reach) -> Verdict {
        own(self, reach)
    }
}

fn own(invitation: &Invitation, reach: &Reach) -> Verdict {
    if invitation.company_id == reach.company { Verdict::Yes } else { Verdict::Hidden }
}
