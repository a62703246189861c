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
use crate::partnerships::grants::change as grants;
use crate::partnerships::grants::rules::{self as grant_rules, Given};
use crate::partnerships::grants::store as grant_rows;
use crate::partnerships::model::Partnership;
use crate::partnerships::rules as partnership_rules;
use crate::partnerships::{history, store as partnerships};

/// The partnership as it is, held until this transaction ends.
pub fn held(db: &mut Db, on: &Partnership) -> Result<Partnership> {
    let gone = || Error::internal(anyhow::anyhow!("{} is gone", on.id));
    partnerships::hold(db, on.id)?.ok_or_else(gone)
}

/// A change is proposed. Whoever it offers is offered from now on, whoever it releases about to be.
pub fn put_forward(
    db: &mut Db,
    on: &Partnership,
    change: &Change,
    moved: &[Contact],
    told: Told,
) -> Result<()> {
    for contact in moved {
        contacts::put(db, contact)?;
    }
    let after = partnership_rules::ask(on, told.own, change.updated_at);
    step(db, on, after, Turned { change: change.id, grants: None }, told).map(drop)
}

/// What an answer is.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Yes, to all of it or to some.
    Accept(Option<Vec<OperationId>>),
    /// No.
    Refuse(Refusing),
}

/// What is said with an answer: a comment, and which change is proposed instead.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// For the other side to read.
    pub comment: Option<String>,
    /// The one that is about to be proposed.
    pub countered_by: Option<ChangeId>,
}

/// A change is answered; what it has become, and the partnership after it.
pub fn answer(
    db: &mut Db,
    proposal: &Proposal,
    (answer, said): (&Answer, Said),
    told: Told,
    now: Instant,
) -> Result<(Change, Partnership)> {
    let on = held(db, &proposal.on)?;
    let before = store::look_for(db, proposal.change.id)?.unwrap_or(proposal.change.clone());
    if before.version != proposal.change.version {
        return Err(Error::Stale);
    }
    let ground = ground(db, &on, &[&before])?;
    let (after, new) = answered(&before, ground.clone(), answer, now)
        .map_err(|refusal| Error::from(refusal).decided(rules::decision(&before, &on)))?;
    keep_contacts(db, &ground, &new)?;
    grants::keep(db, &on, (&ground.grants, &new.grants), now)?;
    let (comment, countered_by_change_id) = (said.comment, said.countered_by);
    let after = Change { comment, countered_by_change_id, ..after };
    let change = store::advance(db, &before, after)?;
    let settled = partnership_rules::settle(&on, change.proposed_by_company_id, now);
    let after = Partnership { description: new.description, ..settled };
    let turned = Turned { change: change.id, grants: Some((ground.grants, new.grants)) };
    let after = step(db, &on, after, turned, told)?;
    refresh(db, &after, now)?;
    Ok((change, after))
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

/// The partnership ends, and with it what is open, and what was going to be proposed.
pub fn cancel(db: &mut Db, on: &Partnership, now: Instant) -> Result<()> {
    store::discard_all(db, on.id)?;
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
    ground_of(db, on, &people)
}

/// The same before anything is proposed, with whom it would be about.
pub fn ground_of(db: &mut Db, on: &Partnership, people: &[PersonId]) -> Result<Ground> {
    let contacts = contacts::among(db, on.id, people)?;
    let grants = grant_rules::given(&grant_rows::of(db, on.id)?);
    Ok(Ground { description: on.description.clone(), contacts, grants })
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

/// What a step is about: a change, and what the sides granted each other before it and after.
struct Turned {
    change: ChangeId,
    grants: Option<(Given, Given)>,
}

/// Stores the partnership's next version, and writes it down for both sides.
fn step(
    db: &mut Db,
    before: &Partnership,
    after: Partnership,
    turned: Turned,
    told: Told,
) -> Result<Partnership> {
    let after = partnerships::advance(db, before, after)?;
    let mut event = Event::new(told.kind, any(after.id), told.own, after.updated_at)
        .by(told.doer)
        .shared_with(after.other_side(told.own))
        .sequence(after.version);
    let id = turned.change.to_string();
    event = match told.kind == EventKind::PartnershipChangeProposed {
        true => event.changed("change_id", (), id),
        false => event.changed("change_id", id, ()),
    };
    if let Some((before, after)) = &turned.grants {
        event = event.changed("grants", grants::shown(before), grants::shown(after));
    }
    let description = |row: &Partnership| row.description.clone();
    let event = event.changed("description", description(before), description(&after));
    history::record(db, after.id, event)?;
    Ok(after)
}
