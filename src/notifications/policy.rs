//! Who may: people their own, and no key. A suspended company's people still read.

use super::model::Notification;
use crate::access::{Actor, Allows, Person, Verdict};
use crate::error::Result;
use crate::kernel::reach::Reach;
use crate::notifications::model::Own;

crate::verbs! {
    /// Seeing what one was told oneself, and noting that it was read.
    ReadNotifications: Viewer, None, reads, never;
    /// Choosing how one is told, which even a suspended company's people may.
    ChooseNotifications: Viewer, None, reads, never;
}

impl Allows<ReadNotifications> for Notification {
    fn allows(&self, reach: &Reach) -> Verdict {
        if self.company_id == reach.company { Verdict::Yes } else { Verdict::Hidden }
    }
}

/// Whose notifications a caller asks for.
pub fn own(actor: &Actor) -> Result<Own> {
    let Person { user, role, .. } = actor.person()?;
    Ok(Own { user, company: actor.reach.company, role })
}

/// Whether one is the caller's own: a colleague's is as unknown as one that does not exist.
pub fn is_own(row: &Notification, own: Own) -> bool {
    row.user_id == own.user && row.least_role <= own.role
}
