//! Who belongs to a company, and what they may do there.
//!
//! | who                              | may                                             |
//! |----------------------------------|-------------------------------------------------|
//! | everybody                        | see who belongs to the company; leave it        |
//! | admins and owners                | change roles and remove people, up to their own |
//!
//! Nobody changes or removes somebody above, or gives a role above the own one. A company always has an
//! owner: the last one stays, and stays what he is. Everything that changes who belongs to a company is
//! done by one at a time, and judged by what the one who asks may do at that moment. Whoever is out has
//! no session of the company from then on and looks after no other company in its name; what he invited
//! is revoked, as far as he may no longer invite. API keys are the company's, and stay.

pub mod changing;
pub mod policy;
pub mod routes;
pub mod rules;
pub mod store;
pub mod wire;
