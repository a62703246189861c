//! Who may see and edit a profile: the company itself, and a company that it lets do so; of both those
//! who administer their company.

use super::model::{About, WholeProfile};
use crate::access::{Allows, Scope, Verdict};
use crate::kernel::reach::Reach;
use crate::managing::model::{Door, Managed};

crate::verbs! {
    /// Seeing a profile, without what is for the tax office.
    ReadProfile: Viewer, Some(Scope::CompaniesRead), reads, company;
    /// Seeing what a company says to the tax office.
    ReadTax: Admin, None, reads, never;
    /// Editing the sections of a profile.
    EditProfile: Admin, None, writes, never;
}

impl Allows<ReadProfile> for Managed<WholeProfile> {
    fn allows(&self, reach: &Reach) -> Verdict {
        open(self, reach)
    }
}

impl<S: About> Allows<EditProfile> for Managed<S> {
    fn allows(&self, reach: &Reach) -> Verdict {
        open(self, reach)
    }
}

// Other partners know the company by its card.
fn open<D: Door>(managed: &Managed<D>, reach: &Reach) -> Verdict {
    if managed.is_open(reach) { Verdict::Yes } else { Verdict::No }
}
