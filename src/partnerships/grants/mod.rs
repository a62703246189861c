//! What one side of a partnership lets the other do: with its profile, its status, in its name, for its
//! actions, with its accounts and its figures.
//!
//! | from     | by                                            | to       | who                  |
//! |----------|-----------------------------------------------|----------|----------------------|
//! | –        | an offer names it                             | offered  | admin, offering side |
//! | offered  | the offer is accepted                         | in force | admin, invited side  |
//! | –        | a change sets it, and the other side accepts  | in force | admin of each side   |
//! | in force | a change sets another level, and is accepted  | in force | admin of each side   |
//! | in force | a change revokes it, and is accepted          | –        | admin of each side   |
//! | offered, in force | revoke                               | –        | admin, granting side |
//!
//! A grant is given by the company whose data it opens, whoever of the two asks for it. It counts while
//! the partnership is active, and [`store::in_force`] is the one answer to whether it does. What opens
//! takes both; what closes takes the granting side alone, and works at once.
//!
//! | kind               | levels, the least first       | the other side may                         |
//! |--------------------|-------------------------------|--------------------------------------------|
//! | `manage_profile`   | `profile`, `profile_and_tax`  | edit the profile; with tax, the tax too    |
//! | `manage_status`    | –                             | suspend, and take its own word back        |
//! | `sign_in_as`       | `relationship`, `company`     | act in its name: for this pair, for all    |
//! | `submit_reversals` | –                             | submit batches of reversals                |
//! | `share_accounts`   | `count`, `account`            | see how many accounts both have, or which  |
//! | `view_performance` | –                             | see figures of its programs                |
//!
//! `share_accounts` can be agreed upon, and opens nothing yet; the others are asked for where their doors are. What
//! a company did by `manage_status` ends with the grant: [`change::lose`].

pub mod change;
pub mod model;
pub mod routes;
pub mod rules;
pub mod store;
pub mod wire;
