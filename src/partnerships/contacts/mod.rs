//! The people whom a company offers with a partnership, so that the other one knows whom to turn to.
//!
//! | from                                 | by                                  | to       |
//! |--------------------------------------|-------------------------------------|----------|
//! | –                                    | an offer that names the person      | offered  |
//! | offered                              | it is accepted with the person      | assigned |
//! | offered                              | it is accepted without, or declined | removed  |
//! | offered                              | it is withdrawn, or expires         | removed  |
//! | –, removed                           | a change proposes it                | offered  |
//! | offered                              | the change is accepted              | assigned |
//! | offered                              | nothing comes of the change         | removed  |
//! | assigned                             | a change proposes its release       | release_proposed |
//! | release_proposed                     | the change is accepted              | removed  |
//! | release_proposed                     | nothing comes of the change         | assigned |
//! | offered, assigned, release_proposed  | the person leaves its company       | removed  |
//!
//! Of another company's people one sees its contacts alone: what they are called; and title, address and
//! number as long as they are contacts of a partnership that is offered or active.

pub mod model;
pub mod routes;
pub mod rules;
pub mod store;
pub mod wire;
