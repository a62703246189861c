//! How an invitation is accepted: by whom, and what comes of it.

use super::model::Invitation;
use super::rules::{self, Known, Way};
use super::store;
use super::wire::AcceptInvitation;
use crate::access::Anonymous;
use crate::companies::model::{Company, Status};
use crate::companies::store as companies;
use crate::db::Db;
use crate::error::{Error, Fault, Result};
use crate::events::kinds::EventKind;
use crate::events::model::{Doer, Event, any};
use crate::events::store as events;
use crate::kernel::id::{MembershipId, UserId};
use crate::kernel::origin::Origin;
use crate::kernel::time::Instant;
use crate::users::memberships::changing::joined;
use crate::users::memberships::store as memberships;
use crate::users::model::{Membership, User};
use crate::users::routes::Issued;
use crate::users::store as users;

/// What a token is worth: the invitation, and who has its address, with the hash of the password.
pub type Shown = (Invitation, Option<(Known, String)>);

/// Looks at what a token is worth, before any work is done for it.
pub fn look(db: &mut Db, hash: &[u8], now: Instant) -> Result<Option<Shown>> {
    let found = store::look_for_token(db, hash)?;
    let counts = found.filter(|found| rules::accept(found, now).is_some());
    let Some(invitation) = counts else { return Ok(None) };
    let known = store::look_for_known(db, &invitation.email)?;
    Ok(Some((invitation, known)))
}

/// Who joins.
#[derive(Debug, Clone)]
pub enum Joining {
    /// Somebody who has no account yet: this will be it.
    New(User),
    /// Somebody who has one.
    Known(UserId),
}

/// Who joins by this token, if the one who asks is that person.
pub async fn who(
    anonymous: &Anonymous,
    body: AcceptInvitation,
    (invitation, known): Shown,
) -> Result<Joining> {
    let caller = anonymous.caller().await?;
    let signed_in = caller.map(|actor| actor.person()).transpose()?.map(|person| person.user);
    match rules::way(known.as_ref().map(|(known, _)| *known), signed_in)? {
        Way::SignedIn(user) => Ok(Joining::Known(user)),
        Way::ByPassword(user) => {
            let password = body.password.ok_or_else(rules::sign_in)?;
            let stored = known.map(|(_, hash)| hash);
            let same = anonymous.gate().passwords.matches(password, stored).await?;
            if same { Ok(Joining::Known(user)) } else { Err(rules::sign_in()) }
        }
        Way::Newcomer => {
            let (name, password) = introduced(body, invitation.name)?;
            let password_hash = anonymous.gate().passwords.hash(password).await?;
            let now = anonymous.now;
            Ok(Joining::New(User {
                id: UserId::new(),
                email: invitation.email,
                name,
                password_hash,
                version: 1,
                created_at: now,
                updated_at: now,
            }))
        }
    }
}

/// The name and password of somebody new, or everything that is missing.
fn introduced(body: AcceptInvitation, invited_as: Option<String>) -> Result<(String, String)> {
    let missing = |field: &str| {
        let message = format!("{field} is required of somebody who has no account");
        Fault::at(format!("/{field}"), "missing_field", message)
    };
    match (body.name.or(invited_as), body.password) {
        (Some(name), Some(password)) => Ok((name, password)),
        (name, password) => {
            let name = name.is_none().then(|| missing("name"));
            let password = password.is_none().then(|| missing("password"));
            Err(Error::Invalid(name.into_iter().chain(password).collect()))
        }
    }
}

/// Whoever has joined, and how that person is signed in.
pub struct Joined {
    pub(super) issued: Issued,
    pub(super) user: User,
    pub(super) company: Company,
    pub(super) membership: MembershipId,
}

/// Uses a token up: the person joins, and is signed in to the company.
pub fn join(
    db: &mut Db,
    (shown, hash): (&Invitation, &[u8]),
    joining: &Joining,
    (origin, now): (Origin, Instant),
) -> Result<Joined> {
    memberships::alone(db, shown.company_id)?;
    // It may have been used while this one waited.
    let found = store::look_for_token(db, hash)?.ok_or_else(rules::does_not_count)?;
    let accepted = rules::accept(&found, now).ok_or_else(rules::does_not_count)?;
    let company = companies::find_own(db, found.company_id)?;
    if company.status != Status::Active {
        return Err(rules::does_not_count());
    }
    let user = person(db, &found, joining)?;
    let accepted = store::advance(db, &found, accepted)?;
    let doer = Doer { user_id: Some(user.id), origin, ..Doer::SYSTEM };
    let event = Event::new(EventKind::InvitationAccepted, any(accepted.id), company.id, now);
    events::record(db, event.by(doer).sequence(accepted.version))?;
    let membership = Membership {
        id: MembershipId::new(),
        company_id: company.id,
        user_id: user.id,
        role: accepted.role,
        created_at: now,
        version: 1,
    };
    joined(db, &membership, (doer, now))?;
    let issued = Issued::new(user.id, company.id, now)?;
    issued.begin(db, origin)?;
    Ok(Joined { issued, user, company, membership: membership.id })
}

/// The person's row, made if the person is new.
fn person(db: &mut Db, found: &Invitation, joining: &Joining) -> Result<User> {
    match joining {
        Joining::New(user) => {
            if users::look_for_email(db, &user.email)?.is_some() {
                // Somebody registered with it meanwhile.
                return Err(rules::sign_in());
            }
            users::insert_alone(db, user)?;
            Ok(user.clone())
        }
        Joining::Known(id) => {
            if users::role_in(db, found.company_id, *id)?.is_some() {
                return Err(rules::Refusal::AlreadyMember.into());
            }
            users::find(db, *id)
        }
    }
}
