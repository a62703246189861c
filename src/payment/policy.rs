//! Who may see and say where a company is paid: its owners, and no key.

use super::model::OfPayment;
use crate::access::{Allows, Verdict};
use crate::kernel::reach::Reach;

crate::verbs! {
    /// Seeing where one's own company is paid.
    ReadPayment: Owner, None, reads, never;
    /// Saying where one's own company is paid.
    EditPayment: Owner, None, writes, never;
}

impl Allows<ReadPayment> for OfPayment {
    fn allows(&self, reach: &Reach) -> Verdict {
        own(self, reach)
    }
}

impl Allows<EditPayment> for OfPayment {
    fn allows(&self, reach: &Reach) -> Verdict {
        own(self, reach)
    }
}

fn own(section: &OfPayment, reach: &Reach) -> Verdict {
    if section.0.id == reach.company { Verdict::Yes } else { Verdict::No }
}
