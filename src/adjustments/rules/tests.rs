//! What is left of a locked action, step by step and then at random.

use proptest::prelude::*;

use super::*;
use crate::actions::model::State;
use crate::actions::rules::tests::sample::{Sample, sample};
use crate::actions::rules::{Command, ItemOperation, Step, Target, decide};
use crate::contracts::model::{FixedPer, Rate};
use crate::kernel::document::Document;
use crate::kernel::id::AdjustmentId;

/// A locked action, and what was corrected of it so far.
struct Case {
    sample: Sample,
    at: Instant,
    last: Option<Adjustment>,
}

const LOCKED: &str = "2026-04-01T00:00:00+02:00";

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

impl Case {
    /// Two shirts for 60.00 and a hat for 40.00, of which the partner got 10 %.
    fn order() -> Self {
        Self::of(Rate::Percent(10.into()), &[])
    }

    /// The same at another rate, after some commands before the lock.
    fn of(rate: Rate, before: &[Command]) -> Self {
        let mut sample =
            sample(&[("shirt", 2, 6_000), ("hat", 1, 4_000)], rate, at("2026-02-10T12:00:00Z"));
        sample.terms.after_lock = AfterLock::Clawback;
        let lock = Command::Lock { at: at(LOCKED) };
        for command in before.iter().chain([&lock]) {
            let moment = at(if *command == lock { LOCKED } else { "2026-02-11T12:00:00Z" });
            let Sample { action, terms, zone } = &sample;
            let setting = Setting { terms, zone, at: moment, now: moment, reversed_for: None };
            let Ok(Decision::Changed(after)) = decide(action, command, &setting) else {
                panic!("{command:?} changes nothing")
            };
            sample.action = after;
        }
        Self { sample, at: at("2026-04-20T12:00:00Z"), last: None }
    }

    fn decide(&self, correction: &Correction) -> Result<Adjusted, Refusal> {
        let Sample { action, terms, zone } = &self.sample;
        let setting = Setting { terms, zone, at: self.at, now: self.at, reversed_for: None };
        adjust(action, self.last.as_ref(), correction, &setting)
    }

    /// Makes one; gives its kind, by how much the payout changes, and what is left of sale and payout.
    fn make(&mut self, correction: Correction) -> (Kind, i64, i64, i64) {
        let Adjusted { kind, before, after } = self.decide(&correction).unwrap();
        let sequence = self.last.as_ref().map_or(1, |last| last.sequence + 1);
        let delta = after.payout_minor - before.payout_minor;
        let told = (kind, delta, after.sale_minor, after.payout_minor);
        self.last = Some(kept(sequence, kind, &before, after));
        told
    }

    fn refused(&self, correction: Correction) -> &'static str {
        self.decide(&correction).expect_err("a refusal").code()
    }
}

fn kept(sequence: i64, kind: Kind, before: &Action, after: Action) -> Adjustment {
    Adjustment {
        id: AdjustmentId::new(),
        action_id: after.id,
        sequence,
        company_id: after.company_id,
        partner_company_id: after.partner_company_id,
        kind,
        state: after.state,
        sale_minor: after.sale_minor,
        sale_delta_minor: after.sale_minor - before.sale_minor,
        payout_minor: after.payout_minor,
        payout_delta_minor: after.payout_minor - before.payout_minor,
        items: after.items,
        changes: Document(vec![]),
        reason: crate::actions::reasons::Reason::ItemReturned,
        note: None,
        channel: crate::actions::model::Channel::Api,
        user_id: None,
        api_key_id: None,
        delegate_user_id: None,
        reversal_id: None,
        line: None,
        at: after.updated_at,
        approved_by_user_id: None,
    }
}

fn sale(delta: i64) -> Correction {
    Correction::Sale(Change::AmountDelta(delta))
}

fn items(steps: &[(&str, Step)]) -> Correction {
    Correction::Sale(change(steps))
}

fn change(steps: &[(&str, Step)]) -> Change {
    let operation = |(sku, step): &(&str, Step)| ItemOperation {
        target: Target::Sku((*sku).into()),
        step: *step,
        reason: None,
    };
    Change::Items(steps.iter().map(operation).collect())
}

#[test]
fn each_adjustment_begins_with_what_the_one_before_has_left() {
    let mut case = Case::order();
    assert_eq!(case.make(sale(-6_000)), (Kind::Clawback, -600, 4_000, 400));
    assert_eq!(case.refused(sale(-6_000)), "exceeds_remaining");
    assert_eq!(case.make(sale(-4_000)), (Kind::Clawback, -400, 0, 0));
    assert_eq!(case.make(sale(2_500)), (Kind::MakeGood, 250, 2_500, 250));
    assert_eq!(case.sample.action.payout_minor, 1_000, "the action stays as it locked");
}

#[test]
fn items_come_back_one_by_one_and_may_be_taken_back() {
    let mut case = Case::order();
    let one_shirt = items(&[("shirt", Step::SetQuantity(1))]);
    assert_eq!(case.make(one_shirt.clone()), (Kind::Clawback, -300, 7_000, 700));
    assert_eq!(case.refused(one_shirt), "nothing_to_adjust");
    let all = items(&[("shirt", Step::Reverse), ("hat", Step::Reverse)]);
    assert_eq!(case.make(all), (Kind::Clawback, -700, 0, 0));
    assert_eq!(case.last.as_ref().unwrap().state, State::Reversed);
    assert_eq!(case.refused(sale(100)), "action_reversed");
    let hat = items(&[("hat", Step::Restore)]);
    assert_eq!(case.make(hat), (Kind::MakeGood, 400, 4_000, 400));
    assert_eq!(case.last.as_ref().unwrap().state, State::Approved);
}

#[test]
fn a_payout_per_action_is_clawed_back_whole_when_nothing_is_left() {
    let mut case = Case::of(Rate::Fixed { minor: 500, per: FixedPer::Action }, &[]);
    assert_eq!(case.make(sale(-9_999)), (Kind::Clawback, 0, 1, 500));
    let all = items(&[("shirt", Step::Reverse), ("hat", Step::Reverse)]);
    assert_eq!(case.make(all), (Kind::Clawback, -500, 0, 0));
}

#[test]
fn a_payout_that_was_corrected_by_an_amount_is_not_given_back_by_the_next_return() {
    let mut case = Case::order();
    assert_eq!(case.make(Correction::Payout(-500)), (Kind::Clawback, -500, 10_000, 500));
    assert_eq!(case.make(sale(-1_000)), (Kind::Clawback, 0, 9_000, 500), "9.00 would be more");
    assert_eq!(case.make(sale(-6_000)), (Kind::Clawback, -200, 3_000, 300));
    assert_eq!(case.make(Correction::Payout(700)), (Kind::MakeGood, 700, 3_000, 1_000));
    assert_eq!(case.make(sale(500)), (Kind::MakeGood, 0, 3_500, 1_000), "3.50 would be less");
}

#[test]
fn what_is_left_is_never_below_zero_nor_above_what_was_tracked_or_locked() {
    let mut case = Case::order();
    assert_eq!(case.refused(Correction::Payout(-1_001)), "exceeds_due");
    assert_eq!(case.refused(Correction::Payout(1)), "exceeds_due");
    assert_eq!(case.refused(sale(10)), "exceeds_due");
    assert_eq!(case.refused(Correction::Payout(i64::MAX)), "exceeds_due");
    assert_eq!(case.refused(sale(i64::MAX)), "out_of_range");
    assert_eq!(case.refused(sale(0)), "nothing_to_adjust");
    assert_eq!(case.refused(Correction::Payout(0)), "nothing_to_adjust");
    assert_eq!(case.make(Correction::Payout(-1_000)).3, 0);

    let reason = crate::actions::reasons::Reason::ItemReturned;
    let ten = || Rate::Percent(10.into());
    let mut declined = Case::of(ten(), &[Command::Reverse { reason }]);
    assert_eq!(declined.make(Correction::Payout(1_000)), (Kind::MakeGood, 1_000, 0, 1_000));
    assert_eq!(declined.refused(Correction::Payout(1)), "exceeds_due");
    let mut declined = Case::of(ten(), &[Command::Reverse { reason }]);
    let hat = items(&[("hat", Step::Restore)]);
    assert_eq!(declined.make(hat), (Kind::MakeGood, 400, 4_000, 400));
}

#[test]
fn clawing_back_takes_the_contracts_word_and_its_days_and_making_good_takes_neither() {
    let mut case = Case::order();
    case.make(sale(-6_000));
    case.sample.terms.clawback_days = 30;
    case.at = at("2026-04-30T21:59:59.999999Z");
    assert!(case.decide(&sale(-100)).is_ok());
    case.at = at("2026-04-30T22:00:00Z");
    assert_eq!(case.refused(sale(-100)), "clawback_over");
    assert_eq!(case.refused(Correction::Payout(-1)), "clawback_over");
    assert!(case.decide(&sale(100)).is_ok());
    case.sample.terms.after_lock = AfterLock::Forbid;
    assert_eq!(case.refused(sale(-100)), "clawback_forbidden");
    assert!(case.decide(&Correction::Payout(1)).is_ok());
}

#[test]
fn what_is_not_locked_is_changed_itself() {
    let mut case = Case::order();
    case.sample.action.locked_at = None;
    assert_eq!(case.refused(sale(-100)), "action_not_locked");
}

fn any_correction() -> impl Strategy<Value = Correction> {
    let sku = prop_oneof![Just("shirt"), Just("hat")];
    let step = prop_oneof![
        (0..4_i64).prop_map(Step::SetQuantity),
        (0..7_000_i64).prop_map(Step::SetAmount),
        (-7_000..7_000_i64).prop_map(Step::AdjustAmount),
        Just(Step::Reverse),
        Just(Step::Restore),
    ];
    prop_oneof![
        (-11_000..11_000_i64).prop_map(sale),
        (-1_100..1_100_i64).prop_map(Correction::Payout),
        (sku, step).prop_map(|(sku, step)| items(&[(sku, step)])),
    ]
}

proptest! {
    #[test]
    fn any_sequence_adds_up_within_its_bounds(
        corrections in prop::collection::vec(any_correction(), 1..20),
        forbidden: bool,
        fixed: bool,
    ) {
        let rate = match fixed {
            true => Rate::Fixed { minor: 150, per: FixedPer::Unit },
            false => Rate::Percent(10.into()),
        };
        let mut case = Case::of(rate, &[]);
        if forbidden {
            case.sample.terms.after_lock = AfterLock::Forbid;
        }
        let action = case.sample.action.clone();
        let most = action.payout_minor.max(action.tracked_payout_minor);
        let mut left = action.payout_minor;
        for correction in corrections {
            let before = case.last.clone();
            if case.decide(&correction).is_err() {
                continue;
            }
            let (kind, delta, sale, payout) = case.make(correction);
            left += delta;
            prop_assert_eq!(left, payout);
            prop_assert!((0..=most).contains(&payout) && sale >= 0);
            let right_way = match kind {
                Kind::Clawback => delta <= 0,
                Kind::MakeGood => delta >= 0,
            };
            prop_assert!(right_way);
            prop_assert!(!(forbidden && kind == Kind::Clawback));
            let last = case.last.as_ref().unwrap();
            let stood = standing(&action, before.as_ref());
            let worth: i64 = last.items.0.iter().map(|item| match item.reversed_in {
                None if last.state != State::Reversed => item.amount_minor,
                _ => 0,
            }).sum();
            prop_assert_eq!(worth, sale);
            prop_assert_eq!(stood.sale_minor + last.sale_delta_minor, sale);
        }
        prop_assert_eq!(case.sample.action, action);
    }
}

#[test]
fn a_return_only_lowers_and_takes_the_contracts_word_even_where_nothing_is_given_back() {
    let less = |delta| Correction::Return(Change::AmountDelta(delta));
    let mut case = Case::order();
    assert_eq!(case.refused(less(1)), "exceeds_remaining");
    assert_eq!(case.refused(Correction::Return(Change::Amount(10_001))), "exceeds_remaining");
    assert_eq!(case.refused(Correction::Return(Change::Amount(10_000))), "nothing_to_adjust");
    assert_eq!(case.make(less(-4_000)), (Kind::Clawback, -400, 6_000, 600));
    assert_eq!(case.refused(less(-6_001)), "exceeds_remaining");
    let all = [("shirt", Step::Reverse), ("hat", Step::Reverse)];
    let all = Correction::Return(change(&all));
    assert_eq!(case.make(all.clone()), (Kind::Clawback, -600, 0, 0));
    assert_eq!(case.refused(all), "action_reversed");

    // One shirt less at the same price: nothing is given back, and still it is a clawback.
    let same = [("shirt", Step::SetQuantity(1)), ("shirt", Step::SetAmount(6_000))];
    let same = Correction::Return(change(&same));
    let mut case = Case::order();
    assert_eq!(case.make(same.clone()), (Kind::Clawback, 0, 10_000, 1_000));
    let mut case = Case::order();
    case.sample.terms.after_lock = AfterLock::Forbid;
    assert_eq!(case.refused(same), "clawback_forbidden");
}

fn made(kind: Kind, payout_delta_minor: i64) -> Adjustment {
    let Sample { action, .. } = Case::order().sample;
    let after = Action { payout_minor: action.payout_minor + payout_delta_minor, ..action.clone() };
    kept(1, kind, &action, after)
}

#[test]
fn a_make_good_beyond_the_limit_takes_two() {
    let euros = |minor| Some(Money::of(minor, "EUR".parse().unwrap()));
    let dollars = Some(Money::of(1_000, "USD".parse().unwrap()));
    for (kind, delta, limit, two) in [
        (Kind::MakeGood, 1_000, None, false),
        (Kind::MakeGood, 1_000, euros(1_000), false),
        (Kind::MakeGood, 1_001, euros(1_000), true),
        (Kind::MakeGood, 1, euros(0), true),
        (Kind::MakeGood, 0, euros(0), false),
        (Kind::MakeGood, 1, dollars, true),
        (Kind::MakeGood, 0, dollars, false),
        (Kind::Clawback, -5_000, euros(0), false),
    ] {
        let takes = takes_two(&made(kind, delta), "EUR".parse().unwrap(), limit);
        assert_eq!(takes, two, "{kind} {delta} {limit:?}");
    }
}

#[test]
fn a_proposal_is_answered_once_and_approved_by_somebody_who_had_no_hand_in_it() {
    let (maker, other, now) = (UserId::new(), UserId::new(), at("2026-04-21T12:00:00Z"));
    let user = |user| Doer { user_id: Some(user), ..Doer::SYSTEM };
    let delegate = |user, of| Doer {
        delegate_user_id: Some(of),
        ..Doer { user_id: Some(user), ..Doer::SYSTEM }
    };
    let adjustment = made(Kind::MakeGood, 1_000);
    let by = |adjustment: Adjustment, maker| {
        crate::adjustments::entry::proposal(adjustment, sale(1_000), maker)
    };
    let by_user = by(Adjustment { user_id: Some(maker), ..adjustment.clone() }, None);
    let by_delegate = by(Adjustment { delegate_user_id: Some(maker), ..adjustment.clone() }, None);
    let by_key = by(adjustment.clone(), Some(maker));
    for proposal in [&by_user, &by_delegate, &by_key] {
        assert_eq!(second(proposal, user(other)), Ok(other));
        for doer in [user(maker), delegate(other, maker), delegate(maker, other), Doer::SYSTEM] {
            assert_eq!(second(proposal, doer), Err(Refusal::OwnProposal), "{doer:?}");
        }
    }
    let euros: Currency = "EUR".parse().unwrap();
    let now_made = Adjustment { approved_by_user_id: Some(other), ..adjustment.clone() };
    let yes = approved(&by_user, &now_made, euros).unwrap();
    assert_eq!((yes.status, yes.decided_by_user_id, yes.version), (Status::Made, Some(other), 2));
    let different = Adjustment { payout_delta_minor: 999, ..now_made };
    assert_eq!(approved(&by_user, &different, euros).unwrap_err().code(), "proposal_outdated");
    let no = declined(&by_user, user(maker), "wrong".into(), now);
    assert_eq!((no.status, no.decline_reason.as_deref()), (Status::Declined, Some("wrong")));

    assert_eq!(open(Either::Proposed(by_user.clone())), Ok(by_user));
    for answered in [Either::Proposed(yes), Either::Proposed(no), Either::Made(adjustment)] {
        assert_eq!(open(answered).unwrap_err().code(), "adjustment_answered");
    }
}
