//! What can be ended at the door of sessions.

use crate::users::delegations::model::DelegatedSession;
use crate::users::model::Session;

/// A sign-in of the company's, or a session in which somebody of one company acts for another.
#[derive(Debug)]
pub enum Either {
    /// A sign-in.
    Own(Session),
    /// A delegated session, which is a sign-in too.
    Delegated(DelegatedSession),
}
