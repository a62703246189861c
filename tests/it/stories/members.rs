//! Who belongs to a company: invitations, roles, leaving, and where everybody is signed in.

mod invitations;
mod invited;
mod roles;
mod sessions;
mod standing;
mod telling;

/// Flags of a server that leaves letters where they can be read.
const QUIET: &[&str] = &["--no-jobs"];
