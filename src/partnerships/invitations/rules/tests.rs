//! The rules, by tables and at random.

use proptest::prelude::*;

use super::*;
use crate::kernel::document::Document;
use crate::kernel::id::{PartnershipInvitationId, UserId};
use crate::partnerships::grants::model::GrantKind;

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn at(minute: i64) -> Instant {
    Instant::from_micros(minute * 60_000_000)
}

/// One that was made at the minute 0 and counts until the minute 100.
fn invitation(status: Status) -> PartnershipInvitation {
    PartnershipInvitation {
        id: PartnershipInvitationId::new(),
        company_id: CompanyId::new(),
        email: "ada@bolt.example".into(),
        company_name: None,
        role: Role::Client,
        status,
        message: "hello".into(),
        brought: Document(Brought::default()),
        hash: (status == Status::Pending).then(|| vec![1]),
        invited_by: UserId::new(),
        letters: 1,
        created_at: at(0),
        sent_at: at(0),
        expires_at: at(100),
        answered_at: (status != Status::Pending).then(|| at(1)),
        partnership_id: (status == Status::Claimed).then(PartnershipId::new),
        version: 1,
    }
}

#[test]
fn only_one_that_waits_is_changed() {
    for status in Status::ALL.iter().copied() {
        let row = invitation(status);
        let partnership = PartnershipId::new();
        let changes = [resend(&row, Some(vec![2]), DAY, at(5)), withdraw(&row, at(5))];
        let became = changes.map(|done| done.map(|after| after.status));
        let claimed = claim(&row, partnership, at(99));
        let expired = expire(&row, at(100)).map(|after| after.status);
        match status {
            Status::Pending => {
                assert_eq!(became, [Ok(Status::Pending), Ok(Status::Withdrawn)]);
                let claimed = claimed.unwrap();
                let what = (claimed.status, claimed.partnership_id, claimed.answered_at);
                assert_eq!(what, (Status::Claimed, Some(partnership), Some(at(99))));
                assert_eq!((expire(&row, at(99)), expired), (None, Some(Status::Expired)));
            }
            over => {
                assert_eq!(became, [Err(Refusal::Over(over)); 2], "{status}");
                assert_eq!((claimed, expired), (None, None), "{status}");
            }
        }
        // Once its days are over, whoever has noted that or not, nothing is done with it.
        let told = if status == Status::Pending { Status::Expired } else { status };
        let late = [resend(&row, Some(vec![2]), DAY, at(100)), withdraw(&row, at(100))];
        assert_eq!(late.map(|done| done.map(drop)), [Err(Refusal::Over(told)); 2], "{status}");
        assert_eq!(claim(&row, partnership, at(100)), None);
    }
}

#[test]
fn a_name_in_a_letter_says_nothing_more() {
    for (name, told) in [
        ("Acme GmbH", "Acme GmbH"),
        ("Acme\n\nConfirm  now\u{202e}", "Acme Confirm now"),
        ("Pay at HTTPS://evil.example", "(a name with an address in it)"),
        ("www.evil.example", "(a name with an address in it)"),
    ] {
        assert_eq!(named(name), told);
    }
    assert_eq!(named(&"x".repeat(200)).len(), 80);
}

/// What is done to one, a minute after the other.
#[derive(Debug, Clone, Copy)]
enum Step {
    Resend,
    Withdraw,
    Claim,
    Expire,
}

fn step() -> impl Strategy<Value = Step> {
    use Step::*;
    prop::sample::select(vec![Resend, Resend, Withdraw, Claim, Expire])
}

proptest! {
    #[test]
    fn it_ends_once_and_never_keeps_a_token_that_it_should_not(
        steps in prop::collection::vec((step(), 0_i64..200), 1..12),
    ) {
        let (mut row, mut minute, mut letters) = (invitation(Status::Pending), 0, 1);
        for (step, pause) in steps {
            minute += pause;
            let now = at(minute);
            let before = row.clone();
            let hash = vec![u8::try_from(letters % 250).unwrap() + 2];
            let after = match step {
                Step::Resend => resend(&row, Some(hash.clone()), SignedDuration::from_mins(100), now).ok(),
                Step::Withdraw => withdraw(&row, now).ok(),
                Step::Claim => claim(&row, PartnershipId::new(), now),
                Step::Expire => expire(&row, now),
            };
            let Some(after) = after else { continue };
            prop_assert_eq!(before.status, Status::Pending, "what is over stays as it is");
            prop_assert_eq!(after.hash.is_some(), after.status == Status::Pending);
            prop_assert_eq!(after.answered_at.is_some(), after.status != Status::Pending);
            prop_assert_eq!(after.partnership_id.is_some(), after.status == Status::Claimed);
            let in_time = now < before.expires_at;
            prop_assert_eq!(in_time, after.status != Status::Expired, "{:?} at {}", step, minute);
            if after.status == Status::Pending {
                letters += 1;
                prop_assert!(letters <= 3 && after.letters == letters);
                prop_assert!(now >= before.sent_at.plus(SignedDuration::from_mins(5)));
                prop_assert_eq!((after.hash.as_ref(), after.sent_at), (Some(&hash), now));
            }
            // What it says never changes.
            let said = PartnershipInvitation {
                status: before.status,
                hash: before.hash.clone(),
                letters: before.letters,
                sent_at: before.sent_at,
                expires_at: before.expires_at,
                answered_at: None,
                partnership_id: None,
                ..after.clone()
            };
            prop_assert_eq!(said, before);
            row = after;
        }
    }

    #[test]
    fn of_what_an_offer_brings_nothing_is_left_that_is_not_there(
        there in prop::collection::vec(any::<bool>(), 0..10),
        may_grant: bool,
    ) {
        let people: Vec<PersonId> = there.iter().map(|_| PersonId::new()).collect();
        let grants = vec![(GrantKind::ViewPerformance, None)];
        let brought = Brought { people: people.clone(), grants: grants.clone() };
        let both = people.iter().zip(&there);
        let stayed: Vec<PersonId> = both.filter(|(_, there)| **there).map(|(one, _)| *one).collect();
        // Whoever looks gets them in another order.
        let found: Vec<PersonId> = stayed.iter().rev().copied().collect();
        let left = left(&brought, &found, may_grant);
        prop_assert_eq!(left.people, stayed);
        prop_assert_eq!(left.grants, if may_grant { grants } else { Vec::new() });
    }
}

#[test]
fn the_side_of_the_offering_company_says_who_is_what() {
    let (row, other) = (invitation(Status::Pending), CompanyId::new());
    assert_eq!(sides(&row, other), (other, row.company_id));
    let partner = PartnershipInvitation { role: Role::Partner, ..row };
    assert_eq!(sides(&partner, other), (partner.company_id, other));
}

#[test]
fn strangers_are_written_to_so_often_and_no_more() {
    let before = |pending, lately, for_address| Before { pending, lately, for_address };
    for (before, expected) in [
        (before(false, 0, 0), Ok(())),
        (before(true, 0, 0), Err(Refusal::AlreadyInvited)),
        (before(true, 50, 3), Err(Refusal::AlreadyInvited)),
        (before(false, 49, 2), Ok(())),
        (before(false, 50, 0), Err(Refusal::TooMany)),
        (before(false, 3, 3), Err(Refusal::TooMany)),
    ] {
        assert_eq!(invite(&before), expected, "{before:?}");
    }
    let posted: Vec<i64> = (0..12).filter(|lately| is_posted(*lately)).collect();
    assert_eq!(posted, (0..10).collect::<Vec<i64>>());
}
