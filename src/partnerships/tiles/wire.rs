//! Tiles as they are given.

use serde::Serialize;
use utoipa::ToSchema;

use super::model::{Beside, Label, Turn};
use super::rules;
use crate::kernel::id::CompanyId;
use crate::kernel::time::Instant;
use crate::partnerships::model::Partnership;

/// How many contacts a partnership has, of both sides, by what they are.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PartnershipContactCounts)]
pub struct ContactCounts {
    /// Who wait for an answer.
    pub offered: i64,
    /// Who were taken.
    pub assigned: i64,
    /// Who are to be taken back.
    pub release_proposed: i64,
}

/// What a tile shows of a partnership.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PartnershipTile)]
pub struct TileView {
    /// `open` while it is offered, `modified` while a change of an active one waits for an answer, and
    /// `ended` once it is over, however.
    pub label: Label,
    /// Its contacts.
    pub contacts: ContactCounts,
    /// How many contracts the two companies have with each other that are active.
    pub active_contracts: i64,
    /// How many changes wait for an answer.
    pub open_changes: i64,
    /// Who has something to answer: `mine` where your company has, whether the other one has, too.
    pub whose_turn: Turn,
    /// Whether you have marked it; no key ever has.
    pub favourite: bool,
    /// When it, or what is proposed about it, last changed.
    pub last_change_at: Instant,
}

impl TileView {
    /// As `reader`'s people see it.
    pub fn of(reader: CompanyId, row: &Partnership, beside: Beside) -> Self {
        let Beside { contacts, active_contracts, favourite } = beside;
        Self {
            label: rules::label(row),
            contacts: ContactCounts {
                offered: contacts.offered,
                assigned: contacts.assigned,
                release_proposed: contacts.release_proposed,
            },
            active_contracts,
            open_changes: row.open_changes,
            whose_turn: rules::turn(row, reader),
            favourite,
            last_change_at: row.updated_at,
        }
    }
}
