//! Takes changes to their next states, and with them the contacts, the partnership and its other open
//! change. Whoever does so holds the partnership first, so that steps come one after the other.

use std::collections::HashMap;

use super::model::{Change, Operation, Proposal};
use super::rules::{self, Ground, Refusal, Refusing};
use super::store;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::events::kinds::EventKind;
use crate::events::model::{Event, any};
use crate::kernel::id::{ChangeId, OperationId, PersonId};
use crate::kernel::time::Instant;
use crate::partnerships::change::Told;
use crate::partnerships::contacts::model::Contact;
use crate::partnerships::contacts::store as contacts;
use crate::partnerships::model::Partnership;
use crate::partnerships::{history, store as partnerships};

/// The partnership as it is, held until this transaction ends.
pub fn held(db: &mut Db, on: &Partnership) -> Result<Partnership> {
    let gone = || Error::internal(anyhow::anyhow!("{} is gone", on.id));
    partnerships::hold(db, on.id)?.ok_or_else(gone)
}

/// A change comes to be. Whoever it offers is offered from now on, whoever it releases about to be.
pub fn propose(
    db: &mut Db,
    on: &Partnership,
    change: &Change,
    moved: &[Contact],
    told: Told,
) -> Result<()> {
    store::insert(db, change)?;
    for contact in moved {
        contacts::put(db, contact)?;
    }
    let open_changes = on.open_changes.saturating_add(1);
    let after = Partnership { open_changes, updated_at: change.updated_at, ..on.clone() };
    step(db, on, after, change.id, told).map(drop)
}

/// What an answer is.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Yes, to all of it or to some.
    Accept(Option<Vec<OperationId>>),
    /// No.
    Refuse(Refusing),
}

/// A change is answered.
pub fn answer(
    db: &mut Db,
    proposal: &Proposal,
    (answer, comment): (&Answer, Option<String>),
    told: Told,
    now: Instant,
) -> Result<Change> {
    let on = held(db, &proposal.on)?;
    let before = store::look_for(db, proposal.change.id)?.unwrap_or(proposal.change.clone());
    if before.version != proposal.change.version {
        return Err(Error::Stale);
    }
    let ground = ground(db, &on, &[&before])?;
    let (after, new) = answered(&before, ground.clone(), answer, now)?;
    keep_contacts(db, &ground, &new)?;
    let change = store::advance(db, &before, Change { comment, ..after })?;
    let open_changes = on.open_changes.saturating_sub(1).max(0);
    let description = new.description;
    let after = Partnership { open_changes, description, updated_at: now, ..on.clone() };
    let after = step(db, &on, after, change.id, told)?;
    refresh(db, &after, now)?;
    Ok(change)
}

fn answered(
    change: &Change,
    ground: Ground,
    answer: &Answer,
    now: Instant,
) -> std::result::Result<(Change, Ground), Refusal> {
    match answer {
        Answer::Accept(chosen) => rules::accept(change, ground, chosen.as_deref(), now),
        Answer::Refuse(how) => rules::refuse(change, ground, *how, now),
    }
}

/// The partnership ends, and with it what is open.
pub fn cancel(db: &mut Db, on: &Partnership, now: Instant) -> Result<()> {
    for before in store::open(db, on.id)? {
        let ground = ground(db, on, &[&before])?;
        let (after, new) = rules::refuse(&before, ground.clone(), Refusing::Cancel, now)?;
        keep_contacts(db, &ground, &new)?;
        store::advance(db, &before, after)?;
    }
    Ok(())
}

/// Marks what no longer fits in the changes that are still open.
pub fn refresh(db: &mut Db, on: &Partnership, now: Instant) -> Result<()> {
    for before in store::open(db, on.id)? {
        let ground = ground(db, on, &[&before])?;
        if let Some(after) = rules::refresh(&before, &ground, now) {
            store::advance(db, &before, after)?;
        }
    }
    Ok(())
}

/// What a partnership is, as far as these changes are about it.
fn ground(db: &mut Db, on: &Partnership, changes: &[&Change]) -> Result<Ground> {
    let operations = changes.iter().flat_map(|change| &change.operations.0);
    let people: Vec<PersonId> = operations.filter_map(|one: &Operation| one.person_id).collect();
    let contacts = contacts::among(db, on.id, &people)?;
    Ok(Ground { description: on.description.clone(), contacts })
}

/// The same before anything is proposed, with whom it would be about.
pub fn ground_of(db: &mut Db, on: &Partnership, people: &[PersonId]) -> Result<Ground> {
    let contacts = contacts::among(db, on.id, people)?;
    Ok(Ground { description: on.description.clone(), contacts })
}

fn keep_contacts(db: &mut Db, before: &Ground, after: &Ground) -> Result<()> {
    let were: HashMap<PersonId, &Contact> =
        before.contacts.iter().map(|one| (one.person_id, one)).collect();
    for contact in &after.contacts {
        if were.get(&contact.person_id) != Some(&contact) {
            contacts::replace(db, contact)?;
        }
    }
    Ok(())
}

/// Stores the partnership's next version, and writes it down for both sides.
fn step(
    db: &mut Db,
    before: &Partnership,
    after: Partnership,
    change: ChangeId,
    told: Told,
) -> Result<Partnership> {
    let after = partnerships::advance(db, before, after)?;
    let event = Event::new(told.kind, any(after.id), told.own, after.updated_at)
        .by(told.doer)
        .shared_with(after.other_side(told.own))
        .sequence(after.version);
    let id = change.to_string();
    let event = match told.kind == EventKind::PartnershipChangeProposed {
        true => event.changed("change_id", (), id),
        false => event.changed("change_id", id, ()),
    };
    let description = |row: &Partnership| row.description.clone();
    let event = event.changed("description", description(before), description(&after));
    history::record(db, after.id, event)?;
    Ok(after)
}
