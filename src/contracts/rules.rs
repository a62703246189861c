//! What may happen to a contract, and what its terms mean in days and in money.
//!
//! | contract | by       | contract becomes | its open version becomes | who     |
//! |----------|----------|------------------|--------------------------|---------|
//! | –        | propose  | proposed         | proposed                 | brand   |
//! | proposed | accept   | active           | accepted                 | partner |
//! | proposed | decline  | declined         | declined                 | partner |
//! | proposed | withdraw | withdrawn        | withdrawn                | brand   |
//! | active   | accept   | active           | accepted                 | partner |
//! | active   | decline  | active           | declined                 | partner |
//! | active   | withdraw | active           | withdrawn                | brand   |
//! | active   | propose  | active           | proposed                 | brand   |
//! | active   | end      | ended            | as it was                | brand   |
//!
//! A version is never edited: better terms are a new version, and what was tracked under an older
//! one keeps it. All days are days of the program's zone, and every limit is half-open: an action
//! may change *before* it locks, a contract earns *before* it ends.

use jiff::civil::Date;
use jiff::{SignedDuration, Span};

use super::model::{
    After, ClearingRule, Contract, FixedPer, LockRule, Rate, Status, TermsStatus, Version,
};
use crate::kernel::money::{Currency, Money, largest_remainder};
use crate::kernel::time::{Instant, Zone, start_of_day};

#[cfg(test)]
mod tests;

/// How long an open-ended action stays open if nobody decides about it.
pub const OPEN_ENDED: SignedDuration = SignedDuration::from_hours(730 * 24);

/// Why a contract stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It was declined or withdrawn.
    #[error("a contract that is {0} can no longer be answered")]
    AlreadyAnswered(Status),
    /// Only an active contract takes this.
    #[error("a contract that is {0} is not active")]
    NotActive(Status),
    /// Every version has been answered.
    #[error("no version of this contract waits for an answer")]
    NoOpenVersion,
    /// One version at a time waits for an answer.
    #[error("a version of this contract still waits for an answer")]
    VersionOpen,
    /// One active contract for each program and partner.
    #[error("this partner already has an active contract in this program")]
    Exists,
    /// A contract stands on a partnership.
    #[error("the two companies have no active partnership")]
    NoPartnership,
}

crate::refusal_codes!(Refusal {
    AlreadyAnswered(..) => "contract_already_answered",
    NotActive(..) => "contract_not_active",
    NoOpenVersion => "no_open_version",
    VersionOpen => "version_open",
    Exists => "contract_exists",
    NoPartnership => "no_partnership",
});

/// The partner says yes: to the contract while it is proposed, to a new version afterwards.
///
/// The first version counts from the day both wrote down, even one that has passed, so that a
/// signature which took a week costs nobody a week's orders. Later versions never reach back.
pub fn accept(
    contract: &Contract,
    version: &Version,
    zone: &Zone,
    now: Instant,
) -> Result<(Contract, Version), Refusal> {
    let from = match waits(contract, version)? {
        Asked::Contract => version.starts_on.or(contract.starts_on).map(|day| day.begins(zone)),
        Asked::Version => version.starts_on.map(|day| day.begins(zone).max(now)),
    };
    let (contract, version) =
        answered(contract, version, Status::Active, TermsStatus::Accepted, now)?;
    Ok((contract, Version { in_force_from: Some(from.unwrap_or(now)), ..version }))
}

/// The partner says no. An active contract goes on under the terms it has.
pub fn decline(
    contract: &Contract,
    version: &Version,
    now: Instant,
) -> Result<(Contract, Version), Refusal> {
    answered(contract, version, Status::Declined, TermsStatus::Declined, now)
}

/// The brand takes back what it proposed, before the partner has answered.
pub fn withdraw(
    contract: &Contract,
    version: &Version,
    now: Instant,
) -> Result<(Contract, Version), Refusal> {
    answered(contract, version, Status::Withdrawn, TermsStatus::Withdrawn, now)
}

/// The brand offers other terms: the contract goes on, and gets the number of the new version.
pub fn propose(
    contract: &Contract,
    versions: &[Version],
    now: Instant,
) -> Result<(Contract, i32), Refusal> {
    use Status::*;
    match contract.status {
        Active => {}
        status @ (Proposed | Declined | Withdrawn | Ended) => {
            return Err(Refusal::NotActive(status));
        }
    }
    if versions.iter().any(|version| version.status == TermsStatus::Proposed) {
        return Err(Refusal::VersionOpen);
    }
    let last = versions.iter().map(|version| version.number).max().unwrap_or(0);
    Ok((Contract { updated_at: now, ..contract.clone() }, last.saturating_add(1)))
}

/// The brand ends an active contract, or the partnership beneath it ends. What occurred before
/// still earns.
pub fn end(contract: &Contract, now: Instant) -> Result<Contract, Refusal> {
    use Status::*;
    match contract.status {
        Active => {
            Ok(Contract { status: Ended, ended_at: Some(now), updated_at: now, ..contract.clone() })
        }
        status @ (Proposed | Declined | Withdrawn | Ended) => Err(Refusal::NotActive(status)),
    }
}

/// What an answer decides about.
enum Asked {
    /// The contract and its first terms.
    Contract,
    /// New terms of a contract that runs.
    Version,
}

/// What waits for an answer here, if anything does.
fn waits(contract: &Contract, version: &Version) -> Result<Asked, Refusal> {
    use Status::*;
    let asked = match contract.status {
        Proposed => Asked::Contract,
        Active => Asked::Version,
        status @ (Declined | Withdrawn) => return Err(Refusal::AlreadyAnswered(status)),
        status @ Ended => return Err(Refusal::NotActive(status)),
    };
    match version.status {
        TermsStatus::Proposed => Ok(asked),
        TermsStatus::Accepted | TermsStatus::Declined | TermsStatus::Withdrawn => {
            Err(Refusal::NoOpenVersion)
        }
    }
}

/// Gives the open version its answer, and the contract too if it has none yet.
fn answered(
    contract: &Contract,
    version: &Version,
    status: Status,
    terms_status: TermsStatus,
    now: Instant,
) -> Result<(Contract, Version), Refusal> {
    let asked = waits(contract, version)?;
    let touched = Contract { updated_at: now, ..contract.clone() };
    let contract = match asked {
        Asked::Contract => Contract { status, answered_at: Some(now), ..touched },
        Asked::Version => touched,
    };
    let version = Version { status: terms_status, answered_at: Some(now), ..version.clone() };
    Ok((contract, version))
}

/// The version under which something that occurred at `occurred_at` earns, if any does.
///
/// Of the accepted versions the one that came into force last, of two at once the higher number.
/// Before the contract's first day, after its last, and from its end on there is none.
pub fn in_force<'a>(
    versions: &'a [Version],
    contract: &Contract,
    zone: &Zone,
    occurred_at: Instant,
) -> Option<&'a Version> {
    let begun = contract.starts_on.is_none_or(|day| day.begins(zone) <= occurred_at);
    let expired = contract.ends_on.is_some_and(|day| day.ends(zone) <= occurred_at);
    let ended = contract.ended_at.is_some_and(|ended_at| ended_at <= occurred_at);
    if !begun || expired || ended {
        return None;
    }
    versions
        .iter()
        .filter(|version| version.status == TermsStatus::Accepted)
        .filter(|version| version.in_force_from.is_some_and(|from| from <= occurred_at))
        .max_by_key(|version| (version.in_force_from, version.number))
}

/// The version by which one foretells what something that occurs at `occurred_at` earns: the one in
/// force, or of a contract that is only proposed the proposed one, as if it had always counted.
pub fn foretelling(
    versions: &[Version],
    contract: &Contract,
    zone: &Zone,
    occurred_at: Instant,
) -> Option<Version> {
    use Status::*;
    match contract.status {
        Active | Declined | Withdrawn | Ended => {
            in_force(versions, contract, zone, occurred_at).cloned()
        }
        Proposed => {
            let always = |version: &Version| Version {
                status: TermsStatus::Accepted,
                in_force_from: Some(occurred_at),
                ..version.clone()
            };
            let accepted: Vec<Version> = versions.iter().map(always).collect();
            in_force(&accepted, contract, zone, occurred_at).cloned()
        }
    }
}

/// The moment from which an action is closed: editable while `now < locks_at`.
///
/// A dated rule gives a local midnight and depends only on when the event occurred. The open-ended
/// rule gives the hard stop; approving or reversing brings it forward to [`next_midnight`].
pub fn locks_at(rule: LockRule, zone: &Zone, occurred_at: Instant, tracked_at: Instant) -> Instant {
    match rule {
        LockRule::After { after, months, days } => midnight(zone, occurred_at, after, months, days),
        LockRule::OpenEnded => tracked_at.plus(OPEN_ENDED),
    }
}

/// The moment a payout that locked at `locks_at` becomes due.
pub fn clears_at(rule: Option<ClearingRule>, zone: &Zone, locks_at: Instant) -> Instant {
    match rule {
        Some(ClearingRule { after, months, days }) => midnight(zone, locks_at, after, months, days),
        None => locks_at,
    }
}

/// So many times 24 hours later: when a hold ends, and when clawing back does.
pub fn days_later(days: i32, from: Instant) -> Instant {
    from.plus(SignedDuration::from_hours(24).saturating_mul(days))
}

/// The first local midnight after `at`.
pub fn next_midnight(zone: &Zone, at: Instant) -> Instant {
    midnight(zone, at, After::Day, 0, 0)
}

/// The start of the day after the local day or month of `from` ends, then so many months (the day
/// clamped to the month's last), then so many days. Where a zone skips that midnight, the first
/// instant that exists; beyond the calendar, the end of time.
fn midnight(zone: &Zone, from: Instant, after: After, months: i32, days: i32) -> Instant {
    let day = from.timestamp().to_zoned(zone.rules()).date();
    let last = match after {
        After::Day => day,
        After::Month => day.last_of_month(),
    };
    match later(last, months, days) {
        Ok(day) => start_of_day(day, zone),
        Err(_) => Instant::from_micros(i64::MAX),
    }
}

/// The day after `last`, plus months, plus days.
fn later(last: Date, months: i32, days: i32) -> Result<Date, jiff::Error> {
    let next = last.tomorrow()?.checked_add(Span::new().try_months(months)?)?;
    next.checked_add(Span::new().try_days(days)?)
}

/// What a rate looks at in one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sold {
    /// How many.
    pub quantity: i64,
    /// Minor units for all of them together.
    pub amount_minor: i64,
    /// A reversed item earns nothing.
    pub reversed: bool,
}

/// What each item earns, in minor units, in the order of `items`.
///
/// A percentage is rounded half-up item by item. A fixed amount per action is paid in full until
/// nothing is left of the action, and recorded over what is left by largest remainder.
/// `None` beyond 64 bits, or below zero: nobody owes for having sold.
pub fn payouts(rate: Rate, currency: Currency, items: &[Sold]) -> Option<Vec<i64>> {
    let parts = match rate {
        Rate::Percent(percent) => each(items, |item| {
            let amount = Money::of(item.amount_minor, currency);
            Some(amount.percent_half_up(percent)?.minor)
        }),
        Rate::Fixed { minor, per: FixedPer::Action } => Some(once(items, minor)),
        Rate::Fixed { minor, per: FixedPer::Item } => each(items, |_| Some(minor)),
        Rate::Fixed { minor, per: FixedPer::Unit } => {
            each(items, |item| minor.checked_mul(item.quantity))
        }
    };
    parts.filter(|parts| parts.iter().all(|part| *part >= 0))
}

/// Asks every item for itself; a reversed one is not asked.
fn each(items: &[Sold], earned: impl Fn(&Sold) -> Option<i64>) -> Option<Vec<i64>> {
    items.iter().map(|item| if item.reversed { Some(0) } else { earned(item) }).collect()
}

/// One amount for all that is left together.
fn once(items: &[Sold], minor: i64) -> Vec<i64> {
    let left = items.iter().filter(|item| !item.reversed);
    let weights: Vec<i64> = left.map(|item| item.amount_minor).collect();
    let mut shares = largest_remainder(minor, &weights).into_iter();
    items.iter().map(|item| if item.reversed { 0 } else { shares.next().unwrap_or(0) }).collect()
}
