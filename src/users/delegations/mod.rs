//! Sign in as: somebody of one company acts for another that has granted it, for an hour at most.
//!
//! | from   | by                                                    | to     |
//! |--------|-------------------------------------------------------|--------|
//! | –      | a manager of the company that was granted it           | active |
//! | active | the person, or a manager of either company             | ended  |
//! | active | an hour                                                | ended  |
//! | active | what it stands on is gone: grant, partnership, place   | ended  |
//!
//! The person is no user of the other company. What is done there is written down as done by a delegate
//! (`delegate_user_id`), who has the rights of a manager but for what is for the company's own people
//! alone: each verb says so (`kernel::delegation::Delegates`). A session of the level `relationship`
//! reaches what is between the two companies (`Reach::others`); nobody decides where his own company is
//! a side (`Delegation::keep_out`).
//!
//! A session is at the same time a sign-in of the person's to the own company, so that whatever ends
//! those ends it too. Whether it counts is asked anew with every request: [`rules::over`]. Nothing
//! depends on the end being written down in time; [`jobs`] does so where nobody comes back.

mod begin;
pub mod ending;
pub mod jobs;
pub mod model;
pub mod policy;
pub mod routes;
pub mod rules;
pub mod store;
pub mod wire;
