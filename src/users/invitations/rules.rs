//! Who can be invited, how often, and what may follow.

use jiff::SignedDuration;

use super::model::{Invitation, Status};
use crate::error::{Error, Fault, Result};
use crate::kernel::id::UserId;
use crate::kernel::time::Instant;
use crate::users::model::Role;

/// Over which time invitations are counted.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(24);
/// How many a company makes within that time.
const MOST: i64 = 200;
/// How many of them for one address.
const MOST_FOR_ONE: i64 = 3;
/// How many letters an invitation is worth.
const MOST_LETTERS: i32 = 5;
/// The least time between two of them.
const GAP: SignedDuration = SignedDuration::from_mins(5);

/// Why somebody is not invited, or an invitation stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing to invite to.
    #[error("the person with this address belongs to the company")]
    AlreadyMember,
    /// There is one that waits.
    #[error("an invitation for this address waits to be accepted: send it again, or revoke it")]
    AlreadyInvited,
    /// Letters to strangers are not to be had without end.
    #[error("there were too many invitations lately: go on tomorrow")]
    TooMany,
    /// It waits no longer.
    #[error("an invitation that is {0} can no longer be changed")]
    Over(Status),
    /// Whoever has not seen it has not looked.
    #[error("a letter was sent within the last five minutes, or five in all")]
    SentLately,
}

crate::refusal_codes!(Refusal {
    AlreadyMember => "already_member",
    AlreadyInvited => "already_invited",
    TooMany => "too_many_invitations",
    Over(..) => "invitation_over",
    SentLately => "invitation_sent_lately",
});

/// What a company and an address have to do with each other already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// Whether the person with the address belongs to the company.
    pub member: bool,
    /// What has become of the invitation that nobody has answered, if there is one.
    pub pending: Option<Status>,
    /// How many invitations the company made lately.
    pub lately: i64,
    /// How many of them were for this address.
    pub for_address: i64,
}

/// Whether one more is made.
pub fn invite(before: &Before) -> Result<(), Refusal> {
    if before.member {
        return Err(Refusal::AlreadyMember);
    }
    if before.pending == Some(Status::Pending) {
        return Err(Refusal::AlreadyInvited);
    }
    if before.lately >= MOST || before.for_address >= MOST_FOR_ONE {
        return Err(Refusal::TooMany);
    }
    Ok(())
}

/// Another letter, with another token: `pending → pending`, for as long again.
pub fn resend(
    before: &Invitation,
    hash: Vec<u8>,
    lifetime: SignedDuration,
    now: Instant,
) -> Result<Invitation, Refusal> {
    waits(before)?;
    if now < before.sent_at.plus(GAP) || before.letters >= MOST_LETTERS {
        return Err(Refusal::SentLately);
    }
    Ok(Invitation {
        hash: Some(hash),
        letters: before.letters.saturating_add(1),
        sent_at: now,
        expires_at: now.plus(lifetime),
        ..before.clone()
    })
}

/// The company thinks better of it: `pending → revoked`.
pub fn revoke(before: &Invitation, now: Instant) -> Result<Invitation, Refusal> {
    waits(before).map(|()| over(before, Status::Revoked, now))
}

/// Its days are over, and another one takes its place: `pending → expired`.
pub fn replace(before: &Invitation, now: Instant) -> Result<Invitation, Refusal> {
    waits(before).map(|()| over(before, Status::Expired, now))
}

/// The person says yes: `pending → accepted`, within its days.
pub fn accept(before: &Invitation, now: Instant) -> Option<Invitation> {
    let counts = before.standing(now) == Status::Pending;
    counts.then(|| over(before, Status::Accepted, now))
}

fn waits(before: &Invitation) -> Result<(), Refusal> {
    match before.status {
        Status::Pending => Ok(()),
        status @ (Status::Accepted | Status::Revoked | Status::Expired) => {
            Err(Refusal::Over(status))
        }
    }
}

fn over(before: &Invitation, status: Status, now: Instant) -> Invitation {
    Invitation { status, hash: None, answered_at: Some(now), ..before.clone() }
}

/// Whether somebody may still invite to a role: an admin, up to the own one; nobody who is gone.
pub fn may_invite(own: Option<Role>, role: Role) -> bool {
    own.is_some_and(|own| own >= Role::Admin.max(role))
}

/// Who has the address of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The person.
    pub user: UserId,
    /// Whether the person can sign in at all: that takes a company which takes part, or an own one.
    pub can_sign_in: bool,
}

/// How somebody accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By becoming a user.
    Newcomer,
    /// By having signed in.
    SignedIn(UserId),
    /// By the password: whoever belongs to no company that takes part has nowhere to sign in.
    ByPassword(UserId),
}

/// How the invitation of an address is accepted by whoever asks.
pub fn way(known: Option<Known>, signed_in: Option<UserId>) -> Result<Way> {
    match (known, signed_in) {
        (None, None) => Ok(Way::Newcomer),
        (Some(known), Some(user)) if known.user == user => Ok(Way::SignedIn(user)),
        (_, Some(_)) => Err(Error::Forbidden {
            code: "forbidden",
            detail: "the invitation is for another address than yours: sign out, or sign in as \
                     the person with that address"
                .into(),
        }),
        (Some(Known { user, can_sign_in: false }), None) => Ok(Way::ByPassword(user)),
        (Some(Known { can_sign_in: true, .. }), None) => Err(sign_in()),
    }
}

/// Somebody has the address, and has to say so.
pub fn sign_in() -> Error {
    Error::Unauthenticated("sign in as the person with this address, then accept")
}

/// What is said of any token that does not count, whatever is wrong with it.
pub fn does_not_count() -> Error {
    let message = "this token does not count, or counts no longer: ask for another letter";
    Error::invalid(Fault::at("/token", "invitation_token_invalid", message))
}

#[cfg(test)]
mod tests;
