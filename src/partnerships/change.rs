//! Takes a partnership to its next state, and its contacts with it: stored, told to both sides, and
//! kept in its history.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::contacts::model::{Contact, State};
use super::contacts::rules::{self as contact_rules, Chosen};
use super::contacts::store as contacts;
use super::grants::change as grants;
use super::grants::model::{GrantKind, GrantLevel};
use super::grants::rules::{self as grant_rules, Given};
use super::grants::store as grant_rows;
use super::model::Partnership;
use super::{history, rules, store};
use crate::db::Db;
use crate::error::Result;
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::kernel::id::{CompanyId, PersonId};
use crate::kernel::time::Instant;

/// How long an offer waits for its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfferSpan(pub SignedDuration);

/// What the record says of a change, and of whom.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    /// Such as that it was accepted.
    pub kind: EventKind,
    /// The company that did it.
    pub own: CompanyId,
    /// Who in it.
    pub doer: Doer,
}

/// Stores the next state, and writes it down for both sides.
pub fn advance(
    db: &mut Db,
    before: &Partnership,
    after: Partnership,
    told: Told,
) -> Result<Partnership> {
    advance_with(db, before, after, told, Beside::default())
}

/// The same of an offer that is answered or over, with the contacts that were offered with it.
pub fn answer(
    db: &mut Db,
    before: &Partnership,
    after: Partnership,
    told: Told,
    chosen: &Chosen,
) -> Result<Partnership> {
    let now = after.updated_at;
    let offered = contacts::offered(db, before.id)?;
    let mut taken = Vec::new();
    for contact in offered.iter().filter_map(|one| contact_rules::answer(one, chosen, now)) {
        contacts::replace(db, &contact)?;
        if contact.state == State::Assigned {
            taken.push(contact.person_id);
        }
    }
    let offered: Vec<PersonId> = offered.iter().map(|one| one.person_id).collect();
    let moved = told.kind == EventKind::PartnershipAccepted && !offered.is_empty();
    let moved = moved.then(|| [json!({ "offered": offered }), json!({ "assigned": taken })]);
    let granted = match told.kind == EventKind::PartnershipAccepted {
        true => grant_rows::of(db, before.id)?,
        false => Vec::new(),
    };
    grants::begin(db, &granted, now)?;
    let granted = grant_rules::given(&granted);
    advance_with(db, before, after, told, Beside { contacts: moved, granted })
}

/// What comes with a step: people, before and after, and what counts from it on.
#[derive(Default)]
struct Beside {
    contacts: Option<[Value; 2]>,
    granted: Given,
}

fn advance_with(
    db: &mut Db,
    before: &Partnership,
    after: Partnership,
    told: Told,
    beside: Beside,
) -> Result<Partnership> {
    let after = store::advance(db, before, after)?;
    let mut event = Event::new(told.kind, any(after.id), told.own, after.updated_at)
        .by(told.doer)
        .shared_with(after.other_side(told.own))
        .sequence(after.version)
        .changed("status", before.status.as_str(), after.status.as_str());
    if let Some([before, after]) = beside.contacts {
        event = event.changed("contacts", before, after);
    }
    event = event.changed("grants", json!([]), grants::shown(&beside.granted));
    history::record(db, after.id, event)?;
    Ok(after)
}

/// What an offer brings along: people to turn to, and what the offering side would grant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Brought {
    /// The people.
    pub people: Vec<PersonId>,
    /// What it would grant, and how far.
    pub grants: Vec<(GrantKind, Option<GrantLevel>)>,
}

/// An offer comes to be.
pub fn offer(db: &mut Db, offered: &Partnership, brought: &Brought, doer: Doer) -> Result<()> {
    let (own, now) = (offered.offered_by_company_id, offered.created_at);
    store::insert(db, offered)?;
    contacts::insert(db, &contact_rules::offer(offered.id, own, &brought.people, now))?;
    let granted: Given =
        brought.grants.iter().map(|(kind, level)| ((own, *kind), *level)).collect();
    grants::keep(db, offered, (&Given::new(), &granted), now)?;
    let mut event = Event::new(EventKind::PartnershipOffered, any(offered.id), own, now)
        .by(doer)
        .shared_with(offered.other_side(own));
    if !brought.people.is_empty() {
        event = event.changed("contacts", (), json!({ "offered": brought.people }));
    }
    event = event.changed("grants", json!([]), grants::shown(&granted));
    history::record(db, offered.id, event)
}

/// Nobody has answered an offer in time: it is over. Whether it was.
pub fn expire(db: &mut Db, offered: &Partnership, now: Instant) -> Result<bool> {
    let Some(expired) = rules::expire(offered, now) else { return Ok(false) };
    let own = offered.offered_by_company_id;
    let told = Told { kind: EventKind::PartnershipExpired, own, doer: Doer::SYSTEM };
    answer(db, offered, expired, told, &Chosen::Nobody)?;
    Ok(true)
}

/// A contact has left its company. Whoever says so holds the partnership.
pub fn release(
    db: &mut Db,
    on: &Partnership,
    released: &Contact,
    (doer, now): (Doer, Instant),
) -> Result<Partnership> {
    contacts::replace(db, released)?;
    let after = store::advance(db, on, Partnership { updated_at: now, ..on.clone() })?;
    let own = released.company_id;
    let event = Event::new(EventKind::PartnershipContactReleased, any(after.id), own, now)
        .by(doer)
        .shared_with(after.other_side(own))
        .sequence(after.version)
        .changed("contact_id", released.person_id.to_string(), ());
    history::record(db, after.id, event)?;
    Ok(after)
}
