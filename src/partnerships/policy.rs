//! Who may do what between two companies: managers of the right side, admins where it is about grants, and
//! no key.

use super::changes::model::Proposal;
use super::model::Partnership;
use crate::access::{Allows, Scope, Verdict};
use crate::kernel::id::CompanyId;
use crate::kernel::reach::Reach;

crate::verbs! {
    /// Seeing one's own partnerships.
    ReadPartnership: Viewer, Some(Scope::PartnershipsRead), reads, relationship;
    /// Seeing who manages a partnership for one's own side.
    ReadTeam: Viewer, Some(Scope::PartnershipsRead), reads, never;
    /// Offering a partnership.
    OfferPartnership: Manager, None, writes, company;
    /// Saying yes or no to an offer.
    AnswerPartnership: Manager, None, writes, company;
    /// Taking back an offer.
    WithdrawPartnership: Manager, None, writes, company;
    /// Proposing to change a partnership, and taking that back.
    ProposeChange: Manager, None, writes, company;
    /// Saying yes or no to a change of a partnership.
    AnswerChange: Manager, None, writes, company;
    /// Granting another company something, and taking such a grant; beside offers, changes and their answers.
    GiveGrant: Admin, None, writes, never;
    /// Taking a grant back, which a suspended company may too.
    RevokeGrant: Admin, None, reads, never;
    /// Choosing who manages a partnership for one's own side.
    ManageTeam: Manager, None, writes, never;
    /// Marking a partnership as one's favourite.
    MarkFavourite: Viewer, None, writes, never;
    /// Putting a partnership that is over out of one's own list.
    HidePartnership: Manager, None, writes, company;
    /// Ending a partnership, which a suspended company may too.
    EndPartnership: Manager, None, reads, company;
}

impl Allows<ReadPartnership> for Partnership {
    fn allows(&self, reach: &Reach) -> Verdict {
        for_side(self, reach, |_| true)
    }
}

impl Allows<ReadTeam> for Partnership {
    fn allows(&self, reach: &Reach) -> Verdict {
        for_side(self, reach, |_| true)
    }
}

impl Allows<AnswerPartnership> for Partnership {
    fn allows(&self, reach: &Reach) -> Verdict {
        for_side(self, reach, |company| company == self.invited_company())
    }
}

impl Allows<WithdrawPartnership> for Partnership {
    fn allows(&self, reach: &Reach) -> Verdict {
        for_side(self, reach, |company| company == self.offered_by_company_id)
    }
}

impl Allows<ProposeChange> for Partnership {
    fn allows(&self, reach: &Reach) -> Verdict {
        for_side(self, reach, |_| true)
    }
}

impl Allows<ReadPartnership> for Proposal {
    fn allows(&self, reach: &Reach) -> Verdict {
        for_side(&self.on, reach, |_| true)
    }
}

impl Allows<ProposeChange> for Proposal {
    fn allows(&self, reach: &Reach) -> Verdict {
        for_side(&self.on, reach, |company| company == self.change.proposed_by_company_id)
    }
}

impl Allows<AnswerChange> for Proposal {
    fn allows(&self, reach: &Reach) -> Verdict {
        for_side(&self.on, reach, |company| company != self.change.proposed_by_company_id)
    }
}

impl Allows<RevokeGrant> for Partnership {
    fn allows(&self, reach: &Reach) -> Verdict {
        for_side(self, reach, |_| true)
    }
}

impl Allows<MarkFavourite> for Partnership {
    fn allows(&self, reach: &Reach) -> Verdict {
        for_side(self, reach, |_| true)
    }
}

impl Allows<ManageTeam> for Partnership {
    fn allows(&self, reach: &Reach) -> Verdict {
        for_side(self, reach, |_| true)
    }
}

impl Allows<HidePartnership> for Partnership {
    fn allows(&self, reach: &Reach) -> Verdict {
        for_side(self, reach, |_| true)
    }
}

impl Allows<EndPartnership> for Partnership {
    fn allows(&self, reach: &Reach) -> Verdict {
        for_side(self, reach, |_| true)
    }
}

fn for_side(row: &Partnership, reach: &Reach, right: impl Fn(CompanyId) -> bool) -> Verdict {
    match (row.is_side(reach.company), right(reach.company)) {
        (false, _) => Verdict::Hidden,
        (true, false) => Verdict::No,
        (true, true) => Verdict::Yes,
    }
}
