//! Who is asking, and the only door to the database for a request.
//!
//! A handler gets rows from [`Guarded`] (one thing, found and judged), from [`Signed`] (lists and
//! creations of the caller's own company), from [`Watched`] (one thing, for a caller who stays), from
//! [`Staying`] (what is one's own, likewise) or from [`Anonymous`] (doors that need no credential).
//! The pool itself is no extractor: a handler without a principal has nothing to work with.

mod actor;
mod anonymous;
mod body;
mod credential;
mod gate;
mod guarded;
mod idempotency;
mod linked;
mod pace;
mod password;
mod proxies;
mod rates;
mod retry;
pub mod seal;
mod stamp;
pub mod secret;
mod settings;
mod signed;
mod staying;
pub mod token;
pub mod totp;
mod vault;
mod watched;

pub use actor::{Actor, Allows, Held, Person, Power, Role, Scope, Verb, VerbRow, Verdict};
pub use anonymous::Anonymous;
pub use body::take_in;
pub use credential::{Credential, EVENT_STREAMS};
pub use gate::{Gate, PUBLIC, authenticate};
pub use guarded::Guarded;
pub use idempotency::{Idempotency, KEEPS_NOTHING, Keep, digest_of, key_of, remember};
pub use linked::Maker;
pub use proxies::Proxies;
pub use settings::RateLimits;
pub use signed::Signed;
pub use stamp::Stamp;
pub use staying::Staying;
pub use vault::Vault;
pub use watched::Watched;
