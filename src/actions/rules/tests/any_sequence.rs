//! What holds whatever is done, in whatever order.

use proptest::prelude::*;

use super::*;

/// Small values that happen, and values that should not.
fn value() -> impl Strategy<Value = i64> {
    prop_oneof![
        6 => 0_i64..6,
        6 => -3_000_i64..3_000,
        1 => any::<i64>(),
        1 => prop::sample::select(vec![i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX]),
    ]
}

/// Mostly at or above zero, up to the very end.
fn large() -> impl Strategy<Value = i64> {
    prop_oneof![4 => 1_i64..9, 4 => 0..i64::MAX / 4, 1 => 0..=i64::MAX, 1 => any::<i64>()]
}

fn reason() -> impl Strategy<Value = Reason> {
    prop_oneof![Just(Reason::OrderUpdate), prop::sample::select(Reason::ALL.to_vec())]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => value().prop_map(Step::SetQuantity),
        2 => value().prop_map(Step::SetAmount),
        2 => value().prop_map(Step::AdjustAmount),
        4 => Just(Step::Reverse),
        2 => Just(Step::Restore),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    let operation = (0_usize..4, step()).prop_map(|(place, step)| ItemOperation {
        target: Target::Sku(format!("sku-{place}")),
        step,
        reason: None,
    });
    prop_oneof![
        1 => value().prop_map(Change::Amount),
        1 => value().prop_map(Change::AmountDelta),
        4 => prop::collection::vec(operation, 0..4).prop_map(Change::Items),
    ]
}

fn command() -> impl Strategy<Value = Command> {
    let modify =
        (reason(), any::<bool>(), change()).prop_map(|(reason, allow_increase, change)| {
            Command::Modify(Modify { reason, allow_increase, change })
        });
    prop_oneof![
        2 => Just(Command::Approve),
        8 => modify,
        2 => reason().prop_map(|reason| Command::Reverse { reason }),
        2 => Just(Command::Restore),
        1 => Just(Command::Reset),
        1 => Just(hold()),
        1 => Just(Command::Release),
        1 => (0_i64..2_000_000).prop_map(|seconds| Command::Lock { at: moment(seconds) }),
        2 => (rate(), any::<bool>()).prop_map(|(rate, by_code)| reattribute(rate, by_code)),
    ]
}

/// Somebody who earns at this rate, whatever the event type; [`meant`] says which it is.
fn reattribute(rate: Rate, by_code: bool) -> Command {
    let case = Case::order();
    let attributed_by = if by_code { AttributedBy::Code } else { AttributedBy::Partner };
    Command::Reattribute(Box::new(Credit { attributed_by, ..other(&case, rate) }))
}

/// The command as it is meant of this action: terms pay for its event type.
fn meant(command: Command, case: &Case) -> Command {
    let Command::Reattribute(mut credit) = command else { return command };
    let event_type_id = case.action.event_type_id;
    credit.terms.lock = case.terms.lock;
    for payout in &mut credit.terms.payouts {
        payout.event_type_id = event_type_id;
    }
    Command::Reattribute(credit)
}

/// The terms that count after a command.
fn terms_after(command: &Command, case: &Case) -> Terms {
    match command {
        Command::Reattribute(credit) => credit.terms.clone(),
        _ => case.terms.clone(),
    }
}

/// That many seconds after the tracking.
fn moment(seconds: i64) -> Instant {
    Instant::from_micros(at(TRACKED).micros() + seconds * 1_000_000)
}

fn rate() -> impl Strategy<Value = Rate> {
    prop_oneof![
        (0_i64..100_000)
            .prop_map(|thousandths| Rate::Percent(rust_decimal::Decimal::new(thousandths, 3))),
        (0_i64..10_000, prop::sample::select(FixedPer::ALL.to_vec()))
            .prop_map(|(minor, per)| Rate::Fixed { minor, per }),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    let lock = prop_oneof![
        Just(LockRule::OpenEnded),
        Just(LockRule::After { after: After::Day, months: 0, days: 15 }),
    ];
    let item = (1_i64..6, prop_oneof![Just(0), 0_i64..3_000]);
    (prop::collection::vec(item, 1..4), rate(), lock).prop_map(|(items, rate, lock)| {
        let skus: Vec<String> = (0..items.len()).map(|place| format!("sku-{place}")).collect();
        let named: Vec<_> = skus
            .iter()
            .zip(items)
            .map(|(sku, (quantity, amount))| (sku.as_str(), quantity, amount))
            .collect();
        Case::of(&named, rate, lock)
    })
}

/// State, sale, payout and what each item counts as.
type Picture = (i64, i64, Vec<items::Counted>);

fn picture(action: &Action) -> Picture {
    let counted = action.items.0.iter().map(|item| items::counted(action.state, item));
    (action.sale_minor, action.payout_minor, counted.collect())
}

/// What the entries of a ledger add up to.
fn sum(ledger: &[Update], action: &Action) -> Picture {
    let of_item = |item: &Item| {
        let changes = ledger.iter().filter_map(|entry| entry.items.as_ref());
        let changes = changes.flat_map(|changes| &changes.0).filter(|change| change.id == item.id);
        let nothing = items::Counted { quantity: 0, amount_minor: 0 };
        changes.fold(nothing, |sum, change| items::Counted {
            quantity: sum.quantity + change.quantity_delta,
            amount_minor: sum.amount_minor + change.amount_delta_minor,
        })
    };
    (
        ledger.iter().map(|entry| entry.sale_delta_minor).sum(),
        ledger.iter().map(|entry| entry.payout_delta_minor).sum(),
        action.items.0.iter().map(of_item).collect(),
    )
}

/// What every action is at every moment.
fn sound(action: &Action) -> Result<(), TestCaseError> {
    let (sale, payout, counted) = picture(action);
    prop_assert_eq!(counted.iter().map(|item| item.amount_minor).sum::<i64>(), sale);
    prop_assert!(sale >= 0 && payout >= 0);
    prop_assert!(counted.iter().all(|item| item.quantity >= 0 && item.amount_minor >= 0));
    prop_assert!(action.items.0.iter().all(|item| item.quantity > 0), "marks keep quantities");
    prop_assert!(action.locked_at.is_none() || !action.held);
    if action.state == State::Reversed {
        prop_assert_eq!((sale, payout), (0, 0), "a full reversal nets to exactly zero");
    } else {
        prop_assert!(!items::all_marked(&action.items.0), "all items gone is a reversal");
    }
    Ok(())
}

/// Whether a command only marks and unmarks.
fn only_marks(command: &Command) -> bool {
    match command {
        Command::Modify(Modify { change: Change::Items(operations), .. }) => operations
            .iter()
            .all(|operation| matches!(operation.step, Step::Reverse | Step::Restore)),
        Command::Modify(_) | Command::Reset => false,
        Command::Reattribute(_) => true,
        Command::Approve
        | Command::Reverse { .. }
        | Command::Restore
        | Command::Hold { .. }
        | Command::Release
        | Command::Lock { .. }
        | Command::Clear { .. } => true,
    }
}

/// What one change may do to what was there before.
fn fair(before: &Action, after: &Action, command: &Command) -> Result<(), TestCaseError> {
    let entries = if before.partner_company_id == after.partner_company_id { 1 } else { 2 };
    prop_assert_eq!(after.version, before.version + entries);
    prop_assert!(before.locked_at.is_none(), "what is locked never changes");
    if only_marks(command) {
        let beneath = |action: &Action| -> Vec<(i64, i64)> {
            action.items.0.iter().map(|item| (item.quantity, item.amount_minor)).collect()
        };
        prop_assert_eq!(beneath(before), beneath(after), "a mark covers, and never erases");
    }
    let increased = matches!(command, Command::Modify(modify)
        if modify.allow_increase && modify.reason == Reason::OrderUpdate);
    match command {
        Command::Modify(_) if before.state != State::Reversed && !increased => {
            let restores = matches!(command, Command::Modify(modify)
                if items::restores_one(&modify.change));
            prop_assert!(restores || after.sale_minor <= before.sale_minor);
        }
        Command::Reset => {
            prop_assert_eq!(after.state, State::Pending);
            prop_assert_eq!(after.sale_minor, after.tracked_sale_minor);
            prop_assert_eq!(after.payout_minor, after.tracked_payout_minor);
        }
        Command::Reattribute(credit) => {
            prop_assert_eq!(after.state, State::Pending);
            prop_assert_eq!(after.locks_at, before.locks_at);
            prop_assert_eq!(after.partner_company_id, credit.partner_company_id);
            prop_assert_eq!(after.terms_id, credit.terms_id);
        }
        Command::Hold { .. } | Command::Release | Command::Lock { .. } | Command::Approve
            if before.state != State::Reversed =>
        {
            prop_assert_eq!(picture(before), picture(after));
        }
        _ => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn the_ledger_adds_up_whatever_is_done(
        start in case(),
        commands in prop::collection::vec((command(), 0_i64..90_000), 0..24),
    ) {
        let mut case = start;
        let mut seconds = 0;
        let mut before_reversal = None;
        let mut ledger = vec![entry(UpdateId::new(), None, &case.action, &why(Verb::Track))];
        for (command, pause) in commands {
            seconds += pause;
            case.at = moment(seconds);
            let command = meant(command, &case);
            let before = case.action.clone();
            match case.decide(&command) {
                Ok(Decision::Changed(after)) => {
                    sound(&after)?;
                    fair(&before, &after, &command)?;
                    ledger.extend(entries(UpdateId::new, &before, &after, &why(command.verb())));
                    prop_assert_eq!(ledger.last().map(|entry| entry.version), Some(after.version));
                    prop_assert_eq!(sum(&ledger, &after), picture(&after));
                    match (before.state, after.state, &command) {
                        (State::Pending | State::Approved, State::Reversed, _) => {
                            before_reversal = Some(picture(&before));
                        }
                        (_, _, Command::Reattribute(_)) => before_reversal = None,
                        (State::Reversed, State::Pending, Command::Approve | Command::Restore) => {
                            prop_assert_eq!(Some(picture(&after)), before_reversal.take());
                        }
                        _ => {}
                    }
                    case.reversed_for = match command {
                        Command::Reverse { reason } => Some(reason),
                        _ => case.reversed_for,
                    };
                    case.terms = terms_after(&command, &case);
                    case.action = after;
                }
                Ok(Decision::Unchanged) | Err(_) => prop_assert_eq!(&before, &case.action),
            }
            if before.locked_at.is_some() {
                prop_assert_eq!(&before, &case.action);
            }
        }
    }

    #[test]
    fn what_a_reversal_took_a_restore_gives_back(
        start in case(),
        commands in prop::collection::vec(command(), 0..12),
        item_by_item: bool,
    ) {
        let mut case = start;
        for command in commands {
            let command = meant(command, &case);
            if let Ok(Decision::Changed(after)) = case.decide(&command) {
                case.terms = terms_after(&command, &case);
                case.action = after;
            }
        }
        prop_assume!(case.action.locked_at.is_none() && case.action.state != State::Reversed);
        let before = picture(&case.action);
        let each = case.action.items.0.iter().map(|item| ItemOperation {
            target: Target::Id(item.id),
            step: Step::Reverse,
            reason: None,
        });
        let all = modify(Change::Items(each.collect()));
        let reversed = case.after(if item_by_item { all } else { reverse() });
        prop_assert_eq!(reversed.values(), (State::Reversed, 0, 0));
        prop_assert_eq!(picture(&reversed.after(Command::Restore).action), before);
    }

    #[test]
    fn the_same_command_twice_changes_nothing_the_second_time(
        start in case(),
        first in command(),
        second in prop_oneof![
            Just(Command::Approve), Just(Command::Reset), Just(hold()), Just(Command::Release),
            (0_i64..3_000).prop_map(|minor| modify(Change::Amount(minor))),
            Just(reverse()),
        ],
    ) {
        let mut case = start;
        for command in [meant(first, &case), second.clone()] {
            if let Ok(Decision::Changed(after)) = case.decide(&command) {
                case.terms = terms_after(&command, &case);
                case.action = after;
                prop_assume!(command != second || case.action.state != State::Pending
                    || !matches!(second, Command::Approve));
            }
        }
        if let Ok(again) = case.decide(&second) {
            prop_assert_eq!(again, Decision::Unchanged);
        }
    }

    #[test]
    fn extreme_orders_are_refused_or_exact(
        items in prop::collection::vec((large(), large()), 1..4),
        minor in large(),
        per in prop::sample::select(FixedPer::ALL.to_vec()),
        commands in prop::collection::vec(command(), 0..8),
    ) {
        let items = items.into_iter().zip(0..).map(|((quantity, amount_minor), place)| Bought {
            sku: Some(format!("sku-{place}")),
            quantity,
            ..Bought::whole(ItemId::new(), amount_minor)
        });
        let rate = Rate::Fixed { minor, per };
        let Ok(mut case) = Case::tracked(items.collect(), rate, LockRule::OpenEnded) else {
            return Ok(());
        };
        sound(&case.action)?;
        for command in commands {
            let command = meant(command, &case);
            if let Ok(Decision::Changed(after)) = case.decide(&command) {
                sound(&after)?;
                case.terms = terms_after(&command, &case);
                case.action = after;
            }
        }
    }
}
