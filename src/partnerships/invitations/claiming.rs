//! A company receives what was offered to an address: an offer comes of it, like any other.

use serde_json::Map;

use super::model::{PartnershipInvitation, Status};
use super::policy::InviteToPartnership;
use super::{rules, store};
use crate::access::{Actor, Role, Verb};
use crate::companies::store as companies;
use crate::db::Db;
use crate::error::Result;
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::kernel::id::{PartnershipId, PersonId};
use crate::kernel::time::Instant;
use crate::partnerships::change::{self, Brought, OfferSpan};
use crate::partnerships::model::Partnership;
use crate::partnerships::policy::GiveGrant;
use crate::partnerships::rules::{self as offers, Refusal};
use crate::partnerships::{history, store as partnerships};
use crate::people::store as people;

/// Uses a token up: the company of whoever shows it is offered the partnership.
///
/// Nobody of the offering company does so now: the offer is the system's doing. If that company takes no
/// part, or the two have a partnership already, the token goes on counting.
pub fn claim(
    db: &mut Db,
    actor: &Actor,
    hash: &[u8],
    (span, now): (OfferSpan, Instant),
) -> Result<Partnership> {
    let (person, own) = (actor.person()?, actor.reach.company);
    let found = store::hold_token(db, hash)?;
    let found = found.filter(|one| one.standing(now) == Status::Pending);
    let found = found.ok_or_else(rules::does_not_count)?;
    let (_, address) = store::user(db, person.user)?;
    if address != found.email {
        return Err(rules::for_another());
    }
    if own == found.company_id {
        return Err(rules::own_company());
    }
    if !companies::is_known(db, found.company_id)? {
        return Err(Refusal::NotTakingPart.into());
    }
    if !may(db, &found, InviteToPartnership::ROLE)? {
        return Err(rules::does_not_count());
    }
    let sides = rules::sides(&found, own);
    let brought = left(db, &found)?;
    if let Some(live) = partnerships::live_of(db, sides)? {
        change::expire(db, &live, now)?;
    }
    let message = found.message.clone();
    let until = (now, now.plus(span.0));
    let offered = offers::offer(PartnershipId::new(), sides, found.company_id, message, until);
    change::offer(db, &offered, &brought, Doer::SYSTEM)?;
    settle(db, &found, &offered, (actor, now))?;
    Ok(offered)
}

/// What is left of what the offer was to bring along.
fn left(db: &mut Db, found: &PartnershipInvitation) -> Result<Brought> {
    let (company, brought) = (found.company_id, &found.brought.0);
    let there = match brought.people.as_slice() {
        [] => Vec::new(),
        people => people::hold_active(db, company, people)?,
    };
    let there: Vec<PersonId> = there.iter().map(|person| person.id).collect();
    let may_grant = may(db, found, GiveGrant::ROLE)?;
    Ok(rules::left(brought, &there, may_grant))
}

/// Whether whoever sent the letter still belongs to the company, in at least this role.
fn may(db: &mut Db, found: &PartnershipInvitation, least: Role) -> Result<bool> {
    let roles = Role::ALL.iter().filter(|role| **role >= least);
    let roles: Vec<&str> = roles.map(|role| role.as_str()).collect();
    store::is_one_of(db, found.company_id, found.invited_by, &roles)
}

/// Notes what came of it, for both sides.
fn settle(
    db: &mut Db,
    found: &PartnershipInvitation,
    offered: &Partnership,
    (actor, now): (&Actor, Instant),
) -> Result<()> {
    let claimed = rules::claim(found, offered.id, now).ok_or_else(rules::does_not_count)?;
    let after = store::advance(db, found, claimed)?;
    let kind = EventKind::PartnershipInvitationClaimed;
    let event = Event::new(kind, any(after.id), actor.reach.company, now)
        .by(actor.doer)
        .shared_with(found.company_id)
        .sequence(after.version)
        .changed("status", found.status.as_str(), after.status.as_str())
        .changed("partnership_id", (), offered.id.to_string());
    history::record_beside(db, offered.id, event, Map::new())
}
