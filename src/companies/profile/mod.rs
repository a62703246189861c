//! A company's profile, section by section: each is read with its own version and edited by itself.
//!
//! | section | who reads | who edits |
//! |---|---|---|
//! | `contact`, `address` | the company; partners by the card | admins and owners |
//! | `promotional_methods`, `settings` | the company | admins and owners |
//! | `tax` | admins and owners, and no key | admins and owners |
//! | `payment`, see [`crate::payment`] | owners, and no key | owners, by their password |
//!
//! Those of a company that this one lets manage its profile do the same, of `tax` if the grant says so:
//! the doors are in `managing`.
//!
//! Every edit is also a change of the company, with a version and an event of it. Of `tax` and `payment`
//! the event says that it was edited, and no value.

pub mod editing;
pub mod model;
mod postal;
pub mod rules;
pub mod store;
mod vat;
pub mod wire;
