//! A company's profile and status, managed by its own people and by those of companies that it lets do
//! so, through the same doors and by the same rules.
//!
//! | door | own people | with a grant | its level |
//! |---|---|---|---|
//! | read a profile | viewers | `manage_profile`: viewers | any |
//! | read and edit `tax` | admins | `manage_profile`: admins | `profile_and_tax` |
//! | edit other sections | admins | `manage_profile`: admins | any |
//! | suspend, reactivate | owners | `manage_status`: owners | – |
//! | deactivate, history | owners, viewers | nobody | – |
//!
//! What a grant opens it opens to the roles that would do the same in their own company. Whoever acts so
//! is told of as a delegate, with the company, in the logs of both. A company that is not active
//! itself acts for nobody. Without the grant a door answers as it does to every other company.

pub mod model;
pub mod profiles;
pub mod statuses;
pub mod store;
