//! Who may: people their own, admins those of members who are not above them, and no key. What is one's
//! own stays so in whatever state the company is.

use crate::access::{Allows, Verdict};
use crate::kernel::reach::Reach;
use crate::users::model::Session;

crate::verbs! {
    /// Seeing where one is signed in.
    ReadSessions: Viewer, None, oneself;
    /// Ending one's own sessions.
    EndSession: Viewer, None, oneself;
    /// Seeing and ending the sessions of members who are not above oneself.
    KeepSessions: Admin, None, reads;
    /// Going to another of one's companies.
    SwitchCompany: Viewer, None, oneself;
}

impl Allows<EndSession> for Session {
    fn allows(&self, reach: &Reach) -> Verdict {
        if self.company_id == reach.company { Verdict::Yes } else { Verdict::Hidden }
    }
}
