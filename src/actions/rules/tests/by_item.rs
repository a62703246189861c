//! Returns that come item by item.

use super::*;

/// A step on an item, with a reason of its own or none.
fn step_for(sku: &str, step: Step, reason: Option<Reason>) -> ItemOperation {
    ItemOperation { target: Target::Sku(sku.into()), step, reason }
}

#[test]
fn a_step_may_raise_for_its_own_reason_and_no_other() {
    let case = Case::order();
    let up = |whole: Reason, own: Option<Reason>, allow_increase: bool| {
        let lower = step_for("shirt", Step::SetAmount(1_000), None);
        let operations = vec![step_for("hat", Step::SetAmount(5_000), own), lower];
        let change = Change::Items(operations);
        case.decide(&Command::Modify(Modify { reason: whole, allow_increase, change }))
    };
    use Reason::{ItemReturned, OrderUpdate, Rejected};
    for (whole, own, allow, good) in [
        (ItemReturned, Some(OrderUpdate), true, true),
        (ItemReturned, Some(OrderUpdate), false, false),
        (ItemReturned, None, true, false),
        (OrderUpdate, None, true, true),
        (OrderUpdate, Some(ItemReturned), true, false),
    ] {
        assert_eq!(up(whole, own, allow).is_ok(), good, "{whole} {own:?} {allow}");
    }
    let refused = up(ItemReturned, Some(Rejected), true).unwrap_err();
    assert_eq!(refused.code(), "reason_not_allowed");
}

#[test]
fn an_entry_tells_of_an_item_why_where_that_is_another_reason() {
    let case = Case::order();
    let change = Change::Items(vec![
        step_for("hat", Step::SetAmount(3_000), Some(Reason::OrderError)),
        step_for("hat", Step::SetAmount(2_000), Some(Reason::ConsError)),
        step_for("shirt", Step::SetQuantity(1), Some(Reason::ItemReturned)),
    ]);
    let modify = Modify { reason: Reason::ItemReturned, allow_increase: false, change };
    let command = Command::Modify(modify);
    let Ok(Decision::Changed(after)) = case.decide(&command) else { panic!("it changes") };
    let why = Why { reason: Some(Reason::ItemReturned), ..why(Verb::Modify) };
    let told = entry(UpdateId::new(), Some(&case.action), &after, &why);
    let told = item_by_item(told, &case.action, command.change());
    let reasons: Vec<_> = told.items.unwrap().0.iter().map(|change| change.reason).collect();
    assert_eq!(reasons, [None, Some(Reason::ConsError)]);
}

/// What each item counts as: quantity and amount.
fn left(case: &Case) -> Vec<(i64, i64)> {
    let counted = |item| {
        let counted = items::counted(case.action.state, item);
        (counted.quantity, counted.amount_minor)
    };
    case.action.items.0.iter().map(counted).collect()
}

fn take(sku: &str, step: Step) -> Command {
    modify(super::items(&[(sku, step)]))
}

fn three_for_ten() -> Case {
    Case::of(&[("cup", 3, 1_000)], Rate::Percent(10.into()), LockRule::OpenEnded)
}

#[test]
fn units_that_come_back_one_by_one_leave_their_share() {
    let two = three_for_ten().after(take("cup", Step::SetQuantity(2)));
    assert_eq!((left(&two), two.values()), (vec![(2, 667)], (State::Pending, 667, 67)));
    let one = two.after(take("cup", Step::SetQuantity(1)));
    assert_eq!((left(&one), one.values()), (vec![(1, 333)], (State::Pending, 333, 33)));
    let none = one.after(take("cup", Step::SetQuantity(0)));
    assert_eq!((left(&none), none.values()), (vec![(0, 0)], (State::Reversed, 0, 0)));
    assert_eq!(left(&none.after(Command::Restore)), [(1, 333)]);
}

#[test]
fn the_last_item_to_go_takes_the_action_with_it() {
    let one = Case::order().after(take("hat", Step::Reverse));
    assert_eq!(one.values(), (State::Pending, 6_000, 600));
    let none = one.clone().after(take("shirt", Step::Reverse));
    assert_eq!(none.values(), (State::Reversed, 0, 0));

    assert_eq!(left(&none.clone().after(Command::Restore)), left(&one), "the newest mark only");
    let hat = none.clone().after(take("hat", Step::Restore));
    assert_eq!(
        (left(&hat), hat.values()),
        (vec![(0, 0), (1, 4_000)], (State::Pending, 4_000, 400))
    );
    assert_eq!(none.after(Command::Reset).values(), (State::Pending, 10_000, 1_000));
}

#[test]
fn a_whole_reversal_remembers_what_was_reversed_before() {
    let partial = Case::order().after(take("hat", Step::Reverse));
    let whole = partial.clone().after(reverse());
    assert_eq!(left(&whole), [(0, 0), (0, 0)]);
    assert_eq!(left(&whole.after(Command::Restore)), left(&partial));
}

#[test]
fn one_item_comes_back_alone_from_a_whole_reversal() {
    let whole = Case::order().after(reverse());
    let hat = whole.after(take("hat", Step::Restore));
    assert_eq!(
        (left(&hat), hat.values()),
        (vec![(0, 0), (1, 4_000)], (State::Pending, 4_000, 400))
    );
    let both = hat.after(take("shirt", Step::Restore));
    assert_eq!(both.values(), (State::Pending, 10_000, 1_000));
}

#[test]
fn restoring_and_reversing_at_once_changes_nothing() {
    let whole = Case::order().after(reverse());
    let both = super::items(&[("hat", Step::Restore), ("hat", Step::Reverse)]);
    whole.unchanged(modify(both));
}

#[test]
fn a_mark_covers_the_item_as_it_was_before_the_command() {
    let case = three_for_ten();
    let steps = super::items(&[("cup", Step::SetQuantity(2)), ("cup", Step::Reverse)]);
    let gone = case.clone().after(modify(steps));
    assert_eq!(left(&gone.after(Command::Restore)), left(&case));
}

#[test]
fn an_item_that_was_reversed_all_along_keeps_its_old_mark() {
    let case = Case::order().after(take("hat", Step::Reverse));
    let steps = [("hat", Step::Restore), ("hat", Step::Reverse), ("shirt", Step::Reverse)];
    let gone = case.clone().after(modify(super::items(&steps)));
    assert_eq!(left(&gone.after(Command::Restore)), left(&case));
}

#[test]
fn a_reversed_item_has_nothing_left_to_change() {
    let case = Case::order().after(take("hat", Step::Reverse));
    for step in [Step::Reverse, Step::SetQuantity(0), Step::SetAmount(0), Step::AdjustAmount(0)] {
        case.unchanged(take("hat", step));
    }
    for step in [Step::SetQuantity(1), Step::SetAmount(1), Step::AdjustAmount(-1)] {
        assert_eq!(case.refused(take("hat", step)), "exceeds_remaining", "{step:?}");
        assert_eq!(case.refused(increase(super::items(&[("hat", step)]))), "exceeds_remaining");
    }
    assert_eq!(case.refused(take("shirt", Step::Restore)), "not_reversed");
}

#[test]
fn an_item_gives_no_more_than_it_has() {
    let case = Case::order();
    for step in [
        Step::SetQuantity(3),
        Step::SetAmount(6_001),
        Step::AdjustAmount(1),
        Step::AdjustAmount(-6_001),
    ] {
        let refusal = case.decide(&take("shirt", step)).unwrap_err();
        assert_eq!(refusal.to_string(), "more than remains: 2 left, worth 60.00 EUR", "{step:?}");
    }
    for step in [Step::SetQuantity(-1), Step::SetAmount(-1)] {
        assert_eq!(case.refused(take("shirt", step)), "out_of_range", "{step:?}");
    }
    let more = case.after(increase(super::items(&[("shirt", Step::SetQuantity(3))])));
    assert_eq!(left(&more), [(3, 9_000), (1, 4_000)]);
}

#[test]
fn steps_follow_one_another() {
    let steps = super::items(&[("shirt", Step::SetQuantity(1)), ("shirt", Step::SetAmount(5_000))]);
    assert_eq!(left(&Case::order().after(modify(steps))), [(1, 5_000), (1, 4_000)]);
}

#[test]
fn an_order_amount_is_spread_over_what_remains() {
    let case = Case::of(
        &[("a", 1, 1_000), ("b", 1, 1_000), ("c", 1, 1_000)],
        Rate::Percent(10.into()),
        LockRule::OpenEnded,
    );
    let partial = case.after(take("b", Step::Reverse)).after(modify(Change::Amount(1_001)));
    assert_eq!(left(&partial), [(1, 501), (0, 0), (1, 500)]);
    assert_eq!(partial.refused(modify(Change::Amount(1_002))), "exceeds_remaining");
}

#[test]
fn an_item_is_named_by_its_id_or_by_an_sku_of_its_own() {
    let case =
        Case::of(&[("cup", 1, 10), ("cup", 1, 20)], Rate::Percent(10.into()), LockRule::OpenEnded);
    assert_eq!(case.refused(take("cup", Step::Reverse)), "ambiguous_sku");
    assert_eq!(case.refused(take("Cup", Step::Reverse)), "sku_not_found");
    let by_id = |id| {
        let (target, step, reason) = (Target::Id(id), Step::Reverse, None);
        modify(Change::Items(vec![ItemOperation { target, step, reason }]))
    };
    assert_eq!(case.refused(by_id(ItemId::new())), "item_not_found");
    let second = case.action.items.0[1].id;
    assert_eq!(left(&case.after(by_id(second))), [(1, 10), (0, 0)]);
}

#[test]
fn a_fixed_payout_is_full_until_nothing_is_left() {
    let things = [("a", 2, 500), ("b", 1, 500)];
    let paid = |per| {
        let fixed = Rate::Fixed { minor: 300, per };
        let all = Case::of(&things, fixed, LockRule::OpenEnded);
        let some = all.clone().after(take("a", Step::SetQuantity(1)));
        let one = some.clone().after(take("b", Step::Reverse));
        let none = one.clone().after(take("a", Step::Reverse));
        [all, some, one, none].map(|case| case.action.payout_minor)
    };
    assert_eq!(paid(FixedPer::Action), [300, 300, 300, 0]);
    assert_eq!(paid(FixedPer::Item), [600, 600, 300, 0]);
    assert_eq!(paid(FixedPer::Unit), [900, 600, 300, 0]);
}
