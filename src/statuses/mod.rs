//! The status of a company: whether it takes part, why not, and who said so.
//!
//! | from | command | to | who |
//! |---|---|---|---|
//! | active | suspend | suspended | owner, operator, grantee |
//! | active, suspended | deactivate | deactivated | owner, operator |
//! | suspended, deactivated | reactivate | active | owner, unless the operator said so; operator |
//! | suspended | reactivate | active | the grantee that said so, or the end of its grant |
//!
//! A suspended company reads, and ends what it may end; it writes nothing, and nobody agrees on anything
//! new with it. What it earns goes on to be tracked, edited and locked. A deactivated one is gone for
//! others: its sessions end, its keys stop, nothing is sent to it, and what occurs from then on is
//! credited to it no more. Its owner can still sign in, for nothing but to bring it back.
//!
//! The operator is whoever runs the server, by the command line. What the operator has said, the
//! operator alone takes back; else a suspension would mean nothing. A grantee is a company that this one
//! lets manage its status: it deactivates nobody, takes back its own word alone, and with the grant its
//! word is over.
//!
//! The doors are in `managing`: it takes grants to tell who may.

pub mod changing;
pub mod model;
pub mod rules;
pub mod store;
