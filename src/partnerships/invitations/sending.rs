//! Offers to addresses and their letters, in one transaction.

use super::desk::Desk;
use super::model::{Addressee, PartnershipInvitation, Status};
use super::policy::InviteToPartnership;
use super::{rules, store};
use crate::access::{Actor, secret};
use crate::companies::store as companies;
use crate::db::Db;
use crate::error::Result;
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::events::store as events;
use crate::kernel::document::Document;
use crate::kernel::id::PartnershipInvitationId;
use crate::kernel::time::Instant;
use crate::mail::model::Letter;
use crate::mail::store as mail;
use crate::mail::templates::{Template, render};
use crate::partnerships::change::Brought;
use crate::partnerships::policy::GiveGrant;

/// What is offered: to whom, in which words, and what comes with it.
#[derive(Debug, Clone)]
pub struct Offer {
    /// To whom.
    pub to: Addressee,
    /// The words, which are not in the letter.
    pub message: String,
    /// What comes with it.
    pub brought: Brought,
}

/// Offers a partnership to an address.
pub fn invite(
    db: &mut Db,
    actor: &Actor,
    offer: &Offer,
    desk: &Desk,
    now: Instant,
) -> Result<PartnershipInvitation> {
    actor.may::<InviteToPartnership>()?;
    let (person, company, to) = (actor.person()?, actor.reach.company, &offer.to);
    let target = (company, to.email.as_str(), to.role);
    store::alone(db, company)?;
    let posted = is_posted(db, &to.email, now)?;
    if let Some(old) = store::look_for_pending(db, target)? {
        expire(db, &old, now)?;
    }
    rules::invite(&store::before(db, target, now)?)?;
    let token = secret::issue("ento")?;
    let invitation = PartnershipInvitation {
        id: PartnershipInvitationId::new(),
        company_id: company,
        email: to.email.clone(),
        company_name: to.company_name.clone(),
        role: to.role,
        status: Status::Pending,
        message: offer.message.clone(),
        brought: Document(offer.brought.clone()),
        hash: Some(secret::digest(token.as_bytes())),
        invited_by: person.user,
        letters: 1,
        created_at: now,
        sent_at: now,
        expires_at: now.plus(desk.lifetime),
        answered_at: None,
        partnership_id: None,
        version: 1,
    };
    store::insert(db, &invitation)?;
    if posted {
        write(db, &invitation, (desk, &token), now)?;
    }
    let event = about(EventKind::PartnershipInvitationCreated, &invitation, now).by(actor.doer);
    events::record(db, event.changed("my_role", (), invitation.role.as_str()))?;
    Ok(invitation)
}

/// Sends another letter. Whoever sends it is who offers from now on, and so has to be one who may give what
/// comes with it.
pub fn resend(
    db: &mut Db,
    actor: &Actor,
    before: &PartnershipInvitation,
    desk: &Desk,
    now: Instant,
) -> Result<PartnershipInvitation> {
    let person = actor.person()?;
    if !before.brought.0.grants.is_empty() {
        actor.may::<GiveGrant>()?;
    }
    let token = secret::issue("ento")?;
    let posted = is_posted(db, &before.email, now)?;
    // The token of a letter that does not leave is no use to anybody: the one before goes on to count.
    let hash = posted.then(|| secret::digest(token.as_bytes())).or_else(|| before.hash.clone());
    let sent = rules::resend(before, hash, desk.lifetime, now)?;
    let sent = PartnershipInvitation { invited_by: person.user, ..sent };
    let after = store::advance(db, before, sent)?;
    if posted {
        write(db, &after, (desk, &token), now)?;
    }
    let event = about(EventKind::PartnershipInvitationResent, &after, now).by(actor.doer);
    let (old, new) = (before.invited_by, after.invited_by);
    events::record(db, event.changed("invited_by", old.to_string(), new.to_string()))?;
    Ok(after)
}

/// Takes one back.
pub fn withdraw(
    db: &mut Db,
    doer: Doer,
    before: &PartnershipInvitation,
    now: Instant,
) -> Result<PartnershipInvitation> {
    let after = store::advance(db, before, rules::withdraw(before, now)?)?;
    let event = about(EventKind::PartnershipInvitationWithdrawn, &after, now).by(doer);
    events::record(db, event.changed("status", before.status.as_str(), after.status.as_str()))?;
    Ok(after)
}

/// Nobody has received one in time: it is over. Whether it was.
pub fn expire(db: &mut Db, before: &PartnershipInvitation, now: Instant) -> Result<bool> {
    let Some(expired) = rules::expire(before, now) else { return Ok(false) };
    let after = store::advance(db, before, expired)?;
    let event = about(EventKind::PartnershipInvitationExpired, &after, now);
    events::record(db, event.changed("status", before.status.as_str(), after.status.as_str()))?;
    Ok(true)
}

fn about(kind: EventKind, invitation: &PartnershipInvitation, now: Instant) -> Event {
    let event = Event::new(kind, any(invitation.id), invitation.company_id, now);
    event.sequence(invitation.version)
}

/// Whether a letter to an address leaves, after those that it got lately. Of many at the same moment each is
/// counted.
fn is_posted(db: &mut Db, email: &str, now: Instant) -> Result<bool> {
    store::alone_with(db, &secret::digest(email.as_bytes()))?;
    Ok(rules::is_posted(store::letters_lately(db, email, now)?))
}

/// The letter says the same whether somebody has an account with the address or not, and nothing that the
/// company wrote but its name and that of its person.
fn write(
    db: &mut Db,
    invitation: &PartnershipInvitation,
    (desk, token): (&Desk, &str),
    now: Instant,
) -> Result<()> {
    let (inviter, _) = store::user(db, invitation.invited_by)?;
    let values = serde_json::json!({
        "name": invitation.email,
        "company": rules::named(&companies::find_own(db, invitation.company_id)?.name),
        "inviter": rules::named(&inviter),
        "link": desk.link.with(token),
        "days": desk.days(),
        "open": desk.open,
    });
    let words = render(Template::PartnershipInvitation, &values)?;
    mail::post(db, &Letter::to_anybody(&invitation.email, words), now).map(drop)
}
