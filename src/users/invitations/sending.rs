//! Invitations and their letters, in one transaction.

use super::desk::Desk;
use super::model::{Invitation, Status};
use super::wire::NewInvitation;
use super::{rules, store};
use crate::access::{Actor, secret};
use crate::companies::store as companies;
use crate::db::Db;
use crate::error::{Error, Fault, Result};
use crate::events::kinds::EventKind;
use crate::events::model::{Event, any};
use crate::events::store as events;
use crate::kernel::id::{InvitationId, UserId};
use crate::kernel::time::Instant;
use crate::mail::model::Letter;
use crate::mail::store as mail;
use crate::mail::templates::{Template, render};
use crate::users::memberships::changing::alone;
use crate::users::model::Role;
use crate::users::rules::up_to;
use crate::users::store as users;

/// Invites somebody.
pub fn invite(
    db: &mut Db,
    actor: &Actor,
    body: &NewInvitation,
    desk: &Desk,
    now: Instant,
) -> Result<Invitation> {
    let (user, own) = alone(db, actor)?;
    up_to(own, Role::Admin.max(body.role))?;
    let (company, email) = (actor.reach.company, body.email.to_lowercase());
    let pending = store::look_for_pending(db, company, &email)?;
    rules::invite(&store::before(db, (company, &email), pending.as_ref(), now)?)?;
    if let Some(old) = pending {
        store::advance(db, &old, rules::replace(&old, now)?)?;
    }
    let token = secret::issue("enti")?;
    let invitation = Invitation {
        id: InvitationId::new(),
        company_id: company,
        email,
        name: body.name.clone(),
        role: body.role,
        status: Status::Pending,
        hash: Some(secret::digest(token.as_bytes())),
        invited_by: user,
        letters: 1,
        created_at: now,
        sent_at: now,
        expires_at: now.plus(desk.lifetime),
        answered_at: None,
        version: 1,
    };
    store::insert(db, &invitation)?;
    write(db, (&invitation, user), (desk, &token), now)?;
    let event = Event::new(EventKind::InvitationCreated, any(invitation.id), company, now);
    let role = invitation.role.as_str();
    events::record(db, event.by(actor.doer).changed("role", serde_json::Value::Null, role))?;
    Ok(invitation)
}

/// Sends another letter. Whoever sends it invites from now on.
pub fn resend(
    db: &mut Db,
    actor: &Actor,
    before: &Invitation,
    desk: &Desk,
    now: Instant,
) -> Result<Invitation> {
    let (user, own) = alone(db, actor)?;
    up_to(own, Role::Admin.max(before.role))?;
    let token = secret::issue("enti")?;
    let hash = secret::digest(token.as_bytes());
    let sent = rules::resend(before, hash, desk.lifetime, now)?;
    let after = store::advance(db, before, Invitation { invited_by: user, ..sent })?;
    write(db, (&after, user), (desk, &token), now)?;
    let event = Event::new(EventKind::InvitationResent, any(after.id), after.company_id, now);
    events::record(db, event.by(actor.doer).sequence(after.version))?;
    Ok(after)
}

/// Revokes one.
pub fn revoke(db: &mut Db, actor: &Actor, before: &Invitation, now: Instant) -> Result<Invitation> {
    let (_, own) = alone(db, actor)?;
    up_to(own, Role::Admin.max(before.role))?;
    let after = store::advance(db, before, rules::revoke(before, now)?)?;
    let event = Event::new(EventKind::InvitationRevoked, any(after.id), after.company_id, now);
    events::record(db, event.by(actor.doer).sequence(after.version))?;
    Ok(after)
}

/// The letter says the same whether somebody has the address or not.
fn write(
    db: &mut Db,
    (invitation, inviter): (&Invitation, UserId),
    (desk, token): (&Desk, &str),
    now: Instant,
) -> Result<()> {
    let values = serde_json::json!({
        "name": invitation.name.as_deref().unwrap_or(&invitation.email),
        "company": companies::find_own(db, invitation.company_id)?.name,
        "inviter": users::find(db, inviter)?.name,
        "role": invitation.role.as_str(),
        "link": desk.link.with(token),
        "days": desk.days(),
    });
    let words = render(Template::Invitation, &values)?;
    let letter = Letter {
        to: invitation.email.clone(),
        user_id: None,
        subject: words.subject,
        text: words.text,
        html: words.html,
        unsubscribe: None,
    };
    mail::post(db, &letter, now).map(drop)
}

/// An address that no letter could be written to.
pub fn check(email: &str) -> Result<()> {
    if email.chars().any(char::is_control) {
        let message = "an address looks like ada@acme.example";
        return Err(Error::invalid(Fault::at("/email", "bad_format", message)));
    }
    Ok(())
}
