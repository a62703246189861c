//! Who may: managers of the company that offers, and its keys read.

use super::model::PartnershipInvitation;
use crate::access::{Allows, Verdict};
use crate::kernel::reach::Reach;

crate::verbs! {
    /// Seeing to which addresses one's own company has offered a partnership.
    ReadInvitedAddresses: Viewer, Some(crate::access::Scope::PartnershipsRead), reads, never;
    /// Offering a partnership by a letter to an address; beside offers to companies.
    InviteToPartnership: Manager, None, writes, never;
    /// Taking back an offer to an address.
    WithdrawInvitedAddress: Manager, None, writes, never;
    /// Receiving for one's own company what was offered by a letter.
    ClaimPartnership: Manager, None, writes, never;
}

impl Allows<ReadInvitedAddresses> for PartnershipInvitation {
    fn allows(&self, reach: &Reach) -> Verdict {
        own(self, reach)
    }
}

impl Allows<InviteToPartnership> for PartnershipInvitation {
    fn allows(&self, reach: &Reach) -> Verdict {
        own(self, reach)
    }
}

impl Allows<WithdrawInvitedAddress> for PartnershipInvitation {
    fn allows(&self, reach: &Reach) -> Verdict {
        own(self, reach)
    }
}

fn own(invitation: &PartnershipInvitation, reach: &Reach) -> Verdict {
    if invitation.company_id == reach.company { Verdict::Yes } else { Verdict::Hidden }
}
