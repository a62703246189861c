//! What a batch weighs, and what it is weighed against.

use serde::{Deserialize, Serialize};

use crate::kernel::id::ProgramId;
use crate::kernel::money::Currency;
use crate::programs::model::ReversalGuard;

/// A program that has a guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guarded {
    /// The program.
    pub program_id: ProgramId,
    /// What its payouts are counted in.
    pub currency: Currency,
    /// Its guard.
    pub guard: ReversalGuard,
}

/// What a batch is about in one program, at most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Weight {
    /// Lines that name its actions.
    pub lines: i64,
    /// The payout of those of them that are open and that any line may take something of.
    pub payout_minor: i64,
}

/// A guard that a batch is beyond, and by what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excess {
    /// The program.
    pub program_id: ProgramId,
    /// What its payouts are counted in.
    pub currency: Currency,
    /// Lines that name its actions.
    pub lines: i64,
    /// How much of the open payout they may take.
    pub payout_minor: i64,
    /// All of the open payout.
    pub open_payout_minor: i64,
    /// The guard, as it was then.
    pub guard: ReversalGuard,
}
