//! What is said to be allowed is what the rules then do, for actions with any history.

use proptest::prelude::*;

use super::*;
use crate::actions::rules::Decision;
use crate::actions::rules::tests::sample::{Sample, sample};
use crate::adjustments::rules::{Correction, adjust};
use crate::contracts::model::{AfterLock, Rate};
use crate::kernel::id::{CompanyId, ContractId, TermsId};
use crate::kernel::time::Instant;

/// What the rules refuse for the state or the time alone.
const BY_STATE: &[&str] = &["action_locked", "action_held", "action_reversed", "not_reversed"];
const BY_LOCK: &[&str] = &["action_not_locked", "clawback_forbidden", "clawback_over"];

fn day(days: i64) -> Instant {
    Instant::from_micros(1_772_000_000_000_000 + days * 86_400_000_000)
}

fn reason() -> impl Strategy<Value = Reason> {
    prop::sample::select(Reason::ALL.to_vec())
}

/// A change that restores no item.
fn lowering() -> impl Strategy<Value = Change> {
    let step = prop_oneof![
        Just(Step::Reverse),
        (0_i64..3).prop_map(Step::SetQuantity),
        (-50_i64..50).prop_map(Step::AdjustAmount),
        (0_i64..200).prop_map(Step::SetAmount),
    ];
    let operation = (0_usize..2, step).prop_map(|(place, step)| ItemOperation {
        target: Target::Sku(["shirt", "hat"][place].into()),
        step,
        reason: None,
    });
    prop_oneof![
        (0_i64..300).prop_map(Change::Amount),
        (-300_i64..300).prop_map(Change::AmountDelta),
        prop::collection::vec(operation, 1..3).prop_map(Change::Items),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        Just(Command::Approve),
        reason().prop_map(|reason| Command::Reverse { reason }),
        Just(Command::Restore),
        Just(Command::Reset),
        Just(Command::Hold { reason: "why".into() }),
        Just(Command::Release),
        lowering().prop_map(modify),
        lowering().prop_map(modify),
        (0_i64..200).prop_map(|days| Command::Lock { at: day(days) }),
    ]
}

fn setting(sample: &Sample, at: Instant) -> Setting<'_> {
    Setting { terms: &sample.terms, zone: &sample.zone, at, now: at, reversed_for: None }
}

/// An action to which all that was done, a moment after the last of it.
fn lived(after_lock: AfterLock, history: Vec<(Command, i64)>, wait: i64) -> (Sample, Instant) {
    let rate = Rate::Percent(10.into());
    let mut one = sample(&[("shirt", 2, 120), ("hat", 1, 80)], rate, day(0));
    one.terms.after_lock = after_lock;
    one.terms.clawback_days = 20;
    let mut days = 0;
    for (command, pause) in history {
        days += pause;
        if let Ok(Decision::Changed(after)) =
            decide(&one.action, &command, &setting(&one, day(days)))
        {
            one.action = after;
        }
    }
    (one, day(days + wait))
}

fn of(choice: Choice, all: &[Allowed]) -> &Allowed {
    all.iter().find(|one| one.choice == choice).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, ..ProptestConfig::default() })]

    #[test]
    fn what_is_allowed_is_never_refused_for_its_state_or_time_and_all_else_is(
        claws: bool,
        history in prop::collection::vec((command(), 0_i64..20), 0..8),
        wait in 0_i64..60,
        change in lowering(),
        reason in reason(),
    ) {
        let after_lock = if claws { AfterLock::Clawback } else { AfterLock::Forbid };
        let (one, now) = lived(after_lock, history, wait);
        let (action, at) = (&one.action, setting(&one, now));
        let all = allowed(action, &at, Withheld::default());
        let holds = |choice: Choice, command: Command| {
            let said = of(choice, &all);
            let refused = decide(action, &command, &at).err().map(|no| no.code());
            let by_state = refused.filter(|code| BY_STATE.contains(code));
            prop_assert_eq!(by_state, said.code, "{:?} {:?}", choice, command);
            Ok(())
        };
        holds(Choice::Approve, Command::Approve)?;
        holds(Choice::Restore, Command::Restore)?;
        holds(Choice::Reset, Command::Reset)?;
        holds(Choice::Hold, Command::Hold { reason: "why".into() })?;
        holds(Choice::Release, Command::Release)?;
        let credit = Credit {
            partner_company_id: CompanyId::new(),
            contract_id: ContractId::new(),
            terms_id: TermsId::new(),
            terms: one.terms.clone(),
            attributed_by: action.attributed_by,
        };
        holds(Choice::Reattribute, Command::Reattribute(Box::new(credit)))?;
        // A reason for something else is refused first, whatever the action's state.
        let fitting = Some(reason).filter(|reason| reason.applies_to_modify());
        let fitting = fitting.unwrap_or(Reason::OrderUpdate);
        let any = Modify { reason: fitting, allow_increase: true, change: change.clone() };
        holds(Choice::Modify, Command::Modify(any))?;
        for item in &action.items.0 {
            let reversed = action.state == State::Reversed || item.reversed_in.is_some();
            let none = of(Choice::RestoreItem, &all).code == Some("not_reversed");
            prop_assert!(!(none && reversed));
            if reversed || none {
                let (target, step, reason) = (Target::Id(item.id), Step::Restore, None);
                let operation = ItemOperation { target, step, reason };
                holds(Choice::RestoreItem, modify(Change::Items(vec![operation])))?;
            }
        }
        let said = of(Choice::Reverse, &all);
        let may = said.code.is_none()
            && said.reasons.as_ref().is_none_or(|reasons| reasons.contains(&reason));
        let refused = decide(action, &Command::Reverse { reason }, &at).err();
        prop_assert_eq!(may, refused.is_none());
        prop_assert!(refused.is_none_or(|no| BY_STATE.contains(&no.code())));
    }

    #[test]
    fn what_may_be_adjusted_is_never_refused_for_its_lock_or_terms_and_all_else_is(
        claws: bool,
        history in prop::collection::vec((command(), 0_i64..20), 0..8),
        wait in 0_i64..60,
        delta in 1_i64..30,
    ) {
        let after_lock = if claws { AfterLock::Clawback } else { AfterLock::Forbid };
        let (one, now) = lived(after_lock, history, wait);
        let (action, at) = (&one.action, setting(&one, now));
        let all = allowed(action, &at, Withheld::default());
        for (choice, delta) in [(Choice::Clawback, -delta), (Choice::MakeGood, delta)] {
            let said = of(choice, &all).code;
            let refused = adjust(action, None, &Correction::Payout(delta), &at).err();
            let refused = refused.map(|no| no.code());
            match said {
                None => prop_assert!(refused.is_none_or(|code| !BY_LOCK.contains(&code))),
                // An amount that cannot be is refused first.
                Some(_) if refused == Some("exceeds_due") => prop_assert!(claws || delta < 0),
                Some(_) => prop_assert_eq!(refused, said),
            }
        }
    }
}

#[test]
fn what_is_held_past_its_date_can_be_released_or_reversed_for_fraud() {
    let hold = vec![(Command::Hold { reason: "why".into() }, 1)];
    let (one, _) = lived(AfterLock::Forbid, hold, 0);
    let past = one.action.locks_at;
    let mut held = one;
    held.action.held_until = None;
    let all = allowed(&held.action, &setting(&held, past), Withheld::default());
    assert_eq!(of(Choice::Approve, &all).code, Some("action_held"));
    assert_eq!(of(Choice::Release, &all).code, None);
    let reverse = of(Choice::Reverse, &all);
    assert_eq!((reverse.code, reverse.reasons.as_deref()), (None, Some(&[Reason::ConsFraud][..])));
}

#[test]
fn whoever_may_not_is_told_so_before_anything_else() {
    let (one, now) = lived(AfterLock::Clawback, Vec::new(), 0);
    let withheld = Withheld {
        changing: Some("role_too_low"),
        crediting: Some("role_too_low"),
        adjusting: Some("forbidden"),
    };
    for said in allowed(&one.action, &setting(&one, now), withheld) {
        let adjusts = matches!(said.choice, Choice::Clawback | Choice::MakeGood);
        let code = if adjusts { "forbidden" } else { "role_too_low" };
        assert_eq!((said.code, said.reasons), (Some(code), None), "{:?}", said.choice);
    }
}
