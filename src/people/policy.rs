//! Who may do what to a company's people: its own, and of them those who keep partnerships.

use super::model::Person;
use crate::access::{Allows, Scope, Verdict};
use crate::kernel::reach::Reach;

crate::verbs! {
    /// Seeing the people of one's own company.
    ReadPeople: Viewer, Some(Scope::PartnershipsRead), reads, company;
    /// Entering and editing people, and noting that they leave or are back.
    EditPeople: Manager, None, writes, company;
}

// The store finds only the people of the caller's company.
impl Allows<ReadPeople> for Person {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}

impl Allows<EditPeople> for Person {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}
