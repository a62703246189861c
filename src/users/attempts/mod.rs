//! How often somebody tried to sign in, and who has to wait for it.
//!
//! | counted                     | free of waiting | longest wait |
//! |-----------------------------|-----------------|--------------|
//! | one account, one address    | 9 failures      | five minutes |
//! | one account, all addresses  | 49 failures     | a minute     |
//! | one address, all accounts   | 99 failures     | a minute     |
//!
//! Each further failure doubles the wait, from a second on; an hour without one forgets them. Where a
//! person has signed in lately, only the first line counts for that person: strangers elsewhere cannot
//! keep anybody out. Accounts that do not exist are counted alike. What is kept is neither an address
//! nor a name, but marks of both under the server's key.

mod marks;
pub mod model;
pub mod rules;
pub mod store;

pub use marks::marks_of;
