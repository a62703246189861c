//! Rows and words of programs and event types.

use diesel::prelude::*;

use crate::db::schema::{event_types, programs};
use crate::kernel::id::{CompanyId, EventTypeId, ProgramId};
use crate::kernel::money::{Currency, Money};
use crate::kernel::time::{Instant, Zone};

/// What a brand runs: a currency, a time zone, and the kinds of events it pays for.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = programs, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Program {
    /// Its id.
    pub id: ProgramId,
    /// The brand.
    pub company_id: CompanyId,
    /// Its name.
    pub name: String,
    /// What its contracts pay in unless they say otherwise.
    pub currency: Currency,
    /// Where its days begin: lock dates are midnights here.
    pub time_zone: Zone,
    /// Up to here the jobs that lock and end holds have looked; a batch received later counts as
    /// received no earlier.
    pub lock_horizon: Instant,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// What one person alone may add to the payout of a locked action, in minor units; without an end
    /// if absent.
    pub make_good_limit_minor: Option<i64>,
    /// The most lines of a batch about it that nobody has to confirm; without a guard if absent.
    pub guard_lines: Option<i32>,
    /// The most percent of its open payout, likewise; both are there, or neither is.
    pub guard_payout_percent: Option<i32>,
}

/// What a batch may be about in a program before somebody of the brand has to confirm it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ReversalGuard {
    /// The most lines.
    pub lines: i32,
    /// The most of the open payout, in percent.
    pub payout_percent: i32,
}

impl Program {
    /// What one person alone may add to the payout of a locked action.
    pub fn make_good_limit(&self) -> Option<Money> {
        self.make_good_limit_minor.map(|minor| Money::of(minor, self.currency))
    }

    /// From what size on a batch about it has to be confirmed.
    pub fn reversal_guard(&self) -> Option<ReversalGuard> {
        let both = self.guard_lines.zip(self.guard_payout_percent);
        both.map(|(lines, payout_percent)| ReversalGuard { lines, payout_percent })
    }
}

crate::words! {
    /// What an event type counts.
    pub enum EventKind { Sale = "sale", Lead = "lead", Install = "install" }
}

/// What a program counts: a sale, a lead, an install.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = event_types, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct EventType {
    /// Its id.
    pub id: EventTypeId,
    /// The brand.
    pub company_id: CompanyId,
    /// The program.
    pub program_id: ProgramId,
    /// Its name.
    pub name: String,
    /// The brand's own short name for it, unique within the brand; batch files may use it.
    pub code: String,
    /// What it counts.
    pub kind: EventKind,
    /// Days within which an order id may not repeat; for ever if absent.
    pub dedup_days: Option<i32>,
    /// Counts its changes from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}
