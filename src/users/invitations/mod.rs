//! Somebody is asked by a letter to belong to a company.
//!
//! | from    | by                                                    | to       |
//! |---------|-------------------------------------------------------|----------|
//! | –       | invite: an admin, to a role up to his own             | pending  |
//! | pending | resend: another letter; the link before counts no more | pending  |
//! | pending | accept: whoever has the newest letter                 | accepted |
//! | pending | revoke, or the inviter may no longer invite so        | revoked  |
//! | pending | its days are over, and somebody invites anew          | expired  |
//!
//! One that is pending and whose days are over is shown as expired, and can be sent again. The token is
//! in the letter and nowhere else. What the company is shown tells nothing of whether somebody has the
//! address: a letter goes out either way, and says the same. For an address that nobody has, acceptance
//! makes a user; for one that somebody has, it takes that person's sign-in.

pub mod accepting;
pub mod desk;
pub mod ending;
pub mod model;
pub mod policy;
pub mod routes;
pub mod rules;
pub mod sending;
pub mod store;
pub mod wire;
