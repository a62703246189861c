//! Why a batch has to be confirmed, as it is told.

use serde::Serialize;
use utoipa::ToSchema;

use super::model::Excess;
use crate::kernel::id::{ProgramId, UserId};
use crate::kernel::money::Money;
use crate::kernel::time::Instant;
use crate::kernel::wire::MoneyView;
use crate::programs::wire::ReversalGuardView;
use crate::reversals::rows::Batch;

/// Why a batch has to be confirmed, and who did.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ReversalConfirmation)]
pub struct ConfirmationView {
    /// The programs whose guards it is beyond.
    pub programs: Vec<ExcessView>,
    /// Until when it may be confirmed; from then on it is cancelled.
    #[schema(required)]
    pub confirm_by: Option<Instant>,
    /// When it was confirmed.
    #[schema(required)]
    pub confirmed_at: Option<Instant>,
    /// Who confirmed it.
    #[schema(required)]
    pub confirmed_by_user_id: Option<UserId>,
}

/// What a batch is about in a program, at most, as it was read.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ReversalExcess)]
pub struct ExcessView {
    /// The program.
    pub program_id: ProgramId,
    /// Lines that name its actions.
    pub lines: i64,
    /// The open payout of these actions, but for those that are only approved.
    pub payout: MoneyView,
    /// All of the program's open payout: of what has neither locked nor is reversed.
    pub open_payout: MoneyView,
    /// The guard, as it was then.
    pub guard: ReversalGuardView,
}

impl ConfirmationView {
    /// Of a batch, if it was beyond a guard.
    pub fn of(batch: &Batch) -> Option<Self> {
        let over = batch.over_guards.as_ref()?;
        Some(Self {
            programs: over.0.iter().map(ExcessView::from).collect(),
            confirm_by: batch.confirm_by,
            confirmed_at: batch.confirmed_at,
            confirmed_by_user_id: batch.confirmed_by_user_id,
        })
    }
}

impl From<&Excess> for ExcessView {
    fn from(excess: &Excess) -> Self {
        let money = |minor| Money::of(minor, excess.currency).into();
        Self {
            program_id: excess.program_id,
            lines: excess.lines,
            payout: money(excess.payout_minor),
            open_payout: money(excess.open_payout_minor),
            guard: excess.guard.into(),
        }
    }
}
