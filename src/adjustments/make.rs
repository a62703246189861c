//! One adjustment, from the decision to the record, by way of a second person where it takes one.

use super::disputes::{self, Came};
use super::entry::{asked_event, event, kept, proposal};
use super::model::{Adjustment, Either, Kind, Proposal};
use super::rules::{Correction, adjust, approved, declined, second, takes_two};
use super::store;
use crate::actions::model::{Action, Channel, Verb};
use crate::actions::reasons::Reason;
use crate::actions::rules::Why;
use crate::actions::store::grounds;
use crate::db::{Db, dialect};
use crate::error::Result;
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::events::store as events;
use crate::kernel::id::UpdateId;
use crate::kernel::time::Instant;
use crate::keys::store as keys;
use crate::programs::store as programs;

/// What a caller wants corrected, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// What.
    pub correction: Correction,
    /// For which reason.
    pub reason: Reason,
    /// The brand's own words.
    pub note: Option<String>,
}

/// Makes one, or proposes it where it takes a second person; gives it. The action stays as it is.
pub fn make(
    db: &mut Db,
    action: &Action,
    asked: &Asked,
    doer: Doer,
    now: Instant,
) -> Result<Either> {
    let last = last_of(db, action)?;
    let grounds = grounds(db, action)?;
    let adjusted = adjust(action, last.as_ref(), &asked.correction, &grounds.at(now))?;
    let why = why(asked.reason, asked.note.clone(), doer, now);
    let (why, change) = ((asked.reason, &why), asked.correction.change());
    let adjustment = kept(UpdateId::new(), last.as_ref(), &adjusted, why, change);
    let limit = match adjustment.kind {
        Kind::Clawback => None,
        // What the system makes good, the contract has said yes to: no person alone did.
        Kind::MakeGood if doer == Doer::SYSTEM => None,
        Kind::MakeGood => programs::make_good_limit(db, action.program_id)?,
    };
    if takes_two(&adjustment, action.currency, limit) {
        let correction = asked.correction.clone();
        return propose(db, action, adjustment, correction, doer).map(Either::Proposed);
    }
    store::append(db, &adjustment)?;
    events::record(db, event(&adjustment, action.currency).by(doer))?;
    Ok(Either::Made(adjustment))
}

/// Keeps what would be an adjustment until a second person answers; only the brand is told.
fn propose(
    db: &mut Db,
    action: &Action,
    adjustment: Adjustment,
    correction: Correction,
    doer: Doer,
) -> Result<Proposal> {
    let key = adjustment.api_key_id.map(|key| keys::with_company(db, action.company_id, key));
    let maker = key.transpose()?.flatten().map(|(key, _)| key.created_by);
    let proposal = proposal(adjustment, correction, maker);
    store::propose(db, &proposal)?;
    events::record(db, asked_event(&proposal, action.currency).by(doer))?;
    Ok(proposal)
}

/// Makes what was proposed, if it still is what was proposed; gives it.
pub fn approve(
    db: &mut Db,
    action: &Action,
    proposal: &Proposal,
    doer: Doer,
    now: Instant,
) -> Result<Adjustment> {
    let second = second(proposal, doer)?;
    let last = last_of(db, action)?;
    let grounds = grounds(db, action)?;
    let adjusted = adjust(action, last.as_ref(), &proposal.correction.0, &grounds.at(now))?;
    let why = why(proposal.reason, proposal.note.clone(), proposal.doer(), now);
    let id = UpdateId::from_uuid(proposal.id.uuid());
    let adjustment = Adjustment {
        approved_by_user_id: Some(second),
        ..kept(
            id,
            last.as_ref(),
            &adjusted,
            (proposal.reason, &why),
            proposal.correction.0.change(),
        )
    };
    store::answer(db, &approved(proposal, &adjustment, action.currency)?)?;
    store::append(db, &adjustment)?;
    let event = event(&adjustment, action.currency).by(doer).sequence(2);
    events::record(db, event)?;
    disputes::settle(db, proposal, Came::Made, (doer, now))?;
    Ok(adjustment)
}

/// Lets what was proposed be; only the brand is told.
pub fn decline(
    db: &mut Db,
    proposal: &Proposal,
    (reason, doer): (String, Doer),
    now: Instant,
) -> Result<Proposal> {
    let after = declined(proposal, doer, reason, now);
    store::answer(db, &after)?;
    let (then, status) = (proposal.status.as_str(), after.status.as_str());
    let event = Event::new(EventKind::AdjustmentDeclined, any(after.id), after.company_id, now);
    let event = event.by(doer).sequence(after.version).changed("status", then, status);
    events::record(db, event.changed("decline_reason", (), after.decline_reason.clone()))?;
    disputes::settle(db, proposal, Came::ToNothing, (doer, now))?;
    Ok(after)
}

/// The newest adjustment of an action, which is held against others: the next one comes after it.
fn last_of(db: &mut Db, action: &Action) -> Result<Option<Adjustment>> {
    dialect::hot::hold(db, &[action.id])?;
    store::last(db, action.id)
}

/// Somebody asked for it by itself, and not by a line of a batch.
fn why(reason: Reason, note: Option<String>, doer: Doer, at: Instant) -> Why {
    let (verb, channel) = (Verb::Modify, Channel::of_calls_by(doer));
    Why { verb, reason: Some(reason), note, channel, doer, reversal: None, at }
}
