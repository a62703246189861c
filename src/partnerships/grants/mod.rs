//! What one side of a partnership lets the other do: with its profile, its status, in its name, for its
//! actions, with its accounts and its figures.
//!
//! A grant is given by the company whose data it opens. It counts while the partnership is active, and
//! [`store::in_force`] is the one answer to whether it does.
//!
//! | kind               | levels, the least first       | the other side may                         |
//! |--------------------|-------------------------------|--------------------------------------------|
//! | `manage_profile`   | `profile`, `profile_and_tax`  | edit the profile; with tax, the tax too    |
//! | `manage_status`    | –                             | suspend and reactivate                     |
//! | `sign_in_as`       | `relationship`, `company`     | act in its name: for this pair, for all    |
//! | `submit_reversals` | –                             | send lists of reversals for its programs   |
//! | `share_accounts`   | `count`, `account`            | see how many accounts both have, or which  |
//! | `view_performance` | –                             | see figures of its programs                |

pub mod model;
pub mod rules;
pub mod store;
