//! Which entries are meant.

use crate::events::model::AnyId;
use crate::kernel::id::{ApiKeyId, SessionId, UserId};
use crate::kernel::time::Instant;

/// Types of what was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kinds {
    /// This one: `action.reversed`.
    One(String),
    /// All of one sort of thing: `action`.
    Of(String),
}

impl Kinds {
    /// As it is asked for: `action.reversed`, or `action.*`.
    pub fn read(text: &str) -> Self {
        match text.strip_suffix(".*") {
            Some(thing) => Self::Of(thing.to_string()),
            None => Self::One(text.to_string()),
        }
    }
}

/// Which entries are meant; all of the company's where nothing is said.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Done by this user.
    pub user: Option<UserId>,
    /// Done by this key.
    pub key: Option<ApiKeyId>,
    /// Of these types.
    pub kinds: Option<Kinds>,
    /// Done to this.
    pub object: Option<AnyId>,
    /// At this moment or later.
    pub after: Option<Instant>,
    /// Before this moment.
    pub before: Option<Instant>,
    /// By users of other companies on the company's behalf, or not.
    pub delegated: Option<bool>,
    /// In this delegated session.
    pub session: Option<SessionId>,
}
