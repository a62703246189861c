//! The rules, by tables and at random.

use proptest::prelude::*;

use super::*;
use crate::kernel::id::{CompanyId, InvitationId};

fn at(minute: i64) -> Instant {
    Instant::from_micros(minute * 60_000_000)
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn invitation(status: Status) -> Invitation {
    Invitation {
        id: InvitationId::new(),
        company_id: CompanyId::new(),
        email: "ada@acme.example".into(),
        name: None,
        role: Role::Member,
        status,
        hash: Some(vec![1]),
        invited_by: UserId::new(),
        letters: 1,
        created_at: at(0),
        sent_at: at(0),
        expires_at: at(100),
        answered_at: None,
        version: 1,
    }
}

#[test]
fn only_one_that_waits_is_changed_and_no_other_keeps_its_token() {
    for status in Status::ALL.iter().copied() {
        let row = invitation(status);
        let changes =
            [resend(&row, vec![2], DAY, at(5)), revoke(&row, at(5)), replace(&row, at(5))];
        let became = changes.clone().map(|done| done.map(|after| after.status));
        let expected = match status {
            Status::Pending => [Ok(Status::Pending), Ok(Status::Revoked), Ok(Status::Expired)],
            other => [Err(Refusal::Over(other)); 3],
        };
        assert_eq!(became, expected, "{status}");
        for after in changes.into_iter().flatten().chain(accept(&row, at(5))) {
            assert_eq!(after.hash.is_some(), after.status == Status::Pending, "{after:?}");
            assert_eq!(after.answered_at.is_some(), after.status != Status::Pending);
        }
        assert_eq!(accept(&row, at(99)).is_some(), status == Status::Pending, "{status}");
        assert_eq!(accept(&row, at(100)), None, "its days are over");
    }
}

#[test]
fn letters_are_sent_again_after_five_minutes_and_five_times_at_most() {
    let mut row = invitation(Status::Pending);
    let mut sent = Vec::new();
    for minute in 0..60 {
        if let Ok(after) = resend(&row, vec![2], DAY, at(minute)) {
            assert_eq!(after.expires_at, at(minute).plus(DAY));
            sent.push(minute);
            row = after;
        }
    }
    assert_eq!(sent, [5, 10, 15, 20]);
    assert_eq!(resend(&row, vec![3], DAY, at(60)), Err(Refusal::SentLately));
    // One whose days are over can be sent again as well.
    let late = invitation(Status::Pending);
    assert_eq!(late.standing(at(100)), Status::Expired);
    assert_eq!(resend(&late, vec![2], DAY, at(200)).unwrap().standing(at(200)), Status::Pending);
}

#[test]
fn somebody_is_invited_once() {
    let free = Before { member: false, pending: None, lately: 0, for_address: 0 };
    for (before, expected) in [
        (free, Ok(())),
        (Before { pending: Some(Status::Expired), ..free }, Ok(())),
        (Before { pending: Some(Status::Pending), ..free }, Err(Refusal::AlreadyInvited)),
        (Before { member: true, ..free }, Err(Refusal::AlreadyMember)),
        (Before { lately: 199, for_address: 2, ..free }, Ok(())),
        (Before { lately: 200, ..free }, Err(Refusal::TooMany)),
        (Before { for_address: 3, ..free }, Err(Refusal::TooMany)),
    ] {
        assert_eq!(invite(&before), expected, "{before:?}");
    }
}

proptest! {
    /// Whoever has an account joins by that account alone.
    #[test]
    fn nobody_joins_as_somebody_else(known in 0..3_u8, can_sign_in: bool, asks in 0..3_u8) {
        let people = [UserId::new(), UserId::new()];
        let known = people.get(usize::from(known)).map(|user| Known { user: *user, can_sign_in });
        let asks = people.get(usize::from(asks)).copied();
        match way(known, asks) {
            Ok(Way::Newcomer) => prop_assert!(known.is_none() && asks.is_none()),
            Ok(Way::SignedIn(user)) => {
                prop_assert!(asks == Some(user) && known.is_some_and(|known| known.user == user));
            }
            Ok(Way::ByPassword(user)) => {
                let nowhere = Known { user, can_sign_in: false };
                prop_assert!(asks.is_none() && known == Some(nowhere));
            }
            Err(Error::Unauthenticated(_)) => prop_assert!(asks.is_none() && known.is_some()),
            Err(Error::Forbidden { .. }) => {
                prop_assert!(asks.is_some() && asks != known.map(|known| known.user));
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
    }

    /// What somebody invites to, he could give himself.
    #[test]
    fn nobody_invites_above_himself(own in 0..6_usize, role in 0..5_usize) {
        let (own, role) = (Role::ALL.get(own).copied(), Role::ALL[role]);
        let may = may_invite(own, role);
        prop_assert_eq!(may, own.is_some_and(|own| own >= Role::Admin && role <= own));
    }
}
