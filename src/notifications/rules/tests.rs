//! The rules, by tables and at random.

use proptest::prelude::*;

use super::*;
use crate::events::kinds::ObjectKind;
use crate::events::model::any;
use crate::kernel::id::{CompanyId, PartnershipId};

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

/// Every event of which somebody is told: what it is, in which company, and who of it.
const TOLD: &[(EventKind, bool, What, Side, Audience)] = &[
    (EventKind::PartnershipOffered, false, What::PartnershipOffered, Side::Other, KEEPERS),
    (EventKind::PartnershipAccepted, false, What::PartnershipAccepted, Side::Other, KEEPERS),
    (EventKind::PartnershipDeclined, false, What::PartnershipDeclined, Side::Other, KEEPERS),
    (EventKind::PartnershipWithdrawn, false, What::PartnershipWithdrawn, Side::Other, KEEPERS),
    (EventKind::PartnershipExpired, true, What::PartnershipExpired, Side::Own, KEEPERS),
    (EventKind::PartnershipExpired, true, What::PartnershipExpired, Side::Other, KEEPERS),
    (EventKind::PartnershipEnded, false, What::PartnershipEnded, Side::Other, KEEPERS),
    (
        EventKind::PartnershipInvitationClaimed,
        false,
        What::PartnershipClaimed,
        Side::Other,
        KEEPERS,
    ),
    (
        EventKind::PartnershipInvitationExpired,
        true,
        What::PartnershipUnclaimed,
        Side::Own,
        MANAGERS,
    ),
    (EventKind::PartnershipContactReleased, false, What::ContactReleased, Side::Other, KEEPERS),
    (EventKind::PartnershipGrantRevoked, false, What::GrantRevoked, Side::Other, KEEPERS),
    (EventKind::PartnershipTeamShown, false, What::TeamShown, Side::Other, KEEPERS),
    (EventKind::PartnershipTeamChanged, false, What::TeamChanged, Side::Other, KEEPERS),
    (EventKind::PartnershipChangeProposed, false, What::ChangeProposed, Side::Other, KEEPERS),
    (EventKind::PartnershipChangeAccepted, false, What::ChangeAccepted, Side::Other, KEEPERS),
    (EventKind::PartnershipChangeDeclined, false, What::ChangeDeclined, Side::Other, KEEPERS),
    (EventKind::PartnershipChangeWithdrawn, false, What::ChangeWithdrawn, Side::Other, KEEPERS),
    (EventKind::ContractProposed, false, What::ContractProposed, Side::Other, KEEPERS),
    (EventKind::ContractAccepted, false, What::ContractAccepted, Side::Other, KEEPERS),
    (EventKind::ContractDeclined, false, What::ContractDeclined, Side::Other, KEEPERS),
    (EventKind::ContractWithdrawn, false, What::ContractWithdrawn, Side::Other, KEEPERS),
    (EventKind::ContractEnded, false, What::ContractEnded, Side::Other, KEEPERS),
    (EventKind::ContractVersionProposed, false, What::TermsProposed, Side::Other, KEEPERS),
    (EventKind::ContractVersionAccepted, false, What::TermsAccepted, Side::Other, KEEPERS),
    (EventKind::ContractVersionDeclined, false, What::TermsDeclined, Side::Other, KEEPERS),
    (EventKind::ContractVersionWithdrawn, false, What::TermsWithdrawn, Side::Other, KEEPERS),
    (EventKind::ReversalNeedsConfirmation, false, What::BatchToConfirm, Side::Own, MEMBERS),
    (EventKind::ReversalCompleted, false, What::BatchCompleted, Side::Own, Audience::Asker),
    (EventKind::ReversalCompleted, false, What::BatchCompleted, Side::Other, Audience::Asker),
    (EventKind::ReversalRejected, false, What::BatchRejected, Side::Own, Audience::Asker),
    (EventKind::ReversalRejected, false, What::BatchRejected, Side::Other, Audience::Asker),
    (EventKind::ReversalCancelled, false, What::BatchCancelled, Side::Own, Audience::Asker),
    (EventKind::ReversalCancelled, false, What::BatchCancelled, Side::Other, Audience::Asker),
    (EventKind::ActionImportCompleted, false, What::ImportCompleted, Side::Own, Audience::Asker),
    (EventKind::ActionImportRejected, false, What::ImportRejected, Side::Own, Audience::Asker),
    (EventKind::ActionImportCancelled, false, What::ImportCancelled, Side::Own, Audience::Asker),
    (
        EventKind::ReprocessingCompleted,
        false,
        What::ReprocessingCompleted,
        Side::Own,
        Audience::Asker,
    ),
    (
        EventKind::ReprocessingCancelled,
        false,
        What::ReprocessingCancelled,
        Side::Own,
        Audience::Asker,
    ),
    (EventKind::InquiryOpened, false, What::InquiryOpened, Side::Other, KEEPERS),
    (EventKind::InquiryAccepted, false, What::InquiryAccepted, Side::Other, Audience::Asker),
    (EventKind::InquiryDeclined, false, What::InquiryDeclined, Side::Other, Audience::Asker),
    (
        EventKind::InquiryAccepted,
        true,
        What::InquiryAcceptedBySilence,
        Side::Other,
        Audience::Asker,
    ),
    (EventKind::InquiryAccepted, true, What::InquiryAcceptedBySilence, Side::Own, KEEPERS),
    (
        EventKind::InquiryDeclined,
        true,
        What::InquiryDeclinedBySilence,
        Side::Other,
        Audience::Asker,
    ),
    (EventKind::InquiryDeclined, true, What::InquiryDeclinedBySilence, Side::Own, KEEPERS),
    (EventKind::InquiryWithdrawn, false, What::InquiryWithdrawn, Side::Other, KEEPERS),
    (EventKind::InquirySettled, false, What::InquirySettled, Side::Other, Audience::Asker),
    (EventKind::AdjustmentCreated, false, What::AdjustmentApproved, Side::Own, Audience::Asker),
    (EventKind::AdjustmentDeclined, false, What::AdjustmentDeclined, Side::Own, Audience::Asker),
    (EventKind::AdjustmentProposed, false, What::AdjustmentProposed, Side::Own, MANAGERS),
    (EventKind::ReferralCodeCreated, false, What::CodeGiven, Side::Other, MANAGERS),
    (EventKind::ReferralCodeAssigned, false, What::CodeGiven, Side::Other, MANAGERS),
    (EventKind::ReferralCodeWithdrawn, false, What::CodeTaken, Side::Other, MANAGERS),
    (EventKind::ReferralCodeDeactivated, false, What::CodeDeactivated, Side::Other, MANAGERS),
    (EventKind::ReferralCodeActivated, false, What::CodeActivated, Side::Other, MANAGERS),
    (
        EventKind::AccountOwnerAssigned,
        false,
        What::AccountOwnerAssigned,
        Side::Own,
        Audience::Named,
    ),
    (EventKind::AccountOwnerCleared, false, What::AccountOwnerCleared, Side::Own, Audience::Named),
    (EventKind::AccountOwnerCleared, true, What::AccountOwnerLeft, Side::Own, MANAGERS),
    (EventKind::WebhookEndpointDisabled, true, What::WebhookDisabled, Side::Own, ADMINS),
    (EventKind::ApiKeyCreated, false, What::KeyMade, Side::Own, ADMINS),
    (EventKind::ApiKeySecretRotated, false, What::KeyRenewed, Side::Own, ADMINS),
    (EventKind::ApiKeyRevoked, false, What::KeyRevoked, Side::Own, ADMINS),
    (EventKind::DelegatedSessionStarted, false, What::SignedInAs, Side::Other, ADMINS),
    (EventKind::CompanySuspended, true, What::CompanySuspended, Side::Own, ADMINS),
    (EventKind::CompanyReactivated, true, What::CompanyReactivated, Side::Own, ADMINS),
    (EventKind::CompanyOtherSuspended, true, What::OtherSuspended, Side::Own, MANAGERS),
    (EventKind::CompanyOtherDeactivated, true, What::OtherDeactivated, Side::Own, MANAGERS),
    (EventKind::CompanyOtherReactivated, true, What::OtherReactivated, Side::Own, MANAGERS),
    (EventKind::MembershipCreated, false, What::MemberJoined, Side::Own, ADMINS),
    (EventKind::MembershipRemoved, false, What::MemberLeft, Side::Own, ADMINS),
    (EventKind::MembershipRoleChanged, false, What::RoleChanged, Side::Own, Audience::Named),
];
const MEMBERS: Audience = Audience::AtLeast(Role::Member);
/// Managers, and whoever looks after the other company.
const KEEPERS: Audience = Audience::AndAccountOwner(Role::Manager);
const MANAGERS: Audience = Audience::AtLeast(Role::Manager);
const ADMINS: Audience = Audience::AtLeast(Role::Admin);

/// The ways in which an event of the table can come about.
fn ways(event: EventKind, by_system: bool) -> &'static [How] {
    match (event, by_system) {
        (_, true) => &[How::BySystem],
        // One that nobody proposed is told to nobody.
        (EventKind::AdjustmentCreated, false) => &[How::Later],
        (_, false) => &[How::First, How::Later],
    }
}

#[test]
fn an_adjustment_that_nobody_proposed_is_told_to_nobody() {
    for how in [How::First, How::BySystem] {
        assert_eq!(told(EventKind::AdjustmentCreated, how), []);
    }
}

#[test]
fn events_concern_whom_the_table_says() {
    for (event, by_system, ..) in TOLD {
        let rows = TOLD.iter().filter(|row| (row.0, row.1) == (*event, *by_system));
        let expected: Vec<_> = rows.map(|(_, _, what, side, who)| (*what, *side, *who)).collect();
        for how in ways(*event, *by_system) {
            let found = told(*event, *how);
            let found: Vec<_> =
                found.iter().map(|one| (one.what, one.side, one.audience)).collect();
            assert_eq!(found, expected, "{event} {how:?}");
        }
    }
    for what in What::ALL {
        assert!(TOLD.iter().any(|row| row.2 == *what), "nobody is told of {what}");
    }
}

#[test]
fn nobody_is_told_of_what_happens_to_single_actions() {
    for event in EventKind::ALL {
        let listed = TOLD.iter().any(|row| row.0 == *event);
        assert_eq!(!told(*event, How::Later).is_empty(), listed, "{event}");
        let of_action = event.object() == ObjectKind::Action;
        assert!(!of_action || told(*event, How::BySystem).is_empty(), "{event}");
    }
}

#[test]
fn only_the_end_of_ones_own_work_is_told_to_whoever_did_it() {
    let mut even: Vec<EventKind> = TOLD
        .iter()
        .filter(|row| {
            let all = ways(row.0, row.1).iter().flat_map(|how| told(row.0, *how));
            all.into_iter().any(|one| one.even_the_doer)
        })
        .map(|row| row.0)
        .collect();
    // Those that tell both sides are two rows.
    even.dedup();
    let ends = [
        EventKind::ReversalNeedsConfirmation,
        EventKind::ReversalCompleted,
        EventKind::ReversalRejected,
        EventKind::ActionImportCompleted,
        EventKind::ActionImportRejected,
        EventKind::ReprocessingCompleted,
    ];
    assert_eq!(even, ends);
}

#[test]
fn who_asked_is_told_and_for_a_key_its_managers_are() {
    let (one, other) = (UserId::new(), UserId::new());
    let asked = |asker, who| concerns(Audience::Asker, About { asker, ..About::default() }, who);
    assert_eq!(asked(Some(Asker::Person(one)), (one, Role::Viewer)), Some(Role::Viewer));
    assert_eq!(asked(Some(Asker::Person(one)), (other, Role::Owner)), None);
    assert_eq!(asked(Some(Asker::System), (one, Role::Member)), None);
    assert_eq!(asked(Some(Asker::System), (one, Role::Manager)), Some(Role::Manager));
    assert_eq!(asked(None, (one, Role::Owner)), None);
}

#[test]
fn whoever_looks_after_a_company_is_told_whatever_the_role() {
    let (one, other) = (UserId::new(), UserId::new());
    let about = About { account_owner: Some(one), ..About::default() };
    for role in Role::ALL {
        assert_eq!(concerns(KEEPERS, about, (one, *role)), Some(Role::Viewer));
        let expected = (*role >= Role::Manager).then_some(Role::Manager);
        assert_eq!(concerns(KEEPERS, about, (other, *role)), expected);
        assert_eq!(concerns(KEEPERS, About::default(), (one, *role)), expected);
        assert_eq!(concerns(MANAGERS, about, (one, *role)), expected);
        let named = About { asker: Some(Asker::Person(one)), ..About::default() };
        assert_eq!(concerns(Audience::Named, named, (one, *role)), Some(Role::Viewer));
        assert_eq!(concerns(Audience::Named, named, (other, *role)), None);
        assert_eq!(concerns(Audience::Named, About::default(), (one, *role)), None);
    }
}

#[test]
fn whoever_is_on_a_team_is_told_of_its_partnership_whatever_the_role() {
    for audience in [MANAGERS, KEEPERS, Audience::Asker] {
        for role in Role::ALL {
            let about = About { on_team: true, ..About::default() };
            assert_eq!(concerns(audience, about, (UserId::new(), *role)), Some(Role::Viewer));
        }
    }
}

/// A place on the team of one side, of a partnership with another.
fn place(status: Status, ended_at: Option<Instant>) -> TeamPlace {
    let (one, other) = (CompanyId::new(), CompanyId::new());
    TeamPlace {
        user_id: UserId::new(),
        company_id: one,
        partnership_id: PartnershipId::new(),
        sides: (one, other),
        status,
        ended_at,
    }
}

#[test]
fn a_team_is_told_of_its_own_partnership_in_every_state() {
    let now = at("2026-03-10T12:00:00Z");
    for status in Status::ALL {
        let place = place(*status, None);
        let own = any(place.partnership_id);
        let told = |what, company, thing| {
            let between = (company, Some(place.sides.1));
            is_of_team(&place, what, between, (thing, now))
        };
        assert!(told(What::PartnershipOffered, place.company_id, own), "{status}");
        assert!(!told(What::PartnershipOffered, place.company_id, AnyId::new()), "{status}");
        assert!(!told(What::PartnershipOffered, place.sides.1, own), "of the other side");
    }
}

#[test]
fn a_team_is_told_of_contracts_and_inquiries_while_its_partnership_goes_on() {
    let (ended, thing) = (at("2026-03-10T12:00:00Z"), AnyId::new());
    for what in What::ALL {
        let told = |place: &TeamPlace, other: Option<CompanyId>, when: &str| {
            is_of_team(place, *what, (place.company_id, other), (thing, at(when)))
        };
        let between = matches!(object(*what), Thing::Contract | Thing::Inquiry);
        let active = place(Status::Active, None);
        let other = Some(active.sides.1);
        assert_eq!(told(&active, other, "2026-03-10T12:00:00Z"), between, "{what}");
        assert!(!told(&active, Some(CompanyId::new()), "2026-03-10T12:00:00Z"), "{what}");
        assert!(!told(&active, None, "2026-03-10T12:00:00Z"), "{what}");
        let over = place(Status::Ended, Some(ended));
        let other = Some(over.sides.1);
        assert_eq!(told(&over, other, "2026-03-10T12:00:00Z"), between, "what ended with it");
        assert!(!told(&over, other, "2026-03-10T12:00:01Z"), "what came after it");
        for status in [Status::Offered, Status::Declined, Status::Withdrawn, Status::Expired] {
            let none = place(status, None);
            assert!(!told(&none, Some(none.sides.1), "2026-03-10T12:00:00Z"), "{what}, {status}");
        }
    }
}

fn preference(kind: Kind, email: Email) -> Preference {
    let (user_id, company_id) = (UserId::new(), CompanyId::new());
    Preference { user_id, company_id, kind, in_app: true, email }
}

#[test]
fn the_end_of_letters_spares_what_is_essential() {
    let chosen =
        [preference(Kind::Security, Email::Daily), preference(Kind::BatchDone, Email::Off)];
    assert_eq!(ending(Letters::Of(Kind::Security), &chosen), []);
    assert_eq!(ending(Letters::Of(Kind::BatchDone), &chosen), []);
    assert_eq!(ending(Letters::Of(Kind::ImportDone), &chosen), [Kind::ImportDone]);
    let ended = ending(Letters::Daily, &chosen);
    let daily: Vec<Kind> =
        daily(&chosen).into_iter().filter(|kind| *kind != Kind::Security).collect();
    assert_eq!(ended, daily);
    assert!(ended.contains(&Kind::CodeChanges) && !ended.contains(&Kind::ContractProposal));
}

#[test]
fn the_daily_letter_is_due_at_seven_in_its_zone() {
    let utc = Zone::utc();
    for (now, due) in [
        ("2026-03-10T06:59:59.999999Z", "2026-03-10T07:00:00Z"),
        ("2026-03-10T07:00:00Z", "2026-03-11T07:00:00Z"),
        ("2026-12-31T23:00:00Z", "2027-01-01T07:00:00Z"),
    ] {
        assert_eq!(next_digest(at(now), &utc), at(due), "{now}");
    }
    // Clocks go forward in Berlin on 29 March, and back in New York on 1 November.
    let (berlin, york) = ("Europe/Berlin".parse().unwrap(), "America/New_York".parse().unwrap());
    assert_eq!(next_digest(at("2026-03-28T06:00:00Z"), &berlin), at("2026-03-29T05:00:00Z"));
    assert_eq!(next_digest(at("2026-10-31T11:00:00Z"), &york), at("2026-11-01T12:00:00Z"));
}

proptest! {
    #[test]
    fn a_letter_is_due_within_a_day(micros in 0..4_000_000_000_000_000_i64) {
        for zone in ["UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"] {
            let (now, zone) = (Instant::from_micros(micros), zone.parse().unwrap());
            let due = next_digest(now, &zone);
            // A zone that skips a whole day, or turns its clock, makes a long one.
            prop_assert!(due > now && due.since(now) <= SignedDuration::from_hours(49));
            // Nothing that happens before is told by another letter.
            let before = due.minus(SignedDuration::from_micros(1));
            prop_assert_eq!(next_digest(before, &zone), due);
            prop_assert_eq!(due.timestamp().to_zoned(zone.rules()).hour(), DIGEST_HOUR);
        }
    }

    #[test]
    fn numbers_only_go_up(moments in prop::collection::vec(0..1_000_i64, 1..50)) {
        let mut last = None;
        for micros in moments {
            let next = next_number(last, Instant::from_micros(micros));
            prop_assert!(last.is_none_or(|last| next > last) && next >= micros);
            last = Some(next);
        }
    }

    #[test]
    fn whoever_is_told_sees_it_and_whoever_is_more_does_too(index in 0..5_usize, least in 0..5_usize) {
        let (role, least) = (Role::ALL[index], Role::ALL[least]);
        let told = concerns(Audience::AtLeast(least), About::default(), (UserId::new(), role));
        prop_assert_eq!(told.is_some(), seen_by(role).contains(&least));
        for higher in Role::ALL.iter().filter(|higher| **higher >= role) {
            let sees = seen_by(*higher);
            prop_assert!(seen_by(role).iter().all(|seen| sees.contains(seen)));
        }
    }
}
