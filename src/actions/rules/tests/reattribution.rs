//! Another partner earned it, case by case.

use super::*;

const TWENTY: Rate = Rate::Percent(rust_decimal::Decimal::from_parts(20, 0, 0, false, 0));

/// Two shirts and a hat for 100.00, credited to somebody who gets 20 % instead of 10 %.
fn credited_anew(case: Case) -> Case {
    let credit = other(&case, TWENTY);
    case.credited(credit)
}

#[test]
fn whatever_its_state_it_is_pending_and_earns_by_the_new_terms() {
    let cases = [
        Case::order(),
        Case::order().after(Command::Approve),
        Case::order().after(reverse()),
        Case::order().after(hold()),
    ];
    for case in cases {
        let (before, credit) = (case.action.clone(), other(&case, TWENTY));
        let after = case.credited(credit.clone()).action;
        assert_eq!(
            (after.state, after.sale_minor, after.payout_minor),
            (State::Pending, 10_000, 2_000)
        );
        assert_eq!((after.tracked_sale_minor, after.tracked_payout_minor), (10_000, 2_000));
        assert_eq!(after.partner_company_id, credit.partner_company_id);
        assert_eq!((after.contract_id, after.terms_id), (credit.contract_id, credit.terms_id));
        assert_eq!(after.version, before.version + 2, "one entry for each partner");
        assert_eq!((after.locks_at, after.held), (before.locks_at, before.held));
        assert_eq!(after.first_partner_company_id, Some(before.partner_company_id));
    }
}

#[test]
fn items_keep_their_marks_and_values_and_only_the_lid_comes_off() {
    let partly = Case::order().after(modify(items(&[("hat", Step::Reverse)])));
    let lidded = partly.clone().after(reverse());
    for case in [partly, lidded] {
        let after = credited_anew(case.clone());
        assert_eq!(after.values(), (State::Pending, 6_000, 1_200));
        assert_eq!(after.action.items, case.action.items);
    }
    // Reversed step by step: the last step comes off, as with a restore.
    let stepwise = Case::order()
        .after(modify(items(&[("hat", Step::Reverse)])))
        .after(modify(items(&[("shirt", Step::Reverse)])));
    let restored = stepwise.clone().after(Command::Restore).action;
    let after = credited_anew(stepwise).action;
    assert_eq!((after.sale_minor, after.payout_minor), (6_000, 1_200));
    assert_eq!(after.items, restored.items);
}

#[test]
fn a_reset_gives_what_was_tracked_by_the_new_terms() {
    let less = Case::order().after(modify(Change::Amount(5_000)));
    let after = credited_anew(less);
    assert_eq!(after.values(), (State::Pending, 5_000, 1_000));
    let reset = after.after(Command::Reset);
    assert_eq!(reset.values(), (State::Pending, 10_000, 2_000));
    assert_eq!(reset.action.payout_minor, reset.action.tracked_payout_minor);
}

#[test]
fn the_same_partner_under_the_same_terms_changes_nothing_and_keeps_an_approval() {
    let approved = Case::order().after(Command::Approve);
    let same = Credit {
        partner_company_id: approved.action.partner_company_id,
        terms_id: approved.action.terms_id,
        ..other(&approved, TWENTY)
    };
    approved.unchanged(Command::Reattribute(Box::new(same.clone())));
    let other_terms = Credit { terms_id: TermsId::new(), ..same };
    let after = approved.clone().credited(other_terms).action;
    assert_eq!((after.state, after.payout_minor), (State::Pending, 2_000));
    assert_eq!(after.version, approved.action.version + 1, "one entry: the partner is the same");
    assert_eq!(after.first_partner_company_id, None);
}

#[test]
fn back_at_the_first_partner_nobody_else_is_remembered() {
    let case = Case::order();
    let first = case.action.partner_company_id;
    let back = Credit { partner_company_id: first, ..other(&case, TWENTY) };
    let there = credited_anew(credited_anew(case));
    assert_eq!(there.action.first_partner_company_id, Some(first));
    assert_eq!(there.credited(back).action.first_partner_company_id, None);
}

#[test]
fn what_is_closed_or_held_past_its_date_stays_where_it_is() {
    let case = Case::order();
    let command = Command::Reattribute(Box::new(other(&case, TWENTY)));
    assert_eq!(case.clone().at(LOCKS).refused(command.clone()), "action_locked");
    let held = case.after(hold()).at(LOCKS);
    assert_eq!(held.refused(command), "action_held");
}

#[test]
fn each_partner_has_an_entry_of_its_own() {
    let before = Case::order().after(modify(items(&[("hat", Step::Reverse)])));
    let after = credited_anew(before.clone()).action;
    let told = entries(UpdateId::new, &before.action, &after, &why(Verb::Reattribute));
    let [loss, gain] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(loss.partner_company_id, before.action.partner_company_id);
    assert_eq!(loss.terms_id, before.action.terms_id);
    assert_eq!((loss.state_before, loss.state), (Some(State::Pending), State::Reversed));
    assert_eq!((loss.sale_minor, loss.sale_delta_minor), (0, -6_000));
    assert_eq!((loss.payout_minor, loss.payout_delta_minor), (0, -600));
    assert_eq!(gain.partner_company_id, after.partner_company_id);
    assert_eq!(gain.terms_id, after.terms_id);
    assert_eq!((gain.state_before, gain.state), (None, State::Pending));
    assert_eq!((gain.sale_minor, gain.sale_delta_minor), (6_000, 6_000));
    assert_eq!((gain.payout_minor, gain.payout_delta_minor), (1_200, 1_200));
    assert_eq!((loss.version, gain.version), (after.version - 1, after.version));
    let quantities = |entry: &Update| -> Vec<i64> {
        let items = entry.items.as_ref().expect("items");
        items.0.iter().map(|item| item.quantity_delta).collect()
    };
    assert_eq!((quantities(loss), quantities(gain)), (vec![-2], vec![2]));
}
