//! Who may do what to codes: the brand gives them out, a partner reads those it has.

use super::model::ReferralCode;
use crate::access::{Allows, Scope, Verdict};
use crate::kernel::reach::Reach;

crate::verbs! {
    /// Seeing coupon codes.
    ReadCodes: Viewer, Some(Scope::CodesRead), reads, company;
    /// Giving coupon codes to partners, and taking them back.
    EditCodes: Manager, Some(Scope::CodesWrite), writes, company;
}

// The store finds only the company's own and those it has as a partner, within the key's limits.
impl Allows<ReadCodes> for ReferralCode {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}

impl Allows<EditCodes> for ReferralCode {
    fn allows(&self, reach: &Reach) -> Verdict {
        if self.company_id == reach.company { Verdict::Yes } else { Verdict::No }
    }
}
