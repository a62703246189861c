//! When a batch has to be confirmed, and what confirming makes of it: pure.

use jiff::SignedDuration;

use super::super::model::Status;
use super::super::rows::Batch;
use super::model::{Excess, Guarded, Weight};
use crate::kernel::document::Document;
use crate::kernel::id::UserId;
use crate::kernel::money::Money;
use crate::kernel::time::Instant;

#[cfg(test)]
mod tests;

/// How long a batch waits to be confirmed. What it names cannot lock meanwhile, so this has an end;
/// whoever finds it on a Monday has time to look.
pub const CONFIRM_WITHIN: SignedDuration = SignedDuration::from_hours(72);

/// Why a batch waits, for machines.
pub const OVER_GUARD: &str = "over_guard";

/// Why a batch is not confirmed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody asked.
    #[error("a batch that is {0} does not wait to be confirmed")]
    NotAsked(Status),
    /// Nobody answered in time.
    #[error("it could be confirmed until {until}")]
    Over {
        /// Since when it is too late.
        until: Instant,
    },
}

crate::refusal_codes!(Refusal {
    NotAsked(..) => "confirmation_not_needed",
    Over { .. } => "confirmation_over",
});

/// What a batch of this weight is beyond the guard of a program by, if it is. As much as the guard
/// says is within it.
pub fn excess(of: &Guarded, weight: Weight, open_payout_minor: i64) -> Option<Excess> {
    let Guarded { program_id, currency, guard } = *of;
    let Weight { lines, payout_minor } = weight;
    let most = i128::from(open_payout_minor).saturating_mul(i128::from(guard.payout_percent));
    let too_much = i128::from(payout_minor).saturating_mul(100) > most;
    let beyond = lines > i64::from(guard.lines) || too_much;
    beyond.then_some(Excess { program_id, currency, lines, payout_minor, open_payout_minor, guard })
}

/// `processing → needs_confirmation`: the batch has so many lines, and is beyond these guards.
pub fn asked(batch: &Batch, total: i32, over: Vec<Excess>, now: Instant) -> Batch {
    let detail = over.iter().map(told).collect::<Vec<_>>().join("; ");
    Batch {
        status: Status::NeedsConfirmation,
        code: Some(OVER_GUARD.into()),
        detail: Some(detail),
        total: Some(total),
        over_guards: Some(Document(over)),
        confirm_by: Some(now.plus(CONFIRM_WITHIN)),
        version: batch.version.saturating_add(1),
        ..batch.clone()
    }
}

fn told(excess: &Excess) -> String {
    let money = |minor| Money::of(minor, excess.currency).amount();
    format!(
        "in {} it is {} lines and may take {} of {} {}, and its guard is {} lines and {} %",
        excess.program_id,
        excess.lines,
        money(excess.payout_minor),
        money(excess.open_payout_minor),
        excess.currency,
        excess.guard.lines,
        excess.guard.payout_percent
    )
}

/// `needs_confirmation → processing`: a person says that it is meant.
pub fn confirmed(batch: &Batch, by: Option<UserId>, now: Instant) -> Result<Batch, Refusal> {
    match (batch.status, batch.confirm_by) {
        (Status::NeedsConfirmation, Some(until)) if now >= until => Err(Refusal::Over { until }),
        (Status::NeedsConfirmation, _) => Ok(Batch {
            status: Status::Processing,
            code: None,
            detail: None,
            confirmed_at: Some(now),
            confirmed_by_user_id: by,
            version: batch.version.saturating_add(1),
            ..batch.clone()
        }),
        (
            status @ (Status::Received
            | Status::Processing
            | Status::Completed
            | Status::Rejected
            | Status::Cancelled),
            _,
        ) => Err(Refusal::NotAsked(status)),
    }
}
