//! A partnership is offered by a letter to whoever has an address: to a company that is not here yet.
//!
//! | from    | by                                                       | to        | who                     |
//! |---------|----------------------------------------------------------|-----------|-------------------------|
//! | –       | offer to an address                                      | pending   | manager, with grants admin |
//! | pending | resend: another letter; the link before counts no more   | pending   | the same                |
//! | pending | claim: by the newest letter, signed in with its address  | claimed   | manager of any company  |
//! | pending | withdraw                                                 | withdrawn | manager                 |
//! | pending | expire: its days are over                                | expired   | system                  |
//!
//! There is no other company until one is signed in to and the letter's token is shown: so this is no
//! partnership, and no partnership has one side. A claim makes an offer of it, like any other: the company
//! that received it answers, and until then nothing is agreed upon.
//!
//! What the inviting company is shown tells nothing of whether somebody has an account with the address:
//! nobody looks that up. One letter goes out, and it says the same to everybody. The token is in it and
//! nowhere else, and is worth nothing to somebody with another address: the offer may bring along what
//! opens data.

pub mod claiming;
pub mod desk;
pub mod jobs;
pub mod model;
pub mod policy;
pub mod routes;
pub mod rules;
pub mod sending;
pub mod settings;
pub mod store;
pub mod wire;
