//! Who may: people their own, admins those of members who are not above them, and no key. What is one's
//! own stays so in whatever state the company is.

use super::model::Either;
use crate::access::{Allows, Verdict};
use crate::kernel::reach::Reach;

crate::verbs! {
    /// Seeing where one is signed in.
    ReadSessions: Viewer, None, oneself, never;
    /// Ending one's own sessions.
    EndSession: Viewer, None, oneself, never;
    /// Seeing and ending the sessions of members who are not above oneself.
    KeepSessions: Admin, None, reads, never;
    /// Going to another of one's companies.
    SwitchCompany: Viewer, None, oneself, never;
}

// The store finds those of the company, and those in which somebody acts for it or in its name.
impl Allows<EndSession> for Either {
    fn allows(&self, _: &Reach) -> Verdict {
        Verdict::Yes
    }
}
