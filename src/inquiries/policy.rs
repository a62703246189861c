//! Who may inquire: both sides read, the partner opens and withdraws, the brand answers.

use super::model::Inquiry;
use crate::access::{Allows, Scope, Verdict};
use crate::kernel::reach::Reach;

crate::verbs! {
    /// Seeing inquiries about actions.
    ReadInquiries: Viewer, Some(Scope::InquiriesRead), reads, relationship;
    /// Disputing an action, and taking that back.
    OpenInquiry: Member, Some(Scope::InquiriesWrite), writes, company;
    /// Saying yes or no to an inquiry.
    AnswerInquiry: Manager, Some(Scope::InquiriesWrite), writes, company;
}

// The store finds only inquiries that the company is a side of, within the key's limits.
impl Allows<ReadInquiries> for Inquiry {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}

impl Allows<OpenInquiry> for Inquiry {
    fn allows(&self, reach: &Reach) -> Verdict {
        for_side(self.partner_company_id == reach.company)
    }
}

impl Allows<AnswerInquiry> for Inquiry {
    fn allows(&self, reach: &Reach) -> Verdict {
        for_side(self.company_id == reach.company)
    }
}

fn for_side(right: bool) -> Verdict {
    if right { Verdict::Yes } else { Verdict::No }
}
