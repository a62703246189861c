//! The rules, at random: two sides propose and answer, and everything stays as they agreed.

#[path = "../../../../tests/naive_partnership.rs"]
mod naive_partnership;
mod naive_sequence;

use proptest::prelude::*;

use super::*;
use crate::kernel::id::{ChangeId, CompanyId, PartnershipId};
use crate::partnerships::grants::model::{GrantKind, GrantLevel};

fn at(second: i64) -> Instant {
    Instant::from_micros(1_800_000_000_000_000 + second * 1_000_000)
}

fn contact(state: State) -> Contact {
    Contact {
        partnership_id: PartnershipId::new(),
        person_id: PersonId::new(),
        company_id: CompanyId::new(),
        state,
        offered_at: at(0),
        updated_at: at(0),
    }
}

fn operation(
    op: Op,
    person: Option<PersonId>,
    (over, to): (Option<&str>, Option<&str>),
) -> Operation {
    Operation {
        id: OperationId::new(),
        op,
        person_id: person,
        description: to.map(Into::into),
        over: over.map(Into::into),
        grant: None,
        state: OpState::Proposed,
    }
}

fn change(operations: Vec<Operation>) -> Change {
    Change {
        id: ChangeId::new(),
        partnership_id: PartnershipId::new(),
        proposed_by_company_id: CompanyId::new(),
        status: Status::Proposed,
        reason: "why".into(),
        operations: Document(operations),
        comment: None,
        version: 1,
        created_at: at(0),
        decided_at: None,
        updated_at: at(0),
        counters_change_id: None,
        countered_by_change_id: None,
    }
}

/// A ground with contacts that some operations have been proposed over, and the change with them.
fn proposed(kinds: &[Op]) -> (Ground, Change) {
    let mut ground = Ground { description: Some("old".into()), ..Ground::default() };
    let mut operations = Vec::new();
    for op in kinds {
        if op.is_about_grants() {
            let grant = of_grant(*op, &mut ground);
            operations.push(Operation { grant: Some(grant), ..operation(*op, None, (None, None)) });
            continue;
        }
        let (state, over) = match op {
            Op::OfferContact => (Some(State::Offered), None),
            Op::ReleaseContact => (Some(State::ReleaseProposed), None),
            Op::SetDescription | Op::SetGrant | Op::RevokeGrant => (None, Some("old")),
        };
        let person = state.map(contact);
        operations.push(operation(
            *op,
            person.as_ref().map(|one| one.person_id),
            (over, Some("new")),
        ));
        ground.contacts.extend(person);
    }
    (ground, change(operations))
}

/// A grant that an operation is proposed about: one to be set over a lesser one, or to be revoked.
fn of_grant(op: Op, ground: &mut Ground) -> OfGrant {
    let (by, kind) = (CompanyId::new(), GrantKind::ShareAccounts);
    ground.grants.insert((by, kind), Some(GrantLevel::Count));
    let level = (op == Op::SetGrant).then_some(GrantLevel::Account);
    let over = Some(Extent { level: Some(GrantLevel::Count) });
    OfGrant { kind, by, level, over }
}

fn some_kinds() -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(prop::sample::select(Op::ALL.to_vec()), 1..6)
}

/// What a ground is after an operation was done, or was not.
fn expected(ground: &Ground, operation: &Operation, done: bool) -> bool {
    let state = ground.state_of(operation.person_id);
    match (operation.op, done) {
        (Op::OfferContact, true) | (Op::ReleaseContact, false) => state == Some(State::Assigned),
        (Op::OfferContact, false) | (Op::ReleaseContact, true) => state == Some(State::Removed),
        (Op::SetGrant | Op::RevokeGrant, _) => {
            let grant = operation.grant.unwrap();
            let there = ground.extent_of(&grant).map(|extent| extent.level.unwrap());
            there
                == match (operation.op, done) {
                    (Op::SetGrant, true) => Some(GrantLevel::Account),
                    (_, true) => None,
                    (_, false) => Some(GrantLevel::Count),
                }
        }
        (Op::SetDescription, true) => ground.description.as_deref() == Some("new"),
        (Op::SetDescription, false) => true,
    }
}

proptest! {
    #[test]
    fn an_answer_does_what_was_chosen_and_nothing_else(
        kinds in some_kinds(),
        picks in prop::collection::vec(any::<bool>(), 6),
        whole: bool,
    ) {
        let (ground, change) = proposed(&kinds);
        prop_assert_eq!(refresh(&change, &ground, at(1)), None);
        let operations = &change.operations.0;
        let both = operations.iter().zip(&picks);
        let chosen: Vec<OperationId> = both.filter(|(_, pick)| **pick).map(|(one, _)| one.id).collect();
        let asked = (!whole).then_some(chosen.as_slice());
        let (after, new) = accept(&change, ground.clone(), asked, at(1)).unwrap();
        prop_assert_eq!((after.status, after.decided_at), (Status::Accepted, Some(at(1))));
        let mut described = false;
        for one in &after.operations.0 {
            let done = whole || chosen.contains(&one.id);
            let state = if done { OpState::Accepted } else { OpState::Declined };
            prop_assert_eq!(one.state, state);
            prop_assert!(expected(&new, one, done), "{:?} {:?}", one, new);
            described |= done && one.op == Op::SetDescription;
        }
        prop_assert_eq!(new.description.as_deref() == Some("new"), described);
        // It is answered once.
        let again = accept(&after, new.clone(), None, at(2));
        prop_assert_eq!(again, Err(Refusal::Answered(Status::Accepted)));
        let late = refuse(&after, new, Refusing::Withdraw, at(2));
        prop_assert_eq!(late, Err(Refusal::Answered(Status::Accepted)));
    }

    #[test]
    fn where_nothing_comes_of_a_change_all_is_as_it_was(kinds in some_kinds()) {
        for (how, status) in [
            (Refusing::Decline, Status::Declined),
            (Refusing::Withdraw, Status::Withdrawn),
            (Refusing::Cancel, Status::Cancelled),
        ] {
            let (ground, change) = proposed(&kinds);
            let (after, new) = refuse(&change, ground.clone(), how, at(1)).unwrap();
            prop_assert_eq!(after.status, status);
            prop_assert_eq!(&new.description, &ground.description);
            prop_assert!(after.operations.0.iter().all(|one| expected(&new, one, false)));
        }
    }

    #[test]
    fn what_no_longer_fits_is_stale_and_accepted_by_nobody(
        kinds in some_kinds(),
        left in prop::collection::vec(any::<bool>(), 6),
        described: bool,
        revoked: bool,
    ) {
        let (mut ground, change) = proposed(&kinds);
        for (contact, gone) in ground.contacts.iter_mut().zip(&left) {
            contact.state = if *gone { State::Removed } else { contact.state };
        }
        if described {
            ground.description = Some("theirs".into());
        }
        if revoked {
            ground.grants.clear();
        }
        let fresh = refresh(&change, &ground, at(1)).unwrap_or(change);
        let stale: Vec<&Operation> =
            fresh.operations.0.iter().filter(|one| one.state == OpState::Stale).collect();
        for one in &fresh.operations.0 {
            let lost = match one.op {
                Op::SetDescription => described,
                Op::SetGrant | Op::RevokeGrant => revoked,
                Op::OfferContact | Op::ReleaseContact => {
                    ground.state_of(one.person_id) == Some(State::Removed)
                }
            };
            prop_assert_eq!(one.state == OpState::Stale, lost);
        }
        let whole = accept(&fresh, ground.clone(), None, at(2));
        prop_assert_eq!(whole.is_err(), !stale.is_empty());
        for one in &stale {
            let named = accept(&fresh, ground.clone(), Some(&[one.id]), at(2));
            prop_assert_eq!(named, Err(Refusal::Stale));
        }
        let (after, new) = refuse(&fresh, ground.clone(), Refusing::Decline, at(2)).unwrap();
        prop_assert_eq!(&new.description, &ground.description);
        prop_assert_eq!(&new.grants, &ground.grants);
        for one in after.operations.0.iter().filter(|one| one.state == OpState::Stale) {
            prop_assert_eq!(new.state_of(one.person_id), ground.state_of(one.person_id));
        }
    }
}

#[test]
fn a_person_is_offered_who_is_no_contact_and_released_who_is_one() {
    let contacts: Vec<Contact> = State::ALL.iter().map(|state| contact(*state)).collect();
    let ground = Ground { contacts: contacts.clone(), ..Ground::default() };
    let of = |op: Op| -> Vec<bool> {
        let all = contacts.iter().map(|one| Some(one.person_id)).chain([Some(PersonId::new())]);
        all.map(|person| ground.takes(op, person, None).is_ok()).collect()
    };
    assert_eq!(of(Op::OfferContact), [false, false, false, true, true]);
    assert_eq!(of(Op::ReleaseContact), [false, true, false, false, false]);
    assert_eq!(ground.takes(Op::SetDescription, None, None), Ok(()));
}

#[test]
fn a_grant_is_set_where_it_makes_a_difference_and_revoked_where_there_is_one() {
    let (by, kind) = (CompanyId::new(), GrantKind::ShareAccounts);
    let asked = |level| OfGrant { kind, by, level: Some(level), over: None };
    let (count, account) = (asked(GrantLevel::Count), asked(GrantLevel::Account));
    let none = Ground::default();
    assert_eq!(none.takes(Op::SetGrant, None, Some(&count)), Ok(()));
    assert_eq!(none.takes(Op::RevokeGrant, None, Some(&count)), Err(Unfit::NotGranted));
    let grants = Given::from([((by, kind), Some(GrantLevel::Count))]);
    let some = Ground { grants, ..Ground::default() };
    assert_eq!(some.takes(Op::SetGrant, None, Some(&count)), Err(Unfit::Granted));
    assert_eq!(some.takes(Op::SetGrant, None, Some(&account)), Ok(()));
    assert_eq!(some.takes(Op::RevokeGrant, None, Some(&account)), Ok(()));
    let of_other = OfGrant { by: CompanyId::new(), ..count };
    assert_eq!(some.takes(Op::SetGrant, None, Some(&of_other)), Ok(()));
}

#[test]
fn only_a_draft_is_edited_and_proposed_and_nobody_answers_one() {
    for status in Status::ALL.iter().copied() {
        let one = Change { status, ..change(Vec::new()) };
        let proposed = propose(&one, ("now".into(), Vec::new()), at(3));
        if status == Status::Draft {
            assert_eq!(editable(&one), Ok(()));
            let proposed = proposed.unwrap();
            assert_eq!((proposed.status, proposed.created_at), (Status::Proposed, at(3)));
            assert_eq!(proposed.reason, "now");
            let yes = accept(&one, Ground::default(), None, at(4));
            assert_eq!(yes, Err(Refusal::IsDraft));
            let back = refuse(&one, Ground::default(), Refusing::Withdraw, at(4));
            assert_eq!(back, Err(Refusal::IsDraft));
        } else {
            assert_eq!(editable(&one), Err(Refusal::NoDraft(status)));
            assert_eq!(proposed, Err(Refusal::NoDraft(status)));
        }
    }
}

#[test]
fn whoever_comes_too_late_learns_who_decided_about_a_change() {
    let on = Partnership::standing(crate::partnerships::model::Status::Active);
    let (own, other) = (on.partner_company_id, on.client_company_id);
    for (status, by) in [
        (Status::Accepted, Some(other)),
        (Status::Declined, Some(other)),
        (Status::Withdrawn, Some(own)),
        (Status::Cancelled, None),
    ] {
        let one = Change {
            status,
            proposed_by_company_id: own,
            decided_at: Some(at(7)),
            ..change(Vec::new())
        };
        let told = Decision { status: status.as_str(), by, at: Some(at(7)) };
        assert_eq!(decision(&one, &on), Some(told));
    }
    assert_eq!(decision(&change(Vec::new()), &on), None);
}
