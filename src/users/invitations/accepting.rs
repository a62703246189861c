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
use crate::users::attempts::{marks_of, rules as waits, store as counts};
use crate::users::login::code_missing;
use crate::users::memberships::changing::joined;
use crate::users::memberships::store as memberships;
use crate::users::model::{Membership, User};
use crate::users::proof::try_code;
use crate::users::routes::Issued;
use crate::users::store as users;
use crate::users::two_factor::model::Proof;
use crate::users::two_factor::rules::foresee;
use crate::users::two_factor::{codes, routes as second_factor, store as factors};

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
            let hash = known.map(|(_, hash)| hash);
            by_password(anonymous, (user, &invitation.email, hash), body).await?;
            Ok(Joining::Known(user))
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
                // The letter came there.
                email_confirmed_at: Some(now),
            }))
        }
    }
}

/// Takes the password of somebody who can sign in nowhere, and the code where the person has a second
/// factor. Failures count as those of signing in do.
async fn by_password(
    anonymous: &Anonymous,
    (user, email, hash): (UserId, &str, Option<String>),
    body: AcceptInvitation,
) -> Result<()> {
    let (gate, now, origin) = (anonymous.gate(), anonymous.now, anonymous.origin);
    let password = body.password.ok_or_else(rules::sign_in)?;
    let marks = marks_of(&gate.vault, email, origin);
    let counted = marks.clone();
    let factor = anonymous
        .read(move |db| {
            waits::admit(&counts::look(db, &counted, now)?, now)?;
            factors::look_for(db, user)
        })
        .await?;
    if !gate.passwords.matches(password, hash).await? {
        let waits = anonymous.write(move |db| counts::refuse(db, &marks, now)).await?;
        return Err(waits.unwrap_or_else(rules::sign_in));
    }
    let given = (body.code.as_deref(), body.recovery_code.as_deref());
    let shown = codes::shown(&gate.vault, (user, factor.as_ref()), given, now)?;
    if let Some(early @ (Proof::NotAsked | Proof::Missing)) = foresee(factor.as_ref(), &shown) {
        // Of guesses at the same moment none is answered that comes after too many.
        anonymous.read(move |db| waits::admit(&counts::look(db, &marks, now)?, now)).await?;
        return if early == Proof::Missing { Err(code_missing()) } else { Ok(()) };
    }
    let tried = anonymous.write(move |db| {
        let tried = try_code(db, (user, &marks), &shown, now)?;
        if let Ok(Proof::GoodByRecovery(left)) = tried {
            second_factor::recovered(db, user, left, (origin, now))?;
        }
        Ok(tried)
    });
    tried.await?.map(drop)
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
    let user = person(db, &found, joining, now)?;
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

/// The person's row, made if the person is new. A letter has reached the person at this address.
fn person(db: &mut Db, found: &Invitation, joining: &Joining, now: Instant) -> Result<User> {
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
            users::confirm_email(db, *id, now)?;
            users::find(db, *id)
        }
    }
}
