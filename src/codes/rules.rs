//! Who is credited by a code, and what may be done to it: pure.
//!
//! The changes of a code are never taken back: an owner from a moment on replaces whatever was said of
//! that moment and of later ones before. So the owner at a moment is told by the last change that
//! speaks of it.

use jiff::SignedDuration;

use super::model::{Change, ChangeKind, ReferralCode, Whole};
use crate::events::model::Doer;
use crate::kernel::id::CompanyId;
use crate::kernel::time::Instant;

#[cfg(test)]
mod tests;

/// How long the text of a code rests before another one may have it.
pub const REST: SignedDuration = SignedDuration::from_hours(180 * 24);
/// The most changes of one code.
const MOST_CHANGES: i64 = 1_000;

/// Why a code stays as it is, or does not come to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another active code is written or looks the same.
    #[error("{0} is a code of this program, and is or looks the same")]
    Taken(String),
    /// One that was is not forgotten yet.
    #[error("{code} was a code of this program, and rests until {until}")]
    Resting {
        /// Which.
        code: String,
        /// Until when.
        until: Instant,
    },
    /// Nobody changes a code that often.
    #[error("a code changes at most {MOST_CHANGES} times")]
    TooManyChanges,
}

crate::refusal_codes!(Refusal {
    Taken(..) => "referral_code_taken",
    Resting { .. } => "referral_code_resting",
    TooManyChanges => "too_many_changes",
});

/// A stretch of time in which one partner had a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// Who.
    pub partner_company_id: CompanyId,
    /// From this moment on.
    pub from: Instant,
    /// Before this one; open where it is the last.
    pub until: Option<Instant>,
}

/// What a command makes of a code: how it stands then, and the change that says so.
pub type Changed = (ReferralCode, Change);

/// Who is credited for an order of this moment that carries the code, if anybody is.
pub fn credited(whole: &Whole, at: Instant) -> Option<CompanyId> {
    let Whole { code, changes } = whole;
    let valid = code.valid_from <= at && code.valid_until.is_none_or(|until| at < until);
    let spoken = |change: &&Change| change.since <= at;
    let last = changes.iter().rev().filter(|change| change.kind != ChangeKind::Assigned);
    let active = match last.clone().find(spoken).map(|change| change.kind) {
        Some(ChangeKind::Deactivated) => false,
        Some(ChangeKind::Activated | ChangeKind::Assigned) | None => true,
    };
    if !valid || !active {
        return None;
    }
    let owner = changes.iter().rev().filter(|change| change.kind == ChangeKind::Assigned);
    owner.clone().find(spoken).map(|change| change.partner_company_id)
}

/// Who had a code when, oldest first, as it is known now.
pub fn owners(changes: &[Change]) -> Vec<Owner> {
    let mut owners: Vec<Owner> = Vec::new();
    for change in changes.iter().filter(|change| change.kind == ChangeKind::Assigned) {
        let (partner, from) = (change.partner_company_id, change.since);
        owners.retain(|owner| owner.from < from);
        match owners.last_mut() {
            Some(last) if last.partner_company_id == partner => last.until = None,
            last => {
                if let Some(last) = last {
                    last.until = Some(from);
                }
                owners.push(Owner { partner_company_id: partner, from, until: None });
            }
        }
    }
    owners
}

/// Whether a text may be an active code beside all others of the program that look like it.
pub fn may_have<'a>(
    alike: impl IntoIterator<Item = &'a ReferralCode>,
    now: Instant,
) -> Result<(), Refusal> {
    for other in alike {
        if other.active {
            return Err(Refusal::Taken(other.code.clone()));
        }
        let until = other.freed_at.unwrap_or(other.updated_at).plus(REST);
        if now < until {
            return Err(Refusal::Resting { code: other.code.clone(), until });
        }
    }
    Ok(())
}

/// The first change of a new code: it is its owner's from its first moment on.
pub fn first(code: &ReferralCode, doer: Doer) -> Change {
    change(code, ChangeKind::Assigned, code.valid_from, (doer, code.created_at))
}

/// Another owner from a moment on; nothing if it has that owner from then on already.
pub fn assign(
    whole: &Whole,
    partner: CompanyId,
    from: Instant,
    (doer, now): (Doer, Instant),
) -> Result<Option<Changed>, Refusal> {
    let Whole { code, changes } = whole;
    let from = from.max(code.valid_from);
    let same = |owner: &Owner| owner.partner_company_id == partner && owner.from <= from;
    if owners(changes).last().is_some_and(same) {
        return Ok(None);
    }
    let stamped = stamped(whole, now)?;
    // A version takes it from each who loses it, and the last gives it to the other: each is told one.
    let losers = i64::try_from(losers(whole, partner, from).len()).unwrap_or(MOST_CHANGES);
    let version = stamped.version.saturating_add(losers);
    if version > MOST_CHANGES {
        return Err(Refusal::TooManyChanges);
    }
    let after = ReferralCode { partner_company_id: partner, version, ..stamped };
    let change = change(&after, ChangeKind::Assigned, from, (doer, now));
    Ok(Some((after, change)))
}

/// Who loses a code, or some of the time in which he had it, if another partner has it from a moment on:
/// whoever had it at that moment or later.
pub fn losers(whole: &Whole, partner: CompanyId, from: Instant) -> Vec<CompanyId> {
    let mut losers: Vec<CompanyId> = Vec::new();
    for owner in owners(&whole.changes) {
        let loses = owner.until.is_none_or(|until| until > from);
        let known = owner.partner_company_id == partner;
        if loses && !known && !losers.contains(&owner.partner_company_id) {
            losers.push(owner.partner_company_id);
        }
    }
    losers
}

/// Orders from now on are nobody's; nothing if they are already.
pub fn deactivate(whole: &Whole, (doer, now): (Doer, Instant)) -> Result<Option<Changed>, Refusal> {
    if !whole.code.active {
        return Ok(None);
    }
    let after = ReferralCode { active: false, freed_at: Some(now), ..stamped(whole, now)? };
    let change = change(&after, ChangeKind::Deactivated, now, (doer, now));
    Ok(Some((after, change)))
}

/// Orders from now on are its owner's again, unless others took the text; nothing if they are already.
pub fn activate(
    whole: &Whole,
    alike: &[ReferralCode],
    (doer, now): (Doer, Instant),
) -> Result<Option<Changed>, Refusal> {
    if whole.code.active {
        return Ok(None);
    }
    may_have(alike.iter().filter(|other| other.id != whole.code.id), now)?;
    let after = ReferralCode { active: true, freed_at: None, ..stamped(whole, now)? };
    let change = change(&after, ChangeKind::Activated, now, (doer, now));
    Ok(Some((after, change)))
}

/// The same code, one version later.
fn stamped(whole: &Whole, now: Instant) -> Result<ReferralCode, Refusal> {
    let version = whole.code.version.saturating_add(1);
    if version > MOST_CHANGES {
        return Err(Refusal::TooManyChanges);
    }
    Ok(ReferralCode { version, updated_at: now, ..whole.code.clone() })
}

/// A change is known by the version it made.
fn change(
    after: &ReferralCode,
    kind: ChangeKind,
    since: Instant,
    (doer, at): (Doer, Instant),
) -> Change {
    Change {
        code_id: after.id,
        sequence: after.version,
        kind,
        partner_company_id: after.partner_company_id,
        since,
        user_id: doer.user_id,
        api_key_id: doer.api_key_id,
        at,
    }
}
