//! Changes of who belongs to a company, one at a time.

use serde_json::Value;

use super::policy::RemoveMember;
use super::rules::{self, Ending};
use super::store;
use crate::access::Actor;
use crate::companies::store as companies;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::events::store as events;
use crate::kernel::id::UserId;
use crate::kernel::time::Instant;
use crate::mail::model::Letter;
use crate::mail::store as mail;
use crate::mail::templates::{Template, render};
use crate::relations::store as relations;
use crate::users::invitations::ending;
use crate::users::model::{Membership, Role};
use crate::users::store as users;

/// Who asks, and what that person may do in the company right now, while nobody else changes who
/// belongs to it: what the gate remembers may be some seconds old.
pub fn alone(db: &mut Db, actor: &Actor) -> Result<(UserId, Role)> {
    let (company, user) = (actor.reach.company, actor.person()?.user);
    store::alone(db, company)?;
    let standing = users::role_in(db, company, user)?;
    let gone = Error::Unauthenticated("the session has ended");
    standing.map(|(role, _)| (user, role)).ok_or(gone)
}

/// Gives a member another role.
pub fn change_role(
    db: &mut Db,
    actor: &Actor,
    before: Membership,
    role: Role,
    now: Instant,
) -> Result<Membership> {
    let (_, by) = alone(db, actor)?;
    let after = rules::change(&before, role, by, is_last_owner(db, &before)?)?;
    if after == before {
        return Ok(before);
    }
    let after = store::advance(db, &before, after)?;
    ending::beyond(db, (after.company_id, after.user_id), Some(after.role), (actor.doer, now))?;
    let event = event(EventKind::MembershipRoleChanged, &after, (actor.doer, now));
    let event = event.sequence(after.version);
    events::record(db, event.changed("role", before.role.as_str(), after.role.as_str()))?;
    Ok(after)
}

/// Ends a membership: the person leaves, or is removed and told so.
pub fn end(db: &mut Db, actor: &Actor, membership: &Membership, now: Instant) -> Result<()> {
    let (user, by) = alone(db, actor)?;
    let leaves = user == membership.user_id;
    if !leaves {
        actor.may::<RemoveMember>()?;
    }
    let how = if leaves { Ending::Leaves } else { Ending::RemovedBy(by) };
    rules::end(membership, how, is_last_owner(db, membership)?)?;
    store::remove(db, membership, now)?;
    ending::beyond(db, (membership.company_id, membership.user_id), None, (actor.doer, now))?;
    let event = event(EventKind::MembershipRemoved, membership, (actor.doer, now));
    let event = event
        .sequence(membership.version + 1)
        .changed("user_id", membership.user_id.to_string(), Value::Null)
        .changed("role", membership.role.as_str(), Value::Null);
    events::record(db, event)?;
    relations::clear_of(db, membership.company_id, membership.user_id, now)?;
    if leaves { Ok(()) } else { tell(db, membership, now) }
}

/// Whoever is out sees nothing of the company any more: a letter says so.
fn tell(db: &mut Db, membership: &Membership, now: Instant) -> Result<()> {
    let user = users::find(db, membership.user_id)?;
    let company = companies::find_own(db, membership.company_id)?.name;
    let values = serde_json::json!({ "name": user.name, "company": company });
    let rendered = render(Template::MembershipEnded, &values)?;
    mail::post(db, &Letter::essential(&user.email, user.id, rendered), now).map(drop)
}

fn is_last_owner(db: &mut Db, member: &Membership) -> Result<bool> {
    Ok(member.role == Role::Owner && !store::has_other_owner(db, member)?)
}

/// Somebody has joined a company.
pub fn joined(db: &mut Db, membership: &Membership, at: (Doer, Instant)) -> Result<()> {
    store::insert(db, membership)?;
    let event = event(EventKind::MembershipCreated, membership, at)
        .changed("user_id", Value::Null, membership.user_id.to_string())
        .changed("role", Value::Null, membership.role.as_str());
    events::record(db, event)
}

fn event(kind: EventKind, membership: &Membership, (doer, now): (Doer, Instant)) -> Event {
    Event::new(kind, any(membership.id), membership.company_id, now).by(doer)
}
