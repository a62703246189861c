//! Who can be written to, how often, what may follow, and what is left of an offer when it is received.

use jiff::SignedDuration;

use super::model::{PartnershipInvitation, Status};
use crate::error::{Error, Fault};
use crate::kernel::id::{CompanyId, PartnershipId, PersonId};
use crate::kernel::time::Instant;
use crate::partnerships::change::Brought;
use crate::partnerships::model::Role;

/// Over which time invitations and letters are counted.
pub const WINDOW: SignedDuration = SignedDuration::from_hours(24);
/// How many a company makes within that time.
const MOST: i64 = 50;
/// How many of them for one address.
const MOST_FOR_ONE: i64 = 3;
/// How many letters one is worth.
const MOST_LETTERS: i32 = 3;
/// The least time between two of them.
const GAP: SignedDuration = SignedDuration::from_mins(5);
/// How many letters one address gets within that time, of all companies.
const MOST_TO_ADDRESS: i64 = 10;

/// How much of a name stands in a letter.
const LONGEST_NAME: usize = 80;

/// Why nobody is written to, or an invitation stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is one that waits.
    #[error("such an offer to this address waits to be received: send it again, or withdraw it")]
    AlreadyInvited,
    /// Letters to strangers are not to be had without end.
    #[error("there were too many offers to addresses lately: go on tomorrow")]
    TooMany,
    /// It waits no longer.
    #[error("an offer to an address that is {0} can no longer be changed")]
    Over(Status),
    /// Whoever has not seen it has not looked.
    #[error("a letter was sent within the last five minutes, or three in all")]
    SentLately,
}

crate::refusal_codes!(Refusal {
    AlreadyInvited => "partnership_already_invited",
    TooMany => "too_many_partnership_invitations",
    Over(..) => "partnership_invitation_over",
    SentLately => "partnership_invitation_sent_lately",
});

/// What a company and an address have to do with each other already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Before {
    /// Whether an offer in this direction waits.
    pub pending: bool,
    /// How many the company made lately.
    pub lately: i64,
    /// How many of them were for this address.
    pub for_address: i64,
}

/// Whether one more is made.
pub fn invite(before: &Before) -> Result<(), Refusal> {
    if before.pending {
        return Err(Refusal::AlreadyInvited);
    }
    if before.lately >= MOST || before.for_address >= MOST_FOR_ONE {
        return Err(Refusal::TooMany);
    }
    Ok(())
}

/// Whether one more letter leaves for an address that got so many lately, of whatever companies. Nobody is
/// told that it did not: that others have written there is not the company's business.
pub fn is_posted(lately: i64) -> bool {
    lately < MOST_TO_ADDRESS
}

/// A name as it stands in a letter to a stranger: one line of no great length, and no address of a page,
/// whatever somebody has called himself.
pub fn named(name: &str) -> String {
    let plain = name.replace(|letter: char| letter.is_control() || is_format(letter), " ");
    let words: Vec<&str> = plain.split_whitespace().collect();
    let line: String = words.join(" ").chars().take(LONGEST_NAME).collect();
    let folded = line.to_ascii_lowercase();
    match folded.contains("://") || folded.contains("www.") {
        true => "(a name with an address in it)".into(),
        false => line,
    }
}

/// Marks that turn or hide what stands beside them.
fn is_format(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
}

/// Another letter, with another token: `pending → pending`, for as long again.
pub fn resend(
    before: &PartnershipInvitation,
    hash: Option<Vec<u8>>,
    lifetime: SignedDuration,
    now: Instant,
) -> Result<PartnershipInvitation, Refusal> {
    waits(before, now)?;
    if now < before.sent_at.plus(GAP) || before.letters >= MOST_LETTERS {
        return Err(Refusal::SentLately);
    }
    Ok(PartnershipInvitation {
        hash,
        letters: before.letters.saturating_add(1),
        sent_at: now,
        expires_at: now.plus(lifetime),
        ..before.clone()
    })
}

/// The company thinks better of it: `pending → withdrawn`.
pub fn withdraw(
    before: &PartnershipInvitation,
    now: Instant,
) -> Result<PartnershipInvitation, Refusal> {
    waits(before, now).map(|()| over(before, Status::Withdrawn, now))
}

/// A company receives it: `pending → claimed`, within its days; nothing if it does not wait any more.
pub fn claim(
    before: &PartnershipInvitation,
    partnership: PartnershipId,
    now: Instant,
) -> Option<PartnershipInvitation> {
    let claimed = PartnershipInvitation {
        partnership_id: Some(partnership),
        ..over(before, Status::Claimed, now)
    };
    waits(before, now).is_ok().then_some(claimed)
}

/// Nobody has received it in time: `pending → expired`; nothing if there is time, or it is over.
pub fn expire(before: &PartnershipInvitation, now: Instant) -> Option<PartnershipInvitation> {
    let late = before.status == Status::Pending && before.standing(now) == Status::Expired;
    late.then(|| over(before, Status::Expired, now))
}

fn waits(before: &PartnershipInvitation, now: Instant) -> Result<(), Refusal> {
    match before.standing(now) {
        Status::Pending => Ok(()),
        status @ (Status::Claimed | Status::Withdrawn | Status::Expired) => {
            Err(Refusal::Over(status))
        }
    }
}

fn over(before: &PartnershipInvitation, status: Status, now: Instant) -> PartnershipInvitation {
    PartnershipInvitation { status, hash: None, answered_at: Some(now), ..before.clone() }
}

/// Who will be the partner and who the client, once a company has received it.
pub fn sides(invitation: &PartnershipInvitation, other: CompanyId) -> (CompanyId, CompanyId) {
    match invitation.role {
        Role::Partner => (invitation.company_id, other),
        Role::Client => (other, invitation.company_id),
    }
}

/// What is left of what an offer was to bring along: of its people those who are there, in the order in which
/// they were named; and its grants, if whoever sent the letter may still give them.
pub fn left(brought: &Brought, there: &[PersonId], may_grant: bool) -> Brought {
    let people = brought.people.iter().filter(|person| there.contains(person));
    Brought {
        people: people.copied().collect(),
        grants: if may_grant { brought.grants.clone() } else { Vec::new() },
    }
}

/// What is said of any token that does not count, whatever is wrong with it.
pub fn does_not_count() -> Error {
    let message = "this token does not count, or counts no longer: ask for another letter";
    Error::invalid(Fault::at("/token", "partnership_token_invalid", message))
}

/// What is said to whoever has the letter of somebody else.
pub fn for_another() -> Error {
    Error::Forbidden {
        code: "forbidden",
        detail:
            "the offer is for another address than yours: sign in as the person with that address"
                .into(),
    }
}

/// What is said to the company that offers.
pub fn own_company() -> Error {
    let message =
        "a company is no partner of its own: sign in to the one that is to receive the offer";
    Error::invalid(Fault::at("/token", "own_company", message))
}

#[cfg(test)]
mod tests;
