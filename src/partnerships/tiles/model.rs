//! Words and numbers of tiles.

use crate::kernel::id::{CompanyId, UserId};

crate::words! {
    /// What stands on a tile.
    pub enum Label as PartnershipLabel {
        Open = "open",
        Active = "active",
        Modified = "modified",
        Ended = "ended",
    }
}

crate::words! {
    /// Who has something to answer, seen from one side.
    pub enum Turn as PartnershipTurn {
        /// Your company, and perhaps the other one too.
        Mine = "mine",
        Theirs = "theirs",
        Nobody = "nobody",
    }
}

/// Who looks at a list: a company, and of it a user or a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    /// The company.
    pub company: CompanyId,
    /// The user, if it is none of the company's keys.
    pub user: Option<UserId>,
}

/// How many contacts a partnership has, of both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Contacts {
    /// Who wait for an answer.
    pub offered: i64,
    /// Who were taken.
    pub assigned: i64,
    /// Who are to be taken back.
    pub release_proposed: i64,
}

/// What stands beside a partnership.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Beside {
    /// How many contacts there are.
    pub contacts: Contacts,
    /// How many contracts the two companies have with each other that are active.
    pub active_contracts: i64,
    /// Whether the reader has marked it.
    pub favourite: bool,
}
