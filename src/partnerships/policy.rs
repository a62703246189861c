//! Who may do what between two companies: managers of the right side, and no key.

use super::model::Partnership;
use crate::access::{Allows, Scope, Verdict};
use crate::kernel::id::CompanyId;
use crate::kernel::reach::Reach;

crate::verbs! {
    /// Seeing one's own partnerships.
    ReadPartnership: Viewer, Some(Scope::PartnershipsRead), reads;
    /// Offering a partnership.
    OfferPartnership: Manager, None, writes;
    /// Saying yes or no to an offer.
    AnswerPartnership: Manager, None, writes;
    /// Taking back an offer.
    WithdrawPartnership: Manager, None, writes;
    /// Ending a partnership, which a suspended company may too.
    EndPartnership: Manager, None, reads;
}

impl Allows<ReadPartnership> for Partnership {
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
