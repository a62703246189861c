//! What is wished for becomes a change: held against what the partnership is at this moment, with the
//! fault of each wish that does not fit.

use super::change;
use super::model::{Change, OfGrant, Op, OpState, Operation, Proposal, Status};
use super::rules::{Ground, Refusal, Unfit};
use super::wire::{Sides, Wish};
use super::{rules, store};
use crate::access::Actor;
use crate::companies::store as companies;
use crate::db::Db;
use crate::error::{Error, Fault, Result};
use crate::events::kinds::EventKind;
use crate::kernel::document::Document;
use crate::kernel::id::{ChangeId, CompanyId, PersonId};
use crate::kernel::time::Instant;
use crate::partnerships::change::Told;
use crate::partnerships::contacts::model::{Contact, State};
use crate::partnerships::model::{Partnership, Status as Standing};
use crate::partnerships::named::{self, Named};
use crate::partnerships::policy::GiveGrant;
use crate::partnerships::rules::Refusal as PartnershipRefusal;

/// Whoever proposes, in whose name, and when.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// When.
    pub now: Instant,
}

impl By<'_> {
    /// The proposing side.
    pub fn own(&self) -> CompanyId {
        self.actor.reach.company
    }

    fn told(&self, kind: EventKind) -> Told {
        Told { kind, own: self.own(), doer: self.actor.doer }
    }
}

/// The two sides of a partnership, the one that wishes first.
pub fn sides(on: &Partnership, own: CompanyId) -> Sides {
    [own, on.other_side(own)]
}

/// Wishes that fit, and the contacts as they are while these are proposed.
pub struct Fitting {
    operations: Vec<Operation>,
    moved: Vec<Contact>,
}

/// Proposes at once what is wished for.
pub fn propose(
    db: &mut Db,
    on: &Partnership,
    (reason, wishes): (String, &[Wish]),
    counters: Option<(ChangeId, ChangeId)>,
    by: By<'_>,
) -> Result<Change> {
    let fitting = fit(db, on, wishes, by)?;
    let (id, countered) = counters.unzip();
    let id = id.unwrap_or_default();
    let change = Change {
        counters_change_id: countered,
        ..made(on, (id, Status::Proposed), (reason, fitting.operations), by)
    };
    store::insert(db, &change)?;
    put_forward(db, on, &change, &fitting.moved, by)?;
    Ok(change)
}

/// Keeps what is wished for as a draft, which moves nothing.
pub fn draft(
    db: &mut Db,
    on: &Partnership,
    (reason, wishes): (String, &[Wish]),
    by: By<'_>,
) -> Result<Change> {
    let operations = drafted(fit_draft(db, on, wishes, by)?);
    let change = made(on, (ChangeId::new(), Status::Draft), (reason, operations), by);
    store::insert(db, &change)?;
    Ok(change)
}

/// Puts other operations in the place of those of a draft.
pub fn redraft(
    db: &mut Db,
    proposal: &Proposal,
    (reason, wishes): (Option<String>, Option<&[Wish]>),
    by: By<'_>,
) -> Result<Change> {
    rules::editable(&proposal.change)?;
    let mut after = Change { updated_at: by.now, ..proposal.change.clone() };
    if let Some(wishes) = wishes {
        after.operations = Document(drafted(fit_draft(db, &proposal.on, wishes, by)?));
    }
    after.reason = reason.unwrap_or(after.reason);
    store::advance(db, &proposal.change, after)
}

/// Proposes a draft, if all of it still fits.
pub fn propose_draft(
    db: &mut Db,
    proposal: &Proposal,
    reason: String,
    by: By<'_>,
) -> Result<Change> {
    let on = change::held(db, &proposal.on)?;
    let wishes = again(&proposal.change.operations.0);
    let fitting = match fit(db, &on, &wishes, by) {
        Err(Error::Invalid(_)) => return Err(Refusal::Stale.into()),
        fitting => fitting?,
    };
    let change = rules::propose(&proposal.change, (reason, fitting.operations), by.now)?;
    let change = store::advance(db, &proposal.change, change)?;
    put_forward(db, &on, &change, &fitting.moved, by)?;
    Ok(change)
}

fn put_forward(
    db: &mut Db,
    on: &Partnership,
    proposed: &Change,
    moved: &[Contact],
    by: By<'_>,
) -> Result<()> {
    let told = by.told(EventKind::PartnershipChangeProposed);
    change::put_forward(db, on, proposed, moved, told)
}

/// What is wished for, if it can be proposed now: nothing is proposed to a company that takes no part,
/// and nobody opens anything whose role is too low for that.
fn fit(db: &mut Db, on: &Partnership, wishes: &[Wish], by: By<'_>) -> Result<Fitting> {
    if on.status != Standing::Active {
        return Err(PartnershipRefusal::NotActive(on.status).into());
    }
    if wishes.iter().any(|wish| wish.op.is_about_grants()) {
        by.actor.may::<GiveGrant>()?;
    }
    takes_part(db, on, by.own())?;
    fitting(db, on, wishes, by)
}

/// The same for a draft, which is not proposed yet, and perhaps by somebody else.
fn fit_draft(db: &mut Db, on: &Partnership, wishes: &[Wish], by: By<'_>) -> Result<Vec<Operation>> {
    if on.status != Standing::Active {
        return Err(PartnershipRefusal::NotActive(on.status).into());
    }
    Ok(fitting(db, on, wishes, by)?.operations)
}

/// Nobody agrees on anything new with a company that takes no part.
pub fn takes_part(db: &mut Db, on: &Partnership, own: CompanyId) -> Result<()> {
    match companies::is_known(db, on.other_side(own))? {
        true => Ok(()),
        false => Err(PartnershipRefusal::NotTakingPart.into()),
    }
}

fn fitting(db: &mut Db, on: &Partnership, wishes: &[Wish], by: By<'_>) -> Result<Fitting> {
    let people: Vec<PersonId> = wishes.iter().filter_map(|wish| wish.person_id).collect();
    let ground = change::ground_of(db, on, &people)?;
    let offered = wishes.iter().filter(|wish| wish.op == Op::OfferContact);
    let offered: Vec<Named> = offered.filter_map(whom).collect();
    let mut faults = named::found(db, by.own(), &offered)?.err().unwrap_or_default();
    let (mut operations, mut moved) = (Vec::new(), Vec::new());
    for wish in wishes {
        if let Err(unfit) = ground.takes(wish.op, wish.person_id, wish.grant.as_ref()) {
            faults.push(fault(wish, unfit));
            continue;
        }
        operations.push(operation(wish, &ground));
        if let Some(person) = wish.person_id {
            let there = ground.contacts.iter().find(|one| one.person_id == person);
            moved.push(next(on, there, (by.own(), person, wish.op), by.now));
        }
    }
    if faults.is_empty() { Ok(Fitting { operations, moved }) } else { Err(Error::Invalid(faults)) }
}

fn whom(wish: &Wish) -> Option<Named> {
    Some((format!("{}/person_id", wish.place), wish.person_id?))
}

fn fault(wish: &Wish, unfit: Unfit) -> Fault {
    let at = |field: &str| format!("{}/{field}", wish.place);
    match unfit {
        Unfit::Contact => {
            let message = "this person is a contact already, or offered as one";
            Fault::at(at("person_id"), "already_contact", message)
        }
        Unfit::NoContact => named::unknown(&at("person_id")),
        Unfit::Granted => {
            Fault::at(at("grant"), "already_granted", "this is granted already, as far as that")
        }
        Unfit::NotGranted => Fault::at(at("grant"), "not_granted", "this is not granted"),
    }
}

fn operation(wish: &Wish, ground: &Ground) -> Operation {
    let over = |grant: OfGrant| OfGrant { over: ground.extent_of(&grant), ..grant };
    Operation {
        id: wish.id.unwrap_or_default(),
        op: wish.op,
        person_id: wish.person_id,
        description: wish.description.clone(),
        over: ground.description.clone().filter(|_| wish.op == Op::SetDescription),
        grant: wish.grant.map(over),
        state: OpState::Proposed,
    }
}

/// A contact that is offered, or about to be released.
fn next(
    on: &Partnership,
    there: Option<&Contact>,
    (own, person, op): (CompanyId, PersonId, Op),
    now: Instant,
) -> Contact {
    match (op == Op::ReleaseContact, there) {
        (true, Some(there)) => {
            Contact { state: State::ReleaseProposed, updated_at: now, ..there.clone() }
        }
        (true, None) | (false, _) => Contact {
            partnership_id: on.id,
            person_id: person,
            company_id: own,
            state: State::Offered,
            offered_at: now,
            updated_at: now,
        },
    }
}

fn drafted(operations: Vec<Operation>) -> Vec<Operation> {
    operations.into_iter().map(|one| Operation { state: OpState::Draft, ..one }).collect()
}

/// What a draft wishes for, once more.
fn again(operations: &[Operation]) -> Vec<Wish> {
    let wish = |(number, one): (usize, &Operation)| Wish {
        id: Some(one.id),
        place: format!("/operations/{number}"),
        op: one.op,
        person_id: one.person_id,
        description: one.description.clone(),
        grant: one.grant,
    };
    operations.iter().enumerate().map(wish).collect()
}

fn made(
    on: &Partnership,
    (id, status): (ChangeId, Status),
    (reason, operations): (String, Vec<Operation>),
    by: By<'_>,
) -> Change {
    Change {
        id,
        partnership_id: on.id,
        proposed_by_company_id: by.own(),
        status,
        reason,
        operations: Document(operations),
        comment: None,
        version: 1,
        created_at: by.now,
        decided_at: None,
        updated_at: by.now,
        counters_change_id: None,
        countered_by_change_id: None,
    }
}
