//! What may be proposed, what an answer makes of it, and what no longer fits.

use super::model::{Change, Op, OpState, Operation, Status};
use crate::kernel::document::Document;
use crate::kernel::id::{OperationId, PersonId};
use crate::kernel::time::Instant;
use crate::partnerships::contacts::model::{Contact, State};

/// The most operations of one change.
pub const MOST_OPERATIONS: usize = 50;

/// Why a change is not made, or stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The side has another one that waits.
    #[error("your company has proposed a change that waits for its answer")]
    Open,
    /// It waits for no answer any more.
    #[error("a change that is {0} can no longer be answered")]
    Answered(Status),
    /// Not all of it fits any more.
    #[error("some of these operations no longer fit; name those that you accept")]
    Stale,
}

crate::refusal_codes!(Refusal {
    Open => "change_open",
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
}

/// What cannot be proposed of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// Offered or assigned already.
    Contact,
    /// Not assigned, or about to be released already.
    NoContact,
}

impl Ground {
    fn state_of(&self, person: Option<PersonId>) -> Option<State> {
        let of_person = |one: &&Contact| Some(one.person_id) == person;
        self.contacts.iter().find(of_person).map(|one| one.state)
    }

    /// Whether something can be proposed now.
    pub fn takes(&self, op: Op, person: Option<PersonId>) -> Result<(), Unfit> {
        let state = self.state_of(person);
        match op {
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
            Op::SetDescription => self.description = operation.description.clone(),
        }
    }

    /// Leaves what was proposed undone.
    fn undo(&mut self, operation: &Operation, now: Instant) {
        match operation.op {
            Op::OfferContact => self.put(operation.person_id, State::Removed, now),
            Op::ReleaseContact => self.put(operation.person_id, State::Assigned, now),
            Op::SetDescription => {}
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

fn open(change: &Change) -> Result<(), Refusal> {
    match change.status {
        Status::Proposed => Ok(()),
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
