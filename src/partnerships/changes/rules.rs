//! What may be proposed, what an answer makes of it, and what no longer fits.

use super::model::{Change, Extent, OfGrant, Op, OpState, Operation, Status};
use crate::error::Decision;
use crate::kernel::document::Document;
use crate::kernel::id::{OperationId, PersonId};
use crate::kernel::time::Instant;
use crate::partnerships::contacts::model::{Contact, State};
use crate::partnerships::grants::rules::Given;
use crate::partnerships::model::Partnership;

/// The most operations of one change.
pub const MOST_OPERATIONS: usize = 50;

/// Why a change is not made, or stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The side has another one that waits.
    #[error("your company has proposed a change that waits for its answer")]
    Open,
    /// The side has another one that is not finished.
    #[error("your company has a draft of a change already")]
    Drafted,
    /// It is not proposed yet.
    #[error("this is a draft: propose it, or delete it")]
    IsDraft,
    /// Only a draft takes this.
    #[error("a change that is {0} is no draft any more")]
    NoDraft(Status),
    /// It waits for no answer any more.
    #[error("a change that is {0} can no longer be answered")]
    Answered(Status),
    /// Not all of it fits any more.
    #[error("some of these operations no longer fit; name those that you accept")]
    Stale,
}

crate::refusal_codes!(Refusal {
    Open => "change_open",
    Drafted => "draft_exists",
    IsDraft => "change_is_draft",
    NoDraft(..) => "change_not_draft",
    Answered(..) => "change_already_answered",
    Stale => "change_stale",
});

/// What a partnership is at this moment, as far as changes change it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ground {
    /// Its description.
    pub description: Option<String>,
    /// Its contacts, in whatever state.
    pub contacts: Vec<Contact>,
    /// What the two sides grant each other.
    pub grants: Given,
}

/// What cannot be proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// The person is offered or assigned already.
    Contact,
    /// The person is not assigned, or about to be released already.
    NoContact,
    /// This is granted already, as far as that.
    Granted,
    /// Nothing of the kind is granted.
    NotGranted,
}

impl Ground {
    fn state_of(&self, person: Option<PersonId>) -> Option<State> {
        let of_person = |one: &&Contact| Some(one.person_id) == person;
        self.contacts.iter().find(of_person).map(|one| one.state)
    }

    /// What is granted of what an operation is about.
    pub fn extent_of(&self, grant: &OfGrant) -> Option<Extent> {
        self.grants.get(&(grant.by, grant.kind)).map(|level| Extent { level: *level })
    }

    /// Whether something can be proposed now.
    pub fn takes(
        &self,
        op: Op,
        person: Option<PersonId>,
        grant: Option<&OfGrant>,
    ) -> Result<(), Unfit> {
        let state = self.state_of(person);
        let there = grant.and_then(|grant| self.extent_of(grant));
        let asked = grant.map(|grant| Extent { level: grant.level });
        match op {
            Op::SetGrant if there == asked => Err(Unfit::Granted),
            Op::RevokeGrant if there.is_none() => Err(Unfit::NotGranted),
            Op::SetGrant | Op::RevokeGrant => Ok(()),
            Op::OfferContact if matches!(state, None | Some(State::Removed)) => Ok(()),
            Op::OfferContact => Err(Unfit::Contact),
            Op::ReleaseContact if state == Some(State::Assigned) => Ok(()),
            Op::ReleaseContact => Err(Unfit::NoContact),
            Op::SetDescription => Ok(()),
        }
    }

    /// Whether what was proposed still stands as it was then.
    fn fits(&self, operation: &Operation) -> bool {
        match operation.op {
            Op::OfferContact => self.state_of(operation.person_id) == Some(State::Offered),
            Op::ReleaseContact => {
                self.state_of(operation.person_id) == Some(State::ReleaseProposed)
            }
            Op::SetGrant | Op::RevokeGrant => {
                let grant = operation.grant.as_ref();
                grant.is_some_and(|grant| self.extent_of(grant) == grant.over)
            }
            Op::SetDescription => self.description == operation.over,
        }
    }

    /// Puts a person into a state, if it is in another one.
    fn put(&mut self, person: Option<PersonId>, state: State, now: Instant) {
        let contacts = self.contacts.iter_mut();
        for contact in contacts.filter(|one| Some(one.person_id) == person) {
            (contact.state, contact.updated_at) = (state, now);
        }
    }

    /// Does what was proposed.
    fn apply(&mut self, operation: &Operation, now: Instant) {
        match operation.op {
            Op::OfferContact => self.put(operation.person_id, State::Assigned, now),
            Op::ReleaseContact => self.put(operation.person_id, State::Removed, now),
            Op::SetGrant => self
                .grants
                .extend(operation.grant.map(|grant| ((grant.by, grant.kind), grant.level))),
            Op::RevokeGrant => {
                self.grants.retain(|key, _| {
                    operation.grant.is_none_or(|grant| *key != (grant.by, grant.kind))
                });
            }
            Op::SetDescription => self.description = operation.description.clone(),
        }
    }

    /// Leaves what was proposed undone.
    fn undo(&mut self, operation: &Operation, now: Instant) {
        match operation.op {
            Op::OfferContact => self.put(operation.person_id, State::Removed, now),
            Op::ReleaseContact => self.put(operation.person_id, State::Assigned, now),
            Op::SetGrant | Op::RevokeGrant | Op::SetDescription => {}
        }
    }
}

/// What becomes of a change and of the ground, if it is accepted: all of it, or what is chosen. What is
/// not chosen is declined, and what is stale stays so.
pub fn accept(
    change: &Change,
    mut ground: Ground,
    chosen: Option<&[OperationId]>,
    now: Instant,
) -> Result<(Change, Ground), Refusal> {
    open(change)?;
    let meant = |one: &Operation| chosen.is_none_or(|chosen| chosen.contains(&one.id));
    let operations = &change.operations.0;
    if operations.iter().any(|one| meant(one) && one.state == OpState::Stale) {
        return Err(Refusal::Stale);
    }
    let mut done = operations.clone();
    for one in done.iter_mut().filter(|one| one.state == OpState::Proposed) {
        if meant(one) {
            ground.apply(one, now);
            one.state = OpState::Accepted;
        } else {
            ground.undo(one, now);
            one.state = OpState::Declined;
        }
    }
    Ok((decided(change, Status::Accepted, done, now), ground))
}

/// What becomes of them if nothing comes of the change.
pub fn refuse(
    change: &Change,
    mut ground: Ground,
    how: Refusing,
    now: Instant,
) -> Result<(Change, Ground), Refusal> {
    open(change)?;
    let (status, state) = match how {
        Refusing::Decline => (Status::Declined, OpState::Declined),
        Refusing::Withdraw => (Status::Withdrawn, OpState::Withdrawn),
        Refusing::Cancel => (Status::Cancelled, OpState::Cancelled),
    };
    let mut done = change.operations.0.clone();
    for one in done.iter_mut().filter(|one| one.state == OpState::Proposed) {
        ground.undo(one, now);
        one.state = state;
    }
    Ok((decided(change, status, done, now), ground))
}

/// How nothing comes of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusing {
    /// The other side says no.
    Decline,
    /// The proposing side takes it back.
    Withdraw,
    /// The partnership has ended.
    Cancel,
}

/// The change with what no longer fits marked; nothing if all of it does.
pub fn refresh(change: &Change, ground: &Ground, now: Instant) -> Option<Change> {
    let mut operations = change.operations.0.clone();
    let lost = |one: &&mut Operation| one.state == OpState::Proposed && !ground.fits(one);
    let mut any = false;
    for one in operations.iter_mut().filter(lost) {
        one.state = OpState::Stale;
        any = true;
    }
    let operations = Document(operations);
    any.then(|| Change { operations, updated_at: now, ..change.clone() })
}

/// Where in a list operations are named that are not of a change.
pub fn strangers(change: &Change, chosen: &[OperationId]) -> Vec<usize> {
    let known = |id: &OperationId| change.operations.0.iter().any(|one| one.id == *id);
    chosen.iter().enumerate().filter(|(_, id)| !known(id)).map(|(place, _)| place).collect()
}

/// Whether an answer opens or closes something: those operations that it accepts are about grants.
pub fn takes_grants(change: &Change, chosen: Option<&[OperationId]>) -> bool {
    let meant = |one: &&Operation| chosen.is_none_or(|chosen| chosen.contains(&one.id));
    change.operations.0.iter().filter(meant).any(|one| one.op.is_about_grants())
}

/// Whether a change can still be edited: nobody but its own side has seen it.
pub fn editable(change: &Change) -> Result<(), Refusal> {
    match change.status {
        Status::Draft => Ok(()),
        other @ (Status::Proposed
        | Status::Accepted
        | Status::Declined
        | Status::Withdrawn
        | Status::Cancelled) => Err(Refusal::NoDraft(other)),
    }
}

/// A draft is proposed: `draft → proposed`, with its operations as they fit now.
pub fn propose(
    draft: &Change,
    (reason, operations): (String, Vec<Operation>),
    now: Instant,
) -> Result<Change, Refusal> {
    editable(draft)?;
    Ok(Change {
        status: Status::Proposed,
        reason,
        operations: Document(operations),
        created_at: now,
        updated_at: now,
        ..draft.clone()
    })
}

/// What has become of a change, by whom and when: what whoever comes too late is told. Nothing while it
/// waits for its answer.
pub fn decision(change: &Change, on: &Partnership) -> Option<Decision> {
    let by = match change.status {
        Status::Draft | Status::Proposed => return None,
        Status::Accepted | Status::Declined => Some(on.other_side(change.proposed_by_company_id)),
        Status::Withdrawn => Some(change.proposed_by_company_id),
        Status::Cancelled => None,
    };
    Some(Decision { status: change.status.as_str(), by, at: change.decided_at })
}

fn open(change: &Change) -> Result<(), Refusal> {
    match change.status {
        Status::Proposed => Ok(()),
        Status::Draft => Err(Refusal::IsDraft),
        other @ (Status::Accepted | Status::Declined | Status::Withdrawn | Status::Cancelled) => {
            Err(Refusal::Answered(other))
        }
    }
}

fn decided(change: &Change, status: Status, operations: Vec<Operation>, now: Instant) -> Change {
    let operations = Document(operations);
    Change { status, operations, decided_at: Some(now), updated_at: now, ..change.clone() }
}

#[cfg(test)]
mod tests;
